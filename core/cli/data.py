"""Labelled pictures: ``data list | import | show``."""

import argparse
import sys

from core.cli.parsing import Commands


def add(commands: Commands) -> None:
    """Add the commands to the parser."""
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
