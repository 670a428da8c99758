"""Activations and gradients of a layer -> a map: one function for each method.

Each takes activations and gradients, both (N, channels, rows, columns), and gives signed maps
(N, rows, columns), before the ReLU that the papers end with. Weightings that the grad-cam library
(Gildenblat et al. 2021) has come from there, fed with our arrays.
"""

import functools
from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np

from core.errors import ModelError

if TYPE_CHECKING:
    from pytorch_grad_cam.base_cam import BaseCAM
    from threadpoolctl import ThreadpoolController

Method = Callable[[np.ndarray, np.ndarray], np.ndarray]

METHODS = {
    "gradcam": "Grad-CAM",
    "gradcam++": "Grad-CAM++",
    "xgradcam": "XGrad-CAM",
    "hirescam": "HiResCAM",
    "layercam": "LayerCAM",
    "eigencam": "EigenCAM",
    "eigengradcam": "EigenGrad-CAM",
}
PICTURE_METHODS = {"occlusion": "Occlusion", "integrated": "Integrated gradients"}
SOURCES = {
    "gradcam": "Selvaraju et al. 2017, arXiv:1610.02391",
    "gradcam++": "Chattopadhyay et al. 2018, arXiv:1710.11063",
    "xgradcam": "Fu et al. 2020, arXiv:2008.02312",
    "hirescam": "Draelos and Carin 2020, arXiv:2011.08891",
    "layercam": "Jiang et al. 2021, IEEE Transactions on Image Processing 30",
    "eigencam": "Muhammad and Yeasin 2020, arXiv:2008.00299",
    "eigengradcam": "EigenCAM over activation x gradient, as in the grad-cam library",
    "occlusion": "Zeiler and Fergus 2014, arXiv:1311.2901",
    "integrated": "Sundararajan, Taly and Yan 2017, arXiv:1703.01365",
}
_CLASSES = {
    "gradcam++": "GradCAMPlusPlus",
    "xgradcam": "XGradCAM",
    "hirescam": "HiResCAM",
    "layercam": "LayerCAM",
}


def method(name: str) -> Method:
    """The function of a method. Raises ModelError for a name that there is not."""
    if name not in METHODS:
        known = ", ".join((*METHODS, *PICTURE_METHODS))
        raise ModelError(f"There is no method {name!r}: choose one of {known}.")
    own = {"gradcam": grad_cam, "eigencam": eigen_cam, "eigengradcam": eigen_grad_cam}
    return own[name] if name in own else functools.partial(_from_library, _library(name))


def grad_cam(activations: np.ndarray, gradients: np.ndarray) -> np.ndarray:
    """Each channel weighted by the mean of its gradient."""
    weights = gradients.mean((2, 3))
    return np.einsum("nc,nchw->nhw", weights, activations)


def eigen_cam(activations: np.ndarray, _: np.ndarray) -> np.ndarray:
    """The first principal component of the cells' activations; knows nothing of the class."""
    with _numpy_threads().limit(limits=1):
        return np.stack([_projection(a) for a in activations])


def eigen_grad_cam(activations: np.ndarray, gradients: np.ndarray) -> np.ndarray:
    """The same of activation x gradient."""
    return eigen_cam(activations * gradients, gradients)


def _projection(activations: np.ndarray) -> np.ndarray:
    """(channels, rows, columns) projected on their first principal component over the cells.

    The sign of a principal component is arbitrary. To get the grad-cam library's, this goes the way
    that LAPACK goes inside its full decomposition (a QR step on the longer side, where it is 11/6
    as long as the other), which costs a fiftieth. The smaller Gram matrix would give the component
    even faster, and lose that sign.
    """
    channels = len(activations)
    cells = np.nan_to_num(activations.reshape(channels, -1).T, nan=0.0, posinf=None, neginf=None)
    cells = cells - cells.mean(0)
    count = len(cells)
    if 6 * channels >= 11 * count:
        triangle = np.linalg.qr(cells.T, mode="r")
        left, strength, _ = np.linalg.svd(triangle.T)
        projected = left[:, 0] * strength[0]
    else:
        core = np.linalg.qr(cells, mode="r") if 6 * count >= 11 * channels else cells
        _, _, right = np.linalg.svd(core, full_matrices=False)
        projected = cells @ right[0]
    return projected.reshape(activations.shape[1:])


@functools.cache
def _numpy_threads() -> "ThreadpoolController":
    """The threads of NumPy's linear algebra.

    After a network has run they would fight over the cores with torch's, which still wait there for
    more work: on two cores that made these few milliseconds a hundred.
    """
    from threadpoolctl import ThreadpoolController

    return ThreadpoolController().select(internal_api="openblas")


@functools.cache
def _library(name: str) -> "BaseCAM":
    """A method of the grad-cam library, made once, over a network that is nobody's.

    Its constructor hooks the network that it is given, and its calls run it; only the weighting is
    wanted here.
    """
    from core.compat import mend_torchvision

    mend_torchvision()
    try:
        import pytorch_grad_cam
    except ModuleNotFoundError as error:
        raise ModelError(
            f"{METHODS[name]} needs the package grad-cam: pip install grad-cam. Grad-CAM, EigenCAM "
            "and EigenGrad-CAM work without it."
        ) from error
    import torch

    # without initialisation, which would draw from the random numbers of whoever trains meanwhile
    nobodys = torch.nn.utils.skip_init(torch.nn.Linear, 1, 1)
    return getattr(pytorch_grad_cam, _CLASSES[name])(nobodys, [])


def _from_library(library: "BaseCAM", activations: np.ndarray, gradients: np.ndarray) -> np.ndarray:
    # Grad-CAM++ divides by what may be zero where the gradient is, and discards it afterwards
    with np.errstate(divide="ignore", invalid="ignore"):
        return library.get_cam_image(None, None, None, activations, gradients, False)  # type: ignore[arg-type]
