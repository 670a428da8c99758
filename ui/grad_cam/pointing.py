"""The pointing game: does the hottest point of a map lie on the object?"""

import math

import streamlit as st

from core import data
from core.inside import METHODS
from core.inside.trust.localisation import PointingGame, pointing_game
from ui.grad_cam.choice import ALL_METHODS, Question
from ui.long_job import long_job
from ui.page import plain
from ui.remember import shelf

_SHELF = "pointing"


def method(question: Question) -> str:
    """Methods that run the network hundreds of times for a picture are not for many of them."""
    return "gradcam" if question.on_picture else question.method


def name(question: Question) -> str:
    """Of that method, saying so where it is not the chosen one."""
    chosen = METHODS[method(question)]
    if question.on_picture:
        return f"{chosen} ({ALL_METHODS[question.method]} takes too long for many pictures)"
    return chosen


def draw(question: Question, dataset: data.Dataset, items: list[int]) -> None:
    """A button, and a table with a row for each method and layer that has played."""
    st.subheader("Pointing game", anchor=False)
    st.caption(
        f"{len(items):,} pictures spread evenly over {plain(dataset.name)}. A map scores where its "
        "hottest point lies in the object's box; the target is the picture's true class. Play it "
        "with several methods and layers to compare them."
    )
    model = question.subject.model
    game = (question.key[1:], dataset.name, len(dataset), tuple(items))
    key = (*game, question.layer, method(question))
    long_job(
        _SHELF,
        key,
        button=f"Play with {name(question)} at {plain(question.layer)}",
        what="The pointing game",
        units="pictures",
        compute=lambda progress: pointing_game(
            model, dataset, items, question.layer, method(question), progress=progress
        ),
        kept=24,
    )
    played = [found for k, found in shelf(_SHELF).items() if k[: len(game)] == game]
    if played:
        _table(played)


def _table(played: list[PointingGame]) -> None:
    st.dataframe(
        [
            {
                "Method": METHODS[game.method],
                "Layer": game.layer,
                "Hits": f"{game.hits} of {game.n}",
                "Rate": game.rate,
                "95 % interval": f"{game.interval[0]:.0%} to {game.interval[1]:.0%}",
                "Energy inside": None if math.isnan(game.energy) else game.energy,
            }
            for game in played
        ],
        hide_index=True,
        column_config={
            "Rate": st.column_config.NumberColumn(format="percent"),
            "Energy inside": st.column_config.NumberColumn(
                format="percent", help="Mean share of a map's positive values inside the box"
            ),
        },
    )
    last = played[-1]
    centre = last.centre_hits / last.n
    st.caption(
        f"For comparison: pointing at the middle of each picture scores {centre:.0%}, and the "
        f"boxes take {last.box_share:.0%} of what the model sees, which is the energy inside of a "
        "map that says nothing."
        + "".join(f" Left out: {n:,}, since {why}." for why, n in last.skipped.items())
    )
