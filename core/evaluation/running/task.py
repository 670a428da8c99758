"""What an evaluation is asked to do."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any, Literal, get_args

from core.errors import EvaluationError

Part = Literal["test", "train", "all"]
PARTS: tuple[Part, ...] = get_args(Part)


@dataclass(frozen=True, slots=True)
class Task:
    """JSON in and out."""

    data: str
    """As `data.open` takes it."""
    model: str
    part: Part = "test"
    """``test``: what the model did not learn from, ``train``: what it learnt from, see
    `part.chosen`; ``all``: every picture."""

    def as_json(self) -> dict[str, Any]:
        """As `from_json` takes it."""
        return asdict(self)


def from_json(written: Mapping[str, Any]) -> Task:
    """Raises EvaluationError for keys and values that a task does not have."""
    known = [field.name for field in fields(Task)]
    if strange := sorted(set(written) - set(known)):
        raise EvaluationError(
            f"An evaluation has no setting {', '.join(strange)}; it has {', '.join(known)}."
        )
    for key in ("data", "model"):
        if not isinstance(written.get(key), str) or not written[key]:
            raise EvaluationError(f"An evaluation needs {key}: the name of one.")
    task = Task(**written)
    if task.part not in PARTS:
        raise EvaluationError(f"The part {task.part!r} is none of {', '.join(PARTS)}.")
    return task
