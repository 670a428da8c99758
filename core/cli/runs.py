"""Runs, whoever started them: ``runs list | show | watch | cancel | resume | delete``."""

import argparse
import json
import sys
import time
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from core.cli.parsing import Commands

if TYPE_CHECKING:
    from core.runs import Run


def add(commands: Commands) -> None:
    """Add the commands to the parser."""
    runs = commands.add_parser("runs", help="long jobs, such as those of train")
    verbs = runs.add_subparsers(required=True, metavar="list|show|watch|cancel|resume|delete")
    for name, run, text in (
        ("list", _list, "all runs, the newest first; a JSON object a line with --json"),
        ("show", _show, "all about a run"),
        ("watch", _watch, "tell what it does until it ends; with --json its events, one a line"),
        ("cancel", _cancel, "ask it to stop, which it does after its batch"),
        ("resume", _resume, "go on from the last checkpoint, to the end; like train"),
        ("delete", _delete, "delete it and all that it saved"),
    ):
        verb = verbs.add_parser(name, help=text, description=text)
        verb.set_defaults(run=run)
        if name != "list":
            verb.add_argument("id", metavar="ID")
        if name == "resume":
            verb.add_argument("--device", help="default: what it ran on")
        verb.add_argument("--json", action="store_true")


def _list(args: argparse.Namespace) -> int:
    from core import runs

    problems = runs.problems()
    for problem in problems:
        print(f"netlens: {problem}", file=sys.stderr)
    for run in runs.list_runs():
        if args.json:
            print(json.dumps(_summary(run)))
        else:
            print(f"{run.id}  {_state(run):<11} {_created(run)}  {_title(run)}")
    return int(bool(problems))


def _show(args: argparse.Namespace) -> int:
    from core import runs
    from core.cli import evaluate
    from core.cli.following import ending

    run = runs.get(args.id)
    if args.json:
        print(json.dumps(_record(run)))
        return 0
    print(f"{run.id}  {_state(run)}  {_title(run)}")
    facts = {
        "ended": ending(run) if not run.state.is_alive else "",
        "before it": str(runs.position(run) or ""),
        "created": _created(run),
        "devices": ", ".join(run.devices),
        "folder": str(run.folder),
        "notes": run.notes,
    }
    for what, value in facts.items():
        if value:
            print(f"  {what:<16} {value}")
    for what, value in run.spec.items():
        print(f"  {what:<16} {value if isinstance(value, str) else json.dumps(value)}")
    if run.kind == "evaluate" and run.result:
        print(f"\n{evaluate.words(run.result)}")
    return 0


def _watch(args: argparse.Namespace) -> int:
    from core import runs
    from core.cli.following import TICK, Teller, exit_code

    run = runs.get(args.id)
    if not args.json:
        return exit_code(Teller(run, sys.stdout).to_the_end())
    cursor = runs.START
    while True:
        run = runs.get(run.id)  # before its events, so that the last are not missed
        news = runs.watch(run, cursor)
        if news.start < cursor.count:
            print(json.dumps({"rewind": news.start}))
        for event in news.events:
            print(json.dumps(event))
        sys.stdout.flush()
        cursor = news.cursor
        if not run.state.is_alive:
            return exit_code(run)
        time.sleep(TICK)


def _cancel(args: argparse.Namespace) -> int:
    from core import runs

    return _answer(runs.cancel(runs.get(args.id)), args)


def _resume(args: argparse.Namespace) -> int:
    from core import runs
    from core.cli import working
    from core.runs import ranks

    def chosen() -> tuple["Run", list[str] | None]:
        run = runs.get(args.id)
        wanted = args.device or (run.devices[0].partition(":")[0] if ranks.launched() else None)
        return run, working.devices(wanted) if wanted else None

    def start() -> "Run":
        run, devices = chosen()
        return runs.resume(run, devices=devices)

    def create() -> runs.Claim:
        run, devices = chosen()
        return runs.reopen(run, devices=devices)

    return working.work(start, create, as_json=args.json)


def _delete(args: argparse.Namespace) -> int:
    from core import runs

    run = runs.get(args.id)
    runs.delete(run)
    print(json.dumps({"id": run.id, "state": "deleted"}) if args.json else f"{run.id}  deleted")
    return 0


def _answer(run: "Run", args: argparse.Namespace) -> int:
    print(json.dumps(_summary(run)) if args.json else f"{run.id}  {_state(run)}")
    return 0


def _summary(run: "Run") -> dict[str, Any]:
    from core import runs

    return {
        "id": run.id,
        "name": run.name,
        "kind": run.kind,
        "state": run.state,
        "stopping": run.stopping,
        "position": runs.position(run),
        "message": run.message,
        "devices": run.devices,
        "created": run.created,
        "ended": run.ended,
    }


def _record(run: "Run") -> dict[str, Any]:
    from core import runs
    from core.runs import environment

    status = runs.status(run)
    return _summary(run) | {
        "status": asdict(status) if status else None,
        "notes": run.notes,
        "folder": str(run.folder),
        "spec": run.spec,
        "environment": environment.read(run.folder),
        "result": run.result,
    }


def _state(run: "Run") -> str:
    return "stopping" if run.stopping else run.state


def _created(run: "Run") -> str:
    return time.strftime("%Y-%m-%d %H:%M", time.localtime(run.created))


def _title(run: "Run") -> str:
    """The name and what it is about: of a fine-tuning the model, what learns, and the data."""
    about = (run.spec.get(key) for key in ("model", "tune", "data", "path"))
    return "  ".join(str(part) for part in (run.name, run.kind, *about) if part)
