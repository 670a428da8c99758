"""How the classes of a data set match a model's, before it is asked about them."""

from collections.abc import Iterable

import streamlit as st

from core import models
from core.data import Dataset
from core.errors import EvaluationError
from core.evaluation.fit import Fit, Way, fit
from core.evaluation.running import part
from core.evaluation.running.task import Task
from core.evaluation.titles import titles
from ui import datasets
from ui.page import plain
from ui.remember import remembered

_NAMED = 5
_LETTERS = 40
_KEPT = 8
_WAYS = {
    Way.WNID: "by wnid",
    Way.INDEX: "by index",
    Way.LEMMA: "by lemma",
    Way.LABEL: "by label",
}


def draw(task: Task) -> bool:
    """Draw the report; whether there is anything that the model can be asked.

    Raises what is wrong with the data set or the model.
    """
    dataset = datasets.opened(task.data)
    key = (task.data, datasets.stamp(task.data), task.model, task.part)
    found = remembered("mistakes_fit", key, lambda: _fit(dataset, task), _KEPT)
    try:
        found.check(task.model, task.data)
    except EvaluationError as error:
        st.caption(f":material/block: {plain(str(error))}")  # nothing has gone wrong
        return False
    _summary(found, dataset)
    with st.expander("Class by class", icon=":material/table_rows:"):
        _table(found, dataset, task.model)
    return True


def _fit(dataset: Dataset, task: Task) -> Fit:
    return fit(dataset, part.chosen(dataset, task), models.classes_of(task.model))


def _summary(found: Fit, dataset: Dataset) -> None:
    classes, unknown = len(found.ways), len(found.unknown)
    ways = (f"{count:,} {name}" for way, name in _WAYS.items() if (count := found.ways.count(way)))
    st.markdown(
        f"The model knows **{classes - unknown:,} of the {classes:,} classes**: {', '.join(ways)}. "
        f"It is asked about {_pictures(int(found.counts.sum()))}"
        + (f", of which {found.left_out:,} do not count." if found.left_out else ".")
    )
    if unknown:
        labels = _labels(dataset, found.unknown)
        st.caption(f"It does not know {labels}: their pictures are left out of the figures.")
    for group in found.shared[:_NAMED]:
        st.caption(
            f"{_labels(dataset, group)} share a class of the model: one answer is right for each."
        )
    if len(found.shared) > _NAMED:
        st.caption(f"So do {len(found.shared) - _NAMED:,} more groups of classes.")
    if dataset.skipped:
        files = "1 file is" if dataset.skipped == 1 else f"{dataset.skipped:,} files are"
        st.caption(
            f"{files} passed over: no pictures by their names, or nothing says what they show, or "
            "links that lead out of the data set."
        )


def _table(found: Fit, dataset: Dataset, model: str) -> None:
    """All classes, those that the model does not know first."""
    outputs = [known.label for known in models.classes_of(model)]
    partners: dict[int, set[int]] = {}
    for group in found.shared:
        for at in group:
            partners.setdefault(at, set()).update(other for other in group if other != at)
    rows = [
        {
            "Class": known.label,
            "wnid": known.wnid,
            "Found": "not known" if way is None else _WAYS[way],
            "Stands for": _few(outputs[output] for output in found.matching.outputs[at]),
            "Shared with": _few(dataset.classes[other].label for other in partners.get(at, ())),
            "Pictures": int(found.counts[at]),
        }
        for at, (known, way) in enumerate(zip(dataset.classes, found.ways, strict=True))
    ]
    rows.sort(key=lambda row: row["Found"] != "not known")
    st.dataframe(
        rows,
        hide_index=True,
        column_config={"Pictures": st.column_config.NumberColumn(format="localized")},
        alt=f"What each of {len(rows)} classes stands for",
    )


def _labels(dataset: Dataset, at: Iterable[int]) -> str:
    names = titles([(known.wnid, known.label) for known in dataset.classes])
    return plain(_few(names[one] for one in at))


def _few(labels: Iterable[str]) -> str:
    listed = [label if len(label) <= _LETTERS else f"{label[: _LETTERS - 1]}…" for label in labels]
    more = len(listed) - _NAMED
    return ", ".join(listed[:_NAMED]) + (f" and {more:,} more" if more > 0 else "")


def _pictures(count: int) -> str:
    return "1 picture" if count == 1 else f"{count:,} pictures"
