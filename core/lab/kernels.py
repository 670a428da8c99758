"""The usual kernels of image processing."""

import numpy as np

SIZES = (1, 3, 5)


def kernels(size: int) -> dict[str, np.ndarray]:
    """Name -> kernel, (size, size), for one of `SIZES`; the first one is the identity.

    Those of 5 cells smooth by binomial weights, and their Laplacian is that of a Gaussian, rounded.
    """
    identity = np.zeros((size, size))
    identity[size // 2, size // 2] = 1
    if size == 1:
        return {"Identity": identity, "Negative": -identity}
    if size == 3:
        smooth, slope = np.array([1.0, 2, 1]), np.array([-1.0, 0, 1])
        laplacian = np.array([[0.0, 1, 0], [1, -4, 1], [0, 1, 0]])
        sharpen = identity - laplacian
    else:
        smooth, slope = np.array([1.0, 4, 6, 4, 1]), np.array([-1.0, -2, 0, 2, 1])
        quarter = np.array([[0.0, 0, 1], [0, 1, 2], [1, 2, -16]])
        upper = np.hstack([quarter, quarter[:, 1::-1]])
        laplacian = np.vstack([upper, upper[1::-1]])
        sharpen = 2 * identity - _blur(smooth)  # unsharp masking
    ramp = np.add.outer(np.arange(size), np.arange(size)) - (size - 1.0)
    return {
        "Identity": identity,
        "Sobel x": np.outer(smooth, slope),
        "Sobel y": np.outer(slope, smooth),
        "Laplacian": laplacian,
        "Box blur": np.full((size, size), 1 / size**2),
        "Gaussian blur": _blur(smooth),
        "Sharpen": sharpen,
        "Emboss": identity + ramp,
    }


def _blur(smooth: np.ndarray) -> np.ndarray:
    """The mean with these weights, down and across."""
    return np.outer(smooth, smooth) / smooth.sum() ** 2
