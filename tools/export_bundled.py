"""Turn the last checkpoint of ``tools/train_bundled.py`` into the bundled model and its card.

    python tools/export_bundled.py --data DIR [--photographs DIR]

Writes ``assets/models/small-resnet-tiny-imagenet.safetensors`` (half precision) and the model card
beside it. The figures in the card are measured on the written file through Netlens's own way of a
picture: DIR/val.parquet, and a folder of class folders named by wnid with photographs of any size.
"""

import argparse
import json
import statistics
import sys
from pathlib import Path

import numpy as np
import torch

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from core import catalog, data, models  # noqa: E402
from core.models import small_resnet  # noqa: E402
from core.models.saved import save_model  # noqa: E402
from core.predict import Classification, Source, classify_many  # noqa: E402
from tools import train_bundled as recipe  # noqa: E402

TARGET = ROOT / "assets" / "models" / "small-resnet-tiny-imagenet.safetensors"


def measure(dataset: data.Dataset, only: set[str]) -> dict[str, float]:
    """Top-1, top-5 and mean forward time over the pictures whose class is among `only`."""
    model = models.load(device="cpu")
    known = {c.wnid: c.index for c in model.classes}
    wnids = [dataset.classes[label].wnid for label in dataset.labels]
    rows = [i for i, wnid in enumerate(wnids) if wnid in only]
    sources = (Source(dataset.file(i), lambda i=i: dataset.read(i)) for i in rows)
    ranks, forward = [], []
    for i, answer in zip(rows, classify_many(model, sources), strict=True):
        if not isinstance(answer, Classification):
            sys.exit(f"{answer.image}: {answer.error}")
        truth = answer.probabilities[known[wnids[i]]]
        ranks.append(int(np.sum(answer.probabilities > truth)))
        forward.append(answer.timing.forward)
    return {
        "n": len(rows),
        "top1": statistics.mean(rank < 1 for rank in ranks),
        "top5": statistics.mean(rank < 5 for rank in ranks),
        "forward_ms": statistics.median(forward),
    }


def card(state: dict, classes: int, val: dict, photographs: dict | None) -> str:
    """The model card, in Markdown."""
    history = state["history"]
    numbers = sum(tensor.numel() for tensor in state["model"].values())
    hours = sum(epoch["seconds"] for epoch in history) / 3600
    sizes = ", ".join(f"{side} pixels until {min(until, 1):.0%}" for until, side in recipe.SIZES)
    curve = "\n".join(
        f"| {e['epoch']} | {e['size']} | {e['loss']:.3f} | {e['top1']:.1%} |" for e in history
    )
    elsewhere = (
        ""
        if photographs is None
        else f"""
On {photographs["n"]} photographs of its classes at larger sizes: top-1 {photographs["top1"]:.1%},
top-5 {photographs["top5"]:.1%}. Some of them may be among the pictures that Tiny ImageNet was made
from."""
    )
    return f"""# small-resnet-tiny-imagenet

A small ResNet that Netlens trains itself, so that the first picture can be classified without a
connection. It knows {classes} of ImageNet's 1,000 classes. It is for teaching, not for work.

## Figures
On Tiny ImageNet's {val["n"]:,} validation pictures: **top-1 {val["top1"]:.2%},
top-5 {val["top5"]:.2%}**, measured on the file in this folder through Netlens's own preprocessing.
{elsewhere}

One forward pass took {val["forward_ms"]:.1f} ms (median) on the machine that wrote this card.

## What it is
- Basic blocks {"-".join(map(str, small_resnet.BLOCKS))} with
  {"-".join(map(str, small_resnet.WIDTHS))} channels, a 3 x 3 stem with stride 2, and a last stage
  that keeps 8 x 8 cells; {numbers / 1e6:.2f} million numbers, stored in half precision
  ({TARGET.stat().st_size / 1e6:.1f} MB).
- Input: shorter side to {small_resnet.INPUT_SIZE} pixels (bilinear), centre crop, ImageNet's mean
  and standard deviation.

## How it was made
- Data: Tiny ImageNet's 100,000 training pictures (200 classes, 64 x 64 pixels), nothing else. The
  validation pictures chose nothing: the recipe was fixed before, and the last epoch was kept.
- Recipe: {state["epochs"]} epochs, batches of {recipe.BATCH}, SGD with Nesterov momentum 0.9,
  learning rate to {recipe.PEAK_LR} over the first {recipe.WARM_UP:.0%} and linearly down to 0,
  weight decay {recipe.WEIGHT_DECAY} on weights only, label smoothing {recipe.LABEL_SMOOTHING},
  random resized crops ({recipe.CROP_AREA[0]:.0%} to {recipe.CROP_AREA[1]:.0%} of the area) and
  mirroring, small pictures first ({sizes}
  of the training).
- Seed {state["seed"]}, torch {state["torch"]}, {state["hardware"]}, {hours:.1f} hours beside other
  work.
- Commands: `{state["command"]}`, then
  `python tools/export_bundled.py --data DIR [--photographs DIR]`, where DIR holds Tiny ImageNet as
  Parquet, and photographs in a folder for each class.

| epoch | pixels | training loss | top-1 on 2,000 validation pictures |
|---|---|---|---|
{curve}

(The last row is on all of them.)

## Limits
- It names one of its {classes} classes whatever it is shown, with a probability that says nothing
  of whether the picture shows any of them.
- It sees 64 x 64 pixels: fine texture is lost, and small objects in large photographs with it.
- It is trained on ImageNet's labels, with their errors and their view of the world.

## Licence of the data
Tiny ImageNet is a part of ImageNet, whose pictures belong to their makers and are given for
non-commercial research and education. No picture is in this repository.
"""


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--photographs", type=Path)
    parser.add_argument("--work", type=Path, default=ROOT / "build" / "bundled")
    args = parser.parse_args()

    state = torch.load(args.work / "checkpoint.pt", weights_only=True, map_location="cpu")
    if len(state["history"]) < state["epochs"]:
        sys.exit(f"The training has done {len(state['history'])} of {state['epochs']} epochs.")
    known = catalog.load()
    module = small_resnet.SmallResNet(len(state["classes"])).eval()
    module.load_state_dict(state["model"])
    metadata = {
        "architecture": "small_resnet",
        "blocks": small_resnet.BLOCKS,
        "widths": small_resnet.WIDTHS,
        "strides": small_resnet.STRIDES,
        "classes": [[wnid, known.get(wnid).label] for wnid in state["classes"]],
        "input_size": small_resnet.INPUT_SIZE,
        "resize": "bilinear",
        "mean": recipe.MEAN,
        "std": recipe.STD,
    }
    TARGET.parent.mkdir(parents=True, exist_ok=True)
    save_model(TARGET, module, metadata)
    classes = set(state["classes"])
    val = measure(data.open(args.data / "val.parquet"), classes)
    photographs = measure(data.open(args.photographs), classes) if args.photographs else None
    save_model(TARGET, module, {**metadata, "top1": val["top1"], "top5": val["top5"]})
    TARGET.with_suffix(".md").write_text(card(state, len(classes), val, photographs))
    print(json.dumps({"validation": val, "photographs": photographs}, indent=2))


if __name__ == "__main__":
    main()
