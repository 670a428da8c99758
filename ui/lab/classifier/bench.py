"""From features to classes: pooling, the fully connected layer, softmax with temperature."""

import streamlit as st

from core.inside.last_layer import LastLayer, last_layer
from ui import address
from ui.lab.classifier import logit, softmax
from ui.lab.station import Station
from ui.page import plain
from ui.remember import remembered, subject_key
from ui.subject import Subject

_VIEWS = {"logit": "From features to a logit", "softmax": "From logits to probabilities"}


def draw(seen: Subject) -> None:
    """The bench."""
    view = address.segments("View", "classifier", _VIEWS, "lab_classifier_view")
    last = remembered(
        "lab_last_layers", subject_key(seen.model, seen.picture), lambda: _last(seen), most=4
    )
    if seen.model.info.is_untrained:
        st.caption(
            plain(
                f"{seen.model.name} has learnt nothing yet: its weights are those it begins with, "
                "and what it says of the picture means nothing. The arithmetic is the same."
            )
        )
    if view == "softmax":
        softmax.draw(seen, last)
    else:
        logit.draw(seen, last)


def _last(seen: Subject) -> LastLayer:
    with st.spinner("Following the picture through the network …"):
        return last_layer(seen.model, seen.picture)


STATION = Station(
    "From features to classes",
    ":material/functions:",
    "At its end a network has a list of numbers for the picture, its features. One weight for "
    "each feature and class makes them logits, and softmax makes those probabilities.",
    (
        "Click a channel: the mean of its map is the feature, and the feature times the weight is "
        "what it adds to the logit.",
        "Choose another class under *Class*. The features stay, the weights change: a channel "
        "that spoke for one class may speak against the other.",
        "In *From logits to probabilities* turn *Temperature* down to 0.1 and up to 10. The order "
        "of the classes never changes; how sure the answer looks does.",
        "Move *Added to every logit*. The powers change by factors of thousands, the "
        "probabilities not at all: only differences of logits count.",
    ),
    draw,
    with_subject=True,
)
