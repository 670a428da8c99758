"""Mistakes in the preprocessing, and what becomes of the answer under each."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import streamlit as st

from core.figures.heatmap import enlarged, png
from core.figures.lab.preprocessing import mistake_bars
from core.inside.capture import run
from core.lab.classifier import softmax
from core.lab.mistaken import mistaken, other_statistics
from core.lab.preprocessing import Settings, Way, shown
from core.lab.question import Choice
from core.predict import rank
from ui.gallery import Item, gallery
from ui.lab.station import ask, numbers
from ui.long_job import Progress, long_job
from ui.page import plain
from ui.remember import subject_key
from ui.subject import Subject

RIGHT = "right"
_CHOSEN = "lab_mistake"
_TOP = 5
_ASKED = ("unnormalised", "unscaled", "statistics", "upside-down")


@dataclass(frozen=True, eq=False)
class _Outcome:
    """What a way to preprocess a picture comes to."""

    tensor: np.ndarray
    """(3, side, side): what the network was given."""
    seen: bytes
    """For which picture it took that; a PNG."""
    probabilities: np.ndarray
    """(classes,) floats."""


def draw(seen: Subject, way: Way) -> None:
    """The mistakes side by side, and one of them large."""
    outcomes = long_job(
        "lab_mistakes",
        subject_key(seen.model, seen.picture),
        button="Ask the model",
        what="Asking",
        units="mistakes",
        compute=lambda progress: _outcomes(seen, way, progress),
        at_once=True,
    )
    if outcomes is None:
        return
    if seen.model.info.is_untrained:
        st.caption(
            plain(
                f"{seen.model.name} has learnt nothing yet: its answer means nothing even to the "
                "right input. Choose a trained model to see what a mistake costs."
            )
        )
    first = int(outcomes[RIGHT].probabilities.argmax())
    label = seen.model.classes[first].label
    titles = _titles(way.settings)
    chosen = st.session_state.get(_CHOSEN, "unnormalised")
    left, right = st.columns([3, 2], gap="large")
    with left:
        gallery(
            [_item(name, titles[name], outcome, first) for name, outcome in outcomes.items()],
            "Ways to preprocess the picture",
            "lab_mistake_gallery",
            lambda name: st.session_state.__setitem__(_CHOSEN, name),
            chosen,
            crisp=True,
        )
        st.caption("Each tile is the picture that the network takes its input for. Click one.")
    with right:
        of_first = {name: float(o.probabilities[first]) for name, o in outcomes.items()}
        st.markdown(f"Probability of **{plain(label)}**")
        st.plotly_chart(
            mistake_bars(
                [titles[name] for name in of_first],
                list(of_first.values()),
                list(of_first).index(chosen),
            ),
            key="lab_mistake_bars",
            config={"displayModeBar": False},
            alt=f"Probability of {label}: "
            + ", ".join(f"{titles[name]} {p:.1%}" for name, p in of_first.items()),
        )
    _closer(seen, way, outcomes, chosen, titles[chosen])
    _ask(outcomes, titles)


def _outcomes(seen: Subject, way: Way, progress: Progress) -> dict[str, _Outcome]:
    import torch

    tensors = {RIGHT: way.tensor, **mistaken(seen.picture.image, way)}
    found = {}
    for done, (name, tensor) in enumerate(tensors.items(), 1):
        batch = torch.from_numpy(np.ascontiguousarray(tensor)[None])
        picture = png(enlarged(shown(tensor, way.settings.mean, way.settings.std), 128))
        found[name] = _Outcome(tensor, picture, softmax(run(seen.model, batch)[0]))
        progress(done, len(tensors))
    return found


def _titles(settings: Settings) -> dict[str, str]:
    return {
        RIGHT: "As it should be",
        "corner": "Corner crop",
        "unresized": "Not resized",
        "shape": "Cropped" if settings.squash else "Squashed",
        "bgr": "BGR, not RGB",
        "unnormalised": "Not normalised",
        "unscaled": "0 to 255",
        "statistics": "Other mean, std",
        "upside-down": "Upside down",
        "transposed": "Transposed",
        "reshaped": "Reshaped",
    }


def _why(name: str, settings: Settings) -> str:
    size = settings.input_size
    mean, std = other_statistics(settings)
    return {
        RIGHT: "What the model expects.",
        "corner": f"`[:{size}, :{size}]` cuts the top left corner.",
        "unresized": f"The middle {size} × {size} pixels of the picture at its full size: much too "
        "close, or with a black frame where it is small.",
        "shape": "The proportions are not those that the model expects.",
        "bgr": "OpenCV's `imread` gives blue, green, red. Grey things stay what they are.",
        "unnormalised": "Values from 0 to 1 as they are: to the network a pale, bright picture.",
        "unscaled": "Mean and standard deviation belong to values from 0 to 1. These are up to 255 "
        "times too large: every pixel but the darkest is beyond white.",
        "statistics": f"Mean {mean[0]:g} and standard deviation {std[0]:g} are those of other "
        "models. It is nearly right, and so it is found late.",
        "upside-down": "No value is wrong, only its place. A convolution does not know that "
        "up and down can change places.",
        "transposed": "(channels, width, height) in the place of (channels, height, width): the "
        "picture is mirrored at its diagonal.",
        "reshaped": "`reshape(3, height, width)` does not move the channels to the front: it reads "
        "red, green, blue, red, … as if they were neighbouring pixels.",
    }[name]


def _item(name: str, title: str, outcome: _Outcome, first: int) -> Item:
    said = f"{outcome.probabilities[first]:.1%}"
    return Item(name, f"{title}\n{said}", f"{title}: {said}", outcome.seen)


def _closer(
    seen: Subject, way: Way, outcomes: Mapping[str, _Outcome], chosen: str, title: str
) -> None:
    """The chosen one in words, and beside the right one in numbers."""
    st.markdown(f"**{title}.** {_why(chosen, way.settings)}")
    both = [outcomes[RIGHT], outcomes[chosen]]
    ranks = [str(place) for place in range(1, min(_TOP, len(seen.model.classes)) + 1)]
    with st.container(horizontal=True):
        numbers(
            {
                "": ["as it should be", title.lower()],
                "Minimum": [f"{o.tensor.min():.3g}" for o in both],
                "Maximum": [f"{o.tensor.max():.3g}" for o in both],
                "Mean": [f"{o.tensor.mean():.3g}" for o in both],
                "Standard deviation": [f"{o.tensor.std():.3g}" for o in both],
            }
        )
        numbers(
            {
                "": ranks,
                "As it should be": _top(seen, both[0]),
                title + " ": _top(seen, both[1]),
            }
        )


def _top(seen: Subject, outcome: _Outcome) -> list[str]:
    best = rank(seen.model.classes, outcome.probabilities, _TOP)
    return [f"{plain(p.label)} {p.probability:.1%}" for p in best]


def _ask(outcomes: Mapping[str, _Outcome], titles: Mapping[str, str]) -> None:
    right = outcomes[RIGHT].tensor
    off = {
        name: abs(outcomes[name].tensor.mean() - right.mean())
        + abs(outcomes[name].tensor.std() - right.std())
        for name in _ASKED
    }
    hidden = min(off, key=off.__getitem__)
    tensor = outcomes[hidden].tensor
    ask(
        Choice(
            "A test compares minimum, maximum, mean and standard deviation of the network's input "
            "with what they should be. Which of these mistakes does it not find?",
            tuple(titles[name] for name in _ASKED),
            _ASKED.index(hidden),
            f"The mean stays {tensor.mean():.3g} and the standard deviation {tensor.std():.3g}: "
            "the same numbers in other places. Only looking at the picture finds that.",
        )
    )
