"""Losses: mean squared error and cross-entropy on labels and predictions that can be moved."""

from collections.abc import Callable, Sequence

import streamlit as st

from core.figures.lab.losses import loss_curve, probability_bars
from core.lab.classifier import softmax
from core.lab.losses import (
    WORKED_EXAMPLE,
    Example,
    Loss,
    binary_cross_entropy,
    cross_entropy,
    mean_squared_error,
    smoothed,
)
from core.lab.question import Number
from ui import address
from ui.lab.station import Station, ask, formula, numbers, torch_call

_KINDS = {
    "mse": "Mean squared error",
    "binary": "Binary cross-entropy",
    "categorical": "Categorical cross-entropy",
}
_MOST_EXAMPLES = 6
_CLASSES = ("cat", "dog", "fox", "owl")
_FIRST_LOGITS = (2.0, 1.0, 0.5, -1.0)
_ASKED = Example((1, 0), (0.7, 0.4))
_LOSSES = {"mse": mean_squared_error, "binary": binary_cross_entropy}


def draw() -> None:
    """The bench."""
    kind = address.segments("Loss", "loss", _KINDS, "lab_loss")
    if kind == "categorical":
        _categorical()
    else:
        _pairs(kind)


def _pairs(kind: str) -> None:
    """Losses of one prediction and one label, averaged over a few examples."""
    loss = _LOSSES[kind]
    left, right = st.columns(2, gap="large")
    with left:
        labels, predictions = _examples()
    result = loss(predictions, labels)
    with right:
        st.metric(_KINDS[kind], f"{result.value:.4f}")
        st.plotly_chart(
            loss_curve(loss, predictions, labels),
            key="lab_loss_curve",
            config={"displayModeBar": False},
            alt=f"The loss of one example over its prediction, and {len(labels)} examples on it, "
            f"whose mean is {result.value:.4f}",
        )
    term = _squares if kind == "mse" else _logarithms
    numbers(_rows(labels, predictions, result, term))
    total = " + ".join(f"{term:.4f}" for term in result.terms)
    formula(
        _GENERAL[kind],
        rf"L = \frac{{{total}}}{{{len(labels)}}} = \mathbf{{{result.value:.4f}}}",
    )
    if Example(tuple(labels), tuple(predictions)) == WORKED_EXAMPLE and kind == "mse":
        st.caption(
            f"A widely copied text gives 0.1 for these three. The squares sum up to "
            f"{result.terms.sum():.2f}; the mean divides that by {len(labels)}."
        )
    call = "mse_loss" if kind == "mse" else "binary_cross_entropy"
    torch_call(
        f"predictions = torch.tensor({list(predictions)}, requires_grad=True)\n"
        f"labels = torch.tensor({[float(label) for label in labels]})\n"
        f"loss = torch.nn.functional.{call}(predictions, labels)  # {result.value:.4f}\n"
        "gradient = torch.autograd.grad(loss, predictions)"
    )
    asked = loss(_ASKED.predictions, _ASKED.labels)
    ask(
        Number(
            f"Predictions {_ASKED.predictions[0]} for label {_ASKED.labels[0]:g} and "
            f"{_ASKED.predictions[1]} for label {_ASKED.labels[1]:g}: what is the "
            f"{_KINDS[kind].lower()}, to three decimals?",
            asked.value,
            f"({asked.terms[0]:.4f} + {asked.terms[1]:.4f}) / 2 = {asked.value:.4f}",
            within=0.001,
        )
    )


def _examples() -> tuple[list[float], list[float]]:
    """Labels and predictions as they are set."""
    count = st.slider(
        "Examples", 1, _MOST_EXAMPLES, 3, key="lab_loss_count", persist_state="session"
    )
    labels: list[float] = []
    predictions: list[float] = []
    for number in range(count):
        start = number % len(WORKED_EXAMPLE.labels)
        with st.container(horizontal=True, vertical_alignment="bottom"):
            labels.append(
                st.segmented_control(
                    f"Label {number + 1}",
                    (0, 1),
                    default=int(WORKED_EXAMPLE.labels[start]),
                    required=True,
                    key=f"lab_loss_label-{number}",
                    persist_state="session",
                )
            )
            predictions.append(
                st.slider(
                    f"Prediction {number + 1}",
                    0.0,
                    1.0,
                    WORKED_EXAMPLE.predictions[start],
                    0.01,
                    key=f"lab_loss_prediction-{number}",
                    persist_state="session",
                )
            )
    return labels, predictions


