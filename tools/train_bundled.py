"""Train the bundled model on Tiny ImageNet's training files.

    python tools/train_bundled.py --data DIR [--epochs 18] [--seed 0] [--bf16]

DIR holds Tiny ImageNet as Parquet: ``train-*.parquet`` and ``val.parquet`` with the columns
``image`` (encoded bytes, 64 x 64) and ``wnid``. A checkpoint is written after every epoch into
``build/bundled``, beside the decoded pictures, and the next call goes on from it; another DIR wants
another ``--work``. ``tools/export_bundled.py`` then makes the model and its card, which describes
the recipe (small pictures first: progressive resizing, Howard 2018).
"""

import argparse
import io
import json
import math
import platform
import sys
import time
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import torch
from PIL import Image
from torch.nn import functional

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from core.models.small_resnet import INPUT_SIZE, SmallResNet  # noqa: E402

BATCH = 128
PEAK_LR = 0.25
WARM_UP = 0.1  # share of the steps
WEIGHT_DECAY = 5e-4
LABEL_SMOOTHING = 0.1
CROP_AREA = (0.25, 1.0)
CROP_ASPECT = (3 / 4, 4 / 3)
# (share of the training that is over, side of the pictures until then)
SIZES = ((0.40, 32), (0.60, 48), (1.01, 64))
MEAN = (0.485, 0.456, 0.406)
STD = (0.229, 0.224, 0.225)


def load_split(files: list[Path], cache: Path) -> tuple[np.ndarray, list[str]]:
    """All pictures of some Parquet files, decoded once: (N, 64, 64, 3) uint8 and N wnids."""
    wnids: list[str] = []
    for file in files:
        wnids += pq.read_table(file, columns=["wnid"])["wnid"].to_pylist()
    if not cache.exists():
        pixels = np.empty((len(wnids), INPUT_SIZE, INPUT_SIZE, 3), np.uint8)
        position = 0
        for file in files:
            for encoded in pq.read_table(file, columns=["image"])["image"]:
                with Image.open(io.BytesIO(encoded.as_py())) as image:
                    pixels[position] = np.asarray(image.convert("RGB"))
                position += 1
        partial = cache.with_suffix(".partial.npy")
        np.save(partial, pixels)
        partial.replace(cache)
    return np.load(cache), wnids


def normalise(pixels: torch.Tensor) -> torch.Tensor:
    """(N, H, W, 3) uint8 -> (N, 3, H, W) float32, normalised, channels last in memory."""
    mean = torch.tensor(MEAN) * 255
    std = torch.tensor(STD) * 255
    return ((pixels.float() - mean) / std).permute(0, 3, 1, 2)


def augment(batch: torch.Tensor, size: int, generator: torch.Generator) -> torch.Tensor:
    """A random window of each picture, half of them mirrored: (N, 3, H, W) -> (N, 3, size, size).

    Window and mirroring are one affine map for each picture (the random resized crop of
    Szegedy et al. 2014), so that a batch needs a single call.
    """
    count = len(batch)

    def uniform(low: float, high: float) -> torch.Tensor:
        return low + (high - low) * torch.rand(count, generator=generator)

    area = uniform(*CROP_AREA)
    aspect = torch.exp(uniform(math.log(CROP_ASPECT[0]), math.log(CROP_ASPECT[1])))
    width = (area * aspect).sqrt().clamp(max=1)
    height = (area / aspect).sqrt().clamp(max=1)
    mirror = torch.where(uniform(0, 1) < 0.5, -1.0, 1.0)
    affine = torch.zeros(count, 2, 3)
    affine[:, 0, 0] = width * mirror
    affine[:, 1, 1] = height
    affine[:, 0, 2] = uniform(-1, 1) * (1 - width)
    affine[:, 1, 2] = uniform(-1, 1) * (1 - height)
    grid = functional.affine_grid(affine, [count, 3, size, size], align_corners=False)
    return functional.grid_sample(batch, grid, padding_mode="reflection", align_corners=False)


def learning_rate(progress: float) -> float:
    """Linear warm-up, then linearly to zero; ``progress`` in [0, 1]."""
    if progress < WARM_UP:
        return PEAK_LR * progress / WARM_UP
    return PEAK_LR * (1 - progress) / (1 - WARM_UP)


@torch.inference_mode()
def evaluate(model: SmallResNet, pixels: np.ndarray, targets: torch.Tensor) -> dict[str, float]:
    """Top-1 and top-5 accuracy on whole 64 x 64 pictures, in float32."""
    model.eval()
    right1 = right5 = 0
    for start in range(0, len(pixels), 256):
        logits = model(normalise(torch.from_numpy(pixels[start : start + 256])))
        top = logits.topk(5).indices == targets[start : start + 256, None]
        right1 += int(top[:, 0].sum())
        right5 += int(top.sum())
    model.train()
    return {"top1": right1 / len(pixels), "top5": right5 / len(pixels)}


