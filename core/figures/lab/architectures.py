"""An architecture as a row of blocks above the shares of its stages, and all of them compared."""

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Literal

from core.lab.architectures import Architecture, Stage

if TYPE_CHECKING:
    import plotly.graph_objects as go

_BLOCK, _VECTOR, _CHOSEN = "#4E9FCB", "rgba(138,148,163,0.9)", "#d55d08"
_COLUMN = "rgba(213,93,8,0.12)"
_WIDEST = 0.86  # of a column
_LEAST_HEIGHT = 0.05  # of a vector, as a share of the picture's
_TOLD = 0.005  # a smaller share is drawn without its number
_MARGIN = 0.12  # of the compared axis, on either side, for the labels
_NEAR = (0.12, 4.0)  # how near labels collide: as a share of the axis, and in points of accuracy
Axis = Literal["multiply_adds", "parameters", "year"]
AXES: dict[Axis, str] = {
    "multiply_adds": "Multiply-adds for one picture",
    "parameters": "Parameters",
    "year": "Year",
}


def stage_rows(architecture: Architecture, chosen: str) -> "go.Figure":
    """Three rows over the same stages: the blocks, their parameters, their multiply-adds.

    Names stand above and shapes below, so that upright ones have room on a narrow screen.
    Heights of blocks grow with the square root of the rows of their maps, widths with the logarithm
    of their channels. A click on a stage delivers its name as `customdata`.
    """
    import plotly.graph_objects as go
    from plotly.subplots import make_subplots

    stages = architecture.stages
    side = architecture.input_size
    figure = make_subplots(
        rows=3,
        shared_xaxes=True,
        row_heights=[0.46, 0.27, 0.27],
        vertical_spacing=0.09,
        subplot_titles=(
            None,
            f"Parameters: {architecture.parameters:,}",
            f"Multiply-adds: {architecture.multiply_adds:,}",
        ),
    )
    heights = [1.0, *(_height(stage, side) for stage in stages)]
    channels = [3, *(stage.channels for stage in stages)]
    widest = max(map(math.log2, channels))
    figure.add_trace(
        go.Bar(
            x=list(range(len(heights))),
            y=heights,
            base=[-height / 2 for height in heights],
            width=[_WIDEST * math.log2(count) / widest for count in channels],
            marker={"color": [_VECTOR, *(_colour(stage, chosen) for stage in stages)]},
            hoverinfo="skip",
        ),
        row=1,
        col=1,
    )
    figure.add_trace(_whole_columns(stages, -0.5, 1.0), row=1, col=1)
    for row, which in ((2, 0), (3, 1)):
        shares = [architecture.shares(stage)[which] for stage in stages]
        figure.add_trace(
            go.Bar(
                x=list(range(1, len(stages) + 1)),
                y=shares,
                width=_WIDEST,
                text=[_percent(share) for share in shares],
                textposition="outside",
                cliponaxis=False,
                marker={"color": [_colour(stage, chosen) for stage in stages]},
                hoverinfo="skip",
            ),
            row=row,
            col=1,
        )
        figure.add_trace(_whole_columns(stages, 0.0, max(shares) * 1.5), row=row, col=1)
        figure.update_yaxes(range=[0, max(shares) * 1.5], row=row, col=1)
    lit = 1 + [stage.name for stage in stages].index(chosen)
    figure.add_shape(
        type="rect", xref="x", yref="paper", x0=lit - 0.5, x1=lit + 0.5, y0=0, y1=1,
        fillcolor=_COLUMN, line={"width": 0}, layer="below",
    )  # fmt: skip
    figure.update_traces(selected={"marker": {"opacity": 1}}, unselected={"marker": {"opacity": 1}})
    figure.update_yaxes(visible=False, fixedrange=True)
    figure.update_xaxes(
        range=[-0.6, len(stages) + 0.6], fixedrange=True, showgrid=False, zeroline=False
    )
    names, shapes = [stage.name for stage in stages], map(_shape, stages)
    for row, where, texts in (
        (1, "top", ["picture", *names]),
        (3, "bottom", [f"3×{side}²", *shapes]),
    ):
        figure.update_xaxes(
            side=where,
            showticklabels=True,
            tickvals=list(range(len(heights))),
            ticktext=texts,
            tickfont={"size": 11},
            automargin=True,
            autotickangles=[0, 90],
            row=row,
            col=1,
        )
    figure.update_annotations(font={"size": 13}, x=0, xanchor="left")
    figure.update_layout(
        barmode="overlay",
        height=450,
        margin={"l": 0, "r": 0, "t": 4, "b": 0},
        showlegend=False,
        dragmode=False,
    )
    return figure


