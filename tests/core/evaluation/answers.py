"""Answers made up: of one class, of classes that never occur, of none and of one picture."""

import numpy as np
from hypothesis import strategies as st


@st.composite
def answered(draw, least=0, most_classes=8):
    """Labels, predicted classes, and the number of classes."""
    classes = draw(st.integers(1, most_classes))
    n = draw(st.integers(least, 40))
    used = draw(st.integers(1, classes))  # those from here on never occur
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    labels, predicted = rng.integers(0, used, (2, n))
    right = rng.random(n) < draw(st.sampled_from([0, 0.3, 0.9, 1]))
    return labels, np.where(right, labels, predicted), classes


def probabilities(rng, n, classes, sharp=2.0):
    """(n, C) float32 that add up to 1."""
    values = np.exp(rng.normal(0, sharp, (n, classes)))
    return (values / values.sum(1, keepdims=True)).astype(np.float32)


def top_of(known, k=5):
    """The k most probable classes and their probabilities, -1 and 0 where there are fewer."""
    order = np.argsort(-known, axis=1, kind="stable")[:, :k]
    values = np.take_along_axis(known, order, 1)
    missing = ((0, 0), (0, k - order.shape[1]))
    return np.pad(order, missing, constant_values=-1), np.pad(values, missing)
