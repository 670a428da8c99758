"""ImageNet and its challenge: who won when, how the data was made, how errors were counted."""

from ui import address
from ui.lab.challenge import data, guesses, later, results
from ui.lab.station import Station

_PARTS = {
    "results": "Results",
    "data": "The data set",
    "guesses": "Five guesses",
    "found": "Found later",
    "said": "Often said",
}
_DRAW = {
    "results": results.draw,
    "data": data.draw,
    "guesses": guesses.draw,
    "found": later.findings,
    "said": later.claims,
}


def draw() -> None:
    """The bench."""
    _DRAW[address.segments("Part", "part", _PARTS, "lab_challenge_part")]()


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
