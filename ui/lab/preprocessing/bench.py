"""Preprocessing: the way from a picture to a network's input, and what goes wrong on it."""

import streamlit as st

from core.figures.lab.preprocessing import framed, planes
from core.lab.preprocessing import Frame, Settings, Statistics, Way, follow, reach, read_settings
from core.lab.question import Number
from core.models.preprocess import MAX_ASPECT
from ui import address
from ui.lab.preprocessing import mistakes
from ui.lab.station import Station, ask, formula, numbers, torch_call
from ui.remember import remembered, subject_key
from ui.subject import Subject

_VIEWS = {"steps": "Step by step", "mistakes": "Mistakes"}
_CHANNELS = ("red", "green", "blue")
_WORDS = {
    "picture": "The picture",
    "cropped": "Cropped",
    "resized": "Resized",
    "scaled": "Scaled",
    "normalised": "Normalised",
}


def draw(seen: Subject) -> None:
    """The bench."""
    view = address.segments("View", "preprocessing", _VIEWS, "lab_preprocessing_view")
    way, statistics = remembered(
        "lab_preprocessing", subject_key(seen.model, seen.picture), lambda: _follow(seen), most=4
    )
    if view == "mistakes":
        mistakes.draw(seen, way)
    else:
        _steps(seen, way, statistics)


def _follow(seen: Subject) -> tuple[Way, list[Statistics]]:
    settings = read_settings(seen.model.preprocess.settings, MAX_ASPECT)
    way = follow(seen.picture.image, settings)
    return way, [step.statistics() for step in way.steps]


def _steps(seen: Subject, way: Way, statistics: list[Statistics]) -> None:
    pictures = st.container()
    size = way.settings.input_size
    left, right = st.columns([3, 2], gap="large")
    with left:
        row, column = (_place(name, size) for name in ("Row", "Column"))
        numbers(_pixel(way, row, column))
        across, down = reach(way)
        st.caption(
            f"Resizing ({way.settings.interpolation}) made this pixel a weighted mean of about "
            f"{across} × {down} pixels of the picture."
        )
    with right:
        _formula(way, row, column)
    with pictures:
        _pictures(seen, way, row, column)
    st.markdown("**Each step in numbers**, of red, green, blue")
    numbers(_statistics(way, statistics))
    torch_call(_code(way))
    _ask(way.settings)


def _place(name: str, size: int) -> int:
    return st.slider(
        name,
        0,
        max(size - 1, 1),
        size // 2,
        key=f"lab_preprocessing_{name.lower()}-{size}",
        persist_state="session",
    )


def _pictures(seen: Subject, way: Way, row: int, column: int) -> None:
    size = way.settings.input_size
    first, second, third = st.columns([3, 2, 6], gap="medium")
    with first:
        image = seen.picture.image
        st.image(
            framed(image, (way.frame, way.frame.part(column, row, size))),
            alt=f"{seen.held.name} with a frame around what the model sees, and the pixel in it",
        )
        st.caption(
            f"The picture, {image.width} × {image.height}. In the large frame: what the model "
            "sees; in the small one: the pixel that is followed."
        )
    with second:
        whole = Frame(0, 0, size, size)
        st.image(
            framed(way.crop, (whole.part(column, row, size),)),
            alt=f"What the model sees, {size} × {size} pixels, with the pixel framed",
        )
        st.caption(f"Cropped and resized to {size} × {size}")
    with third:  # three planes, each about as wide as the crop
        st.image(
            planes(way.tensor),
            width="stretch",
            alt="The normalised values, a plane for each channel: "
            + ", ".join(
                f"{channel} from {plane.min():.2f} to {plane.max():.2f}"
                for channel, plane in zip(_CHANNELS, way.tensor, strict=True)
            ),
        )
        st.caption(
            f"Normalised: a plane each for red, green, blue. Yellow is above {_mean_of(seen)}, "
            "blue below, dark near it."
        )


def _mean_of(seen: Subject) -> str:
    """What mean it is that normalising subtracts."""
    if seen.model.info.is_untrained:
        return r"the mean $\mu$ that it is set to subtract"
    return "the mean of the pictures that the model learnt from"


