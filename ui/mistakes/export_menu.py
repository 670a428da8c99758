"""An evaluation taken away: every answer as CSV or Parquet, and the report."""

import tempfile
from collections.abc import Callable
from pathlib import Path

import streamlit as st

from core.evaluation.answers import Answers
from core.evaluation.export.csv import write_csv
from core.evaluation.export.files import file_name
from core.evaluation.export.parquet import write_parquet
from core.evaluation.report.html import html_report
from core.evaluation.running.table import Table
from ui.studied import Studied


def draw(studied: Studied) -> None:
    """The menu; each file is made when it is asked for."""
    answers = studied.answers
    files = (
        ("CSV", lambda: _written(write_csv, answers), ".csv", "text/csv"),
        (
            "Parquet",
            lambda: _written(write_parquet, answers),
            ".parquet",
            "application/vnd.apache.parquet",
        ),
        ("Report (HTML)", lambda: _report(studied), ".html", "text/html"),
    )
    with st.popover("Export", icon=":material/download:"):
        with st.container(horizontal=True):
            for label, make, suffix, kind in files:
                st.download_button(
                    label,
                    make,
                    file_name(answers.table.meta, suffix),
                    kind,
                    key=f"mistakes_export_{suffix}",
                    on_click="ignore",
                )
        st.caption(
            "CSV and Parquet have a row for each picture: its class, the five most probable "
            "answers, the loss. The report has the figures and thumbnails in one file, which "
            "loads nothing."
        )


def _report(studied: Studied) -> str:
    run = studied.run
    if run is None:
        return html_report(studied.answers, None)
    source = str(run.spec["data"])
    return html_report(studied.answers, source, name=studied.title, ended=run.ended)


def _written(write: Callable[[Table, Path], None], answers: Answers) -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "answers"
        write(answers.table, path)
        return path.read_bytes()
