"""How good answers are: intervals, confusions, baselines, and the answers themselves on disk."""

from core.evaluation.baselines import Matching, grouped, match
from core.evaluation.metrics import (
    Score,
    confusion,
    log_softmax,
    losses,
    majority,
    score,
    softmax,
    wilson,
)
from core.evaluation.predictions import TEST, VALIDATION, Predictions

__all__ = [
    "TEST",
    "VALIDATION",
    "Matching",
    "Predictions",
    "Score",
    "confusion",
    "grouped",
    "log_softmax",
    "losses",
    "majority",
    "match",
    "score",
    "softmax",
    "wilson",
]
