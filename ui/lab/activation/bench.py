"""Activation and pooling: what they do to numbers, to maps, and to gradients."""

from ui.lab.activation import curve, depth, feature_map, pooling
from ui.lab.station import Station, draw_view
from ui.subject import Subject

_VIEWS = {
    "curve": ("One number", curve.draw),
    "map": ("A feature map", feature_map.draw),
    "depth": ("Many layers", depth.draw),
    "pooling": ("Pooling", pooling.draw),
}


def draw(seen: Subject) -> None:
    """The bench."""
    draw_view("activation", _VIEWS, seen)


STATION = Station(
    "Activation and pooling",
    ":material/show_chart:",
    "Between the convolutions, a function is applied to every number by itself: without it, all "
    "layers together would be one linear map. Pooling then makes one number of a window of cells.",
    (
        "Under *One number*, move x to 5 and beyond: sigmoid and tanh become flat, they saturate, "
        "and their derivative is almost 0. ReLU's stays 1, and is 0 everywhere left of 0.",
        "Under *A feature map*, lower the bias: more and more cells are off, until the channel "
        "dies. Multiply the weights by 8 with a sigmoid: most cells saturate.",
        "Under *Many layers*, ten sigmoids leave next to nothing of a gradient, ten ReLUs all. "
        "With weight 2 it doubles at every ReLU: it explodes as easily as it vanishes.",
        "Under *Pooling*, see which cell wins each window: it alone gets the gradient. Set "
        "window and stride to 4: a shift by one column changes what is pooled much less than the "
        "map. With stride 2 it helps less.",
    ),
    draw,
    with_subject=True,
)
