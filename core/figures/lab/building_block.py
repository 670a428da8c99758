"""A building block as boxes and arrows, from top to bottom."""

import math
import textwrap
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from core.lab.building_blocks import DrawnPart, Step

if TYPE_CHECKING:
    import plotly.graph_objects as go

_WEIGHTS, _REST, _JOIN = "rgba(78,159,203,0.35)", "rgba(138,148,163,0.18)", "rgba(213,93,8,0.35)"
_LINE = "rgba(138,148,163,0.9)"
_HALF_WIDTH, _HALF_HEIGHT = 0.47, 0.36  # of a box; boxes are 1 apart
_LEAD = 0.35  # from where a part begins to where its branches part
_ROW = 42  # pixels
_HALF_SIGN = 0.24
_SIGNS = {"sum": ("+", 0.14), "concatenate": ("concatenate", 0.47)}
"""What stands where branches join, and half the width of its box."""
_LETTERS = 16  # of a line in a box


def building_block(parts: Sequence[DrawnPart]) -> "go.Figure":
    """Boxes with weights are blue; a branch without boxes is a shortcut."""
    import plotly.graph_objects as go

    canvas = _Canvas()
    top = 0.0
    for part in parts:
        top = canvas.part(part, top)
    canvas.arrow((0, top), (0, top - 0.5))
    columns = max(_columns(part) for part in parts)
    figure = go.Figure(
        go.Scatter(
            x=[x for x, _, _ in canvas.told],
            y=[y for _, y, _ in canvas.told],
            mode="markers",
            marker={"size": 24, "opacity": 0},
            hovertext=[text for _, _, text in canvas.told],
            hovertemplate="%{hovertext}<extra></extra>",
        )
    )
    reach = columns / 2 + 0.35
    figure.update_layout(
        shapes=canvas.shapes,
        annotations=canvas.annotations,
        height=round((0.6 - top) * _ROW) + 12,
        margin={"l": 0, "r": 0, "t": 6, "b": 6},
        showlegend=False,
        xaxis={"visible": False, "fixedrange": True, "range": [-reach, reach]},
        yaxis={"visible": False, "fixedrange": True, "range": [top - 0.6, 0.05]},
    )
    return figure


class _Canvas:
    """What was drawn so far."""

    def __init__(self) -> None:
        self.shapes: list[dict[str, Any]] = []
        self.annotations: list[dict[str, Any]] = []
        self.told: list[tuple[float, float, str]] = []

    def part(self, part: DrawnPart, top: float) -> float:
        """Draw it from `top` downwards; returns where it ends."""
        boxes = max(len(branch) for branch in part.branches)
        below = top - _LEAD - boxes
        for branch, x in zip(part.branches, _places(part), strict=True):
            self._line((0, top), (0, top - _LEAD / 2))
            self._line((0, top - _LEAD / 2), (x, top - _LEAD / 2))
            y = top - _LEAD / 2
            for number, step in enumerate(branch):
                centre = top - _LEAD - number - 0.5
                self.arrow((x, y), (x, centre + _HALF_HEIGHT))
                self._step((x, centre), step)
                y = centre - _HALF_HEIGHT
            if part.join is None:
                self._line((x, y), (x, below))
            else:
                self._into_join((x, y), below, _SIGNS[part.join][1])
        if part.join is None:
            return below
        sign, width = _SIGNS[part.join]
        self._box((0, below - 0.3), width, _HALF_SIGN, _JOIN, sign)
        return below - 0.3 - _HALF_SIGN

    def arrow(self, start: tuple[float, float], end: tuple[float, float]) -> None:
        """A line with a head."""
        if start == end:
            return
        self.annotations.append(
            {
                "x": end[0], "y": end[1], "ax": start[0], "ay": start[1],
                "xref": "x", "yref": "y", "axref": "x", "ayref": "y",
                "text": "", "showarrow": True, "arrowhead": 2, "arrowsize": 1.1, "arrowwidth": 1.2,
                "arrowcolor": _LINE,
            }
        )  # fmt: skip

    def _into_join(self, start: tuple[float, float], below: float, width: float) -> None:
        """From the end of a branch to the sign where they join: from above or from the side."""
        x = start[0]
        if x == 0:
            self.arrow(start, (0, below - 0.3 + _HALF_SIGN))
            return
        self._line(start, (x, below - 0.3))
        self.arrow((x, below - 0.3), (math.copysign(width, x), below - 0.3))

    def _line(self, start: tuple[float, float], end: tuple[float, float]) -> None:
        if start == end:
            return
        (x0, y0), (x1, y1) = start, end
        line = {"color": _LINE, "width": 1.2}
        self.shapes.append({"type": "line", "x0": x0, "y0": y0, "x1": x1, "y1": y1, "line": line})

    def _step(self, centre: tuple[float, float], step: Step) -> None:
        colour = _WEIGHTS if step.layer is not None else _REST
        parts = step.text.split(", ")
        lines = [line for part in parts for line in textwrap.wrap(part, _LETTERS)]
        self._box(centre, _HALF_WIDTH, _HALF_HEIGHT, colour, "<br>".join(lines))
        if (layer := step.layer) is not None:
            told = f"<b>{layer.name}</b><br>{layer.parameters:,} parameters"
            self.told.append((*centre, f"{told}<br>{layer.multiply_adds:,} multiply-adds"))

    def _box(
        self, centre: tuple[float, float], width: float, height: float, colour: str, text: str
    ) -> None:
        x, y = centre
        self.shapes.append(
            {
                "type": "rect", "x0": x - width, "x1": x + width, "y0": y - height,
                "y1": y + height, "fillcolor": colour, "line": {"width": 0},
            }
        )  # fmt: skip
        font = {"size": 11}
        self.annotations.append({"x": x, "y": y, "text": text, "showarrow": False, "font": font})


def _columns(part: DrawnPart) -> int:
    return sum(bool(branch) for branch in part.branches)


def _places(part: DrawnPart) -> list[float]:
    """Where the branches run: those with boxes around the middle, the shortcut on their right."""
    columns = _columns(part)
    centres = iter(number - (columns - 1) / 2 for number in range(columns))
    return [next(centres) if branch else columns / 2 + 0.2 for branch in part.branches]
