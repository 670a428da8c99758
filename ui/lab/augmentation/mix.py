"""Mixup and cutmix: two pictures become one, and two labels as well."""

from dataclasses import dataclass, replace

import numpy as np
import streamlit as st

from core import images
from core.errors import PictureError
from core.figures.heatmap import enlarged, png
from core.figures.lab.augmentation import Line, response
from core.lab.classifier import softmax
from core.lab.losses import cross_entropy
from core.lab.mixing import SHARES, box, cutmix, mixed_target, mixup, share_left
from core.lab.preprocessing import shown
from core.lab.question import Number
from ui.lab.augmentation.asking import ask_model, ask_model_often
from ui.lab.augmentation.place import MIDDLE, place_sliders
from ui.lab.station import ask, formula, numbers, torch_call
from ui.page import plain
from ui.remember import remembered, subject_key
from ui.subject import Subject

_SIDE = 224  # pixels at least of the mixed picture
_FIRST_SHARE = 0.7


@dataclass(frozen=True, eq=False)
class _Pair:
    """Two pictures as the model's input, and how they are mixed."""

    kind: str
    one: np.ndarray
    """(3, side, side)."""
    two: np.ndarray

    @property
    def size(self) -> int:
        return self.one.shape[-1]

    def mixed(self, share: float, place: tuple[float, float] = MIDDLE) -> np.ndarray:
        """The input; `share` is what should be left of the first one."""
        if self.kind == "mixup":
            return mixup(self.one, self.two, share)
        return cutmix(self.one, self.two, box(1 - share, self.size, *place))

    def share(self, wanted: float, place: tuple[float, float] = MIDDLE) -> float:
        """What is left of the first one: a rectangle has whole pixels, and is cut off at edges."""
        if self.kind == "mixup":
            return wanted
        return share_left(box(1 - wanted, self.size, *place), self.size)


def draw(seen: Subject, kind: str) -> None:
    """The second picture, the share of the first, and the answer beside the label."""
    left, right = st.columns([2, 3], gap="large")
    with left:
        other = _other(seen)
        wanted = st.slider(
            "Share of the first",
            0.0,
            1.0,
            _FIRST_SHARE,
            0.05,
            key="lab_mixing_share",
            persist_state="session",
        )
        place = MIDDLE if kind == "mixup" else place_sliders("lab_mixing")
    pair = _Pair(kind, _tensor(seen, seen.picture), _tensor(seen, other))
    logits = ask_model_often(
        seen, (kind, other.sha256), [lambda share=share: pair.mixed(share) for share in SHARES]
    )
    if logits is None:
        return
    tensor, share = pair.mixed(wanted, place), pair.share(wanted, place)
    now = ask_model(seen, (kind, other.sha256, wanted, place), lambda: tensor)
    of_two = ask_model(seen, other.sha256, lambda: pair.two)
    both = [int(logits[-1].argmax()), int(of_two.argmax())]
    target = mixed_target(len(now), *both, share)
    preprocess = seen.model.preprocess
    with left:
        st.image(
            png(enlarged(shown(tensor, preprocess.mean, preprocess.std), _SIDE)),
            alt=f"{seen.held.name} to {share:.0%}, and {other.name} for the rest",
            width=_SIDE,
        )
    with right:
        curve = [softmax(of) for of in logits]
        lines = [_line(seen, curve, softmax(now), k) for k in both]
        _curve(pair, lines, [int(p.argmax()) == both[0] for p in curve], wanted)
        _both(seen, both, target, softmax(now))
    _by_hand(pair, wanted, place, _Answer(list(dict.fromkeys(both)), target, now))
    _ask(kind, pair.size)


@dataclass(frozen=True, eq=False)
class _Answer:
    """Label and prediction of a mixed picture."""

    classes: list[int]
    """Those that have a part of the label: two, or one that both pictures show."""
    target: np.ndarray
    logits: np.ndarray


