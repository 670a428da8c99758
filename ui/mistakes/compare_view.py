"""Two models on the same pictures: what the second one fixes, what it breaks, and where."""

from collections.abc import Iterable

import numpy as np
import streamlit as st

from core.data import Dataset
from core.errors import NetlensError
from core.evaluation.pairing import Pairing, pair
from core.evaluation.scores.compare import Paired
from core.figures.granularity import granularity_figure
from ui import address, labelled, paging, studied
from ui.gallery import Item, gallery
from ui.mistakes import picture_view, where
from ui.page import plain
from ui.remember import remembered
from ui.studied import Studied, pictures

AGAINST, CHANGE, BY = "against", "change", "by"
_A_PAGE = 24
_CLASSES = 8
_CHANGES = {
    "broken": "Broken",
    "fixed": "Fixed",
    "neither": "Both wrong",
    "both": "Both right",
}
_RARE = 1e-4


def draw(before: Studied) -> None:
    """The choice of the other evaluation, and what it changes."""
    after = _other(before)
    if after is None:
        return
    try:
        found = remembered(
            "mistakes_pairing",
            (before.id, len(before.answers), after.id, len(after.answers)),
            lambda: pair(before.answers, after.answers),
            2,
        )
    except NetlensError as error:
        st.caption(f":material/info: {plain(str(error))}")
        return
    _result(found, before, after)
    left, right = st.columns(2, gap="medium")
    with left:
        _granularity(found, before, after)
    with right:
        _classes(found)
    _pictures(found, before, after)


def _other(before: Studied) -> Studied | None:
    """Draw the choice; None, with the reason, where there is nothing to compare with."""
    options = studied.options()
    others = {key: options[key] for key in _likely_first(before, options) if key != before.id}
    named = st.query_params.get(AGAINST)
    if named == before.id:
        del st.query_params[AGAINST]
    chosen = address.select("Compared with", AGAINST, {"": "none", **others}, "mistakes_against")
    if not chosen:
        st.caption(
            "Choose the evaluation of another model on the same pictures: what does it get right "
            "that the one above gets wrong, and the other way round?"
        )
        return None
    found = studied.opened(chosen)
    if found is None:
        st.caption("It has no answers yet.")
    return found


def _likely_first(before: Studied, options: Iterable[str]) -> list[str]:
    """Those of the same data first, since others have hardly a picture in common."""
    runs = studied.evaluations()
    data = before.run and before.run.spec.get("data")
    return sorted(options, key=lambda key: key not in runs or runs[key].spec.get("data") != data)


def _result(found: Pairing, before: Studied, after: Studied) -> None:
    counts = found.counts
    low, high = counts.interval
    with st.container(horizontal=True):
        _metric(plain(before.title), f"{(counts.both + counts.broken) / counts.n:.1%}", "top-1")
        _metric(plain(after.title), f"{(counts.both + counts.fixed) / counts.n:.1%}", "top-1")
        _metric(
            "Difference",
            f"{100 * counts.difference:+.1f} points",
            f"{100 * low:+.1f} to {100 * high:+.1f}",
        )
    only = " Pictures that only one of them judges are left out." if found.is_partial else ""
    st.markdown(
        f"Of {counts.n:,} pictures the second one fixes **{counts.fixed:,}** and breaks "
        f"**{counts.broken:,}**. {_chance(counts)}{only}"
    )
    st.caption(
        "The interval is of 95 % (Newcombe's for paired answers), the probability McNemar's exact "
        "one: both count that the pictures are the same."
    )


def _chance(counts: Paired) -> str:
    if not counts.fixed + counts.broken:
        return "Nothing changes."
    chance = counts.chance
    value = f"less than {_RARE:g}" if chance < _RARE else f"{chance:.2g}"
    return f"Were both equally good, so uneven numbers would come up with a probability of {value}."


def _metric(name: str, value: str, meaning: str) -> None:
    with st.container(border=True):
        st.metric(name, value.replace("-", "−"))
        st.caption(meaning.replace("-", "−") if name == "Difference" else meaning)


def _granularity(found: Pairing, before: Studied, after: Studied) -> None:
    st.subheader("As classes are merged", anchor=False)
    merged = found.merged
    if not merged[0].n:
        st.caption("None of the classes has a place in WordNet.")
        return
    st.plotly_chart(
        granularity_figure((before.title, merged[0]), (after.title, merged[1])),
        config={"displayModeBar": False},
        key="mistakes_granularity_both",
        alt=f"Accuracy of both as classes are merged, from {merged[0].accuracy[0]:.1%} and "
        f"{merged[1].accuracy[0]:.1%}",
    )


