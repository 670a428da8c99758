"""The row of pictures that answers a question: the same on the page and in the exported file."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from PIL import Image

from core.figures.heatmap import Scale, enlarged, overlay, shared_scale
from core.inside import Heatmap
from ui.grad_cam.choice import ALL_METHODS, Drawing, Question
from ui.target_choice import probability

_CELLS = {"occlusion": "patch", "integrated": "pixel"}  # what a value of the map stands for
_LARGE = 400  # pixels at least of a picture's side


@dataclass(frozen=True, slots=True)
class Shown:
    """One picture with its words; `values` are the numbers that its colours show."""

    title: str
    text: str
    alt: str
    picture: Image.Image
    values: np.ndarray | None = None


def panels(
    question: Question, drawing: Drawing, maps: Sequence[Heatmap]
) -> tuple[tuple[Shown, ...], Scale]:
    """The crop, the map of each target and, for two, their difference; all on one scale.

    The difference has its own where `Drawing.own` asks for it.
    """
    crop = enlarged(maps[0].crop, _LARGE)
    name, model = question.subject.held.name, question.subject.model.name
    values = [shown_values(m, drawing) for m in maps]
    apart = maps[0].raw - maps[-1].raw
    both = len(maps) > 1 and not drawing.own
    scale = shared_scale([*values, apart] if both else values)
    drawn = [overlay(crop, v, scale, drawing.smooth) for v in values]
    found = [
        Shown("Picture", f"what {model.partition('/')[2]} saw", f"What {model} saw of {name}", crop)
    ]
    for letter, m, v, picture in zip("AB", maps, values, drawn, strict=False):
        title = f"{letter}: {m.target.label}" if len(maps) > 1 else m.target.label
        found.append(Shown(title, score_line(question, m), describe(m, name, v), picture, v))
    if len(maps) > 1:
        most = np.abs(apart).max()
        gap = f"{maps[0].score - maps[1].score:+.2f}".replace("-", "−")
        found.append(
            Shown(
                "A − B",
                f"score {gap} · yellow for A, blue for B, up to ±{most:.3g} {unit(maps[0])}",
                f"Where {name} speaks more for A (yellow) or for B (blue)",
                overlay(crop, apart, scale if both else shared_scale([apart]), drawing.smooth),
                apart,
            )
        )
    return tuple(found), scale


def shown_values(m: Heatmap, drawing: Drawing) -> np.ndarray:
    """The numbers that are drawn: (rows, columns)."""
    return m.raw if drawing.signed else m.native


def unit(m: Heatmap) -> str:
    """Of the values of a map."""
    return f"{m.unit} per {_CELLS.get(m.method, 'cell')}"


def score_line(question: Question, m: Heatmap) -> str:
    """The target's score and probability for the whole picture."""
    of = "logit" if len(m.target.plus) == 1 else "sum of logits"
    return f"{of} {m.score:.2f} · probability {probability(question.said, m.target):.1%}"


def describe(m: Heatmap, name: str, values: np.ndarray) -> str:
    """The map in words, for those who do not see it."""
    begin = f"{ALL_METHODS[m.method]} of {m.target.label} over {name}"
    if not (values > 0).any():
        return f"{begin}: nothing speaks for it"
    row, column = np.unravel_index(int(values.argmax()), values.shape)
    down = ("top", "middle", "bottom")[int(3 * row // values.shape[0])]
    across = ("left", "centre", "right")[int(3 * column // values.shape[1])]
    return f"{begin}: up to {values.max():.3g} {unit(m)}, most at the {down} {across}"