def _by_hand(pair: _Pair, wanted: float, place: tuple[float, float], answer: _Answer) -> None:
    """The label and the loss as formulas with their numbers, and in torch."""
    loss = cross_entropy(answer.logits, answer.target)
    probabilities = softmax(answer.logits)
    where = box(1 - wanted, pair.size, *place)
    height, width = where.bottom - where.top, where.right - where.left
    if pair.kind == "cutmix":
        formula(
            r"\lambda = 1 - \frac{h \cdot w}{S^2}",
            rf"\lambda = 1 - \frac{{{height} \cdot {width}}}{{{pair.size}^2}} "
            rf"= \mathbf{{{pair.share(wanted, place):.3f}}}",
        )
    else:
        formula(r"\tilde x = \lambda x_1 + (1 - \lambda) x_2")
    sums = " + ".join(
        rf"{answer.target[k]:.3f} \cdot (-\ln {probabilities[k]:.4g})" for k in answer.classes
    )
    formula(
        r"t = \lambda t_1 + (1 - \lambda) t_2 \qquad L = -\sum_k t_k \ln p_k",
        rf"L = {sums} = \mathbf{{{loss.value:.4f}}}",
    )
    first = f"first, second = torch.rand(2, 3, {pair.size}, {pair.size})  # normalised pictures\n"
    if pair.kind == "mixup":
        mixing = f"mixed = {wanted:g} * first + {1 - wanted:g} * second\n"
    else:
        cells = f"[:, {where.top}:{where.bottom}, {where.left}:{where.right}]"
        mixing = f"mixed = first.clone()\nmixed{cells} = second{cells}\n"
    shares = [round(float(share), 5) for share in answer.target[answer.classes]]
    logs = [round(float(np.log(probabilities[k])), 5) for k in answer.classes]
    torch_call(
        f"{first}{mixing}target = torch.tensor({shares})\n"
        "# as the network gives them for the mixture\n"
        f"log_probabilities = torch.tensor({logs})\n"
        f"loss = -(target * log_probabilities).sum()  # {loss.value:.4f}"
    )


def _other(seen: Subject) -> images.Picture:
    """One of the samples, another than the picture in hand to begin with."""
    samples = {sample.id: sample for sample in images.samples()}
    if not samples:
        raise PictureError("There is no second picture on this machine: install scikit-image.")
    in_hand = seen.held.address.get("sample")
    names = sorted(samples, key=lambda name: name == in_hand)
    name = st.selectbox(
        "Second picture",
        names,
        format_func=lambda name: samples[name].title,
        key="lab_mixing_second",
        persist_state="session",
    )
    path = samples[name].path
    return remembered("lab_seconds", name, lambda: images.read_file(path), most=4)


def _tensor(seen: Subject, picture: images.Picture) -> np.ndarray:
    return remembered(
        "lab_inputs",
        subject_key(seen.model, picture),
        lambda: seen.model.preprocess(picture.image).numpy(),
        most=6,
    )


def _line(seen: Subject, curve: list[np.ndarray], now: np.ndarray, k: int) -> Line:
    return Line(seen.model.classes[k].label, [p[k] for p in curve], float(now[k]))


def _curve(pair: _Pair, lines: list[Line], same: list[bool], wanted: float) -> None:
    shares = [pair.share(share) for share in SHARES]
    targets = [shares, [1 - share for share in shares]]
    lines = [replace(line, targets=of) for line, of in zip(lines, targets, strict=True)]
    st.plotly_chart(
        response(SHARES, lines, same, now=wanted, axis="share of the first"),
        key="lab_mixing_curve",
        config={"displayModeBar": False},
        alt="; ".join(
            f"{line.name}: {line.probabilities[0]:.0%} with none of the first picture, "
            f"{line.probabilities[-1]:.0%} with all of it, {line.now:.0%} now"
            for line in lines
        ),
    )
    st.caption("Filled points: the first picture's class is the most probable one.")


def _both(seen: Subject, both: list[int], target: np.ndarray, now: np.ndarray) -> None:
    classes = list(dict.fromkeys(both))
    numbers(
        {
            "Class": [*(plain(seen.model.classes[k].label) for k in classes), "all others"],
            "Label $t$": [*(f"{target[k]:.3f}" for k in classes), "0.000"],
            "Probability $p$": [
                *(f"{now[k]:.4f}" for k in classes),
                f"{1 - now[classes].sum():.4f}",
            ],
        }
    )


def _ask(kind: str, size: int) -> None:
    if kind == "mixup":
        share, given = 0.7, (0.5, 0.2)
        loss = cross_entropy(np.log([*given, 1 - sum(given)]), np.array([share, 1 - share, 0]))
        ask(
            Number(
                f"The label is {share:g} of the first class and {1 - share:g} of the second. The "
                f"network gives them {given[0]:g} and {given[1]:g}. What is the cross-entropy, to "
                "two decimals?",
                loss.value,
                f"-{share:g} ln {given[0]:g} - {1 - share:g} ln {given[1]:g} = {loss.value:.4f}. "
                f"It would be least at {share:g} and {1 - share:g}: being sure of one is wrong.",
                within=0.01,
            )
        )
        return
    height, width = size * 3 // 8, size // 4
    where = images.Box(0, 0, height, width)
    right = share_left(where, size)
    ask(
        Number(
            f"A box of {height} × {width} pixels comes from the second picture; the input has "
            f"{size} × {size}. What is the first class's share of the label, to three decimals?",
            right,
            f"1 - {height} · {width} / {size}² = 1 - {where.area:,} / {size * size:,} = "
            f"{right:.4f}",
            within=0.001,
        )
    )
