"""The reject option: when a model's answer is no answer.

A classifier names one of its classes whatever it is shown. Below a probability that was chosen on
pictures of known and of unknown things, its answer is better taken for "perhaps none of them".

Sources: Chow, "On optimum recognition error and reject tradeoff", 1970 (the option); Hendrycks and
Gimpel, "A baseline for detecting misclassified and out-of-distribution examples", ICLR 2017 (the
largest probability as the score).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class RejectOption:
    """A threshold, and what it did to pictures that did not choose it."""

    below: float
    """An answer is rejected where its largest probability is less."""
    right: float
    """Share of pictures that the model names rightly that are rejected, from 0 to 1."""
    others: float
    """Share of pictures of other classes that are rejected, from 0 to 1."""


def reject_option(metadata: Mapping[str, Any]) -> RejectOption | None:
    """Of what a model file of ours says of itself; None where it has no threshold."""
    found = metadata.get("reject")
    return None if found is None else RejectOption(**found)