def make_optimizer(model: SmallResNet) -> torch.optim.SGD:
    """SGD with Nesterov momentum; weight decay on weights, not on biases and batch norms."""
    weights = [p for p in model.parameters() if p.ndim > 1]
    others = [p for p in model.parameters() if p.ndim <= 1]
    return torch.optim.SGD(
        [
            {"params": weights, "weight_decay": WEIGHT_DECAY},
            {"params": others, "weight_decay": 0.0},
        ],
        lr=PEAK_LR,
        momentum=0.9,
        nesterov=True,
    )


def train(args: argparse.Namespace) -> None:
    args.work.mkdir(parents=True, exist_ok=True)
    torch.manual_seed(args.seed)
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    pixels, wnids = load_split(
        sorted(args.data.glob("train-*.parquet")), args.work / "train-pixels.npy"
    )
    val_pixels, val_wnids = load_split([args.data / "val.parquet"], args.work / "val-pixels.npy")
    classes = sorted(set(wnids))
    index = {wnid: i for i, wnid in enumerate(classes)}
    targets = torch.tensor([index[wnid] for wnid in wnids])
    val_targets = torch.tensor([index[wnid] for wnid in val_wnids])

    model = SmallResNet(len(classes)).to(device, memory_format=torch.channels_last).train()
    optimizer = make_optimizer(model)
    generator = torch.Generator().manual_seed(args.seed)
    history: list[dict[str, float]] = []
    checkpoint = args.work / "checkpoint.pt"
    if checkpoint.exists():
        state = torch.load(checkpoint, weights_only=True, map_location=device)
        if state["epochs"] != args.epochs or state["seed"] != args.seed:
            sys.exit(f"{checkpoint} belongs to a run with other settings; remove it to start anew")
        model.load_state_dict(state["model"])
        optimizer.load_state_dict(state["optimizer"])
        generator.set_state(state["generator"].cpu())
        history = state["history"]

    steps = len(pixels) // BATCH
    for epoch in range(len(history), args.epochs):
        started = time.perf_counter()
        order = torch.randperm(len(pixels), generator=generator)
        total_loss = torch.zeros((), device=device)
        for step in range(steps):
            progress = (epoch + step / steps) / args.epochs
            size = next(side for until, side in SIZES if progress < until)
            for group in optimizer.param_groups:
                group["lr"] = learning_rate(progress)
            chosen = order[step * BATCH : (step + 1) * BATCH]
            batch = augment(
                normalise(torch.from_numpy(pixels[chosen.numpy()])), size, generator
            ).to(device, memory_format=torch.channels_last)
            with torch.autocast(device.type, torch.bfloat16, enabled=args.bf16):
                logits = model(batch)
            loss = functional.cross_entropy(
                logits.float(), targets[chosen].to(device), label_smoothing=LABEL_SMOOTHING
            )
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            total_loss += loss.detach()
        seconds = time.perf_counter() - started
        # the whole validation set only at the end: it takes no part in any choice before
        last = epoch == args.epochs - 1
        part = slice(None) if last else slice(0, 2000)
        figures = evaluate(model.cpu(), val_pixels[part], val_targets[part])
        model.to(device)
        history.append(
            {
                "epoch": epoch + 1,
                "size": size,
                "loss": float(total_loss) / steps,
                "seconds": seconds,
                **figures,
            }
        )
        print(json.dumps(history[-1]), flush=True)
        state = {
            "epochs": args.epochs,
            "seed": args.seed,
            "model": model.state_dict(),
            "optimizer": optimizer.state_dict(),
            "generator": generator.get_state(),
            "history": history,
            "classes": classes,
            "command": f"python tools/train_bundled.py --data DIR --epochs {args.epochs}"
            + f" --seed {args.seed}" * (args.seed != 0)
            + " --bf16" * args.bf16,
            "hardware": f"{platform.machine()}, {torch.get_num_threads()} threads, {device.type}",
            "torch": str(torch.__version__),
        }
        partial = checkpoint.with_suffix(".partial")
        torch.save(state, partial)
        partial.replace(checkpoint)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=Path, required=True, help="folder of Parquet files")
    parser.add_argument("--work", type=Path, default=ROOT / "build" / "bundled")
    parser.add_argument("--epochs", type=int, default=18)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--bf16", action="store_true", help="for processors with bf16 units")
    train(parser.parse_args())


if __name__ == "__main__":
    main()
