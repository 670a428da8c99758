"""Step 1: which labelled pictures, and whether something is learnt from them."""

from collections.abc import Mapping
from dataclasses import dataclass

import streamlit as st

from core import data
from core.data.check import Finding, examine
from core.data.splits import Split, split
from core.data.stock import Stock, take_stock
from core.errors import DataError, NetlensError
from core.evaluation.titles import titles
from ui import datasets
from ui.fine_tune import collecting, data_report, data_sources
from ui.long_job import Progress, long_job
from ui.page import plain, show_error
from ui.remember import remembered

AT_ONCE = 2_000
"""Pictures that are looked through without a click."""
_WAYS = {
    "sets": "Data sets",
    "folder": ":material/folder: Folder",
    "zip": ":material/folder_zip: Zip",
    "drop": ":material/upload: Drop pictures",
    "camera": ":material/photo_camera: Camera",
}
_MOST_PILLS = 40  # classes
_OFF = "data_classes_off"
_NEWS = 50  # times that the bar moves


@dataclass(frozen=True, eq=False)
class DataChoice:
    """What the next steps need to know of the data."""

    data: str
    """The name, as `data.open` takes it."""
    classes: tuple[str, ...] | None
    """The keys (`data.key_of`) of the chosen classes; None for all."""
    dataset: data.Dataset
    """The chosen classes alone: the positions below are in this one."""
    stock: Stock | None
    """Digests and what cannot be read; None until somebody lets many pictures be looked through."""
    split: Split | None
    """For the shares and the seed that were given; None like the stock."""
    findings: tuple[Finding, ...]
    """The doctor's, the worst first; none without a stock."""
    key: tuple[object, ...]
    """All that stock and split depend on, to remember results by."""


def data_step(*, validation: float = 0.2, test: float = 0.2, seed: int = 0) -> DataChoice | None:
    """Draw the choice and the doctor's report; None while there is nothing to learn from.

    Shares and seed are the recipe's.
    """
    data_sources.follow_jump()
    st.session_state.setdefault(data_sources.WAY, "sets")
    way = st.segmented_control(
        "Data from",
        list(_WAYS),
        required=True,
        format_func=_WAYS.__getitem__,
        label_visibility="collapsed",
        key=data_sources.WAY,
        persist_state="session",
    )
    try:
        name = _chosen(way)
        if name is None:
            return None
        whole = datasets.opened(name)
        classes = _classes(name, whole)
        if len(whole.classes if classes is None else classes) < 2:
            st.caption("Two classes are needed, so that there is something to tell apart.")
            return None
        choice = _looked_through(name, whole, classes, (validation, test, seed))
    except NetlensError as error:
        show_error(str(error))
        return None
    data_report.draw(choice.dataset, choice.split, choice.findings, choice.key)
    if way not in ("drop", "camera"):  # where all pictures are in sight already
        data_report.samples(choice.dataset, choice.stock, choice.key[:3])
    stopped = any(finding.weight == "stop" for finding in choice.findings)
    return None if stopped else choice


def choose(name: str, classes: tuple[str, ...] | None) -> None:
    """Have the step choose a data set, and of its classes those with these keys, in a callback.

    DataError where it has no name here, so that it cannot be listed.
    """
    if name not in datasets.names():
        raise DataError(
            f"The run learnt from {name}, which is not among the data sets of this page: register "
            "it, or put its pictures back."
        )
    known = {data.key_of(each) for each in datasets.opened(name).classes}
    off = known - set(classes) if classes is not None else set()
    st.session_state.setdefault(_OFF, {})[name] = frozenset(off)
    data_sources.jump(name)


def _chosen(way: str) -> str | None:
    if way == "folder":
        return data_sources.folder()
    if way == "zip":
        return data_sources.zipped()
    if way == "drop":
        return collecting.dropped()
    if way == "camera":
        return collecting.photographed()
    return data_sources.known()


def _looked_through(
    name: str,
    whole: data.Dataset,
    classes: tuple[str, ...] | None,
    parts: tuple[float, float, int],
) -> DataChoice:
    chosen = data.choose(whole, map(data.key_of, whole.classes) if classes is None else classes)
    source = (name, datasets.stamp(name))
    stock = _stock(source, whole)
    if stock is None:
        return DataChoice(name, classes, chosen, None, None, (), (*source, classes))
    stock = stock.of(chosen.positions)
    key = (*source, classes, *parts)
    validation, test, seed = parts

    def share_out() -> tuple[Split, tuple[Finding, ...]]:
        shared = split(chosen, stock.digests, validation=validation, test=test, seed=seed)
        return shared, examine(chosen, shared, stock)

    shared, findings = remembered("data_split", key, share_out, 8)
    return DataChoice(name, classes, chosen, stock, shared, findings, key)


def _stock(source: tuple[str, int], whole: data.Dataset) -> Stock | None:
    count = len(whole)

    def look(progress: Progress) -> Stock:
        step = max(1, count // _NEWS)  # the bar would take longer than the pictures

        def told(done: int, of: int) -> None:
            if done % step == 0 or done == of:
                progress(done, of)

        return take_stock(whole, told)

    stock = long_job(
        "data_stock",
        source,
        button=f"Look through the {count:,} pictures",
        what="Looking through the pictures",
        units="pictures",
        compute=look,
        at_once=count <= AT_ONCE,
    )
    if stock is None:
        st.caption(
            "Unreadable pictures, copies and the sizes of the parts are known after that. A run "
            "can be started without: it looks through them itself."
        )
    return stock


def _classes(name: str, whole: data.Dataset) -> tuple[str, ...] | None:
    """Draw the classes to be switched on and off; the keys of those on, or None for all."""
    labels = _labels(whole.classes)
    if len(labels) > _MOST_PILLS:
        return _only(name, labels)
    off = st.session_state.setdefault(_OFF, {}).get(name, frozenset())
    st.session_state["data_classes"] = [key for key in labels if key not in off]
    on = st.pills(
        "Classes",
        list(labels),
        selection_mode="multi",
        format_func=lambda key: plain(labels[key]),
        key="data_classes",
        on_change=_switch,
        args=(name, tuple(labels)),
        help="A click leaves a class out, or takes it in again.",
    )
    return None if len(on) == len(labels) else tuple(on)


def _switch(name: str, keys: tuple[str, ...]) -> None:
    on = st.session_state["data_classes"]
    st.session_state[_OFF][name] = frozenset(key for key in keys if key not in on)


def _only(name: str, labels: Mapping[str, str]) -> tuple[str, ...] | None:
    key = f"data_only-{name}"
    if kept := st.session_state.get(key):  # the folder may have changed
        st.session_state[key] = [one for one in kept if one in labels]
    chosen = st.multiselect(
        "Only these classes",
        list(labels),
        format_func=labels.__getitem__,
        placeholder=f"All {len(labels):,} classes",
        key=key,
        persist_state="session",
    )
    return tuple(one for one in labels if one in set(chosen)) or None


def _labels(classes: tuple[data.DataClass, ...]) -> dict[str, str]:
    """What each class is called, by key: crane and crane with their wnids."""
    named = titles([(known.wnid, known.label) for known in classes])
    return {data.key_of(known): name for known, name in zip(classes, named, strict=True)}
