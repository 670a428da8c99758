"""A network of two layers as a graph whose nodes and weights can be clicked."""

from itertools import pairwise
from typing import TYPE_CHECKING

from core.lab.backprop import Network, Pass

if TYPE_CHECKING:
    import plotly.graph_objects as go

STAGES = (
    "inputs",
    "sums z",
    "activations h",
    "outputs o",
    "loss L",
    "∂L/∂o",
    "∂L/∂v, c, h",
    "∂L/∂z",
    "∂L/∂w, b, x",
)
"""The forward pass and the backward pass, step by step."""

_VALUE_AT = dict(zip("xwbvczhoL", (0, 0, 0, 0, 0, 1, 2, 3, 4), strict=True))
_GRADIENT_AT = dict(zip("Lovchzwbx", (5, 5, 6, 6, 6, 7, 8, 8, 8), strict=True))
_COLUMN = {"x": 0.0, "z": 1.35, "h": 2.1, "o": 3.45, "L": 4.2}  # more room where weights are
_LINE, _LIT, _FILL = "rgba(138,148,163,0.55)", "#d55d08", "rgba(138,148,163,0.06)"
_ALONG = 0.4  # of its edge, where a weight stands: where edges do not cross
_BIAS_ABOVE = 0.45
_NODE_ROOM, _WEIGHT_ROOM = 0.24, 0.15  # around a quantity, which lines stay out of

Place = tuple[float, float]


def network_graph(network: Network, found: Pass, chosen: str, stage: int) -> "go.Figure":
    """Values in the forward pass, gradients in orange in the backward pass, up to a stage.

    `stage` is a position in `STAGES`. The ways from the chosen quantity to the loss are lit. A
    click delivers a quantity's name as `customdata`.
    """
    import plotly.graph_objects as go

    places = _places(network)
    edges = _edges(network)
    lit = _lit(found, chosen, edges)
    figure = go.Figure()
    for on, colour, width in ((False, _LINE, 1.5), (True, _LIT, 3)):
        ends = [_between(places, a, b) for a, b in edges if ((a, b) in lit) == on]
        figure.add_scatter(
            x=[at for a, b in ends for at in (a[0], b[0], None)],
            y=[at for a, b in ends for at in (a[1], b[1], None)],
            mode="lines",
            line={"color": colour, "width": width},
            hoverinfo="skip",
        )
    weights = set(network.weights)
    for names, size, symbol, rim in (
        ([name for name in found.nodes if name not in weights], 48, "circle", 1),
        ([name for name in found.nodes if name in weights], 28, "square", 0),
    ):
        figure.add_scatter(
            x=[places[name][0] for name in names],
            y=[places[name][1] for name in names],
            mode="markers+text",
            text=[_text(found, name, stage, short=name in weights) for name in names],
            textfont={"size": 11 if symbol == "circle" else 10},
            customdata=names,
            marker={
                "symbol": symbol,
                "size": size,
                "color": _FILL,
                "line": {
                    "color": [_LIT if name == chosen else _LINE for name in names],
                    "width": [3 if name == chosen else rim for name in names],
                },
            },
            selected={"marker": {"opacity": 1}},
            unselected={"marker": {"opacity": 1}},
            hovertext=[_hover(found, name, stage) for name in names],
            hoverinfo="text",
        )
    rows = max(2, network.hidden)
    figure.update_layout(
        height=75 + 135 * rows,
        margin={"l": 0, "r": 0, "t": 0, "b": 0},
        showlegend=False,
        dragmode=False,
        xaxis={"visible": False, "range": [-0.37, 4.57], "fixedrange": True},
        yaxis={
            "visible": False,
            "range": [-0.35 - (rows - 1) / 2, (rows - 1) / 2 + 0.65],
            "fixedrange": True,
        },
    )
    return figure


