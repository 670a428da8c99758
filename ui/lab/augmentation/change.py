"""One change of the picture, its amount, and how the answer follows."""

from dataclasses import dataclass

import numpy as np
import streamlit as st
from PIL import Image

from core.figures.heatmap import enlarged, png
from core.figures.lab.augmentation import Line, response
from core.figures.lab.paired_bars import paired_bars
from core.lab.augmentation import CHANGES, FLIPS, Change, crop, crop_edges
from core.lab.classifier import softmax
from core.lab.mixing import box, erase
from core.lab.preprocessing import normalise, scale, shown
from core.lab.question import Number
from ui.lab.augmentation import words
from ui.lab.augmentation.asking import ask_model, ask_model_often, base, top_rows
from ui.lab.augmentation.place import MIDDLE, place_sliders
from ui.lab.station import ask, formula, torch_call
from ui.page import plain
from ui.subject import Subject

_SIDE = 224  # pixels at least of the changed picture
ERASING = Change(
    "Erasing",
    "Share of the area",
    0.0,
    0.9,
    0.05,
    0.0,
    tuple(number / 10 for number in range(10)),
    lambda image, area: erase(image, box(area, image.width)),
)


@dataclass(frozen=True, slots=True)
class _Setting:
    """A change as it is set."""

    kind: str
    amount: float
    place: tuple[float, float] = MIDDLE
    """Across and down, from 0 to 1, of what is cut out or erased."""

    @property
    def change(self) -> Change:
        return ERASING if self.kind == "erasing" else CHANGES[self.kind]


def draw(seen: Subject, kind: str) -> None:
    """The controls, the picture as the model sees it, the curve, and the answer now."""
    change = _Setting(kind, 0).change
    left, right = st.columns([2, 3], gap="large")
    with left:
        setting = _set(kind, change)
    logits = ask_model_often(
        seen, kind, [lambda a=a: _tensor(seen, _Setting(kind, a))[1] for a in change.points]
    )
    if logits is None:
        return
    curve = [softmax(of) for of in logits]
    untouched = curve[change.points.index(change.start)]
    image, tensor = _tensor(seen, setting)
    now = softmax(ask_model(seen, setting, lambda: tensor))
    first = int(untouched.argmax())
    label = seen.model.classes[first].label
    with left:
        preprocess = seen.model.preprocess
        st.image(
            png(enlarged(shown(tensor, preprocess.mean, preprocess.std), _SIDE)),
            alt=f"{seen.held.name} after {change.title.lower()}, as the model sees it",
            width=_SIDE,
        )
        st.metric(
            plain(label),
            f"{now[first]:.1%}",
            f"{now[first] - untouched[first]:+.1%}",
            delta_color="off",
            delta_arrow="off",
        )
    same = [int(p.argmax()) == first for p in curve]
    with right:
        _curve(change, setting, Line(label, [p[first] for p in curve], now[first]), same)
        names, before, after = top_rows(seen, untouched, now)
        st.plotly_chart(
            paired_bars(names, {"untouched": before, "now": after}),
            key="lab_augmentation_top",
            config={"displayModeBar": False},
            alt="Probabilities untouched and now: "
            + ", ".join(
                f"{name} {p:.1%} and {q:.1%}"
                for name, p, q in zip(names, before, after, strict=True)
            ),
        )
    _formula_and_code(seen, setting, image)
    _ask(label, same)


def _set(kind: str, change: Change) -> _Setting:
    """The controls."""
    if kind == "flip":
        which = st.segmented_control(
            change.amount,
            FLIPS,
            default=FLIPS[0],
            required=True,
            key="lab_augmentation_flip",
            persist_state="session",
        )
        return _Setting(kind, FLIPS.index(which))
    amount = st.slider(
        change.amount,
        change.low,
        change.high,
        change.start,
        change.step,
        format="%g",
        key=f"lab_augmentation_{kind}",
        persist_state="session",
    )
    if kind not in ("crop", "erasing"):
        return _Setting(kind, amount)
    return _Setting(kind, amount, place_sliders(f"lab_augmentation_{kind}"))


def _tensor(seen: Subject, setting: _Setting) -> tuple[Image.Image, np.ndarray]:
    """The changed picture, and what the model is given of it."""
    preprocess = seen.model.preprocess
    image = base(seen)
    if setting.kind == "erasing":  # of what the model sees, so that the share is right
        image = preprocess.crop(image)
        image = erase(image, box(setting.amount, image.width, *setting.place))
        return image, normalise(scale(image), preprocess.mean, preprocess.std)
    if setting.kind == "crop" and setting.place != MIDDLE:
        image = crop(image, setting.amount, *setting.place)
    else:
        image = setting.change(image, setting.amount)
    return image, preprocess(image).numpy()


def _curve(change: Change, setting: _Setting, line: Line, same: list[bool]) -> None:
    st.plotly_chart(
        response(
            change.points,
            [line],
            same,
            now=setting.amount,
            axis=change.amount,
            names=FLIPS if setting.kind == "flip" else None,
        ),
        key="lab_augmentation_curve",
        config={"displayModeBar": False},
        alt=f"Probability of {line.name} over the {change.amount.lower()}: "
        + ", ".join(
            f"{point:g} {p:.1%}" for point, p in zip(change.points, line.probabilities, strict=True)
        ),
    )
    st.caption(
        "Filled points: it is still the most probable class."
        + (" The curve is for the middle." if setting.place != MIDDLE else "")
    )


def _formula_and_code(seen: Subject, setting: _Setting, image: Image.Image) -> None:
    kind, amount = setting.kind, setting.amount
    size = seen.model.preprocess.input_size
    if kind == "crop":
        edges = crop_edges(base(seen).size, amount, *setting.place)
        shorter = min(base(seen).size)
        formula(
            r"s = \sqrt{a} \cdot \min(W, H)",
            rf"s = \sqrt{{{amount:g}}} \cdot {shorter} \approx \mathbf{{{edges[2] - edges[0]}}}",
        )
        torch_call(words.crop_code(edges, size, amount))
    elif kind == "erasing":
        where = box(amount, size, *setting.place)
        height, width = where.bottom - where.top, where.right - where.left
        formula(
            r"a = \frac{h \cdot w}{S^2}",
            rf"a = \frac{{{height} \cdot {width}}}{{{size}^2}} "
            rf"= \mathbf{{{where.area / size**2:.3f}}}",
        )
        torch_call(words.erasing_code(where, amount))
    else:
        formula(*words.formulas(kind, amount, base(seen), image))
        torch_call(words.code(kind, amount))


def _ask(label: str, same: list[bool]) -> None:
    kept = sum(same)
    ask(
        Number(
            f"At how many of the {len(same)} points is {plain(label)} still the most probable "
            "class?",
            kept,
            f"{kept} points are filled. A change as large as at the others does not leave the "
            "label true for this model: in training it would have to learn that first.",
        )
    )
