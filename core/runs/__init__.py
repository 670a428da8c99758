"""Long jobs, each a process with a folder: start, watch, cancel, resume."""

from core.runs.checkpoints import Checkpoint
from core.runs.control import (
    Claim,
    cancel,
    create,
    delete,
    reopen,
    resume,
    start,
    status,
    watch,
)
from core.runs.events import START, Cursor, Event, News
from core.runs.jobs import JOBS, Job, RunContext
from core.runs.run import Run, State, annotate, get, list_runs, problems, read_log
from core.runs.status import Status
from core.runs.turns import position

__all__ = [
    "JOBS",
    "START",
    "Checkpoint",
    "Claim",
    "Cursor",
    "Event",
    "Job",
    "News",
    "Run",
    "RunContext",
    "State",
    "Status",
    "annotate",
    "cancel",
    "create",
    "delete",
    "get",
    "list_runs",
    "position",
    "problems",
    "read_log",
    "reopen",
    "resume",
    "start",
    "status",
    "watch",
]
