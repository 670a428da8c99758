"""Answers as text for other programs: JSON lines and CSV."""

import csv
import io
import json
from collections.abc import Iterable, Sequence

from core.predict import Classification, Failure, Prediction

FORMULA = "=+-@\t\r\n＝＋－＠"
"""What a text begins with that a spreadsheet may run as a formula (OWASP, "CSV injection")."""


def as_record(answer: Classification | Failure, top: int) -> dict[str, object]:
    """The JSON object that the command line prints for one picture; its keys are fixed."""
    if isinstance(answer, Failure):
        return {"image": answer.image, "error": answer.error}
    return {
        "image": answer.image,
        "model": answer.model,
        "predictions": [_fields(prediction) for prediction in answer.top(top)],
    }


def to_json(answers: Iterable[Classification | Failure], top: int) -> str:
    """All answers as one JSON array.

    Each has ``rejected``, too, where its model can say that it knows none of what it sees.
    """
    records = [as_record(answer, top) | _rejected(answer) for answer in answers]
    return json.dumps(records, ensure_ascii=False, indent=2)


def to_csv(answers: Sequence[Classification | Failure], top: int) -> str:
    """One row for each prediction, or one with the error.

    Cells that a spreadsheet would take for a formula are quoted with an apostrophe.
    """
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(
        [
            "image", "sha256", "model", "rank", "index", "wnid", "label", "probability", "error",
            "rejected",
        ]
    )  # fmt: skip
    for answer in answers:
        if isinstance(answer, Failure):
            writer.writerow([cell(answer.image), *[""] * 7, cell(answer.error), ""])
            continue
        for rank, p in enumerate(answer.top(top), start=1):
            writer.writerow(
                [
                    cell(answer.image),
                    answer.sha256,
                    answer.model,
                    rank,
                    p.index,
                    p.wnid or "",
                    cell(p.label),
                    f"{p.probability:.6f}",
                    "",
                    "" if answer.reject is None else str(answer.is_rejected).lower(),
                ]
            )
    return out.getvalue()


def cell(text: str) -> str:
    """A cell of a table as text: an apostrophe goes before what would be taken for a formula."""
    return f"'{text}" if text.startswith(tuple(FORMULA)) else text


def _rejected(answer: Classification | Failure) -> dict[str, object]:
    if isinstance(answer, Failure) or answer.reject is None:
        return {}
    return {"rejected": answer.is_rejected}


def _fields(prediction: Prediction) -> dict[str, object]:
    return {
        "index": prediction.index,
        "wnid": prediction.wnid,
        "label": prediction.label,
        "probability": prediction.probability,
    }