def accuracy_chart(architectures: Sequence[Architecture], axis: Axis, chosen: str) -> "go.Figure":
    """Accuracy of torchvision's weights over what they cost; areas grow with the parameters.

    A click on an architecture delivers its key as `customdata`.
    """
    import plotly.graph_objects as go

    shown = [one for one in architectures if one.trained]
    along = [getattr(one, axis) for one in shown]
    at = along if axis == "year" else [math.log10(value) for value in along]
    margin = _MARGIN * (max(at) - min(at))
    largest = max(one.parameters for one in shown)
    figure = go.Figure(
        go.Scatter(
            x=along,
            y=[one.trained[0].top1 for one in shown],
            mode="markers+text",
            text=[one.title for one in shown],
            textposition=_sides(at, [one.trained[0].top1 for one in shown]),
            customdata=[one.key for one in shown],
            marker={
                "size": [one.parameters for one in shown],
                "sizemode": "area",
                "sizeref": 2 * largest / 46**2,
                "sizemin": 5,
                "color": [_CHOSEN if one.key == chosen else _BLOCK for one in shown],
                "opacity": 0.75,
            },
            selected={"marker": {"opacity": 0.75}},
            unselected={"marker": {"opacity": 0.75}},
            hovertext=[
                f"<b>{one.title}</b>, {one.year}<br>{one.trained[0].top1:.1f} % right<br>"
                f"{one.parameters:,} parameters<br>{one.multiply_adds:,} multiply-adds"
                for one in shown
            ],
            hovertemplate="%{hovertext}<extra></extra>",
        )
    )
    ticks = {"type": "log", "dtick": "D2"} if axis != "year" else {"dtick": 2}
    figure.update_layout(
        height=400,
        margin={"l": 0, "r": 12, "t": 8, "b": 0},
        dragmode=False,
        xaxis={
            "title": {"text": AXES[axis]},
            "range": [min(at) - margin, max(at) + margin],
            "fixedrange": True,
            **ticks,
        },
        yaxis={"title": {"text": "Top-1"}, "ticksuffix": " %", "fixedrange": True},
    )
    return figure


def _whole_columns(stages: Sequence[Stage], base: float, height: float) -> "go.Bar":
    """What is clicked and pointed at, unseen: low blocks and bars would be hard to hit."""
    import plotly.graph_objects as go

    return go.Bar(
        x=list(range(1, len(stages) + 1)),
        y=[height] * len(stages),
        base=base,
        width=1,
        customdata=[stage.name for stage in stages],
        marker={"color": "rgba(0,0,0,0)", "line": {"width": 0}},
        hovertext=list(map(_about, stages)),
        hovertemplate="%{hovertext}<extra></extra>",
    )


def _sides(at: Sequence[float], top1: Sequence[float]) -> list[str]:
    """Labels stand above their points, and below where there is another point close above."""
    near = _NEAR[0] * (max(at) - min(at))
    sides = []
    for number, (x, y) in enumerate(zip(at, top1, strict=True)):
        crowded = any(
            abs(at[other] - x) < near and (0 < top1[other] - y < _NEAR[1])
            for other in range(len(at))
            if other != number
        )
        sides.append("bottom center" if crowded else "top center")
    return sides


def _height(stage: Stage, side: int) -> float:
    return _LEAST_HEIGHT if stage.rows is None else math.sqrt(stage.rows / side)


def _colour(stage: Stage, chosen: str) -> str:
    if stage.name == chosen:
        return _CHOSEN
    return _VECTOR if stage.rows is None else _BLOCK


def _shape(stage: Stage) -> str:
    """Maps are square here, so that 64×56² says it all."""
    maps = len(stage.shape) == 3
    return f"{stage.channels}×{stage.rows}²" if maps else "×".join(map(str, stage.shape))


def _about(stage: Stage) -> str:
    return (
        f"<b>{stage.name}</b><br>{_times(stage.shape)}<br>{stage.parameters:,} parameters<br>"
        f"{stage.multiply_adds:,} multiply-adds"
    )


def _times(shape: Sequence[int]) -> str:
    return " × ".join(map(str, shape))


def _percent(share: float) -> str:
    return f"{share:.0%}" if share >= _TOLD else ""
