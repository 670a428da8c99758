"""What is chosen after training: from the answers to pictures that chose nothing before.

All of it comes from pictures on the training side; the validation pictures are for measuring.
"""

import numpy as np
from scipy.optimize import minimize_scalar

from core.evaluation.metrics import log_softmax

_TEMPERATURES = 0.2, 5.0
PRICE = 0.1
"""Share of right answers that the reject option may cost."""


def log_loss(labels: np.ndarray, logits: np.ndarray, temperature: float = 1.0) -> float:
    """Mean cross-entropy in nats of (n, C) logits, divided by the temperature first."""
    rows = log_softmax(logits / temperature)
    return float(-rows[np.arange(len(labels)), labels].mean())


def temperature(labels: np.ndarray, logits: np.ndarray) -> float:
    """By which to divide (n, C) logits for the least loss; 0.2 to 5, and 1 without pictures.

    Temperature scaling (Guo et al., "On calibration of modern neural networks", ICML 2017): it
    changes how sure a model is, and never what it answers.
    """
    if not len(labels):
        return 1.0
    found = minimize_scalar(
        lambda t: log_loss(labels, logits, float(t)), bounds=_TEMPERATURES, method="bounded"
    )
    return float(found.x)


def threshold(right: np.ndarray) -> float:
    """The largest probability from which an answer is given, at the price of a tenth of ``right``.

    ``right`` (n,), at least one, are the largest probabilities of pictures that the model names
    rightly: at most a tenth of them are less. What is below is wrong often enough, whatever the
    picture shows.
    """
    return float(np.quantile(right, PRICE, method="lower"))


def auroc(own: np.ndarray, others: np.ndarray) -> float:
    """How often a picture of a known class scores higher than one of another; ties count half.

    That is the area under the ROC curve (Mann and Whitney 1947).
    """
    ordered = np.sort(others)
    below = np.searchsorted(ordered, own, "left")
    up_to = np.searchsorted(ordered, own, "right")
    return float((below + up_to).mean() / 2 / len(others))


def energy(logits: np.ndarray) -> np.ndarray:
    """(n, C) logits -> (n,): minus the free energy, ln of the sum of exp.

    Liu et al., "Energy-based out-of-distribution detection", NeurIPS 2020; larger is more familiar.
    """
    highest = logits.max(1)
    return highest + np.log(np.exp(logits - highest[:, None]).sum(1))
