"""What a training run has reported so far, sorted by kind, and how long it will still take."""

import statistics
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

T = TypeVar("T")
_PACE = 50  # steps whose median is the pace


@dataclass(frozen=True, slots=True)
class Step:
    """A step that was told of; some hundreds of a run are."""

    time: float
    """In seconds since 1970."""
    step: int
    of: int
    epoch: float
    """Epochs done, with their fraction."""
    loss: float
    learning_rate: float


@dataclass(frozen=True, slots=True)
class Epoch:
    """An epoch that is over."""

    time: float
    """In seconds since 1970."""
    epoch: int
    """From 1."""
    epochs: int
    train_loss: float
    train_accuracy: float | None
    val_loss: float | None
    val_accuracy: float | None
    fixed: int
    """Validation pictures that were wrong before this epoch, and are right after it."""
    broken: int
    flips: tuple[tuple[int, int, int], ...]
    """Some of those whose class changed: position in the data set, class before, and after."""
    best: bool


@dataclass(frozen=True, slots=True)
class Finding:
    """What the search for a learning rate tried."""

    rates: tuple[float, ...]
    losses: tuple[float, ...]
    chosen: float


class History:
    """The events of a run, taken in as they come. What this version does not know is left out."""

    def __init__(self) -> None:
        self._events: list[Mapping[str, Any]] = []
        self.steps: list[Step] = []
        self.epochs: list[Epoch] = []
        self.finding: Finding | None = None
        self.warnings: tuple[str, ...] = ()

    def take(self, events: Iterable[Mapping[str, Any]], start: int) -> None:
        """Put events at a place; those that were there from it on are taken back."""
        self._events[start:] = events
        self.steps = _all(self._events, "step", _step)
        self.epochs = _all(self._events, "epoch", _epoch)
        findings = _all(self._events, "rates", _finding)
        self.finding = findings[-1] if findings else None
        said = (
            e.get("text") if e.get("kind") == "warning" else e.get("warning") for e in self._events
        )
        self.warnings = tuple(dict.fromkeys(text for text in said if isinstance(text, str)))

    @property
    def planned(self) -> int | None:
        """How many epochs the run is to have; None before it has told of a step."""
        if self.epochs:
            return self.epochs[-1].epochs
        if self.steps:
            step = self.steps[-1]
            return max(1, round(step.of * step.epoch / step.step))
        return None

    @property
    def best(self) -> Epoch | None:
        """The epoch whose weights are kept so far."""
        return next((epoch for epoch in reversed(self.epochs) if epoch.best), None)

    @property
    def flipped(self) -> Epoch | None:
        """The last epoch that changed what the network says of a picture."""
        return next((epoch for epoch in reversed(self.epochs) if epoch.flips), None)

    def left(self, now: float) -> float | None:
        """Seconds that the steps and epochs to come will take; None before there is a pace.

        The median time of a step, and of what comes at an epoch's end, count: the hours for which
        a run was interrupted do not.
        """
        steps: list[float] = []
        ends: list[float] = []
        last, done = None, 0
        for event in sorted((*self.steps, *self.epochs), key=lambda event: event.time):
            if isinstance(event, Step):
                if last is not None and event.step > done:
                    steps.append((event.time - last) / (event.step - done))
                done = event.step
            elif last is not None:
                ends.append(event.time - last)
            last = event.time
        if last is None or not steps or not self.steps:
            return None
        total = statistics.median(steps[-_PACE:]) * (self.steps[-1].of - self.steps[-1].step)
        if ends and self.epochs:
            over = self.epochs[-1]
            total += statistics.median(ends) * (over.epochs - over.epoch)
        return max(0.0, total - max(0.0, now - last))


def duration(seconds: float) -> str:
    """Such as ``4 s``, ``2 min 5 s`` or ``3 h 10 min``."""
    whole = round(seconds)
    minutes, hours = whole // 60, whole // 3600
    if hours:
        return f"{hours} h {minutes % 60} min"
    return f"{minutes} min {whole % 60} s" if minutes else f"{whole} s"


def _all(
    events: Iterable[Mapping[str, Any]], kind: str, make: Callable[[Mapping[str, Any]], T]
) -> list[T]:
    found = []
    for event in events:
        if event.get("kind") == kind:
            try:
                found.append(make(event))
            except (KeyError, TypeError, ValueError):  # of another version of Netlens
                continue
    return found


def _step(event: Mapping[str, Any]) -> Step:
    return Step(
        float(event["time"]),
        int(event["step"]),
        int(event["of"]),
        float(event["epoch"]),
        float(event["loss"]),
        float(event["learning_rate"]),
    )


def _epoch(event: Mapping[str, Any]) -> Epoch:
    return Epoch(
        float(event["time"]),
        int(event["epoch"]),
        int(event["epochs"]),
        float(event["train_loss"]),
        _optional(event["train_accuracy"]),
        _optional(event["val_loss"]),
        _optional(event["val_accuracy"]),
        int(event.get("fixed", 0)),
        int(event.get("broken", 0)),
        tuple((int(at), int(before), int(after)) for at, before, after in event.get("flips", ())),
        bool(event["best"]),
    )


def _finding(event: Mapping[str, Any]) -> Finding:
    rates, losses = (tuple(map(float, event[key])) for key in ("rates", "losses"))
    return Finding(rates, losses, float(event["chosen"]))


def _optional(value: object) -> float | None:
    return None if value is None else float(value)  # type: ignore[arg-type]
