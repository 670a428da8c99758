"""The part of a picture that one cell of a map can see, drawn on the picture."""

from typing import TYPE_CHECKING

import numpy as np
from PIL import Image

from core.figures.channel_map import add_box, lay_out, picture_below
from core.images import Box

if TYPE_CHECKING:
    import plotly.graph_objects as go

_DARK = 0.75  # of the picture where the cell answers to nothing


def receptive_field(
    crop: Image.Image, influence: np.ndarray, window: Box | None, core: Box | None
) -> "go.Figure":
    """The picture lit where the cell answers to it; the theoretical window dashed, `core` solid.

    `influence` (H, W) >= 0, of the crop's size.
    """
    import plotly.graph_objects as go

    # axes without a trace would not be drawn
    figure = go.Figure(go.Scatter(x=[None], y=[None], hoverinfo="skip", showlegend=False))
    figure.add_layout_image(picture_below(_lit(crop, influence, core)))
    if window is not None:
        add_box(figure, _frame(window), dash="dash")
    if core is not None:
        add_box(figure, _frame(core), dash="solid", colour="#F2A65A")
    lay_out(figure, crop)
    return figure


def _lit(crop: Image.Image, influence: np.ndarray, core: Box | None) -> Image.Image:
    """The picture, darkened where the influence is weak, by its square root.

    As light as it is where the influence reaches its mean within `core`: single pixels may stand
    far above that.
    """
    strength = np.zeros(influence.shape)
    if core is not None:
        mean = influence[core.top : core.bottom, core.left : core.right].mean()
        strength = np.sqrt((influence / mean).clip(0, 1)) if mean > 0 else strength
    light = 1 - _DARK * (1 - strength[..., None])
    return Image.fromarray((np.asarray(crop.convert("RGB")) * light).round().astype(np.uint8))


def _frame(box: Box) -> tuple[float, float, float, float]:
    return box.left, box.top, box.right, box.bottom
