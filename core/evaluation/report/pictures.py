"""The pictures of a report: small, and only those that the model was really asked about."""

import base64
import hashlib
import io
from collections.abc import Iterable
from dataclasses import dataclass

from PIL import Image

from core import data, images
from core.data import Dataset
from core.errors import NetlensError
from core.evaluation.answers import Answers, check_same
from core.evaluation.confusions import Mutual
from core.evaluation.selection import Selection

SIDE = 160
"""Pixels of the longer one."""
WORST = 48
"""Errors by their loss."""
PAIRS, OF_A_PAIR = 12, 4
"""Of so many pairs so many pictures each."""


@dataclass(frozen=True, slots=True)
class Shown:
    """One answer."""

    file: str
    truth: str
    said: str
    confidence: float
    loss: float
    url: str
    """The picture as a JPEG in a data: address; empty where it is not shown."""
    width: int = 0
    height: int = 0


class Pictures:
    """What can be shown of an evaluation's pictures."""

    def __init__(self, answers: Answers, source: str | None) -> None:
        """``source`` as `data.open` takes it; None where the pictures do not come along."""
        self._answers = answers
        self._dataset: Dataset | None = None
        self.lost = 0
        """Pictures that were wanted, but have changed or cannot be read any more."""
        self.missing = ""
        """Why there are none; empty where there are."""
        if source is None:
            self.missing = "The pictures do not come with these answers."
            return
        try:
            dataset = data.open(source)
            check_same(dataset, answers)
        except NetlensError:  # whose message may name folders of this machine
            self.missing = (
                "When this report was made, the pictures were not there any more, or the data set "
                "had changed since the model was asked."
            )
        else:
            self._dataset = dataset

    def worst(self) -> tuple[Shown, ...]:
        """The errors of the largest loss, the largest first."""
        return self._shown(Selection(), WORST)

    def of_pairs(self, pairs: Iterable[Mutual]) -> tuple[tuple[Mutual, tuple[Shown, ...]], ...]:
        """The first pairs with the errors of the largest loss of both ways together.

        None where there are no pictures.
        """
        if self._dataset is None:
            return ()
        return tuple((pair, self._of_pair(pair)) for pair in tuple(pairs)[:PAIRS])

    def _of_pair(self, pair: Mutual) -> tuple[Shown, ...]:
        """Both ways share the places, but none stays empty for want of the other."""
        forth = min(pair.forth, max(OF_A_PAIR // 2, OF_A_PAIR - pair.back))
        return (
            *self._shown(Selection((pair.a,), (pair.b,)), forth),
            *self._shown(Selection((pair.b,), (pair.a,)), OF_A_PAIR - forth),
        )

    def _shown(self, chosen: Selection, most: int) -> tuple[Shown, ...]:
        rows = chosen.page(self._answers, chosen.rows(self._answers), 0, most).tolist()
        found = (self._picture(row) for row in rows)
        return tuple(one for one in found if one is not None)

    def _picture(self, row: int) -> Shown | None:
        """None for what was lost."""
        answers = self._answers
        said = (
            answers.file(row),
            answers.titles[int(answers.labels[row])],
            answers.titles[int(answers.predicted[row])],
            float(answers.confidence[row]),
            float(answers.loss[row]),
        )
        if self._dataset is None:
            return Shown(*said, "")
        try:
            encoded = self._dataset.read(answers.position(row))
            sha256 = hashlib.sha256(encoded).hexdigest()
            if sha256 == answers.sha256(row):
                jpeg = images.cached_thumbnail(encoded, SIDE, answers.file(row), sha256)
                return Shown(*said, _url(jpeg), *Image.open(io.BytesIO(jpeg)).size)
        except NetlensError:
            pass
        self.lost += 1
        return None


def _url(jpeg: bytes) -> str:
    return "data:image/jpeg;base64," + base64.b64encode(jpeg).decode()
