"""What there is: ``doctor``, ``models``, ``classes``."""

import argparse
import json
import sys

from core.cli.parsing import Commands, command


def add(commands: Commands) -> None:
    """Add the commands to the parser."""
    command(commands, "doctor", _doctor, "what is installed; exit code 1 when the app cannot work")

    models = command(commands, "models", _models, "the zoo of models")
    models.add_argument("--json", action="store_true")

    classes = command(commands, "classes", _classes, "search ImageNet's classes")
    classes.add_argument("query", nargs="+", metavar="QUERY")
    classes.add_argument("--scope", choices=("1k", "21k"), default="1k")
    classes.add_argument("--json", action="store_true")


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
            "untrained": info.is_untrained,
        }
        if args.json:
            print(json.dumps(record))
        else:
            millions = f"{info.parameters / 1e6:8.1f} M" if info.parameters else " " * 10
            accuracy = f"{info.accuracy:5.1f} %" if info.accuracy else " " * 7
            mark = "here" if record["on_machine"] else "    "
            remark = "  untrained" if info.is_untrained else ""
            print(f"{mark}  {info.name:<62} {info.classes:>6} {millions} {accuracy}{remark}")
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
