"""The tree of classes as a treemap."""

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from core.catalog import TreeNode

if TYPE_CHECKING:
    import plotly.graph_objects as go

    from core.evaluation.hierarchy.synsets import SynsetScore

_CHOSEN = "#F2A65A"
_LIGHT, _DARK = "#FFFFFF", "#0F1720"
_UNKNOWN = "rgb(143,151,163)"
_DIM = 116  # luma below which white text is read better than dark text
_Colour = tuple[int, int, int]
_WRONG, _HALF, _RIGHT = (184, 74, 0), (240, 236, 230), (11, 87, 208)


def class_map(
    nodes: Sequence[TreeNode],
    chosen: str | None = None,
    scores: "Mapping[str, SynsetScore] | None" = None,
) -> "go.Figure":
    """A treemap of `nodes`, the root first; areas by the number of classes, and colours too.

    With `scores`, by wnid, colours are accuracies: from orange, nothing right, to blue, all of it;
    hatched where there are no pictures. Each sector's `id` is its wnid, which a click delivers. The
    sector of `chosen` is marked.
    """
    import plotly.graph_objects as go

    inner = {node.parent for node in nodes}
    looks = [_look(node, nodes[0].classes, scores) for node in nodes]
    marked = [node.wnid == chosen and i > 0 for i, node in enumerate(nodes)]
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
            texttemplate=[_text(node, scores) for node in nodes],
            textfont={"color": [text for _, text in looks]},
            hovertext=[_hover(node, scores) for node in nodes],
            hovertemplate="%{hovertext}<extra></extra>",
            marker={
                "colors": [
                    _CHOSEN if is_marked and scores is None else colour
                    for (colour, _), is_marked in zip(looks, marked, strict=True)
                ],
                "pattern": {
                    "shape": ["/" if look[0] == _UNKNOWN else "" for look in looks],
                    "bgcolor": _LIGHT,
                    "size": 6,
                    "solidity": 0.3,
                },
                "line": {
                    "width": [4 if is_marked and scores is not None else 1 for is_marked in marked],
                    "color": [_DARK if is_marked else _LIGHT for is_marked in marked],
                },
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


def _text(node: TreeNode, scores: "Mapping[str, SynsetScore] | None") -> str:
    """What stands in a field; Plotly fills in the label and the number of classes."""
    if scores is not None:
        score = scores.get(node.wnid)
        return f"%{{label}} {score.accuracy:.0%}" if score else "%{label}"
    return "%{label} %{value:,}" if node.classes > 1 else "%{label}"


def _hover(node: TreeNode, scores: "Mapping[str, SynsetScore] | None") -> str:
    words = f"{node.label}: {node.classes:,} class{'es' * (node.classes != 1)}"
    if scores is None:
        return words
    score = scores.get(node.wnid)
    if score is None:
        return f"{words}, no picture"
    return f"{words}, {score.accuracy:.1%} right of {score.n:,} picture{'s' * (score.n != 1)}"


def _look(node: TreeNode, most: int, scores: "Mapping[str, SynsetScore] | None") -> tuple[str, str]:
    """The colours of a field and of its text."""
    if scores is None:
        shade = _shade(node.classes, most)
        return _css(_mixed((220, 231, 250), _RIGHT, shade)), _LIGHT if shade > 0.75 else _DARK
    score = scores.get(node.wnid)
    if score is None:
        return _UNKNOWN, _DARK
    end = _WRONG if score.accuracy < 0.5 else _RIGHT
    colour = _mixed(_HALF, end, 2 * abs(score.accuracy - 0.5))
    luma = sum(weight * part for weight, part in zip((0.299, 0.587, 0.114), colour, strict=True))
    return _css(colour), _LIGHT if luma < _DIM else _DARK


def _shade(classes: int, most: int) -> float:
    """0 for one class, 1 for `most`, by the logarithm."""
    return math.log(max(classes, 1)) / math.log(max(most, 2))


def _mixed(first: _Colour, last: _Colour, share: float) -> _Colour:
    """A colour on the way from the first to the last."""
    red, green, blue = (round(a + (b - a) * share) for a, b in zip(first, last, strict=True))
    return red, green, blue


def _css(colour: _Colour) -> str:
    return f"rgb({','.join(map(str, colour))})"
