"""One mend for one combination: a CPU build of torch beside a CUDA build of torchvision.

``import torchvision`` then dies with "operator torchvision::nms does not exist": its C++ extension
cannot load, while its Python half registers fake kernels for two of its operators. Declaring the
two makes classifiers, transforms and data sets work; the box operators themselves stay absent.
Whoever needs torchvision, or timm and grad-cam, which import it, calls `mend_torchvision` first.
"""

import functools
import importlib.util
import threading
from pathlib import Path
from typing import Any

_declared: list[Any] = []  # a torch.library.Library withdraws its operators when it is collected
_lock = threading.Lock()


def mend_torchvision() -> bool:
    """Declare the missing operators; returns whether that was needed.

    Does nothing where torchvision's extension loads, or where there is no torchvision. Threads may
    call it at once: the operators can be declared only once.
    """
    with _lock:
        return _mend()


@functools.cache
def _mend() -> bool:
    import torch

    spec = importlib.util.find_spec("torchvision")
    if spec is None or spec.origin is None:
        return False
    for extension in Path(spec.origin).parent.glob("_C.*"):
        try:
            torch.ops.load_library(str(extension))
            return False
        except OSError:
            break
    library = torch.library.Library("torchvision", "DEF")
    for operator in ("nms", "qnms"):
        library.define(f"{operator}(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
    _declared.append(library)
    return True
