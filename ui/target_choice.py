"""What an explanation is asked about: the predicted class, any class, or a group of classes.

The address alone keeps it, under ``target``: "predicted", the position of a class in the model's
output, or the wnid of a group. A page with two of them (one against the other) writes two.
"""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
import streamlit as st

from core import catalog, images, models
from core.inside import Target, class_target, group_target
from core.predict import Classification, classify
from ui import address
from ui.page import plain
from ui.remember import remembered, subject_key

T = TypeVar("T", int, str)

_PARAM = "target"
_NONE, _PREDICTED, _CLASS, _GROUP = "none", "predicted", "class", "group"
_KINDS = {_NONE: "None", _PREDICTED: "Predicted", _CLASS: "Class", _GROUP: "Group"}
_LEAST = 0.001  # smaller probabilities are not written behind the names
_HITS = 12
_LISTED = 2000  # classes at most in one list: a browser takes a second for 20,000
_LOOKED_THROUGH = 200  # hits of a search, of which the groups are shown


@dataclass(frozen=True, slots=True)
class _Names:
    """A model's classes as a list to choose from, and the groups above them."""

    labels: tuple[str, ...]
    """By index; unlike each other."""
    groups: dict[str, int]
    """The synsets with at least two of the model's classes below, and no class themselves -> how
    many."""
    classes: dict[str, int]
    """wnid -> index, of those that have one."""
    people: frozenset[int]
    """The classes that are kinds of person, which are not offered."""


@dataclass(frozen=True, slots=True)
class _Context:
    """All that the parts of one choice need."""

    model: models.ImageModel
    names: _Names
    said: Classification
    order: Sequence[int]
    """The classes, the most probable first."""
    key: str
    optional: bool
    position: int

    def write(self, text: str | None) -> None:
        """Make the address say `text` at this place; a default at the end is left out."""
        # a copy: Streamlit gives its own list, and what is changed there never reaches the browser
        values = list(st.query_params.get_all(_PARAM))
        values += [_PREDICTED] * (self.position - len(values))
        values[self.position :] = [] if text is None else [text, *values[self.position + 1 :]]
        if values == [_PREDICTED] and (self.position or not self.optional):
            values = []
        if values != st.query_params.get_all(_PARAM):
            if values:
                st.query_params[_PARAM] = values
            else:
                del st.query_params[_PARAM]

    def read(self) -> str | None:
        """What the address says at this place, or the default."""
        values = st.query_params.get_all(_PARAM)
        if self.position < len(values):
            return values[self.position]
        return None if self.optional else _PREDICTED


def target_choice(
    model: models.ImageModel,
    picture: images.Picture,
    key: str,
    *,
    optional: bool = False,
    position: int = 0,
    label: str = "Target",
) -> Target | None:
    """Draw the choice; None where it is `optional` and nothing is chosen.

    `position` is the place among the address's targets. Raises what a forward pass raises.
    """
    said = answer(model, picture)
    order = np.argsort(-said.probabilities, kind="stable").tolist()
    names = _names(model.name, model)
    context = _Context(model, names, said, order, key, optional, position)
    text = _addressed(context)
    kind = _kind_of(context, text)
    st.session_state[f"{key}_kind"] = kind
    st.segmented_control(
        label,
        [
            kind
            for kind in _KINDS
            if (kind != _NONE or optional) and (kind != _GROUP or names.groups)
        ],
        required=True,
        format_func=_KINDS.__getitem__,
        key=f"{key}_kind",
        on_change=lambda: _take_kind(context),
    )
    if text is None:
        return None
    if kind == _PREDICTED:
        best = said.top(1)[0]
        st.caption(f"{plain(best.label)} · {best.probability:.1%}")
        return class_target(model, best.index)
    if kind == _CLASS:
        _class(context, int(text))
        return class_target(model, int(text))
    _group(context, text)
    return group_target(model, text)


def answer(model: models.ImageModel, picture: images.Picture) -> Classification:
    """What the model says of the picture, remembered."""
    key = subject_key(model, picture)
    return remembered("answers", key, lambda: classify(model, picture), most=8)


def probability(said: Classification, target: Target) -> float:
    """Of a class or group: the sum of its classes' probabilities."""
    return float(target(said.probabilities))


@st.cache_resource(max_entries=8, show_spinner=False)
def _names(name: str, _model: models.ImageModel) -> _Names:
    """`name` is there for the cache; it says which model it is."""
    known = catalog.load()
    times = Counter(c.label for c in _model.classes)
    labels = tuple(
        c.label if times[c.label] == 1 else f"{c.label} ({c.wnid or c.index})"
        for c in _model.classes
    )
    classes = {c.wnid: c.index for c in _model.classes if c.wnid is not None}
    below: Counter[str] = Counter()
    people = set()
    for c in _model.classes:
        if c.wnid is not None and c.wnid in known:
            below.update(known.ancestors(c.wnid))
            if len(_model.classes) > 1000 and known.is_person(c.wnid):
                people.add(c.index)
    groups = {wnid: n for wnid, n in below.items() if n > 1 and wnid not in classes}
    return _Names(labels, groups, classes, frozenset(people))


