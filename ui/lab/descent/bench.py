"""Gradient descent: on a surface, by batches on a line's two weights, and on a small network."""

import streamlit as st

from ui import address
from ui.lab.descent import line, moons, surface
from ui.lab.station import Station
from ui.page import edge

_VIEWS = {"surface": "A surface", "line": "Batches", "network": "A small network"}


def draw() -> None:
    """The bench."""
    view = address.segments("Descent", "descent", _VIEWS, "lab_descent_view", without=("surface",))
    if view == "network":
        moons.draw()  # holds a long job, so it is no fragment
    else:
        st.fragment(_bench)(view)


def _bench(view: str) -> None:
    with edge("Gradient descent"):  # a fragment that is drawn anew stands outside of the page's own
        (surface if view == "surface" else line).draw()


STATION = Station(
    "Gradient descent",
    ":material/downhill_skiing:",
    "Plain descent steps against the gradient, by the learning rate times its length. Other "
    "optimisers remember the steps before, or divide by the size of the gradients; batches differ "
    "in how many examples they see before each step.",
    (
        "**A surface, long bowl:** as it opens, plain descent is soon at the bottom across the "
        "bowl and creeps along it. Momentum adds up the small gradients that all point along it "
        "and ends a hundred times lower.",
        "At learning rate 0.06, near its best, plain descent zigzags across and is ahead of "
        "momentum. At 0.08 = 2 / 25 it swings for ever, at 0.1 it diverges.",
        "**Curved valley:** plain descent falls into it and hardly moves on; momentum gathers "
        "speed along it. At learning rate 0.01 both diverge within a few steps.",
        "**Saddle:** start at y = 0 and no optimiser gets off the ridge; at y = 0.01 all do, plain "
        "descent last.",
        "**Batches:** over *examples seen* one example at a time is far ahead, but it never comes "
        "to rest. With the linear schedule it does. Then standardise the feature: the bowl is "
        "round, and the whole batch goes straight for its middle.",
        "**A small network:** the same weights at the start, and five optimisers; then one "
        "optimiser and four batch sizes.",
    ),
    draw,
    takes_time=True,
)
