"""The search for a learning rate as a picture: the loss against the rate that was tried."""

import math
from typing import TYPE_CHECKING

from core.training.history import Finding

if TYPE_CHECKING:
    import plotly.graph_objects as go

_LOSS, _CHOSEN = "#4E9FCB", "#d55d08"


def finder_figure(found: Finding) -> "go.Figure":
    """Where the loss falls the network learns; where it rises again the rate is too high."""
    import plotly.graph_objects as go

    figure = go.Figure()
    figure.add_scatter(
        x=found.rates,
        y=found.losses,
        mode="lines",
        line={"color": _LOSS, "width": 2},
        hovertemplate="%{x:.1e}: %{y:.3f}<extra></extra>",
        showlegend=False,
    )
    figure.add_vline(x=found.chosen, line={"color": _CHOSEN, "width": 2, "dash": "dot"})
    if found.chosen in found.rates:  # it is not where nothing fell
        figure.add_scatter(
            x=[found.chosen],
            y=[found.losses[found.rates.index(found.chosen)]],
            mode="markers",
            marker={"color": _CHOSEN, "size": 9},
            hoverinfo="skip",
            showlegend=False,
        )
    figure.add_annotation(
        x=math.log10(found.chosen),  # Plotly places annotations so, but shapes by the value
        y=1,
        yref="paper",
        xanchor="right",
        yanchor="top",
        text=f"chosen: {found.chosen:.1e} ",
        showarrow=False,
    )
    figure.update_layout(
        height=190,
        margin={"l": 0, "r": 12, "t": 24, "b": 0},
        xaxis={
            "type": "log",
            "title": {"text": "learning rate"},
            "dtick": 1,
            "exponentformat": "e",
        },
        yaxis={"title": {"text": "loss"}, "nticks": 4},
    )
    return figure
