"""A run told in words while it goes on."""

import statistics
import time
from collections import deque
from collections.abc import Mapping
from typing import Any, TextIO

from core import runs
from core.runs import Run, State

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
        self._pace = Pace()
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
        for event in news.events:
            self._pace.see(event)
            if line := describe(event):
                left = self._pace.left() if event.get("kind") == "epoch" else ""
                self._say(f"{line}{left}")
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
        return status.what, self._pace.step()

    def _say(self, line: str) -> None:
        print(f"{_CLEAR if self._live else ''}{line}", file=self._out, flush=True)


class Pace:
    """How fast the steps of a run come."""

    def __init__(self) -> None:
        self._last: Mapping[str, Any] = {}
        self._took: deque[float] = deque(maxlen=50)

    def see(self, event: Mapping[str, Any]) -> None:
        """Take an event into account."""
        if event.get("kind") != "step":
            return
        done = event["step"] - self._last.get("step", event["step"])
        if done > 0:
            self._took.append((event["time"] - self._last["time"]) / done)
        self._last = event

    def step(self) -> str:
        """The last step in words; nothing before the first."""
        if not self._last:
            return ""
        return f", step {self._last['step']} of {self._last['of']}{self.left()}"

    def left(self) -> str:
        """The time left for the steps to come, in words; nothing where that is not known."""
        if not self._took or self._last["step"] >= self._last["of"]:
            return ""
        steps = self._last["of"] - self._last["step"]
        return f", {duration(statistics.median(self._took) * steps)} left"


def describe(event: Mapping[str, Any]) -> str | None:
    """A line about an event; None for one that needs none."""
    if "warning" in event:
        return f"warning: {event['warning']}"
    match event.get("kind"):
        case "warning":
            return f"warning: {event['text']}"
        case "rates":
            return f"learning rate found: {event['chosen']:.2g}"
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
    return ", ".join(parts) + (f": {run.message}" if run.message else "")


def duration(seconds: float) -> str:
    """Such as ``4 s``, ``2 min 5 s`` or ``3 h 10 min``."""
    whole = round(seconds)
    minutes, hours = whole // 60, whole // 3600
    if hours:
        return f"{hours} h {minutes % 60} min"
    return f"{minutes} min {whole % 60} s" if minutes else f"{whole} s"


def exit_code(run: Run) -> int:
    """0 where it is done, 2 where it was cancelled, 1 where it failed or was interrupted."""
    return _EXIT_CODES[run.state]


def _score(loss: float, accuracy: float | None) -> str:
    return f"loss {loss:.3f}" + (f", accuracy {accuracy:.1%}" if accuracy is not None else "")
