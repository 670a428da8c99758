"""One picture looked at closely: what was said of it, and where, before the tuning and after it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import streamlit as st

from core import images, models
from core.errors import NetlensError
from core.figures.heatmap import Scale, colour_bar, enlarged, overlay, png, shared_scale
from core.images import Picture
from core.inside import Heatmap
from core.training.after.before_after import BeforeAfter, before_after
from ui import answers, weights
from ui.fine_tune.mistakes import Answers
from ui.page import plain
from ui.remember import remembered, subject_key

_LARGE = 320  # pixels at least of a picture's side
_KEPT = 12
_ROWS = 3


@dataclass(frozen=True, slots=True)
class Models:
    """The names of the model that a run began with, and of its own."""

    original: str
    tuned: str
    spec: Mapping[str, Any]


def draw(named: Models | None, shown: Answers, row: int) -> None:
    """The picture and its probabilities; its maps, too, where models are named.

    Raises what reading the picture raises.
    """
    assert shown.dataset is not None  # or nothing could be clicked
    p = shown.predictions
    at = int(p.positions[row])
    encoded = shown.dataset.read(at)
    picture = images.read_image(encoded, shown.dataset.file(at))
    truth = int(p.labels[row])
    with st.container(border=True):
        st.markdown(f"**{plain(picture.name)}** · truth: {plain(shown.titles[truth])}")
        left, right = st.columns([3, 7], gap="medium")
        with left:
            _said(shown, row)
        with right:
            if named is None:
                st.image(_large(picture, encoded), width=_LARGE, alt=picture.name)
                return
            target = _target(shown, row)
            maps = _maps(named, picture, target)
            if maps is not None:
                _draw_maps(picture, shown.titles[target], maps)


def _large(picture: Picture, encoded: bytes) -> bytes:
    """A small picture pixel by pixel, a large one no larger than is seen."""
    if min(picture.width, picture.height) < _LARGE:
        return images.enlarge(picture.image, _LARGE)
    return images.cached_thumbnail(encoded, 2 * _LARGE, picture.name, picture.sha256)


def _said(shown: Answers, row: int) -> None:
    """The most probable classes, and the true one, with what was said of them before."""
    p = shown.predictions
    after = p.probabilities[row]
    truth = int(p.labels[row])
    order = sorted(range(len(after)), key=lambda c: -after[c])[:_ROWS]
    classes = list(dict.fromkeys([*order, truth]))
    table = []
    for c in classes:
        line = {"Class": ("✓ " if c == truth else "") + shown.titles[c]}
        if p.before is not None:
            line["Before"] = float(p.before[row, c])
        table.append({**line, "After": float(after[c])})
    percent = st.column_config.NumberColumn(format="percent")
    st.dataframe(
        table,
        hide_index=True,
        column_config={"Before": percent, "After": percent},
        alt=f"Probabilities of {len(table)} classes before and after the tuning",
    )
    st.caption("✓ is the truth.")


def _target(shown: Answers, row: int) -> int:
    """The class that the maps are of: what the picture was taken for, or what it is."""
    said, truth = int(shown.predicted[row]), int(shown.predictions.labels[row])
    if said == truth:
        return truth
    return st.segmented_control(
        "Evidence for",
        [said, truth],
        default=said,
        required=True,
        format_func=lambda c: f"{plain(shown.titles[c])} ({'said' if c == said else 'truth'})",
        key=f"{shown.key}_target_{row}",
    )


def _maps(named: Models, picture: Picture, target: int) -> BeforeAfter | None:
    """None where there are none; why is said, and so is why there is only one."""
    try:
        tuned = answers.load_model(named.tuned)
        original = _original(named)
        name = None if original is None else original.name
        return remembered(
            "before_after",
            (*subject_key(tuned, picture), name, target),
            lambda: before_after(original, tuned, picture, target),
            _KEPT,
        )
    except NetlensError as error:
        _say(str(error))
        return None


def _original(named: Models) -> models.ImageModel | None:
    """What the run began with, where that can be looked at."""
    if named.spec.get("tune") == "scratch":
        _say("It began with random weights: there is nothing to look at from before.")
        return None
    try:
        if weights.ready([named.original]):
            return answers.load_model(named.original)
    except NetlensError as error:
        _say(str(error))
    return None


def _say(why: str) -> None:
    st.caption(f":material/info: {plain(why)}")


def _draw_maps(picture: Picture, title: str, maps: BeforeAfter) -> None:
    before, after = maps.before, maps.after
    scale = shared_scale([m.native for m in (before, after) if m is not None])
    cells = st.grid(2 if before is None else 3, min_column_width=96)
    with cells.cell():
        crop = enlarged(after.crop, _LARGE)
        st.image(png(crop), alt=f"What the tuned model saw of {picture.name}", output_format="PNG")
        st.markdown("**Picture**  \n:small[what the tuned model saw]")
    if before is not None:
        with cells.cell():
            own = "" if maps.outputs else f": {before.target.label}"
            _draw_map(before, scale, f"Before{own}", picture.name)
    with cells.cell():
        _draw_map(after, scale, "After", picture.name)
    if scale.high:
        st.plotly_chart(
            colour_bar(scale, "logits per cell"),
            config={"displayModeBar": False},
            alt=f"Colours from 0 to {scale.high:.3g} logits per cell",
        )
    scales = "" if before is None else ", both on one scale"
    st.caption(f"Grad-CAM of {plain(title)}{scales}. {_note(maps, title)}")


def _draw_map(m: Heatmap, scale: Scale, title: str, name: str) -> None:
    drawn = overlay(enlarged(m.crop, _LARGE), m.native, scale, smooth=True)
    of = f"Grad-CAM of {m.target.label} over {name} by {m.model}"
    st.image(png(drawn), alt=of, output_format="PNG")
    most = f"max {m.native.max():.2g}" if m.native.any() else "nothing speaks for it"
    logit = f"logit {m.score:.2f}".replace("-", "−")
    st.markdown(f"**{plain(title)}**  \n:small[{logit} · {most}]")


def _note(maps: BeforeAfter, title: str) -> str:
    if maps.before is None:
        return ""
    before = plain(maps.before.target.label)
    if not maps.outputs:
        return (
            f"{plain(maps.before.model)} did not know the class {plain(title)} before it was "
            f"tuned: its map is of {before}, which it took the picture for."
        )
    if maps.outputs > 1:
        return (
            f"Before the tuning, {maps.outputs} outputs stood for it; the map is of the one "
            f"that was given most here, {before}."
        )
    return f"Before the tuning, the output {before} stood for it."