def _addressed(context: _Context) -> str | None:
    """What the address says, made good: "predicted", an index, the wnid of a group, or None."""
    model, key = context.model, context.key
    text = context.read()
    before = st.session_state.get(f"{key}_before")  # model, address, and synset of the last run
    if before is not None and before[0] != model.name and before[1] == text and _number(text):
        text = _translated(context, before[2])
    good = _resolved(context, text)
    if good is None and text is not None:
        address.complain(
            _PARAM,
            text,
            f"{model.name} has the classes 0 to {len(model.classes) - 1:,}, and groups of "
            "WordNet above them, which are named by wnids such as n02084071",
        )
        good = None if context.optional else _PREDICTED
    if good != context.read():
        context.write(good)
    synset = model.classes[int(good)].wnid if good and _number(good) else None
    st.session_state[f"{key}_before"] = (model.name, good, synset)
    return good


def _resolved(context: _Context, text: str | None) -> str | None:
    """None for what is neither "predicted", nor a class, nor a group of the model."""
    if text in (None, _PREDICTED) or text in context.names.groups:
        return text
    if _number(text):
        return text if int(text) < len(context.model.classes) else None
    return _index_of(context.model, text)


def _translated(context: _Context, wnid: str | None) -> str:
    """Another model counts its classes otherwise: the same synset's index, or a default."""
    same = _index_of(context.model, wnid)
    if same is None:
        st.caption("This model does not have the class of before: a probable one is shown instead.")
    return same or str(context.order[min(context.position, len(context.order) - 1)])


def _index_of(model: models.ImageModel, wnid: str | None) -> str | None:
    if wnid is None:
        return None
    return next((str(c.index) for c in model.classes if c.wnid == wnid), None)


def _number(text: str | None) -> bool:
    return text is not None and text.isascii() and text.isdecimal() and len(text) < 9


def _kind_of(context: _Context, text: str | None) -> str:
    if text is None:
        return _NONE
    if text == _PREDICTED:
        return _PREDICTED
    return _CLASS if _number(text) else _GROUP


def _take_kind(context: _Context) -> None:
    """Another kind of target begins with what is nearest to the prediction."""
    kind = st.session_state[f"{context.key}_kind"]
    st.session_state[f"{context.key}_query"] = ""
    if kind == _CLASS:
        context.write(str(context.order[min(context.position, len(context.order) - 1)]))
    elif kind == _GROUP:
        context.write(next(iter(_above(context)), None))
    else:
        context.write(_PREDICTED if kind == _PREDICTED else None)


def _class(context: _Context, chosen: int) -> None:
    """One of the classes, the most probable first; of very many the first and what is searched."""
    names, said = context.names, context.said

    def label(index: int) -> str:
        p = said.probabilities[index]
        return f"{names.labels[index]} · {p:.1%}" if p >= _LEAST else names.labels[index]

    offered = [index for index in context.order if index not in names.people or index == chosen]
    if len(offered) > _LISTED:
        offered = _searched(context, "class", names.classes, offered[:_HITS])
    _select(context, "class", chosen, offered, label)


def _group(context: _Context, chosen: str) -> None:
    """A synset of WordNet with classes of the model below it."""
    groups, known = context.names.groups, catalog.load()

    def label(wnid: str) -> str:
        return f"{known.get(wnid).label} · {groups[wnid]:,} of {len(context.order):,} classes"

    offered = _searched(context, "group", {wnid: wnid for wnid in groups}, _above(context))
    _select(context, "group", chosen, offered, label)


def _select(
    context: _Context, kind: str, chosen: T, offered: list[T], label: Callable[[T], str]
) -> None:
    state = f"{context.key}_{kind}"
    st.session_state[state] = chosen
    st.selectbox(
        kind.capitalize(),
        offered if chosen in offered else [chosen, *offered],
        format_func=label,
        key=state,
        on_change=lambda: context.write(str(st.session_state[state])),
        label_visibility="collapsed",
    )


def _searched(context: _Context, kind: str, things: Mapping[str, T], otherwise: list[T]) -> list[T]:
    """A search box over the catalogue; the best hits among `things` (by wnid), or `otherwise`.

    What is found first is chosen at once.
    """
    state = f"{context.key}_query"

    def take_first() -> None:
        if found := _found(context, things, st.session_state[state]):
            context.write(str(found[0]))

    query = st.text_input(
        f"Search a {kind}",
        placeholder="Search: tabby, n02123045" if kind == "class" else "Search: dog, n02084071",
        icon=":material/search:",
        key=state,
        on_change=take_first,
        label_visibility="collapsed",
    ).strip()
    found = _found(context, things, query)
    if query and not found:
        what = "No class of this model" if kind == "class" else "No group of this model's classes"
        st.caption(f"{what} is called “{plain(query[:80])}”.")
    return found or otherwise


def _found(context: _Context, things: Mapping[str, T], query: str) -> list[T]:
    """What a search finds among `things`, best first."""
    if not query.strip():
        return []
    scope = "1k" if len(context.order) <= 1000 else "21k"
    hits = catalog.load().search(query, limit=_LOOKED_THROUGH, scope=scope)
    return [things[hit.synset.wnid] for hit in hits if hit.synset.wnid in things][:_HITS]


def _above(context: _Context) -> list[str]:
    """The groups that hold the most probable class that is in any, the smallest first."""
    known, groups = catalog.load(), context.names.groups
    for index in context.order:
        wnid = context.model.classes[index].wnid
        if wnid is not None and wnid in known:
            held = [group for group in known.ancestors(wnid) if group in groups]
            if held:
                return sorted(held, key=lambda group: (groups[group], group))[:_HITS]
    return []
