"""Softmax with temperature: from logits to probabilities by hand."""

import math

import numpy as np
import streamlit as st

from core.figures.lab.paired_bars import paired_bars
from core.inside.last_layer import LastLayer
from core.lab.classifier import as_one, entropy, powers, softmax
from core.lab.question import Number
from ui.lab.station import ask, formula, numbers, torch_call
from ui.page import plain
from ui.subject import Subject

_TOP = 5
_ASKED_AT = 2  # the temperature of the question, or more where the logits are far apart
_FARTHEST = 5.0  # of two logits at that temperature: e to the power of more is no handy number


def draw(seen: Subject, last: LastLayer) -> None:
    """The largest logits, their powers, and the probabilities that these are."""
    left, right = st.columns([2, 3], gap="large")
    with left:
        temperature = st.slider(
            "Temperature", 0.1, 10.0, 1.0, 0.1, key="lab_temperature", persist_state="session"
        )
        shift = st.slider(
            "Added to every logit", -20, 20, 0, key="lab_logit_shift", persist_state="session"
        )
    logits = last.logits.astype(np.float64) + shift
    now, at_one = softmax(logits, temperature), softmax(logits)
    top = np.argsort(-logits, kind="stable")[:_TOP]
    labels = [seen.model.classes[k].label for k in top]
    spread = entropy(now)
    with left, st.container(horizontal=True):
        st.metric("Largest probability", f"{now[top[0]]:.1%}")
        st.metric("Entropy", f"{spread:.3f} nats")
    left.caption(
        f"As undecided as between {math.exp(spread):.1f} equally probable classes; at most it is "
        f"ln {len(now):,} = {math.log(len(now)):.3f} nats."
    )
    with right:
        st.plotly_chart(
            paired_bars(labels, {"T = 1": at_one[top], f"T = {temperature:g}": now[top]}),
            key="lab_temperature_bars",
            config={"displayModeBar": False},
            alt=f"Probabilities at temperature {temperature:g} and at 1: "
            + ", ".join(
                f"{label} {p:.1%} and {q:.1%}"
                for label, p, q in zip(labels, now[top], at_one[top], strict=True)
            ),
        )
    total = _by_hand(labels, logits, now, top, temperature)
    formula(
        r"p_c = \frac{e^{z_c / T}}{\sum_k e^{z_k / T}}",
        rf"p = \frac{{{_tex(powers(logits, temperature)[top[0]])}}}{{{_tex(total)}}} "
        rf"= \mathbf{{{now[top[0]]:.4f}}}",
    )
    _code(logits, now, top, temperature)
    _ask(labels, logits, top)


def _by_hand(
    labels: list[str], logits: np.ndarray, now: np.ndarray, top: np.ndarray, temperature: float
) -> float:
    """The table of powers, with the other classes as one row; returns the sum of all powers."""
    raised = powers(logits, temperature)
    total = float(raised.sum())
    rest = np.delete(np.arange(len(logits)), top)
    numbers(
        {
            "Class": [*map(plain, labels), f"the other {len(rest):,}", "**sum**"],
            "Logit $z$": [*(f"{z:.4f}" for z in logits[top]), "", ""],
            "$z / T$": [*(f"{z / temperature:.4f}" for z in logits[top]), "", ""],
            "$e^{z / T}$": [
                *(_short(value) for value in raised[top]),
                _short(raised[rest].sum()),
                _short(total),
            ],
            "Probability $p$": [
                *(f"{p:.4f}" for p in now[top]),
                f"{now[rest].sum():.4f}",
                f"{now.sum():.4f}",
            ],
        }
    )
    if math.isinf(total):
        st.caption(
            "A power is beyond the largest number that a computer keeps, 1.8e308. Every library "
            "therefore subtracts the largest logit first, which changes no probability."
        )
    elif total == 0:
        st.caption(
            "All powers are below the smallest number that a computer keeps, 4.9e-324, and 0 / 0 "
            "is no number. Every library therefore subtracts the largest logit first."
        )
    return total


def _short(value: float) -> str:
    return "∞" if math.isinf(value) else f"{value:.5g}"


def _tex(value: float) -> str:
    """A number in LaTeX, large ones as powers of ten."""
    if math.isinf(value):
        return r"\infty"
    mantissa, _, exponent = f"{value:.5g}".partition("e")
    return rf"{mantissa} \cdot 10^{{{int(exponent)}}}" if exponent else mantissa


def _code(logits: np.ndarray, now: np.ndarray, top: np.ndarray, temperature: float) -> None:
    rest = np.delete(logits, top)
    largest = [round(float(z), 4) for z in logits[top]]
    comment = ""
    if len(rest):
        largest.append(round(as_one(rest, temperature), 4))
        comment = f"# the last number stands for the other {len(rest):,} classes together\n"
    torch_call(
        f"{comment}logits = torch.tensor({largest})\n"
        f"probabilities = torch.softmax(logits / {temperature:g}, dim=0)  # {now[top[0]]:.4f}, …"
    )


def _ask(labels: list[str], logits: np.ndarray, top: np.ndarray) -> None:
    if len(top) < 2:
        return
    first, second = (float(z) for z in logits[top[:2]])
    hot = max(_ASKED_AT, math.ceil((first - second) / _FARTHEST))
    right = math.exp((first - second) / hot)
    ask(
        Number(
            f"The logit of {plain(labels[0])} is {first - second:.3f} larger than that of "
            f"{plain(labels[1])}. How many times as probable is it at temperature {hot:,}, "
            "to two decimals?",
            right,
            f"The sums cancel out: $e^{{{first - second:.3f} / {hot}}}$ = {right:.3f}. At "
            f"temperature 1 it would be that to the power of {hot:,}.",
            within=0.01 * right,
        )
    )
