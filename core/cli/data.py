"""Labelled pictures: ``data list | import | show | remove``."""

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from core.cli.parsing import Commands
from core.cli.telling import Telling

if TYPE_CHECKING:
    from core.data import Dataset

_NAMED = 10


def add(commands: Commands) -> None:
    """Add the commands to the parser."""
    data = commands.add_parser("data", help="labelled pictures")
    verbs = data.add_subparsers(required=True, metavar="list|import|show|remove")
    listing = verbs.add_parser("list", help="registered data sets")
    listing.set_defaults(run=_data_list)
    importing = verbs.add_parser(
        "import", help="register a folder of class folders, a zip of it, or Parquet"
    )
    importing.add_argument(
        "source", metavar="SOURCE", help="its path, or imagenette, which is downloaded"
    )
    importing.add_argument("--name")
    importing.set_defaults(run=_data_import)
    show = verbs.add_parser("show", help="classes and counts of a data set")
    show.add_argument("name", metavar="NAME")
    show.set_defaults(run=_data_show)
    remove = verbs.add_parser(
        "remove",
        help="forget a registered data set; its files stay, but for what was unpacked from a zip",
    )
    remove.add_argument("name", metavar="NAME")
    remove.set_defaults(run=_data_remove)


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

    if args.source == data.IMAGENETTE and not Path(args.source).exists():
        with Telling("bytes", sys.stderr) as progress:
            entry = data.fetch_imagenette(args.name, progress)
    else:
        with Telling("class folders", sys.stderr) as progress:
            entry = data.register(args.source, args.name, progress)
    print(f"{entry.name}: {entry.pictures} pictures of {entry.classes} classes in {entry.path}")
    return 0


def _data_show(args: argparse.Namespace) -> int:
    from core import data

    with Telling("class folders", sys.stderr) as progress:
        dataset = data.open(args.name, progress)
    print(f"{dataset.name}: {len(dataset)} pictures of {len(dataset.classes)} classes")
    for part, count in dataset.parts.items():
        print(f"{part}: {count} pictures")
    if dataset.skipped:
        print(f"skipped: {dataset.skipped} files (no pictures, no labels, or links that lead out)")
    print(_matching(dataset))
    counts = np.bincount(dataset.labels, minlength=len(dataset.classes))
    for count, data_class in zip(counts, dataset.classes, strict=True):
        print(f"{count:>7}  {data_class.wnid or '':<10} {data_class.label}")
    return 0


def _data_remove(args: argparse.Namespace) -> int:
    from core import data

    data.unregister(args.name)
    print(f"{args.name}: forgotten")
    return 0


def _matching(dataset: "Dataset") -> str:
    """How many of the classes are among ImageNet's 1,000, or stand above some of them."""
    from core.evaluation.fit import Way, fit
    from core.models.classes import imagenet_1k

    found = fit(dataset, np.arange(len(dataset)), imagenet_1k())
    unknown = found.matching.missing
    by_index = f", {found.ways.count(Way.INDEX)} by index" if Way.INDEX in found.ways else ""
    said = (
        f"in ImageNet: {found.ways.count(Way.WNID)} classes by wnid{by_index}, "
        f"{found.ways.count(Way.LEMMA)} by name"
    )
    if not unknown:
        return said
    more = f" and {len(unknown) - _NAMED} more" if len(unknown) > _NAMED else ""
    return f"{said}; {len(unknown)} not: {', '.join(unknown[:_NAMED])}{more}"
