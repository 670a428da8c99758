"""How good answers are: intervals, confusions, baselines, and the answers themselves on disk."""

from core.evaluation.baselines import Matching, grouped, match
from core.evaluation.metrics import Score, confusion, losses, majority, score, wilson
from core.evaluation.predictions import TEST, VALIDATION, Predictions

__all__ = [
    "TEST",
    "VALIDATION",
    "Matching",
    "Predictions",
    "Score",
    "confusion",
    "grouped",
    "losses",
    "majority",
    "match",
    "score",
    "wilson",
]
