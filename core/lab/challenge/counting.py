"""How the challenge counted, how votes make a label, and what wrong labels do to an accuracy."""

import math

import numpy as np

_MOST_VOTES = 199


def missed(labels: np.ndarray, guesses: np.ndarray) -> np.ndarray:
    """(n,) true classes and (n, k) different guesses, the best first -> (n, k) bool.

    Column j: the label is not among the first j + 1 guesses. Its mean is the top-(j + 1) error.
    """
    return ~np.logical_or.accumulate(guesses == labels[:, None], axis=1)


def majority(accuracy: float, votes: int) -> float:
    """The probability that most of an odd number of votes are right.

    Each is with the probability `accuracy`, and none depends on another: the upper half of a
    binomial distribution.
    """
    return sum(
        math.comb(votes, right) * accuracy**right * (1 - accuracy) ** (votes - right)
        for right in range(votes // 2 + 1, votes + 1)
    )


def precision(share: float, accuracy: float, votes: int) -> float:
    """The share of the kept pictures that show what they should, after a vote on each candidate.

    `share` of the candidates do. People recognise these, and reject the others, with the same
    `accuracy`; a picture is kept on a majority. By Bayes' theorem. NaN where nothing is kept.
    """
    agreed = majority(accuracy, votes)
    kept = share * agreed + (1 - share) * (1 - agreed)
    return share * agreed / kept if kept else math.nan


def votes_needed(share: float, accuracy: float, wanted: float) -> int:
    """The least odd number of votes that gives the wanted precision; above 0.5, accuracy helps.

    ValueError where 199 votes do not.
    """
    for votes in range(1, _MOST_VOTES + 1, 2):
        if precision(share, accuracy, votes) >= wanted:
            return votes
    raise ValueError(f"{_MOST_VOTES} votes that are right {accuracy:.0%} of the time do not do")


def measured_accuracy(accuracy: float, wrong: float, repeated: float) -> float:
    """The accuracy that a test set shows of which a share of the labels is `wrong`.

    The model repeats the share `repeated` of the wrong labels; on all other pictures it is right
    with the same `accuracy`.
    """
    return (1 - wrong) * accuracy + wrong * repeated


def true_accuracy(accuracy: float, wrong: float, repeated: float) -> float:
    """What the same model would show with all labels right."""
    return (1 - wrong * repeated) * accuracy
