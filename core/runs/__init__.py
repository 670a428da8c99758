"""Long jobs, each a process with a folder: start, watch, cancel, resume."""

from core.runs.checkpoints import Checkpoint
from core.runs.control import cancel, delete, resume, start, watch
from core.runs.events import START, Cursor, Event, News
from core.runs.jobs import JOBS, Job, RunContext
from core.runs.run import Run, State, annotate, get, list_runs, problems, read_log
from core.runs.turns import position

__all__ = [
    "JOBS",
    "START",
    "Checkpoint",
    "Cursor",
    "Event",
    "Job",
    "News",
    "Run",
    "RunContext",
    "State",
    "annotate",
    "cancel",
    "delete",
    "get",
    "list_runs",
    "position",
    "problems",
    "read_log",
    "resume",
    "start",
    "watch",
]
