"""Of pictures: ``classify``, ``explain``, ``features``."""

import argparse
import json
import sys
from collections.abc import Iterable, Iterator
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from core.cli.parsing import Commands, command, positive
from core.errors import NetlensError, PictureError

if TYPE_CHECKING:
    from core.predict import Source


def add(commands: Commands) -> None:
    """Add the commands to the parser."""
    classify = command(
        commands, "classify", _classify, "classify pictures; a JSON object a line with --json"
    )
    classify.add_argument("images", nargs="+", metavar="IMAGE", help="files or folders")
    classify.add_argument("--model", help="default: the bundled model")
    classify.add_argument("--top", type=positive, default=5)
    classify.add_argument("--device", default="auto", help="auto, cpu, cuda, cuda:1, mps")
    classify.add_argument("--half", action="store_true", help="half precision (CUDA)")
    classify.add_argument("--json", action="store_true")

    explain = command(
        commands, "explain", _explain, "where in a picture the evidence for a class lies"
    )
    features = command(commands, "features", _features, "the feature maps of a layer")
    for sub in (explain, features):
        sub.add_argument("image", metavar="IMAGE")
        sub.add_argument("--model", help="default: the bundled model")
        sub.add_argument("--device", default="auto", help="auto, cpu, cuda, cuda:1, mps")
        sub.add_argument("--output", required=True, metavar="FILE.npz")
    explain.add_argument("--layer", help="default: the last one whose cells carry evidence")
    explain.add_argument(
        "--method",
        default="gradcam",
        help="gradcam, gradcam++, xgradcam, hirescam, layercam, eigencam, eigengradcam, occlusion, "
        "integrated; default: gradcam",
    )
    explain.add_argument(
        "--target",
        default="predicted",
        help="predicted, the position of a class in the model's own output, or a wnid, also of "
        "a group such as n02084071 (dog); default: predicted",
    )
    features.add_argument("--layer", required=True)


def _classify(args: argparse.Namespace) -> int:
    from core import models
    from core.export import as_record
    from core.predict import Failure, classify_many

    model = models.load(
        args.model or models.DEFAULT_MODEL,
        device=args.device,
        half=args.half,
        progress=_progress_bar if sys.stderr.isatty() else None,
    )
    failed = False
    for answer in classify_many(model, _sources(args.images)):
        if isinstance(answer, Failure):
            failed = True
            if not args.json:
                print(f"{answer.image}\n  cannot be classified: {answer.error}")
        if args.json:
            print(json.dumps(as_record(answer, args.top)), flush=True)
        elif not isinstance(answer, Failure):
            print(answer.image)
            if answer.is_rejected:
                print(f"  perhaps none of the model's {len(answer.classes):,} classes; nearest:")
            for p in answer.top(args.top):
                print(f"  {p.probability:7.2%}  {p.label}  ({p.wnid or p.index})")
    return int(failed)


def _explain(args: argparse.Namespace) -> int:
    from core import images, inside, models
    from core.inside.evidence.export import heatmap_npz

    picture = images.read_file(Path(args.image))
    model = models.load(args.model or models.DEFAULT_MODEL, device=args.device)
    target = inside.parse_target(model, args.target)
    found = inside.explain(model, picture, target, args.layer, args.method)
    _write(args.output, heatmap_npz(found))
    where = f" at {found.layer}" if found.layer else ""
    print(
        f"{args.output}: {found.method}{where} for {found.target.label}, {found.score:.3f} logits"
    )
    for note in found.notes:
        print(f"netlens: {note}", file=sys.stderr)
    return 0


def _features(args: argparse.Namespace) -> int:
    from core import images, inside, models
    from core.inside.tables import activations_npz

    picture = images.read_file(Path(args.image))
    model = models.load(args.model or models.DEFAULT_MODEL, device=args.device)
    found = inside.feature_maps(model, picture, [args.layer])[args.layer]
    _write(args.output, activations_npz(found.maps, args.layer))
    channels, rows, columns = found.maps.shape
    print(f"{args.output}: {args.layer}, {channels} channels of {rows} x {columns} cells")
    return 0


def _write(name: str, content: bytes) -> None:
    try:
        Path(name).write_bytes(content)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise NetlensError(f"{name} cannot be written: {reason}.") from error


def _sources(names: Iterable[str]) -> Iterator["Source"]:
    from core.images import file_bytes, picture_files
    from core.predict import Source

    for name in names:
        try:
            folder = Path(name).is_dir()
        except (OSError, ValueError):  # a name that no file can have; reading it says so
            folder = False
        files = picture_files(Path(name)) if folder else [Path(name)]
        for file in files:
            yield Source(str(file) if folder else name, partial(file_bytes, file))
        if not files:
            yield Source(name, partial(_refuse, f"{name} is a folder without pictures."))


def _refuse(sentence: str) -> bytes:
    raise PictureError(sentence)


def _progress_bar(done: int, total: int) -> None:
    of = f" of {total / 1e6:.1f}" if total else ""
    print(f"\rdownloading {done / 1e6:.1f}{of} MB", end="", file=sys.stderr)
    if total and done >= total:
        print(file=sys.stderr)
