"""A run's model taken along: to the other pages, and away from here as a zip."""

from pathlib import Path

import numpy as np
import streamlit as st

from core import runs
from core.data import Dataset
from core.errors import NetlensError
from core.evaluation import Predictions
from core.training.after.review import export_of
from core.training.export.zipped import export_zip
from ui.long_job import Progress, long_job
from ui.page import CLASSIFY, FEATURE_MAPS, GRAD_CAM, show_error

_PICTURES = 5
_STEPS = 4  # that the export tells of


def draw(run: runs.Run, dataset: Dataset | None, answers: Predictions | None) -> None:
    """Links that take the model in hand, and the export."""
    with st.container(border=True):
        st.markdown(f"**Use the model**  \n:small[It is called run/{run.id} everywhere.]")
        with st.container(horizontal=True, vertical_alignment="center"):
            for link in (CLASSIFY, FEATURE_MAPS, GRAD_CAM):
                st.page_link(
                    link.script,
                    label=link.title,
                    icon=link.icon,
                    query_params={"model": f"run/{run.id}"},
                )
        try:
            _export(run, dataset, answers)
        except NetlensError as error:
            show_error(str(error))


def _export(run: runs.Run, dataset: Dataset | None, answers: Predictions | None) -> None:
    made = export_of(run.folder)
    if made is None and (dataset is None or answers is None or not len(answers)):
        st.caption(
            "An export is checked on held-out pictures: it needs a run that came to its end, and "
            "its data."
        )
        return
    if made is None:
        st.caption(
            "As a zip: safetensors, ONNX, labels and transform, and a predict.py that needs "
            "neither Netlens nor PyTorch, with five pictures and the probabilities to expect."
        )

        def compute(progress: Progress) -> Path:
            told = iter(range(_STEPS))
            return export_zip(
                run.folder, _examples(dataset, answers), lambda _: progress(next(told), _STEPS)
            )

        made = long_job(
            "export",
            run.id,
            button="Export",
            what="The export",
            units="steps",
            compute=compute,
        )
    if made is not None:
        st.download_button(
            f"Download the zip ({made.stat().st_size / 1e6:,.1f} MB)",
            made.read_bytes,
            f"{run.id}.zip",
            "application/zip",
            icon=":material/download:",
            on_click="ignore",
        )


def _examples(dataset: Dataset, answers: Predictions) -> list[tuple[str, bytes]]:
    """Pictures of as many classes as there are, spread over what the run was judged on."""
    _, first = np.unique(answers.labels, return_index=True)
    others = np.setdiff1d(np.arange(len(answers)), first)
    found = []
    for row in [*first.tolist(), *others.tolist()]:
        at = int(answers.positions[row])
        try:
            found.append((dataset.file(at), dataset.read(at)))
        except NetlensError:
            continue
        if len(found) == _PICTURES:
            break
    return found
