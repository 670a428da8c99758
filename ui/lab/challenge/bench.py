"""ImageNet and its challenge: who won when, how the data was made, how errors were counted."""

from ui.lab.challenge import data, guesses, later, results
from ui.lab.station import Station, draw_view

_PARTS = {
    "results": ("Results", results.draw),
    "data": ("The data set", data.draw),
    "guesses": ("Five guesses", guesses.draw),
    "found": ("Found later", later.findings),
    "said": ("Often said", later.claims),
}


def draw() -> None:
    """The bench."""
    draw_view("part", _PARTS)


STATION = Station(
    "ImageNet and its challenge",
    ":material/emoji_events:",
    "ImageNet is 14 million pictures from the web, labelled by votes. From 2010 to 2017 teams "
    "competed in naming what its pictures show. Every figure here has its source.",
    (
        "Move the year from 2011 to 2012: more than a third of the mistakes go away at once. No "
        "winner before was a network, and all after it were.",
        "In *The data set*, leave the number of votes at 1. People who are right nine times out of "
        "ten keep as many wrong pictures as right ones, because nine of ten candidates are wrong. "
        "With two more votes, four of five are right.",
        "In *Found later*, let a model repeat the wrong labels. What is measured rises, while the "
        "model gets worse.",
    ),
    draw,
)
