"""What the data look like: the doctor's report, classes as bars, a few pictures of each."""

from collections.abc import Sequence

import numpy as np
import streamlit as st

from core.data import Dataset
from core.data.check import Finding
from core.data.splits import Split
from core.data.stock import Stock
from core.errors import NetlensError
from core.figures.class_counts import class_counts
from core.figures.picture_strip import picture_strip
from core.images.read import read_small
from ui.page import plain
from ui.remember import remembered

_SIDE = 72  # pixels
_EACH = 4  # pictures of a class
_CLASSES = 12  # a page
_SHOWN = 12  # pictures of a finding
_ICONS = {
    "stop": ":red[:material/error:]",
    "warning": ":orange[:material/warning:]",
    "note": ":material/info:",
}


def draw(
    dataset: Dataset, split: Split | None, findings: Sequence[Finding], key: tuple[object, ...]
) -> None:
    """The findings, the worst first, beside the classes as bars."""
    left, right = st.columns(2, gap="medium")
    with left:
        for finding in findings:
            st.markdown(f"{_ICONS[finding.weight]} {plain(finding.text)}")
            if finding.positions:
                _meant(dataset, finding, key)
        if [finding.weight for finding in findings] == ["note"]:
            st.markdown(":green[:material/check_circle:] Nothing wrong was found.")
        if split is not None:
            own = dataset.own_test is not None
            test = "The data set's own test part is kept" if own else "A part is kept for the test"
            st.caption(
                f"{test}: nobody looks at it before a run is over. The shares and the seed are "
                "settings of the recipe."
            )
    with right:
        st.plotly_chart(
            class_counts([known.label for known in dataset.classes], _counts(dataset, split)),
            key="data_counts",
            config={"displayModeBar": False},
            alt=_in_words(dataset),
        )


def samples(dataset: Dataset, stock: Stock | None, key: tuple[object, ...]) -> None:
    """A few pictures of each class, a page of classes at a time."""
    pages = -(-len(dataset.classes) // _CLASSES)
    page = 1
    if pages > 1:
        page = st.pagination(pages, key=f"data_samples-{key[0]}-{pages}", persist_state="session")
    cells = st.grid(3, min_column_width=_EACH * _SIDE)
    for at in range((page - 1) * _CLASSES, min(page * _CLASSES, len(dataset.classes))):
        label = dataset.classes[at].label
        own = np.flatnonzero(dataset.labels == at)
        strip = remembered(
            "data_strips", (*key, at), lambda own=own: _sample(dataset, stock, own), 96
        )
        with cells.cell():
            if strip:
                st.image(strip, width="content", alt=f"A few pictures of {label}")
            st.caption(f"{plain(label)} · {len(own):,}")


def _meant(dataset: Dataset, finding: Finding, key: tuple[object, ...]) -> None:
    """The pictures that a finding is about, behind a click."""
    count = len(finding.positions)
    label = f"{count:,} pictures" if count > 1 else "1 picture"
    box = st.expander(label, on_change="rerun", key=f"data_finding-{finding.what}")
    if not box.open:
        return
    shown = finding.positions[:_SHOWN]
    with box:
        strip = remembered("data_findings", (*key, shown), lambda: _strip(dataset, shown), 12)
        if strip:
            st.image(strip, width="content", alt=f"Pictures of the finding {finding.what}")
        more = f" and {count - len(shown):,} more" if count > len(shown) else ""
        st.caption(plain(", ".join(map(dataset.file, shown)) + more))


def _sample(dataset: Dataset, stock: Stock | None, own: np.ndarray) -> bytes | None:
    """A strip of pictures spread over a class, which lie at the positions ``own``."""
    readable = own if stock is None else own[~np.isin(own, list(stock.unreadable))]
    spread = np.linspace(0, len(readable) - 1, min(_EACH, len(readable))).round().astype(int)
    return _strip(dataset, readable[spread].tolist())


def _strip(dataset: Dataset, positions: Sequence[int]) -> bytes | None:
    """None where none of the pictures can be read."""
    pictures = []
    for at in positions:
        try:
            pictures.append(read_small(dataset.read(at), dataset.file(at), _SIDE))
        except NetlensError:  # the doctor says so
            continue
    return picture_strip(pictures, _SIDE) if pictures else None


def _counts(dataset: Dataset, split: Split | None) -> dict[str, np.ndarray]:
    count = len(dataset.classes)
    if split is None:
        return {"pictures": np.bincount(dataset.labels, minlength=count)}
    parts = {"training": split.train, "validation": split.validation, "test": split.test}
    return {
        name: np.bincount(dataset.labels[part], minlength=count) for name, part in parts.items()
    }


def _in_words(dataset: Dataset) -> str:
    counts = np.bincount(dataset.labels, minlength=len(dataset.classes))
    most, least = int(counts.argmax()), int(counts.argmin())
    return (
        f"Pictures of each of {len(counts):,} classes, from {counts[least]:,} "
        f"({dataset.classes[least].label}) to {counts[most]:,} ({dataset.classes[most].label})"
    )
