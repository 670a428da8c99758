"""The tree of classes as a treemap."""

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

from core.catalog import TreeNode

if TYPE_CHECKING:
    import plotly.graph_objects as go

_CHOSEN = "#F2A65A"
_LIGHT, _DARK = "#FFFFFF", "#0F1720"


def class_map(nodes: Sequence[TreeNode], chosen: str | None = None) -> "go.Figure":
    """A treemap of `nodes`, the root first; areas and colours by the number of classes.

    Each sector's `id` is its wnid, which a click delivers. The sector of `chosen` is marked.
    """
    import plotly.graph_objects as go

    inner = {node.parent for node in nodes}
    shades = [_shade(node.classes, nodes[0].classes) for node in nodes]
    figure = go.Figure(
        go.Treemap(
            ids=[node.wnid for node in nodes],
            # a field without fields in it has room for more lines, not for long ones
            labels=[
                node.label if node.wnid in inner else node.label.replace(" ", "<br>")
                for node in nodes
            ],
            parents=[node.parent or "" for node in nodes],
            values=[node.classes for node in nodes],
            branchvalues="total",
            texttemplate=[
                "%{label} %{value:,}" if node.classes > 1 else "%{label}" for node in nodes
            ],
            textfont={"color": [_LIGHT if shade > 0.75 else _DARK for shade in shades]},
            hovertext=[
                f"{node.label}: {node.classes:,} class{'es' * (node.classes != 1)}"
                for node in nodes
            ],
            hovertemplate="%{hovertext}<extra></extra>",
            marker={
                "colors": [
                    _CHOSEN if node.wnid == chosen and i else _blue(shade)
                    for i, (node, shade) in enumerate(zip(nodes, shades, strict=True))
                ],
                "line": {"width": 1},
                "pad": {"t": 22, "l": 3, "r": 3, "b": 3},
            },
            pathbar={"visible": False},
            tiling={"pad": 2},
        )
    )
    figure.update_layout(
        margin={"l": 0, "r": 0, "t": 0, "b": 0},
        height=520,
        uniformtext={"minsize": 10, "mode": "hide"},
    )
    return figure


def _shade(classes: int, most: int) -> float:
    """0 for one class, 1 for `most`, by the logarithm."""
    return math.log(max(classes, 1)) / math.log(max(most, 2))


def _blue(shade: float) -> str:
    """From light to dark blue."""
    light, dark = (220, 231, 250), (11, 87, 208)
    red, green, blue = (round(a + (b - a) * shade) for a, b in zip(light, dark, strict=True))
    return f"rgb({red},{green},{blue})"
