"""A run told in words while it goes on."""

import time
from collections.abc import Mapping
from typing import Any, TextIO

from core import runs
from core.runs import Run, State
from core.training.history import History, duration

TICK = 0.2
"""Seconds between two looks."""
_CLEAR = "\r\x1b[K"
_EXIT_CODES = {State.DONE: 0, State.FAILED: 1, State.INTERRUPTED: 1, State.CANCELLED: 2}


class Teller:
    """Tells what a run did, and on a terminal, in a line that is written over, what it does now."""

    def __init__(self, run: Run, out: TextIO) -> None:
        self._run, self._out = run, out
        self._live = out.isatty()
        self._cursor = runs.START
        self._history = History()
        self._now = ""

    def to_the_end(self) -> Run:
        """Tell all that comes until the run has ended. Raises RunError."""
        while self.tell().state.is_alive:
            time.sleep(TICK)
        return self.end()

    def tell(self) -> Run:
        """Tell what is new, once; the run as it is now. Raises RunError."""
        self._run = runs.get(self._run.id)  # before its events, so that the last are not missed
        news = runs.watch(self._run, self._cursor)
        self._cursor = news.cursor
        self._history.take(news.events, news.start)
        for event in news.events:
            if line := describe(event):
                self._say(f"{line}{self._left() if event.get('kind') == 'epoch' else ''}")
        self._tell_now()
        return self._run

    def end(self) -> Run:
        """Tell how it ended; the run as it was then."""
        self._say(ending(self._run))
        return self._run

    def _tell_now(self) -> None:
        what, count = self._going_on()
        if self._live:
            print(f"{_CLEAR}{what}{count}", end="", file=self._out, flush=True)
        elif what and what != self._now:
            print(what, file=self._out, flush=True)
        self._now = what

    def _going_on(self) -> tuple[str, str]:
        """What the run is doing, and how far it is with that."""
        if self._run.stopping:
            return "stopping", ""
        if self._run.state is State.QUEUED:
            before = runs.position(self._run)
            others = f"{before} run{'s' if before > 1 else ''}"
            return (f"waiting for {others} before this one" if before else ""), ""
        status = runs.status(self._run)
        if status is None:
            return "", ""
        if status.of:
            return status.what, f" {status.done} of {status.of}"
        if not self._history.steps:
            return status.what, ""
        step = self._history.steps[-1]
        return status.what, f", step {step.step} of {step.of}{self._left()}"

    def _left(self) -> str:
        """The time left in words; nothing where that is not known, or at the end."""
        seconds = self._history.left(time.time())
        return f", {duration(seconds)} left" if seconds else ""

    def _say(self, line: str) -> None:
        print(f"{_CLEAR if self._live else ''}{line}", file=self._out, flush=True)


def describe(event: Mapping[str, Any]) -> str | None:
    """A line about an event; None for one that needs none."""
    if "warning" in event:
        return f"warning: {event['warning']}"
    match event.get("kind"):
        case "warning":
            return f"warning: {event['text']}"
        case "rates":
            return f"learning rate found: {event['chosen']:.2g}"
        case "answers":
            line = f"{event['done']:,} of {event['of']:,} pictures"
            if event["top1"] is not None:
                line += f": top-1 {event['top1']:.1%} ({event['low']:.1%} to {event['high']:.1%})"
            return line
        case "epoch":
            learnt = _score(event["train_loss"], event["train_accuracy"])
            line = f"epoch {event['epoch']} of {event['epochs']}: {learnt}"
            if event["val_loss"] is not None:
                line += f"; validation: {_score(event['val_loss'], event['val_accuracy'])}"
                line += " (the best so far)" if event["best"] else ""
            return line
    return None


def ending(run: Run) -> str:
    """How a run ended."""
    result = run.result or {}
    parts = [f"{run.state}"]
    if run.state is State.DONE and "seconds" in result:
        parts[0] += f" in {duration(result['seconds'])}"
    for part in ("validation", "test"):
        if score := result.get(part):
            interval = f"{score['low']:.1%} to {score['high']:.1%}"
            parts.append(f"{part} accuracy {score['accuracy']:.1%} ({interval}, n = {score['n']})")
    if (top1 := result.get("top1")) is not None:
        interval = f"{result['top1_low']:.1%} to {result['top1_high']:.1%}"
        parts.append(f"top-1 {top1:.1%} ({interval}, n = {result['n']})")
    return ", ".join(parts) + (f": {run.message}" if run.message else "")


def exit_code(run: Run) -> int:
    """0 where it is done, 2 where it was cancelled, 1 where it failed or was interrupted."""
    return _EXIT_CODES[run.state]


def _score(loss: float, accuracy: float | None) -> str:
    return f"loss {loss:.3f}" + (f", accuracy {accuracy:.1%}" if accuracy is not None else "")
