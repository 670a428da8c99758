"""Convolution: one window after the other, whole pictures, and what a layer costs."""

from ui.lab.convolution import cost, picture, window
from ui.lab.station import Station, draw_view
from ui.subject import Subject

_VIEWS = {
    "window": ("Window by window", window.draw),
    "picture": ("Whole picture", picture.draw),
    "cost": ("What it costs", cost.draw),
}


def draw(seen: Subject) -> None:
    """The bench."""
    draw_view("convolution", _VIEWS, seen)


STATION = Station(
    "Convolution",
    ":material/grid_on:",
    "A small kernel of weights is laid on the picture, place after place. At each place the "
    "weights are multiplied with the pixels below, and the sum of the products is one number of "
    "the output. Strictly that is cross-correlation: like torch, it does not turn the kernel.",
    (
        "Walk with the step slider, or click a cell of the output: the window jumps to the pixels "
        "that made it. Stride 2 halves the output, and padding keeps the border.",
        "Take *Sobel x* on the whole picture, then *Sobel y*: one answers to upright edges, the "
        "other to level ones. Change a weight by hand and see what the sum of weights does.",
        "*Learned by the model* shows a kernel that nobody designed, on the numbers that the model "
        "gets: the three colours are summed up, and the model's own answer is the same.",
        "Under *What it costs*, a depthwise separable convolution needs about an eighth of the "
        "multiply-adds. Set the kernel's size to 7: it saves far more. Set it to 1: it costs more.",
    ),
    draw,
    with_subject=True,
)