def _places(network: Network) -> dict[str, Place]:
    counts = {"x": 2, "z": network.hidden, "h": network.hidden, "o": network.outputs}
    places: dict[str, Place] = {
        f"{letter}{number}": (_COLUMN[letter], (count + 1) / 2 - number)
        for letter, count in counts.items()
        for number in range(1, count + 1)
    }
    places["L"] = (_COLUMN["L"], 0.0)
    for name in network.weights:
        given, to = _ends(name)
        across, up = places[to]
        if given is None:
            places[name] = (across, up + _BIAS_ABOVE)
        else:
            left, below = places[given]
            places[name] = (left + _ALONG * (across - left), below + _ALONG * (up - below))
    return places


def _ends(weight: str) -> tuple[str | None, str]:
    """What a weight multiplies, nothing for a bias, and the sum that it goes into."""
    letter, to = weight[0], weight[1]
    if letter in "bc":
        return None, f"{'z' if letter == 'b' else 'o'}{to}"
    return (f"x{weight[2]}", f"z{to}") if letter == "w" else (f"h{weight[2]}", f"o{to}")


def _between(places: dict[str, Place], start: str, end: str) -> tuple[Place, Place]:
    """The line from one quantity to another, shorter at both ends."""
    (left, low), (right, high) = places[start], places[end]
    length = max(abs(right - left), abs(high - low))
    ends = []
    for name, sign, (x, y) in ((start, 1, (left, low)), (end, -1, (right, high))):
        share = sign * (_WEIGHT_ROOM if name[0] in "wbvc" else _NODE_ROOM) / length
        ends.append((x + share * (right - left), y + share * (high - low)))
    return ends[0], ends[1]


def _edges(network: Network) -> list[tuple[str, str]]:
    """Lines of the drawing: an edge with a weight is two, before and after it."""
    edges = [(f"z{j}", f"h{j}") for j in range(1, network.hidden + 1)]
    edges += [(f"o{k}", "L") for k in range(1, network.outputs + 1)]
    for name in network.weights:
        given, to = _ends(name)
        edges.append((name, to))
        if given is not None:
            edges.append((given, name))
    return edges


def _lit(found: Pass, chosen: str, edges: list[tuple[str, str]]) -> set[tuple[str, str]]:
    """The lines on all ways from the chosen quantity to the loss."""
    steps = set()
    for path in found.paths(chosen):
        names = [chosen, *(link.to for link in path)]
        steps |= set(pairwise(names))
    over = {_ends(name): name for name in found.nodes if name[0] in "wv"}
    lit = set()
    for step in steps:
        weight = over.get(step)
        lit |= {step} if weight is None else {(step[0], weight), (weight, step[1])}
    return lit & set(edges)


def _text(found: Pass, name: str, stage: int, *, short: bool) -> str:
    """Name, value and gradient as far as the stage goes; of a weight one number below its name."""
    node = found.nodes[name]
    value, gradient = _shown(name, stage)
    back = f'<b style="color:{_LIT}">{node.gradient:+.2f}</b>' if gradient else ""
    if short:
        return f"{name}<br>{back or f'{node.value:.2f}'}"
    lines = [f"<b>{_html(name)}</b>", f"{node.value:.2f}" if value else "", back]
    return "<br>".join(filter(None, lines))


def _hover(found: Pass, name: str, stage: int) -> str:
    node = found.nodes[name]
    value, gradient = _shown(name, stage)
    said = f"{_html(name)} = {node.value:.4f}" if value else _html(name)
    return f"{said}<br>∂L/∂{_html(name)} = {node.gradient:.4f}" if gradient else said


def _shown(name: str, stage: int) -> tuple[bool, bool]:
    """Whether value and gradient are known at the stage."""
    return _VALUE_AT[name[0]] <= stage, _GRADIENT_AT[name[0]] <= stage


def _html(name: str) -> str:
    return name if len(name) == 1 else f"{name[0]}<sub>{name[1:]}</sub>"