_GENERAL = {
    "mse": r"L = \frac{1}{n} \sum_i (p_i - y_i)^2 \qquad "
    r"\frac{\partial L}{\partial p_i} = \frac{2}{n} (p_i - y_i)",
    "binary": r"L = \frac{1}{n} \sum_i \left[ -y_i \ln p_i - (1 - y_i) \ln (1 - p_i) \right] "
    r"\qquad \frac{\partial L}{\partial p_i} = \frac{p_i - y_i}{n \, p_i (1 - p_i)}",
    "categorical": r"L = -\sum_k t_k \ln p_k, \quad p = \mathrm{softmax}(z) \qquad "
    r"\frac{\partial L}{\partial z_k} = p_k - t_k",
}


def _squares(prediction: float, label: float) -> str:
    return rf"$({prediction:g} - {label:g})^2$"


def _logarithms(prediction: float, label: float) -> str:
    return rf"$-\ln {prediction:g}$" if label else rf"$-\ln (1 - {prediction:g})$"


def _rows(
    labels: Sequence[float],
    predictions: Sequence[float],
    result: Loss,
    term: Callable[[float, float], str],
) -> dict[str, list[str]]:
    return {
        "Label": [f"{label:g}" for label in labels],
        "Prediction": [f"{p:g}" for p in predictions],
        "Its loss": [
            f"{term(p, label)} = {cost:.4f}"
            for label, p, cost in zip(labels, predictions, result.terms, strict=True)
        ],
        "Gradient of the mean": [f"{slope:+.4f}" for slope in result.gradient],
    }


def _categorical() -> None:
    left, right = st.columns(2, gap="large")
    with left:
        right_class = st.selectbox(
            "The picture shows", _CLASSES, key="lab_loss_class", persist_state="session"
        )
        smoothing = st.slider(
            "Label smoothing", 0.0, 0.5, 0.0, 0.05, key="lab_smoothing", persist_state="session"
        )
        logits = [
            st.slider(
                f"Logit of {name}",
                -5.0,
                5.0,
                first,
                0.1,
                key=f"lab_loss_logit-{name}",
                persist_state="session",
            )
            for name, first in zip(_CLASSES, _FIRST_LOGITS, strict=True)
        ]
    label = _CLASSES.index(right_class)
    target = smoothed(label, len(_CLASSES), smoothing)
    probabilities = softmax(logits)
    result = cross_entropy(logits, target)
    with right:
        st.metric(_KINDS["categorical"], f"{result.value:.4f}")
        st.plotly_chart(
            probability_bars(_CLASSES, probabilities, target),
            key="lab_probability_bars",
            config={"displayModeBar": False},
            alt="Probability and target of each class: "
            + ", ".join(
                f"{name} {p:.3f} and {t:.3f}"
                for name, p, t in zip(_CLASSES, probabilities, target, strict=True)
            ),
        )
    numbers(
        {
            "Class": list(_CLASSES),
            "Logit $z$": [f"{z:g}" for z in logits],
            "Probability $p$": [f"{p:.4f}" for p in probabilities],
            "Target $t$": [f"{t:.4f}" for t in target],
            "Gradient $p - t$": [f"{slope:+.4f}" for slope in result.gradient],
        }
    )
    total = " + ".join(f"{term:.4f}" for term in result.terms)
    formula(_GENERAL["categorical"], rf"L = {total} = \mathbf{{{result.value:.4f}}}")
    torch_call(
        f"logits = torch.tensor([{logits}], requires_grad=True)\n"
        f"label = torch.tensor([{label}])  # {right_class}\n"
        "loss = torch.nn.functional.cross_entropy("
        f"logits, label, label_smoothing={smoothing:g})  # {result.value:.4f}"
    )
    even = [0.0] * len(_CLASSES)
    start = cross_entropy(even, smoothed(0, len(_CLASSES)))
    ask(
        Number(
            f"A network that knows nothing gives all {len(_CLASSES)} classes the same logit. "
            "What does cross-entropy begin at, to two decimals?",
            start.value,
            f"Each probability is 1/{len(_CLASSES)}, and -ln(1/{len(_CLASSES)}) = "
            f"{start.value:.4f}. A training that begins far above that has a bug.",
            within=0.01,
        )
    )


STATION = Station(
    "Losses",
    ":material/trending_down:",
    "A loss says in one number how wrong the predictions are. Training follows its gradient: which "
    "way, and how much, each prediction should move.",
    (
        "Move a prediction towards the wrong end. Its squared error is at most 1, its slope at "
        "most 2; cross-entropy grows without bounds: it punishes being sure and wrong.",
        "Add examples: the loss is their mean, so each prediction's gradient is the slope of its "
        "own loss divided by their number.",
        "With categorical cross-entropy the gradient is the probability minus the target, class by "
        "class. With label smoothing it stays away from zero even where the network is right.",
    ),
    draw,
)
