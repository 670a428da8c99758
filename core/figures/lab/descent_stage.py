"""What paths are drawn on, and what plays them: contours, and a button with a slider."""

from typing import Any

import numpy as np
from PIL import Image

from core.figures.channel_map import picture_url
from core.lab.descent.surfaces import Surface

_PIXELS = 320  # of the contours on a side
_LEVELS = 14
_LINE_WIDTH = 1.2
_LINE, _SHADE = 0.5, 0.4  # opacities, of a line and of the highest place
_FRAME_MS = 90
_GREY, _BLUE = "rgba(138,148,163,1)", "#4E9FCB"


def relief(surface: Surface) -> dict[str, Any]:
    """Contours as a picture, which an animation leaves alone.

    They are closer together in the depths than on the heights, or no valley would be seen.
    """
    x, y = (np.linspace(*ends, _PIXELS) for ends in (surface.x_range, surface.y_range))
    above = surface.function(*np.meshgrid(x, y[::-1])) - surface.lowest
    height = np.log1p(above / max(np.quantile(above, 0.04), 1e-6))
    height *= _LEVELS / height.max()
    away = np.abs(height - height.round()) / np.hypot(*np.gradient(height)).clip(1e-6)  # pixels
    line = (_LINE_WIDTH / 2 + 0.5 - away).clip(0, 1) * (height > 0.5)
    opacity = np.maximum(_LINE * line, _SHADE * np.floor(height) / _LEVELS)
    picture = np.full((_PIXELS, _PIXELS, 4), (138, 148, 163, 0), np.uint8)
    picture[..., 3] = np.rint(255 * opacity)
    (left, right), (low, high) = surface.x_range, surface.y_range
    return {
        "source": picture_url(Image.fromarray(picture)),
        "xref": "x",
        "yref": "y",
        "x": left,
        "y": high,
        "sizex": right - left,
        "sizey": high - low,
        "sizing": "stretch",
        "layer": "below",
    }


def player(names: list[str]) -> dict[str, Any]:
    """A button that plays the frames, and a slider over them that begins at the last."""
    timing = {"duration": _FRAME_MS, "redraw": True}  # else it hears no clicks afterwards
    settings = {"frame": timing, "transition": {"duration": 0}, "mode": "immediate"}
    at_once = {**settings, "frame": {"duration": 0, "redraw": True}}
    return {
        "updatemenus": [
            {
                "type": "buttons",
                "showactive": False,
                "x": 0,
                "y": 0,
                "xanchor": "left",
                "yanchor": "top",
                "pad": {"t": 44},
                "bgcolor": "rgba(138,148,163,0.15)",
                "borderwidth": 0,
                "font": {"color": _BLUE},  # the browser's hover is white in both themes
                "buttons": [{"label": "▶ Play", "method": "animate", "args": [None, settings]}],
            }
        ],
        "sliders": [
            {
                "active": len(names) - 1,
                "x": 0.2,
                "len": 0.8,
                "y": 0,
                "pad": {"t": 36},
                "currentvalue": {"prefix": "after step ", "font": {"color": _GREY}},
                "ticklen": 0,
                "minorticklen": 0,
                "font": {"color": "rgba(0,0,0,0)"},  # of the labels, one for each frame
                "bordercolor": _GREY,
                "bgcolor": _GREY,
                "steps": [
                    {"label": name, "method": "animate", "args": [[name], at_once]}
                    for name in names
                ],
            }
        ],
    }
