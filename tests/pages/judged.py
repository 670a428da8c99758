"""Evaluations for the tests of pages: real folders, done in this process."""

import json
import time
from pathlib import Path

from core import models, runs
from core.evaluation.running.job import evaluate
from core.evaluation.running.task import Part, Task
from core.runs import Run, locks
from tests.core.evaluation.running.pets import Context


def done(
    data: str | Path, model: str = models.DEFAULT_MODEL, name: str = "", part: Part = "test"
) -> Run:
    """An evaluation that has ended well."""
    task = Task(str(data), model, part)
    claim = runs.create("evaluate", task.as_json(), name=name)
    context = Context(run_id=claim.folder.name)
    result = evaluate(task.as_json(), context)
    ended = {"state": "done", "message": "", "result": result, "time": time.time()}
    (claim.folder / "result.json").write_text(json.dumps(ended))
    locks.release(claim.lock)
    return runs.get(claim.folder.name)
