"""The same abilities without a browser: ``python -m core ...``.

Answers go to standard output, everything said to a person to standard error. Exit codes: 0 done,
1 something failed, 2 the command itself was not understood.
"""

import argparse
import io
import json
import sys
from collections.abc import Iterable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from core.errors import NetlensError, PictureError

if TYPE_CHECKING:
    from core.predict import Source


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit code."""
    args = _parser().parse_args(argv)
    if isinstance(sys.stdout, io.TextIOWrapper):  # a file's name may hold what no encoding has
        sys.stdout.reconfigure(errors="backslashreplace")
    try:
        return args.run(args)
    except NetlensError as error:
        print(f"netlens: {error}", file=sys.stderr)
        return 1
    except ModuleNotFoundError as error:
        print(
            f"netlens: the package {error.name} is missing: pip install -r requirements.txt",
            file=sys.stderr,
        )
        return 1
    except BrokenPipeError:  # the reader, such as `head`, has seen enough
        sys.stderr.close()
        return 1
    except KeyboardInterrupt:
        return 130


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m core", description="Netlens: what an image classifier sees."
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    def command(name: str, run: object, text: str) -> argparse.ArgumentParser:
        sub = commands.add_parser(name, help=text, description=text)
        sub.set_defaults(run=run)
        return sub

    command("doctor", _doctor, "what is installed; exit code 1 when the app cannot work")

    models = command("models", _models, "the zoo of models")
    models.add_argument("--json", action="store_true")

    classes = command("classes", _classes, "search ImageNet's classes")
    classes.add_argument("query", nargs="+", metavar="QUERY")
    classes.add_argument("--scope", choices=("1k", "21k"), default="1k")
    classes.add_argument("--json", action="store_true")

    classify = command("classify", _classify, "classify pictures; a JSON object a line with --json")
    classify.add_argument("images", nargs="+", metavar="IMAGE", help="files or folders")
    classify.add_argument("--model", help="default: the bundled model")
    classify.add_argument("--top", type=_positive, default=5)
    classify.add_argument("--device", default="auto", help="auto, cpu, cuda, cuda:1, mps")
    classify.add_argument("--half", action="store_true", help="half precision (CUDA)")
    classify.add_argument("--json", action="store_true")

    explain = command("explain", _explain, "where in a picture the evidence for a class lies")
    features = command("features", _features, "the feature maps of a layer")
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

    data = commands.add_parser("data", help="labelled pictures")
    verbs = data.add_subparsers(required=True, metavar="list|import|show")
    listing = verbs.add_parser("list", help="registered data sets")
    listing.set_defaults(run=_data_list)
    importing = verbs.add_parser(
        "import", help="register a folder of class folders, a zip of it, or Parquet"
    )
    importing.add_argument("source", metavar="SOURCE")
    importing.add_argument("--name")
    importing.set_defaults(run=_data_import)
    show = verbs.add_parser("show", help="classes and counts of a data set")
    show.add_argument("name", metavar="NAME")
    show.set_defaults(run=_data_show)
    return parser


def _positive(text: str) -> int:
    number = int(text)
    if number < 1:
        raise ValueError(text)
    return number


def _doctor(_: argparse.Namespace) -> int:
    from core import doctor

    findings = doctor.examine()
    for finding in findings:
        mark = "ok  " if finding.ok else ("FAIL" if finding.fatal else "note")
        print(f"{mark}  {finding.what:<14} {finding.text}")
    return int(any(finding.fatal and not finding.ok for finding in findings))


def _models(args: argparse.Namespace) -> int:
    from core import models

    here = models.on_machine_names()
    for info in models.list_models():
        record = {
            "name": info.name,
            "source": info.source,
            "classes": info.classes,
            "parameters": info.parameters,
            "accuracy": info.accuracy,
            "input_size": info.input_size,
            "on_machine": info.name in here,
        }
        if args.json:
            print(json.dumps(record))
        else:
            millions = f"{info.parameters / 1e6:8.1f} M" if info.parameters else " " * 10
            accuracy = f"{info.accuracy:5.1f} %" if info.accuracy else " " * 7
            mark = "here" if record["on_machine"] else "    "
            print(f"{mark}  {info.name:<62} {info.classes:>6} {millions} {accuracy}")
    return 0


def _classes(args: argparse.Namespace) -> int:
    from core import catalog

    hits = catalog.load().search(" ".join(args.query), scope=args.scope)
    for hit in hits:
        synset = hit.synset
        if args.json:
            record = {
                "wnid": synset.wnid,
                "index": synset.index,
                "lemmas": synset.lemmas,
                "definition": synset.definition,
                "matched": hit.where,
            }
            print(json.dumps(record))
        else:
            index = "" if synset.index is None else synset.index
            print(f"{synset.wnid}  {index:>4}  {', '.join(synset.lemmas)}: {synset.definition}")
    if not hits:
        print(f"netlens: nothing found for {' '.join(args.query)!r}", file=sys.stderr)
    return 0 if hits else 1


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


def _data_list(_: argparse.Namespace) -> int:
    from core import data

    entries, problems = data.registered(), data.problems()
    for problem in problems:
        print(f"netlens: {problem}", file=sys.stderr)
    if not entries:
        print("netlens: none registered; use: python -m core data import FOLDER", file=sys.stderr)
    for entry in entries:
        counts = f"{entry.pictures:>9} pictures {entry.classes:>6} classes"
        print(f"{entry.name:<24} {counts}  {entry.path}")
    for name, what in data.BUILT_IN.items():
        print(f"{name:<24} built in: {what}")
    return int(bool(problems))


def _data_import(args: argparse.Namespace) -> int:
    from core import data

    entry = data.register(args.source, args.name)
    print(f"{entry.name}: {entry.pictures} pictures of {entry.classes} classes in {entry.path}")
    return 0


def _data_show(args: argparse.Namespace) -> int:
    from core import data

    dataset = data.open(args.name)
    print(f"{dataset.name}: {len(dataset)} pictures of {len(dataset.classes)} classes")
    for position, data_class in enumerate(dataset.classes):
        count = int((dataset.labels == position).sum())
        print(f"{count:>7}  {data_class.wnid or '':<10} {data_class.label}")
    return 0