def _statistics(way: Way, statistics: list[Statistics]) -> dict[str, list[str]]:
    return {
        "Step": [_WORDS[step.name] for step in way.steps],
        "Shape": [" × ".join(map(str, of.shape)) for of in statistics],
        "Type": [of.dtype for of in statistics],
        "Minimum": [_three(of.minimum) for of in statistics],
        "Maximum": [_three(of.maximum) for of in statistics],
        "Mean": [_three(of.mean) for of in statistics],
        "Standard deviation": [_three(of.std) for of in statistics],
    }


def _three(values: tuple[float, ...]) -> str:
    return ", ".join(f"{value:.3g}" for value in values)


def _pixel(way: Way, row: int, column: int) -> dict[str, list[str]]:
    pixel = way.crop.getpixel((column, row))
    return {
        "": list(_CHANNELS),
        "Pixel $x$": [str(value) for value in pixel],
        "$x / 255$": [f"{value:.4f}" for value in way.scaled[:, row, column]],
        r"$\mu$": [f"{value:g}" for value in way.settings.mean],
        r"$\sigma$": [f"{value:g}" for value in way.settings.std],
        "$z$": [f"{value:+.4f}" for value in way.tensor[:, row, column]],
    }


def _formula(way: Way, row: int, column: int) -> None:
    red = way.crop.getpixel((column, row))[0]
    mean, std = way.settings.mean[0], way.settings.std[0]
    formula(
        r"z = \frac{x / 255 - \mu}{\sigma}",
        rf"z_{{\mathrm{{red}}}} = \frac{{{red} / 255 - {mean:g}}}{{{std:g}}} "
        rf"= \mathbf{{{way.tensor[0, row, column]:.4f}}}",
    )


def _code(way: Way) -> str:
    """The whole way as a transform of torchvision's; `transform(picture)` is the model's input."""
    settings = way.settings
    kernel = f"InterpolationMode.{settings.interpolation.upper()}"
    if settings.square_first:
        edges = tuple(int(edge) for edge in way.frame.edges)
        place = (
            f"    v2.Lambda(lambda picture: picture.resize(\n        "
            f"{(settings.input_size,) * 2}, Image.Resampling.{settings.interpolation.upper()}, "
            f"box={edges})),\n"
        )
        imports = "from PIL import Image\nfrom torchvision.transforms import v2\n"
    else:
        to = (settings.resize,) * 2 if settings.squash else settings.resize
        place = f"    v2.Resize({to}, {kernel}),\n    v2.CenterCrop({settings.input_size}),\n"
        imports = "from torchvision.transforms import InterpolationMode, v2\n"
    return (
        f"{imports}\ntransform = v2.Compose([\n{place}"
        "    v2.ToImage(),\n    v2.ToDtype(torch.float32, scale=True),\n"
        f"    v2.Normalize({list(settings.mean)}, {list(settings.std)}),\n])"
    )


def _ask(settings: Settings) -> None:
    mean, std = settings.mean[0], settings.std[0]
    right = (0 - mean) / std
    ask(
        Number(
            "A black picture has the value 0 everywhere. What does the network get for its red, "
            "to two decimals?",
            right,
            f"(0 / 255 - {mean:g}) / {std:g} = {right:.4f}. Zero would be the mean colour: that is "
            "what a network gets where it pads with zeros.",
            within=0.01,
        )
    )


STATION = Station(
    "Preprocessing",
    ":material/crop:",
    "A network was trained on pictures that were all brought into one form. It has to be given "
    "every other picture in exactly that form: this size, this crop, this range of values.",
    (
        "Move *Row* and *Column* to a bright and then to a dark place: bright values end above "
        "zero, dark ones below. 0 stands for the mean that is subtracted.",
        "Compare the frame in the picture with what the model sees. What lies outside of it, the "
        "model never gets to know.",
        "*Mistakes* shows ten that raise no error. The program runs, the shape is right, and only "
        "the answer suffers.",
    ),
    draw,
    with_subject=True,
    takes_time=True,
)
