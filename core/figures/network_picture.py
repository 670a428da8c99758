"""A network as a row of blocks: heights show the grids, widths the channels."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import plotly.graph_objects as go

_BLOCK, _VECTOR, _CHOSEN = "#5B8DEF", "#8A94A6", "#F2A65A"
_GAP = 2.0  # between blocks, in the units of `_width`
_LONGEST = 16  # letters of a label
_LEAST_HEIGHT = 0.6  # of a vector, which has no grid, in the units of `_height`


@dataclass(frozen=True, slots=True)
class Block:
    """One piece of the network, or the picture that goes into it."""

    name: str
    """Dotted, as the network names it."""
    about: str
    """What the pointer is told of it."""
    channels: int
    """Or numbers, where it has no grid."""
    rows: int | None
    """Of its grid; None for a vector."""


def network_picture(blocks: Sequence[Block], chosen: str) -> "go.Figure":
    """The blocks from left to right, the chosen one lit.

    Heights grow with the square root of the grid's rows, widths with the logarithm of the channels.
    A click anywhere in a block's column delivers its name as `customdata`.
    """
    import plotly.graph_objects as go

    widths = [_width(block) for block in blocks]
    centres = []
    edge = 0.0
    for width in widths:
        centres.append(edge + width / 2)
        edge += width + _GAP
    top = max(_height(block) for block in blocks)
    heights = [_height(block) for block in blocks]
    labels = _labels([block.name for block in blocks])
    lit = [block.name == chosen for block in blocks]
    figure = go.Figure(
        [
            go.Bar(
                x=centres,
                y=heights,
                base=[-height / 2 for height in heights],
                width=widths,
                marker={
                    "color": [
                        _CHOSEN if on else _VECTOR if block.rows is None else _BLOCK
                        for block, on in zip(blocks, lit, strict=True)
                    ],
                    "line": {"width": 0},
                },
                hoverinfo="skip",
            ),
            # what is clicked: low blocks would be hard to hit
            go.Bar(
                x=centres,
                y=[top * 1.08] * len(blocks),
                base=[-top * 0.54] * len(blocks),
                width=[width + _GAP for width in widths],
                customdata=[block.name for block in blocks],
                marker={
                    "color": ["rgba(242,166,90,0.18)" if on else "rgba(0,0,0,0)" for on in lit],
                    "line": {"width": 0},
                },
                selected={"marker": {"opacity": 1}},
                unselected={"marker": {"opacity": 1}},
                hovertext=[f"<b>{block.name}</b><br>{block.about}" for block in blocks],
                hovertemplate="%{hovertext}<extra></extra>",
            ),
        ]
    )
    figure.update_layout(
        barmode="overlay",
        showlegend=False,
        height=210,
        margin={"l": 0, "r": 0, "t": 0, "b": 0},
        dragmode=False,
        xaxis={
            "tickvals": centres,
            "ticktext": [
                f"<b>{label}</b>" if on else label for label, on in zip(labels, lit, strict=True)
            ],
            "range": [-_GAP, edge],
            "showgrid": False,
            "zeroline": False,
            "fixedrange": True,
            "automargin": True,
            "autotickangles": [0, 90],
        },
        yaxis={"visible": False, "fixedrange": True, "range": [-top * 0.54, top * 0.54]},
    )
    return figure


def _width(block: Block) -> float:
    return 1 + math.log2(max(block.channels, 1))


def _height(block: Block) -> float:
    return _LEAST_HEIGHT if block.rows is None else math.sqrt(block.rows)


def _labels(names: Sequence[str]) -> list[str]:
    """The last parts of the dotted names; where they are numbers, the first says below what."""
    named: set[str] = set()
    labels = []
    for name in names:
        family, _, last = name.rpartition(".")
        label = last if len(last) <= _LONGEST else "…" + last[1 - _LONGEST :]
        if last.isdecimal() and family not in named:
            label += f"<br>{family.rpartition('.')[2]}"
            named.add(family)
        labels.append(label)
    return labels
