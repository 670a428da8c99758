"""The kernels of a convolution as small pictures."""

import numpy as np
from PIL import Image

from core.images import enlarge

_BETWEEN = 1  # cells


def colour_kernel(shades: np.ndarray, least: int = 96) -> bytes:
    """A PNG of one kernel (height, width, 3) uint8, at least `least` pixels on a side."""
    return enlarge(Image.fromarray(shades), least)


def kernel_strip(kernels: np.ndarray, least: int = 56) -> bytes:
    """A PNG of kernels (n, height, width) side by side, each at least `least` pixels high.

    Mid-grey is zero, white the largest absolute value of all of them, black its negative.
    """
    count, height, width = kernels.shape
    most = float(np.abs(kernels).max())
    shades = 127.5 + 127.5 * (kernels / most if most else kernels)
    strip = np.zeros((height, count * (width + _BETWEEN) - _BETWEEN, 2), np.uint8)
    for number, kernel in enumerate(shades.round().astype(np.uint8)):
        left = number * (width + _BETWEEN)
        strip[:, left : left + width, 0] = kernel
        strip[:, left : left + width, 1] = 255  # what lies between is transparent
    return enlarge(Image.fromarray(strip), least)
