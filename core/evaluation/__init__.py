"""How good answers are: intervals, confusions, baselines, and the answers themselves on disk."""

from core.evaluation.baselines import Matching, grouped, match
from core.evaluation.counts import Counts, count
from core.evaluation.hierarchy.heights import Hierarchy
from core.evaluation.metrics import (
    Score,
    confusion,
    intervals,
    log_softmax,
    losses,
    majority,
    score,
    softmax,
    wilson,
)
from core.evaluation.predictions import TEST, VALIDATION, Predictions
from core.evaluation.scores.compare import mcnemar
from core.evaluation.scores.headline import Headline, headline

__all__ = [
    "TEST",
    "VALIDATION",
    "Counts",
    "Headline",
    "Hierarchy",
    "Matching",
    "Predictions",
    "Score",
    "confusion",
    "count",
    "grouped",
    "headline",
    "intervals",
    "log_softmax",
    "losses",
    "majority",
    "match",
    "mcnemar",
    "score",
    "softmax",
    "wilson",
]