def _classes(found: Pairing) -> None:
    st.subheader("Classes that change most", anchor=False)
    changes, titles = found.classes, found.before.titles
    gained, lost = changes.gained(_CLASSES).tolist(), changes.lost(_CLASSES).tolist()
    if not gained and not lost:
        st.caption("No class has more or fewer right answers.")
        return
    rows = gained + lost[::-1]
    table = st.dataframe(
        [
            {
                "Class": titles[at],
                "Net": int(changes.net[at]),
                "Fixed": int(changes.fixed[at]),
                "Broken": int(changes.broken[at]),
                "Pictures": int(changes.n[at]),
            }
            for at in rows
        ],
        hide_index=True,
        on_select="rerun",
        selection_mode="single-row",
        key="mistakes_changed_classes",
        column_config={
            "Class": st.column_config.TextColumn(pinned=True),
            "Net": st.column_config.NumberColumn(help="Right answers more than before"),
        },
    )
    for row in table["selection"]["rows"]:
        if row < len(rows):
            st.button(
                plain(f"Pictures of {titles[rows[row]]}"),
                icon=":material/photo_library:",
                key="mistakes_changed_class",
                on_click=where.take,
                kwargs={
                    where.TRUTH: where.key_of(found.before, rows[row]),
                    where.PICTURE: None,
                },
            )


def _pictures(found: Pairing, before: Studied, after: Studied) -> None:
    names = {key: f"{name} · {len(found.rows[key]):,}" for key, name in _CHANGES.items()}
    change = address.segments("Change", CHANGE, names, "mistakes_change", without=[where.PICTURE])
    at = found.rows[change]
    truths = where.classes(before.answers, where.TRUTH)
    if truths is not None:
        at = at[np.isin(before.answers.labels[found.rows_before[at]], truths)]
        st.button(
            f"Only of {where.name(before.answers, where.TRUTH)}: show all classes",
            icon=":material/close:",
            key="mistakes_all_changed",
            on_click=where.take,
            kwargs={where.TRUTH: None},
        )
    if not len(at):
        st.caption("There are no such pictures.")
        return
    page = paging.page(len(at), _A_PAGE, f"mistakes_changed-{before.id}-{after.id}-{change}")
    at = found.page(change, at, (page - 1) * _A_PAGE, _A_PAGE)
    above = st.container()
    owner = after if before.run is None else before
    dataset = pictures(owner)
    if dataset is None:
        _table(found, at.tolist())
        return
    items = remembered(
        "mistake_changes",
        (before.id, after.id, tuple(at.tolist())),
        lambda: [item for i in at.tolist() if (item := _item(found, dataset, i))],
        6,
    )
    gallery(
        items,
        f"{_CHANGES[change]}, page {page}",
        "mistakes_changed_gallery",
        lambda position: where.take(**{where.PICTURE: position}),
        st.query_params.get(where.PICTURE),
    )
    st.caption("The truth, what the first says, and what the second. Click to look closer.")
    with above:
        _closer(dataset, before, after)


def _item(found: Pairing, dataset: Dataset, i: int) -> Item | None:
    """None for what cannot be read any more."""
    row, other = int(found.rows_before[i]), int(found.rows_after[i])
    position = found.before.position(row)
    picture = labelled.thumbnail(dataset, position)
    if picture is None:
        return None
    truth, first, second = _words(found, row, other)
    alt = f"{truth}: {first}, then {second}"
    return Item(str(position), f"{truth}:\n{first} → {second}", alt, picture)


def _words(found: Pairing, row: int, other: int) -> tuple[str, str, str]:
    """The truth, and what each says."""
    before, after = found.before, found.after
    truth = before.titles[int(before.labels[row])]
    first = "right" if before.right[row] else before.titles[int(before.predicted[row])]
    second = "right" if after.right[other] else after.titles[int(after.predicted[other])]
    return truth, first, second


def _table(found: Pairing, at: list[int]) -> None:
    """Where there are no pictures."""
    rows = []
    for i in at:
        row, other = int(found.rows_before[i]), int(found.rows_after[i])
        truth, first, second = _words(found, row, other)
        file = found.before.file(row)
        rows.append({"File": file, "Truth": truth, "First": first, "Second": second})
    st.dataframe(rows, hide_index=True)


def _closer(dataset: Dataset, before: Studied, after: Studied) -> None:
    """The picture of the address, as one of the two sees it."""
    row = where.picture(before.answers)
    if row is None:
        return
    names = {
        key: plain(one.title) for key, one in (("first", before), ("second", after)) if one.run
    }
    by = address.segments("Seen by", BY, names, "mistakes_seen_by")
    one = before if by == "first" else after
    at = one.answers.at(before.answers.position(row))
    if at is not None:
        picture_view.draw(one, dataset, at)
