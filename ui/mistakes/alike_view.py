"""Near duplicates: within the pictures of an evaluation, and between them and what was learnt."""

from collections.abc import Callable

import numpy as np
import streamlit as st

from core.data import Dataset
from core.evaluation.answers import Answers
from core.evaluation.similar.duplicates import Pairs, near_duplicates
from ui import address, labelled, paging
from ui.long_job import long_job
from ui.mistakes import learnt, where
from ui.page import plain
from ui.studied import Studied, pictures

AMONG, LEAST = "among", "least"
_LEAST = {"0.95": "0.95", "0.9": "0.90", "0.98": "0.98", "0.99": "0.99", "0.999": "0.999"}
_FLOOR = 0.9  # the lowest of them
_MOST_PAIRS = 5000
_MOST_PICTURES = 200_000
"""Every picture is compared with every other: beyond, that takes hours."""
_A_PAGE = 12


def draw(studied: Studied) -> None:
    """The pairs, the most alike first."""
    if studied.answers.embedding is None:
        st.caption(
            "There is nothing to compare pictures by: the embeddings do not come with the project, "
            "or this model has none. Evaluate a data set of your own."
            if studied.run is None
            else "There is nothing to compare pictures by: this model's last layer gets no vector."
        )
        return
    dataset = pictures(studied)
    if dataset is None:
        return
    source = learnt.of(studied)
    options = {"own": "Within these pictures", "learnt": "Between them and what it learnt from"}
    among = address.segments("Among", AMONG, options, "mistakes_among")
    if among == "learnt" and source is None:
        if learnt.offer(studied, dataset):
            st.caption("The model was not asked about the training pictures of these data yet.")
        else:
            st.caption(
                "Nothing says which other pictures of these data the model learnt from. Evaluate "
                "data that keep pictures for testing, or a model that you fine-tuned on these data."
            )
        return
    other = source if among == "learnt" else None
    pairs = _found(studied, other)
    if pairs is not None:
        _pairs(studied, other or studied, dataset, pairs)


def _found(studied: Studied, other: Studied | None) -> Pairs | None:
    own = studied.answers.embedding
    theirs = None if other is None else other.answers.embedding
    count = max(len(own), 0 if theirs is None else len(theirs))
    if count > _MOST_PICTURES:
        st.caption(
            f"Every picture is compared with every other, which of {count:,} takes hours: choose "
            f"an evaluation of at most {_MOST_PICTURES:,} pictures."
        )
        return None
    key = (studied.id, len(own), other and other.id, None if theirs is None else len(theirs))

    def compute(progress: Callable[[int, int], None]) -> Pairs:
        return near_duplicates(own, _FLOOR, _MOST_PAIRS, other=theirs, progress=progress)

    return long_job(
        "mistakes_alike",
        key,
        button="Look for near duplicates",
        what="The search for near duplicates",
        units="blocks of pictures",
        compute=compute,
        primary=True,
        kept=2,
    )


def _pairs(studied: Studied, other: Studied, dataset: Dataset, pairs: Pairs) -> None:
    least = address.select("Cosine of at least", LEAST, _LEAST, "mistakes_least")
    at = np.flatnonzero(pairs.cosines >= float(least))
    if not len(at):
        most = f" The most alike are at {pairs.cosines[0]:.3f}." if len(pairs.cosines) else ""
        st.caption(f"There are no pictures so much alike.{most}")
        return
    mine, theirs = studied.answers, other.answers
    a, b = pairs.a[at], pairs.b[at]
    differ = int((mine.labels[a] != theirs.labels[b]).sum())
    more = "" if pairs.is_whole else f" Only the {_MOST_PAIRS:,} most alike are looked at."
    st.markdown(
        f"**{len(at):,}** pairs of pictures are so much alike to the network; **{differ:,}** of "
        f"them are of different classes.{more}"
    )
    only = st.toggle("Of different classes only", key="mistakes_differ", disabled=not differ)
    if only and differ:
        at = at[mine.labels[a] != theirs.labels[b]]
    page = paging.page(len(at), _A_PAGE, f"mistakes_alike_page-{least}-{only}")
    cells = st.grid(3, min_column_width=260)
    for i in at[(page - 1) * _A_PAGE : page * _A_PAGE].tolist():
        with cells.cell(), st.container(border=True):
            both = (mine, int(pairs.a[i])), (theirs, int(pairs.b[i]))
            _pair(both, dataset, float(pairs.cosines[i]))
    st.caption(
        "By the cosine of what the last layer gets. Near duplicates between what is tested and "
        "what was learnt make a model look better than it is; those of different classes are of "
        "labels to doubt."
    )


def _pair(both: tuple[tuple[Answers, int], ...], dataset: Dataset, cosine: float) -> None:
    """Two pictures, each as the evaluation and its row there."""
    (mine, row), _ = both
    same = len({answers.sha256(at) for answers, at in both}) == 1
    st.markdown(f"**{cosine:.3f}**" + " · the same file" * same)
    left, right = st.columns(2, gap="small")
    for column, (answers, at) in zip((left, right), both, strict=True):
        title = answers.titles[int(answers.labels[at])]
        with column:
            picture = labelled.thumbnail(dataset, answers.position(at))
            if picture is None:
                st.caption("cannot be read")
            else:
                st.image(picture, alt=f"{title}, {answers.file(at)}")
            st.caption(plain(title))
    st.button(
        "Look closer",
        icon=":material/zoom_in:",
        type="tertiary",
        key="mistakes_alike_" + "_".join(str(at) for _, at in both),
        on_click=where.gallery,
        kwargs={where.SHOW: "all", where.PICTURE: str(mine.position(row))},
    )
