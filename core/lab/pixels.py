"""A picture as a small grid of numbers."""

import numpy as np
from PIL import Image

CHANNELS = ("Grey", "Red", "Green", "Blue")


def pixel_grid(image: Image.Image, longest: int, channel: str = "Grey") -> np.ndarray:
    """(rows, columns): levels of a channel from 0 to 255, as doubles, all of them whole.

    The longer side is brought to at most `longest` pixels, each the mean of those that it stands
    for; smaller pictures stay as they are. The shorter side has at least one.
    """
    times = min(1.0, longest / max(image.size))
    width, height = (max(1, round(side * times)) for side in image.size)
    small = image.convert("RGB").resize((width, height), Image.Resampling.BOX)
    band = small.convert("L") if channel == "Grey" else small.getchannel(channel[0])
    return np.asarray(band, np.float64)
