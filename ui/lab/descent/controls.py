"""What the benches of gradient descent have in common: the optimisers with their settings."""

from dataclasses import dataclass

import streamlit as st

from core.figures.lab.descent import COLOURS
from core.lab.descent.rules import ADAPTIVE, RULES, Optimiser
from core.lab.descent.schedules import SCHEDULES, Schedule

NAMES = dict(
    zip(RULES, ("Gradient descent", "Momentum", "Nesterov", "RMSprop", "Adam"), strict=True)
)
RULE_COLOURS = dict(zip(RULES, COLOURS, strict=True))

_MANTISSAS = (1, 1.2, 1.5, 2, 2.5, 3, 4, 5, 6, 8)
_RATES = [float(f"{m * 10**power:g}") for power in range(-4, 0) for m in _MANTISSAS] + [1.0, 2.0]
_SCHEDULES = dict(zip(SCHEDULES, ("Constant", "Steps", "Cosine", "Linear"), strict=True))


@dataclass(frozen=True, slots=True)
class Rates:
    """The learning rate of rules that follow the gradient's size, and of those that do not."""

    plain: float
    adaptive: float

    def of(self, rule: str) -> float:
        """That of one rule."""
        return self.adaptive if rule in ADAPTIVE else self.plain


@dataclass(frozen=True, slots=True)
class Course:
    """Settings that hold for all optimisers."""

    momentum: float
    schedule: str
    warm_up: float
    """As a share of the steps, 0 to 1."""

    def optimiser(self, rule: str, rate: float, steps: int) -> Optimiser:
        """An optimiser that makes so many steps."""
        schedule = Schedule(self.schedule, round(self.warm_up * steps))
        return Optimiser(rule, rate, self.momentum, schedule)


def rules(key: str) -> list[str]:
    """Some of the rules, in their order; plain descent where none is chosen."""
    chosen = st.pills(
        "Optimisers",
        RULES,
        selection_mode="multi",
        default=["sgd", "momentum", "adam"],
        format_func=NAMES.__getitem__,
        wrap=True,
        key=key,
        persist_state="session",
    )
    return [rule for rule in RULES if rule in chosen] or ["sgd"]


def rule(key: str) -> str:
    """One of the rules."""
    return st.selectbox(
        "Optimiser",
        RULES,
        format_func=NAMES.__getitem__,
        key=key,
        persist_state="session",
    )


def rates(chosen: list[str], key: str, first: Rates) -> Rates:
    """The learning rates of the rules that are chosen."""
    plain, adaptive = first.plain, first.adaptive
    both = not set(chosen) <= set(ADAPTIVE) and bool(set(chosen) & set(ADAPTIVE))
    if not set(chosen) <= set(ADAPTIVE):
        plain = _rate("Learning rate", f"{key}-plain", first.plain)
    if set(chosen) & set(ADAPTIVE):
        label = "Learning rate of RMSprop and Adam" if both else "Learning rate"
        adaptive = _rate(label, f"{key}-adaptive", first.adaptive)
    return Rates(plain, adaptive)


def course(chosen: list[str], key: str) -> Course:
    """Momentum, where one of the rules has it, schedule and warm-up."""
    momentum = 0.9
    if {"momentum", "nesterov"} & set(chosen):
        momentum = st.slider(
            "Momentum", 0.1, 0.99, 0.9, 0.01, key=f"{key}-momentum", persist_state="session"
        )
    schedule = st.segmented_control(
        "Schedule of the learning rate",
        SCHEDULES,
        default="constant",
        required=True,
        format_func=_SCHEDULES.__getitem__,
        key=f"{key}-schedule",
        persist_state="session",
    )
    warm_up = st.slider(
        "Warm-up, percent of the steps",
        0,
        50,
        0,
        5,
        key=f"{key}-warm_up",
        persist_state="session",
    )
    return Course(momentum, schedule, warm_up / 100)


def _rate(label: str, key: str, first: float) -> float:
    return st.select_slider(
        label, _RATES, first, format_func=lambda rate: f"{rate:g}", key=key, persist_state="session"
    )
