"""What came of the two trainings: curves, mistakes, numbers, formulas, and the code."""

from collections.abc import Sequence

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from core.evaluation.metrics import wilson
from core.figures.lab.overfitting import curves, digit_strip
from core.lab.overfitting.digits import CLASSES, SIDE, VALIDATION
from core.lab.overfitting.network import begin
from core.lab.overfitting.training import (
    LEARNING_RATE,
    MOMENTUM,
    Epoch,
    Fit,
    Remedies,
    Task,
    Verdict,
)
from ui.lab.station import formula, numbers, torch_call

_NAMES = ("Plain", "With the remedies")
_SHOWN = 8  # mistakes of a network


def draw_curves(
    places: Sequence[DeltaGenerator], fits: Sequence[Fit], task: Task, key: str = "end"
) -> None:
    """The gap and the curves of both, on the same axes, instead of what the places held before.

    Each drawing of one run of the page has a key of its own.
    """
    most = max(max(e.train_loss, e.val_loss) for fit in fits for e in fit.epochs)
    for number, (place, name, fit) in enumerate(zip(places, _NAMES, fits, strict=True)):
        kept = fit.kept
        with place.container():
            st.metric(
                f"{name}: gap between training and validation",
                f"{100 * kept.gap:.1f} points",
                help="Training accuracy minus validation accuracy, at the epoch that is kept.",
            )
            st.caption(_judged_by(kept, task))
            st.plotly_chart(
                curves(fit, task.epochs, most, 1 - task.wrong),
                key=f"lab_overfitting_curves-{number}-{key}",
                config={"displayModeBar": False},
                alt=f"{name}, after epoch {kept.number}: loss {kept.train_loss:.3f} in training "
                f"and {kept.val_loss:.3f} on validation, where it was least in epoch "
                f"{fit.least.number}; accuracy {kept.train_accuracy:.1%} and "
                f"{kept.val_accuracy:.1%}",
            )


def draw_mistakes(verdicts: Sequence[Verdict]) -> None:
    """The first validation pictures that each gets wrong."""
    for column, verdict in zip(st.columns(2, gap="large"), verdicts, strict=True):
        if not verdict.mistakes:
            column.caption("No validation picture is mistaken.")
            continue
        shown = verdict.mistakes[:_SHOWN]
        told = [f"{mistake.truth}: {mistake.said}" for mistake in shown]
        said = ", ".join(f"{mistake.truth} as {mistake.said}" for mistake in shown)
        with column:
            st.image(
                digit_strip([m.picture for m in shown], told, [False] * len(shown)),
                width="content",
                alt=f"Validation pictures that are mistaken, {said}",
            )
            st.caption(
                f"What they are, and what they are taken for: the first of {len(verdict.mistakes)} "
                f"mistakes among {VALIDATION} validation pictures"
            )


def draw_numbers(fits: Sequence[Fit], verdicts: Sequence[Verdict]) -> None:
    """Both networks as they are kept."""
    kept = [fit.kept for fit in fits]
    rows = {
        "Epoch kept": [f"{e.number} of {len(f.epochs)}" for e, f in zip(kept, fits, strict=True)],
        "Accuracy, training": [f"{epoch.train_accuracy:.1%}" for epoch in kept],
        f"Accuracy, validation ({VALIDATION}), 95 % interval": [
            _with_interval(epoch.val_accuracy, VALIDATION) for epoch in kept
        ],
        f"Accuracy, test ({verdicts[0].test_pictures}), 95 % interval": [
            _with_interval(verdict.test_accuracy, verdict.test_pictures) for verdict in verdicts
        ],
        "Wrong labels learnt by heart": [
            f"{verdict.memorised} of {verdict.wrong_labels}" for verdict in verdicts
        ],
        r"Norm of the weights $\lVert w \rVert$": [f"{epoch.norm:.2f}" for epoch in kept],
    }
    columns = {name: [row[at] for row in rows.values()] for at, name in enumerate(_NAMES)}
    numbers({"At the epoch kept": list(rows), **columns})


def draw_formulas(treated: Fit, task: Task, remedies: Remedies) -> None:
    """L2 and dropout, with the numbers of the network that had them."""
    epoch, rate = treated.kept, remedies.dropout
    penalty = remedies.l2 / 2 * epoch.norm**2
    formula(
        r"L = \frac{1}{n} \sum_i -\ln p_{i, y_i} + \frac{\lambda}{2} \lVert w \rVert^2",
        rf"L = {epoch.train_loss:.4f} + \frac{{{remedies.l2:g}}}{{2}} \cdot {epoch.norm:.2f}^2 "
        rf"= \mathbf{{{epoch.train_loss + penalty:.4f}}}",
    )
    formula(
        r"h_j' = \frac{m_j \, h_j}{1 - p}, \quad m_j = 0 \text{ with probability } p, "
        r"\text{ else } 1",
        rf"p = {rate:g}: \quad {task.width} \cdot (1 - {rate:g}) = {task.width * (1 - rate):g} "
        rf"\text{{ of {task.width} units stay, on average, times }} "
        rf"\frac{{1}}{{1 - {rate:g}}} = \mathbf{{{1 / (1 - rate):.3g}}}",
    )


def draw_code(task: Task, remedies: Remedies) -> None:
    """The network and its optimiser as they are set."""
    lines = ["network = torch.nn.Sequential("]
    for inputs in (SIDE * SIDE, task.width):
        lines.append(f"    torch.nn.Linear({inputs}, {task.width}),")
        if remedies.batch_norm:
            lines.append(f"    torch.nn.BatchNorm1d({task.width}),")
        lines.append("    torch.nn.ReLU(),")
        if remedies.dropout:
            lines.append(f"    torch.nn.Dropout({remedies.dropout:g}),")
    size = begin(task.width, remedies.batch_norm, task.seed).size
    lines += [
        f"    torch.nn.Linear({task.width}, {CLASSES}),",
        ")",
        f"size = sum(parameter.numel() for parameter in network.parameters())  # {size:,}",
        "weights = [p for p in network.parameters() if p.ndim == 2]",
        "others = [p for p in network.parameters() if p.ndim == 1]",
        "optimiser = torch.optim.SGD(",
        f'    [{{"params": weights, "weight_decay": {remedies.l2:g}}}, {{"params": others}}],',
        f"    lr={LEARNING_RATE:g}, momentum={MOMENTUM:g},",
        ")",
        "network.train()  # for a step: units drop out, the batch normalises itself",
        "network.eval()   # to be judged: all units, and the running averages",
    ]
    torch_call("\n".join(lines))


def _judged_by(kept: Epoch, task: Task) -> str:
    """The two accuracies of a gap, and why it can be below zero."""
    wrong = f", of which {task.wrong:.0%} are wrong" if task.wrong else ""
    why = (
        " Below zero: a wrong label that is not learnt counts as a mistake in training."
        if wrong and kept.gap < 0
        else ""
    )
    return (
        f"{kept.train_accuracy:.1%} by the training labels{wrong}; {kept.val_accuracy:.1%} by the "
        f"validation labels, all of them right.{why}"
    )


def _with_interval(accuracy: float, pictures: int) -> str:
    low, high = wilson(round(accuracy * pictures), pictures)
    return f"{accuracy:.1%} ({low:.0%} to {high:.0%})"
