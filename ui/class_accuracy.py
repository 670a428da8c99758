"""How a model does on one class: an evaluation that the user chose, on the Classes page."""

from collections.abc import Sequence

import numpy as np
import streamlit as st

from core.catalog import Catalog, Synset
from core.errors import NetlensError
from core.evaluation.answers import Answers
from core.evaluation.confusions import Pair, around
from core.evaluation.scores.per_class import per_class
from ui import class_choice, hand, studied
from ui.mistakes import where
from ui.page import MISTAKES, plain, show_error
from ui.studied import Studied

_NONE = ""
_PICKED = "class_run"
_TOP = 3


def choose() -> Studied | None:
    """Draw the choice, kept in the address; the evaluation, or None while there is none."""
    options = {_NONE: "no evaluation"} | studied.options(done=True)
    named = st.query_params.get(studied.RUN, _NONE)
    if named not in options:
        del st.query_params[studied.RUN]  # so that it is said once
        studied.missing(named)
        named = _NONE
    st.session_state[_PICKED] = named
    run_id = st.selectbox(
        "Accuracy from",
        list(options),
        format_func=options.__getitem__,
        key=_PICKED,
        on_change=_take,
    )
    if run_id == _NONE:
        return None
    try:
        return studied.opened(run_id)
    except NetlensError as error:
        show_error(str(error))
        return None


def _take() -> None:
    where.take(**{studied.RUN: st.session_state[_PICKED] or None})


def draw(known: Catalog, synset: Synset, of: Studied) -> None:
    """Recall, precision and what the class is confused with; of a group, how often it is right."""
    answers = of.answers
    st.markdown(f"**Accuracy** · {plain(of.title)}")
    own = np.flatnonzero([wnid == synset.wnid for wnid, _ in answers.classes]).tolist()
    for at in own:
        _class(known, of, at)
    below = answers.by_synset.get(synset.wnid)
    if below is not None and (not own or below.classes > 1):
        low, high = below.interval
        st.markdown(
            f"**{below.accuracy:.1%}** right ({low:.1%} to {high:.1%}) of {_pictures(below.n)} of "
            f"{below.classes:,} class{'es' * (below.classes != 1)} at or below"
        )
        _to_gallery("Its errors", of, {where.TRUTH: synset.wnid})
    elif not own:
        st.caption("This evaluation has no picture of it.")


def _class(known: Catalog, of: Studied, at: int) -> None:
    answers = of.answers
    scores = per_class(answers.counts)
    n, said = int(scores.support[at]), int(scores.said[at])
    told = []
    if n:
        low, high = scores.recall_interval(at)
        told.append(
            f"Recall **{scores.recall[at]:.1%}** ({low:.1%} to {high:.1%}) of {_pictures(n)}"
        )
    else:
        st.caption("This evaluation has no picture of it.")
    if said:
        answers_said = f"{said:,} answer{'s' * (said != 1)}"
        told.append(f"Precision **{scores.precision[at]:.1%}** of {answers_said} that name it")
    elif n:
        told.append("It was never the answer")
    if told:
        st.markdown("  \n".join(told))
    found = around(answers.counts, at, _TOP)
    _confusions(known, of, "Taken for", found.taken_for, by_truth=True)
    _confusions(known, of, "Seen in", found.taken_from, by_truth=False)


def _confusions(
    known: Catalog, of: Studied, title: str, pairs: Sequence[Pair], *, by_truth: bool
) -> None:
    """A line for each: the other class, which leads to its card, and the pictures."""
    if not pairs:
        return
    st.caption(title)
    with st.container(gap=None):
        for pair in pairs:
            other = pair.predicted if by_truth else pair.truth
            with st.container(horizontal=True, vertical_alignment="center", gap="xsmall"):
                _name(known, of.answers, other, f"{title}-{pair.truth}-{pair.predicted}")
                _to_gallery(
                    _pictures(pair.count),
                    of,
                    where.gallery_of(of.answers, pair.truth, pair.predicted),
                )


def _name(known: Catalog, answers: Answers, at: int, key: str) -> None:
    wnid = answers.classes[at][0]
    if wnid in known:
        class_choice.button(known.get(wnid), key)
    else:
        st.markdown(plain(answers.titles[at]), width="content")


def _to_gallery(label: str, of: Studied, address: dict[str, str]) -> None:
    st.page_link(
        MISTAKES.script,
        label=label,
        icon=":material/photo_library:",
        query_params={
            studied.RUN: of.id,
            "view": "gallery",
            **address,
            **hand.link_params(),
        },
    )


def _pictures(n: int) -> str:
    return f"{n:,} picture{'s' * (n != 1)}"
