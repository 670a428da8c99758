"""Where a run computes: the devices, the processes that share it, and the precision."""

import os
from datetime import timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lightning_fabric import Fabric

# features are computed by one process while the others wait; torchrun ends those left behind
_PATIENCE = timedelta(days=1)
_PRECISIONS = {"32": "32-true", "bf16": "bf16-mixed", "16": "16-mixed"}


def fabric(device: str, precision: str) -> "Fabric":
    """Lightning Fabric for a device such as ``cuda:0``; under torchrun, for all its processes.

    ``precision`` is that of a recipe. Matrices and convolutions are in half precision by themselves
    only on CUDA: bf16 from Ampere on, fp16 with scaled losses before.
    """
    from core.compat import mend_torchvision

    mend_torchvision()
    from lightning_fabric import Fabric
    from lightning_fabric.strategies import DDPStrategy

    kind, _, number = device.partition(":")
    how = _PRECISIONS[_chosen(kind) if precision == "auto" else precision]
    if is_shared():
        local = int(os.environ["LOCAL_WORLD_SIZE"])
        nodes = int(os.environ["WORLD_SIZE"]) // local
        strategy = DDPStrategy(timeout=_PATIENCE)
        made = Fabric(
            accelerator=kind, devices=local, num_nodes=nodes, strategy=strategy, precision=how
        )
    else:
        devices = [int(number or 0)] if kind == "cuda" else 1
        made = Fabric(accelerator=kind, devices=devices, precision=how)
    made.launch()
    return made


def is_shared() -> bool:
    """Whether torchrun started this process, beside others."""
    return "LOCAL_WORLD_SIZE" in os.environ and "TORCHELASTIC_RUN_ID" in os.environ


def _chosen(kind: str) -> str:
    import torch

    if kind != "cuda":
        return "32"
    return "bf16" if torch.cuda.get_device_capability() >= (8, 0) else "16"
