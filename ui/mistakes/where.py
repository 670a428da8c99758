"""What is looked at, kept in the address: the classes, the kind of answers, their order, a picture.

A class is named by its wnid, or by its number where it has none; a synset above several classes
stands for all of them, and ``other`` for those that are in no group.
"""

import re

import streamlit as st

from core import catalog
from core.evaluation.answers import Answers
from core.evaluation.hierarchy.groups import OTHER
from core.evaluation.selection import CONFIDENCE, ORDERS, OUTCOMES, Selection, Span
from core.evaluation.slices.signals import ALL_SIGNALS
from ui import address
from ui.page import plain

TRUTH, SAID, SHOW, SLICE, SORT, PICTURE = "wnid", "target", "show", "slice", "sort", "picture"
QUEUE = "queue"
_NUMBER = re.compile(r"class-(\d{1,9})")
_SPAN = re.compile(r"(\w+):(-?[\d.e+-]+):(-?[\d.e+-]+)")


def selection(answers: Answers) -> Selection:
    """What the address asks for; what it asks for in vain is said once."""
    return Selection(
        classes(answers, TRUTH),
        classes(answers, SAID),
        _one_of(SHOW, OUTCOMES),
        _span(),
        _one_of(SORT, tuple(ORDERS)),
    )


def key_of(answers: Answers, at: int) -> str:
    """What names a class in an address."""
    return answers.classes[at][0] or f"class-{at}"


def gallery_of(answers: Answers, truth: int, said: int) -> dict[str, str]:
    """The keys of the address of the pictures of one class that were taken for another."""
    return {TRUTH: key_of(answers, truth), SAID: key_of(answers, said), SHOW: "all"}


def classes(answers: Answers, param: str) -> tuple[int, ...] | None:
    """The classes that one key of the address names; None for all."""
    named = st.query_params.get(param)
    if named is None:
        return None
    found = named_classes(answers, named)
    if not found:
        _refuse(param, named, "no class of this evaluation is called so")
        return None
    return found


def name(answers: Answers, param: str) -> str:
    """The classes that a key of the address names, in words."""
    named = st.query_params.get(param)
    if named is None:
        return "all classes"
    own = named_classes(answers, named)
    if len(own) == 1:
        return plain(answers.titles[own[0]])
    known = catalog.load()
    return plain(known.get(named).label if named in known else named)


def named_classes(answers: Answers, named: str) -> tuple[int, ...]:
    """The class of a key, or those below a synset; none where there is no such class."""
    if named == OTHER:
        return next((one.classes for one in answers.groups if not one.wnid), ())
    number = _NUMBER.fullmatch(named)
    if number:
        at = int(number[1])
        return (at,) if at < len(answers.classes) else ()
    own = tuple(at for at, (wnid, _) in enumerate(answers.classes) if wnid == named)
    known = catalog.load()
    if own or named not in known:
        return own
    wnids = answers.hierarchy.wnids
    return tuple(
        at for at, wnid in enumerate(wnids) if wnid is not None and named in known.ancestors(wnid)
    )


def picture(answers: Answers) -> int | None:
    """The answer about the picture that the address names by its place in the data set."""
    named = st.query_params.get(PICTURE)
    if named is None:
        return None
    row = answers.at(int(named)) if named.isdecimal() and len(named) < 19 else None
    if row is None:
        _refuse(PICTURE, named, "there is no answer about such a picture")
    return row


def go(view: str, **params: str | None) -> None:
    """Lead to a view, in a callback; keys with None are taken out, others stay as they are."""
    take(view=view, **params)


def gallery(**params: str) -> None:
    """Lead to the gallery of just these, in a callback; the run stays unless it is named."""
    go("gallery", **(dict.fromkeys((TRUTH, SAID, SHOW, SLICE, PICTURE)) | params))


def span_key(span: Span) -> str:
    """What names a span in an address."""
    return f"{span.of}:{span.low!r}:{span.high!r}"


def take(**params: str | None) -> None:
    """Change keys of the address, in a callback, and all at once: Back undoes them together."""
    kept = {key: st.query_params.get_all(key) for key in st.query_params}
    new = kept | {key: [] if value is None else [value] for key, value in params.items()}
    new = {key: values for key, values in new.items() if values}
    if new != kept:
        st.query_params.from_dict(new)


def _one_of(param: str, options: tuple[str, ...]) -> str:
    named = st.query_params.get(param, options[0])
    if named in options:
        return named
    _refuse(param, named, f"choose one of {', '.join(options)}")
    return options[0]


def _span() -> Span | None:
    named = st.query_params.get(SLICE)
    if named is None:
        return None
    found = _SPAN.fullmatch(named)
    signals = [CONFIDENCE, *(signal.name for signal in ALL_SIGNALS)]
    try:
        if found and found[1] in signals:
            return Span(found[1], float(found[2]), float(found[3]))
    except ValueError:
        pass
    _refuse(SLICE, named, f"it begins with one of {', '.join(signals)}, then come low:high")
    return None


def _refuse(param: str, named: str, advice: str) -> None:
    del st.query_params[param]  # so that it is said once
    address.complain(param, named, advice)
