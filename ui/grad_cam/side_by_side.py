"""Heat maps over what the model saw: one, two and their difference, by method, by layer."""

from collections.abc import Sequence

import numpy as np
import streamlit as st

from core.errors import LayerError
from core.figures.heatmap import Scale, colour_bar, enlarged, overlay, png, shared_scale
from core.inside import METHODS, Heatmap, Layer, Network, Target, heatmaps, same_maps
from ui.grad_cam.choice import ALL_METHODS, Drawing, Question
from ui.grad_cam.panels import describe, panels, shown_values, unit
from ui.page import plain
from ui.remember import remembered

_SMALL = 224  # pixels at least of a picture's side in a grid
_LAYERS = 8
_KEPT = 24


def compute(
    question: Question,
    targets: Sequence[Target],
    layers: Sequence[str],
    methods: Sequence[str],
) -> tuple[Heatmap, ...]:
    """The maps from one forward pass, remembered."""
    subject = question.subject
    return remembered(
        "heatmaps",
        (question.key, tuple(targets), tuple(layers), tuple(methods)),
        lambda: heatmaps(subject.model, subject.picture, targets, layers, methods),
        _KEPT,
    )


def one(question: Question, drawing: Drawing, maps: Sequence[Heatmap]) -> None:
    """The picture, the map of each target, and their difference, all on one scale."""
    shown, scale = panels(question, drawing, maps)
    pictures, beside = st.columns([2, 1]) if len(maps) == 1 else (st.container(), st.container())
    with pictures:
        cells = st.grid(len(shown), min_column_width=140)
    for panel in shown:
        with cells.cell():
            st.image(png(panel.picture), alt=panel.alt, output_format="PNG")
            under(panel.title, panel.text)
    with beside:
        bar(scale, unit(maps[0]))
        rows, across = maps[0].raw.shape
        st.caption(f"{rows} × {across} values")
        a, b = maps[0].target, maps[-1].target
        if len(maps) == 1 and len(a.plus) > 1:
            st.caption(
                f":material/info: A group's score is the sum of its {_classes(a)}' logits, so "
                "its map is that sum's: larger groups look hotter."
            )
        elif len(a.plus) != len(b.plus):
            st.caption(
                f":material/info: A adds up the logits of {_classes(a)}, B those of {_classes(b)}: "
                "on one scale, the larger sum looks hotter."
            )
        _notes(maps)


def methods(question: Question, drawing: Drawing) -> None:
    """All methods that need one forward and one backward pass, side by side."""
    maps = compute(question, [question.together], [question.layer], list(METHODS))
    st.caption(
        f"{len(maps)} maps of {plain(question.together.label)} at {plain(question.layer)} from one "
        "forward pass. Each has its own scale: methods count differently."
    )
    grid(question, drawing, maps, [METHODS[m.method] for m in maps])
    for group in same_maps(maps):
        names = [METHODS[m.method] for m in group]
        st.caption(
            f":material/equal: {', '.join(names[:-1])} and {names[-1]} are the same map here, up "
            "to rounding."
        )
    _notes(maps)


def layers(question: Question, drawing: Drawing) -> None:
    """The same question at several depths of the network."""
    method = "gradcam" if question.on_picture else question.method
    if question.on_picture:
        st.caption(f"{ALL_METHODS[question.method]} knows no layers; these are Grad-CAM's.")
    names = [layer.name for layer in along(question.network, question.layer)]
    maps = compute(question, [question.together], names, [method])
    st.caption(
        f"{METHODS[method]} of {plain(question.together.label)} at {len(maps)} layers from one "
        "forward pass. Each has its own scale: the finer the grid, the less is in one cell."
    )
    grid(question, drawing, maps, names)
    _notes(maps)


def along(known: Network, layer: str) -> tuple[Layer, ...]:
    """A handful of blocks with maps, from the first to the last, and the layer itself.

    Raises LayerError where no block has maps.
    """
    chosen = known.spatial(layer)
    blocks = [
        block
        for block in known.blocks
        if block.grid is not None
        # not the last part of the chosen layer, which gives the same
        and not (block.name.startswith(f"{layer}.") and block.shape == chosen.shape)
    ]
    if not blocks:
        raise LayerError(f"No block of {known.model} keeps a grid of cells.")
    at = np.linspace(0, len(blocks) - 1, min(_LAYERS - 1, len(blocks))).round().astype(int)
    names = {blocks[i].name for i in at} | {layer}
    return tuple(la for la in known.layers if la.name in names)


def bar(scale: Scale, of: str) -> None:
    """The colours with their values; `of` is the unit."""
    if scale.high:
        low = -scale.high if scale.signed else 0.0
        st.plotly_chart(
            colour_bar(scale, of),
            config={"displayModeBar": False},
            alt=f"Colours from {low:.3g} to {scale.high:.3g} {of}",
        )


def grid(
    question: Question, drawing: Drawing, maps: Sequence[Heatmap], titles: Sequence[str]
) -> None:
    """Maps with a scale each."""
    crop = enlarged(maps[0].crop, _SMALL)
    cells = st.grid(4, min_column_width=160)
    for m, title in zip(maps, titles, strict=True):
        values = shown_values(m, drawing)
        with cells.cell():
            picture = overlay(crop, values, shared_scale([values]), drawing.smooth)
            alt = describe(m, question.subject.held.name, values)
            st.image(png(picture), alt=alt, output_format="PNG")
            rows, columns = m.raw.shape
            most = f"max {values.max():.3g} {m.unit}" if values.any() else "empty"
            under(title, f"{rows} × {columns} cells · {most}")


def under(title: str, text: str) -> None:
    """A picture's title and what is said of it."""
    st.markdown(f"**{plain(title)}**  \n:small[{plain(text)}]")


def _classes(target: Target) -> str:
    return "1 class" if len(target.plus) == 1 else f"{len(target.plus):,} classes"


def _notes(maps: Sequence[Heatmap]) -> None:
    """What core says about the maps, with the method's or layer's name where there are several."""
    for note in dict.fromkeys(note for m in maps for note in m.notes):
        of = [m for m in maps if note in m.notes]
        name = METHODS.get(of[0].method, "")
        prefix = f"{name}: " if len({m.method for m in maps}) > 1 and name not in note else ""
        st.caption(f":material/info: {plain(prefix + note)}")
