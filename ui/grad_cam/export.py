"""What the Grad-CAM page shows, as files."""

from collections.abc import Sequence

import streamlit as st

from core.figures.heatmap import overlay, png
from core.figures.report import Panel, report
from core.inside import SOURCES, Heatmap
from core.inside.evidence.export import file_name, heatmap_npz
from ui.grad_cam.choice import ALL_METHODS, Drawing, Question
from ui.grad_cam.panels import panels, score_line, shown_values, unit


def menu(question: Question, drawing: Drawing, maps: Sequence[Heatmap]) -> None:
    """The heat map as a picture and as numbers, and the page as one file."""
    with st.popover("Export", icon=":material/download:"):
        for letter, m in zip("AB", maps, strict=False):
            of = f" of {letter}" if len(maps) > 1 else ""
            row = st.container(horizontal=True)
            row.download_button(
                f"Heat map{of} (PNG)",
                lambda m=m: _picture(question, drawing, maps, m),
                file_name(m, "png"),
                "image/png",
                key=f"cam_png_{letter}",
                on_click="ignore",
            )
            row.download_button(
                f"Numbers{of} (NPZ)",
                lambda m=m: heatmap_npz(m),
                file_name(m, "npz"),
                "application/octet-stream",
                key=f"cam_npz_{letter}",
                on_click="ignore",
            )
        st.download_button(
            "This page (HTML)",
            lambda: page_file(question, drawing, maps),
            file_name(maps[0], "html"),
            "text/html",
            key="cam_html",
            on_click="ignore",
        )
        st.caption(
            "The picture has the size of the model's crop. `raw` is signed, `native` is after the "
            "ReLU, both on the layer's own cells; `full` is native at the size of the crop. The "
            "page is one file with everything in it, and loads nothing."
        )


def page_file(question: Question, drawing: Drawing, maps: Sequence[Heatmap]) -> str:
    """The page as HTML."""
    subject, first = question.subject, maps[0]
    shown, scale = panels(question, drawing, maps)
    rows, columns = first.raw.shape
    layer = question.network.get(first.layer) if first.layer else None
    facts = [
        ("Picture", f"{subject.held.name}, SHA-256 {subject.held.sha256}"),
        ("Model", f"{subject.model.name}, {len(subject.model.classes):,} classes"),
        ("Input", subject.model.preprocess.describe()),
        ("Device", f"{subject.model.device}{', half precision' if subject.model.half else ''}"),
        ("Method", f"{ALL_METHODS[first.method]} ({SOURCES[first.method]})"),
        ("Layer", f"{layer.name} ({layer.type})" if layer else "the picture itself"),
        ("Grid", f"{rows} × {columns} cells"),
        *((f"Target {m.target.label}", score_line(question, m)) for m in maps),
        ("Drawn", _drawn(drawing)),
    ]
    title = f"{ALL_METHODS[first.method]}: {' or '.join(m.target.label for m in maps)}"
    return report(
        title,
        facts,
        [Panel(s.title, s.picture, s.alt, (s.text,), s.values) for s in shown],
        scale=scale,
        unit=unit(first),
        notes=list(dict.fromkeys(note for m in maps for note in m.notes)),
    )


def _drawn(drawing: Drawing) -> str:
    return (
        ("bilinear between the cells' centres" if drawing.smooth else "the cells as they are")
        + ("; signed" if drawing.signed else "; what speaks against a target is left out")
        + "; colours over the picture in grey, opacity by the value"
    )


def _picture(question: Question, drawing: Drawing, maps: Sequence[Heatmap], m: Heatmap) -> bytes:
    """The overlay at the size of the crop, on the page's scale."""
    _, scale = panels(question, drawing, maps)
    return png(overlay(m.crop, shown_values(m, drawing), scale, drawing.smooth))
