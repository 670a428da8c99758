"""A model judged on labelled pictures: ``evaluate``."""

import argparse
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from core.cli.parsing import Commands, command
from core.evaluation.running.task import PARTS

if TYPE_CHECKING:
    from core.runs import Run


def add(commands: Commands) -> None:
    """Add the command to the parser."""
    evaluate = command(
        commands,
        "evaluate",
        _evaluate,
        "ask a model about every picture of a data set; exit code as of train",
    )
    evaluate.add_argument(
        "data", metavar="DATA", help="a name, a folder of class folders, or a Parquet file"
    )
    evaluate.add_argument("--model", help="default: the bundled model")
    evaluate.add_argument(
        "--part",
        choices=PARTS,
        default=PARTS[0],
        help="of a data set that keeps pictures for testing: these, the others, or all; "
        "default: test",
    )
    evaluate.add_argument("--device", default="auto", help="auto, cpu, cuda, cuda:1, mps")
    evaluate.add_argument("--name", default="", help="a name for the run")
    evaluate.add_argument(
        "--json", action="store_true", help="the figures as one JSON object, last on stdout"
    )
    evaluate.add_argument(
        "--output",
        type=Path,
        metavar="FILE",
        help="FILE.parquet or FILE.csv: every answer, a row for each picture; FILE.html: a report",
    )


def _evaluate(args: argparse.Namespace) -> int:
    from core import models, runs
    from core.cli import working
    from core.evaluation.export.files import check_place
    from core.evaluation.running.task import Task

    if args.output is not None:
        check_place(args.output)
    begun: list[runs.Run] = []

    def start() -> runs.Run:
        model = models.info(args.model or models.DEFAULT_MODEL).name
        task = Task(working.place(args.data), model, args.part)
        devices = working.devices(args.device)
        begun.append(runs.start("evaluate", task.as_json(), devices=devices, name=args.name))
        return begun[0]

    code = working.alone(start, args.json)
    run = runs.get(begun[0].id)
    if code == 0:
        if args.output is not None:
            _write(run, args.output)
        _print(run.result or {}, args.json)
    return code


def _write(run: "Run", path: Path) -> None:
    """What the suffix of the file asks for."""
    from core.evaluation.answers import open_answers
    from core.evaluation.export.csv import write_csv
    from core.evaluation.export.parquet import write_parquet
    from core.evaluation.report.html import write_report

    answers = open_answers(run.folder)
    suffix = path.suffix.lower()
    if suffix == ".parquet":
        write_parquet(answers.table, path)
    elif suffix == ".csv":
        write_csv(answers.table, path)
    else:
        write_report(answers, path, str(run.spec["data"]), name=run.name, ended=run.ended)


def _print(figures: dict[str, Any], as_json: bool) -> None:
    if as_json:
        print(json.dumps(figures))
        return
    for key, value in figures.items():
        shown = f"{value:.4f}" if isinstance(value, float) else "–" if value is None else value
        print(f"{key:<20} {shown}")
