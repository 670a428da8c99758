"""A model judged on labelled pictures: ``evaluate``."""

import argparse
import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from core.cli.parsing import Commands, command
from core.cli.telling import Telling
from core.evaluation.running.task import PARTS

if TYPE_CHECKING:
    from core.evaluation.running.task import Task
    from core.runs import Run

_FIGURES = (
    "Among the figures, log_loss is in nats; ece is the expected calibration error; "
    "mistake_severity is the mean height in WordNet's tree at which a wrong answer and the truth "
    "meet; real_top1 is the accuracy under ImageNet's reassessed labels (ReaL), which real_n "
    "pictures have. A dash stands where there is nothing to measure."
)


def add(commands: Commands) -> None:
    """Add the command to the parser."""
    evaluate = command(
        commands,
        "evaluate",
        _evaluate,
        "ask a model about every picture of a data set; prints the run's id and the figures; "
        "exit code 0 done, 1 failed, 2 cancelled (Ctrl-C)",
    )
    evaluate.epilog = _FIGURES
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
    model = models.info(args.model or models.DEFAULT_MODEL).name
    task = Task(working.place(args.data), model, args.part)
    devices = working.devices(args.device)
    _check(task)
    begun: list[runs.Run] = []

    def start() -> runs.Run:
        begun.append(runs.start("evaluate", task.as_json(), devices=devices, name=args.name))
        return begun[0]

    code = working.alone(start, args.json)
    run = runs.get(begun[0].id)
    if code == 0:
        if args.output is not None:
            _write(run, args.output)
        figures = run.result or {}
        print(json.dumps(figures) if args.json else words(figures))
    return code


def words(figures: Mapping[str, Any]) -> str:
    """The figures of a finished evaluation, one a line."""
    return "\n".join(f"{key:<20} {_shown(value)}" for key, value in figures.items())


def _check(task: "Task") -> None:
    """Raise, before a run is begun, what would end it as soon as it knew data and model."""
    from core import data, models
    from core.evaluation.fit import fit
    from core.evaluation.running import part

    with Telling("class folders", sys.stderr) as progress:
        dataset = data.open(task.data, progress)
    found = fit(dataset, part.chosen(dataset, task), models.classes_of(task.model))
    found.check(task.model, dataset.name)


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


def _shown(value: object) -> str:
    if value is None:
        return "–"
    return f"{value:.4f}" if isinstance(value, float) else f"{value}"
