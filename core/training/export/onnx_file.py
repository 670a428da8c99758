"""A tuned model as an ONNX file, written and compared with PyTorch in a process of its own.

While torch.export traces a network it sets flags that every thread of its process sees, and other
sessions may be using theirs.
"""

import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from core import paths
from core.errors import ModelError

if TYPE_CHECKING:
    from torch import nn

TOLERANCE = 1e-4
"""How far a probability may be from PyTorch's."""
_SAID = 3  # exit status: stderr holds a sentence for the user


def write_onnx(model: Path, target: Path) -> None:
    """Write a model file of ours as ONNX: ``pixels`` (N, 3, size, size) to ``logits`` (N, C).

    The weights go into a file beside it, ``target`` and ``.data``, where they are too large for
    one. Raises ModelError where the network has something that ONNX has not, or comes out changed.
    """
    done = subprocess.run(
        [
            sys.executable,
            "-m",
            "core.training.export.onnx_file",
            model.absolute(),
            target.absolute(),
        ],
        cwd=paths.ROOT,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        errors="replace",
        check=False,
    )
    if done.returncode == 0:
        return
    lines = [line.strip() for line in done.stderr.splitlines() if line.strip()]
    if done.returncode == _SAID:
        raise ModelError(lines[-1])
    raise ModelError(
        "This network cannot be written as ONNX, so it cannot be exported whole: "
        f"{_reason(lines)}. Its weights, with classes and transform, are in {model}."
    )


def _reason(lines: list[str]) -> str:
    """What torch says of the cause; its last lines are advice."""
    causes = [line for line in lines if line.startswith("<class '")] or lines[-1:]
    return causes[0].rstrip(".")[:300] if causes else "its process was ended from outside"


def main(model: Path, target: Path) -> None:
    """What the process does. Raises ModelError."""
    from core.compat import mend_torchvision
    from core.models import read_model

    mend_torchvision()
    import timm
    import torch

    # ONNX knows attention of four dimensions only; written out in full it may have more
    timm.layers.set_fused_attn(False)
    module, metadata = read_model(model)
    module.eval().requires_grad_(False)
    size = metadata["input_size"]
    program: Any = torch.onnx.export(
        module,
        (torch.zeros(2, 3, size, size),),
        input_names=["pixels"],
        output_names=["logits"],
        dynamic_shapes=({0: torch.export.Dim("batch")},),
        dynamo=True,
        verbose=False,
    )
    _forget_origin(program.model)
    program.save(target)
    difference = _largest_difference(module, target, size)
    if not difference <= TOLERANCE:
        raise ModelError(
            f"This network cannot be exported: as ONNX its probabilities differ by {difference:.2g}"
            f" from PyTorch's. Its weights, with classes and transform, are in {model}."
        )


def _forget_origin(model: Any) -> None:  # noqa: ANN401 - an onnx_ir.Model
    """Take out where in which files each operation was defined: paths of this machine."""
    graph = model.graph
    for part in (model, graph, *graph.inputs, *graph.initializers.values()):
        part.metadata_props.clear()
    for node in graph.all_nodes():
        for part in (node, *node.outputs):
            part.metadata_props.clear()


def _largest_difference(module: "nn.Module", target: Path, size: int) -> float:
    """Between PyTorch's and onnxruntime's probabilities, for noise in another batch size."""
    import onnxruntime
    import torch

    pixels = torch.randn(3, 3, size, size, generator=torch.Generator().manual_seed(0))
    session = onnxruntime.InferenceSession(target, providers=["CPUExecutionProvider"])
    (logits,) = session.run(["logits"], {"pixels": pixels.numpy()})
    with torch.inference_mode():
        expected = module(pixels).softmax(1)
    return float((torch.from_numpy(np.asarray(logits)).softmax(1) - expected).abs().max())


if __name__ == "__main__":
    try:
        main(*map(Path, sys.argv[1:]))
    except ModelError as error:
        print(error, file=sys.stderr)
        sys.exit(_SAID)
