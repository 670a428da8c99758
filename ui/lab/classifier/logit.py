"""How the features add up to the logit of a class."""

from dataclasses import dataclass

import numpy as np
import streamlit as st

from core.figures.channel_map import colour_range, tile
from core.figures.heatmap import enlarged, overlay, png, shared_scale
from core.figures.lab.classifier import extremes, logit_steps
from core.figures.running_sum import running_sum
from core.inside import Target
from core.inside.last_layer import LastLayer
from core.lab.classifier import class_activation, contributions, global_average
from core.lab.question import Number
from ui import hand
from ui.gallery import Item, gallery
from ui.lab.station import ask, formula, numbers, torch_call
from ui.page import GRAD_CAM, plain
from ui.subject import Subject
from ui.target_choice import target_choice

_EACH = 6  # features of either sign
_CHOSEN = "lab_classifier_channel"


@dataclass(frozen=True, eq=False)
class _Sum:
    """How the features add up to one logit."""

    target: Target
    weights: np.ndarray
    """(features,): of this class."""
    bias: float
    shares: np.ndarray
    """(features,): weight times feature."""
    shown: list[int]
    """The features with the most to say."""
    logit: float

    @property
    def rest(self) -> float:
        """What the other features add."""
        return float(self.shares.sum() - self.shares[self.shown].sum())


def draw(seen: Subject, last: LastLayer) -> None:
    """The features with the most to say, their sum, and one of them by hand."""
    target = target_choice(seen.model, seen.picture, "lab_classifier_target", label="Class")
    if target is None:
        return
    total = _sum(last, target)
    shown = total.shown
    word = "feature" if last.maps is None else "channel"
    st.caption(plain(_where(last)))
    if not shown:
        st.caption(_nothing(seen, last, total))
        return
    chosen = st.session_state.get(_CHOSEN)
    chosen = chosen if chosen in shown else shown[0]
    left, right = st.columns(2, gap="large")
    with left:
        if last.maps is not None:
            _channels(last.maps, total, chosen)
        else:
            chosen = st.selectbox(
                "Feature", shown, key="lab_classifier_feature", format_func="feature {}".format
            )
        _one(last, total, chosen)
    with right:
        made = logit_steps(total.shares, shown, total.bias, word)
        st.plotly_chart(
            running_sum(made),
            key="lab_classifier_sum",
            config={"displayModeBar": False},
            alt=f"Running sum to the logit of {target.label}: "
            + ", ".join(f"{step.label} {step.amount:+.2f}" for step in made),
        )
        if last.maps is not None:
            _activation_map(seen, last.maps, total)
    _formula(last, total)
    _code(last, total)
    _ask(last, total, word)


def _sum(last: LastLayer, target: Target) -> _Sum:
    weights = target(last.weights.T)
    shares = contributions(last.features, weights)
    shown = extremes(shares, _EACH)
    logit = float(target(last.logits))
    return _Sum(target, weights, float(target(last.bias)), shares, shown, logit)


def _where(last: LastLayer) -> str:
    classes, features = last.weights.shape
    layer = f"{last.name} has {features:,} weights and a bias for each of {classes:,} classes."
    if last.maps is None:
        return (
            f"{layer} Its features are no means over maps: another layer lies before it, so they "
            "are shown as the numbers that they are."
        )
    _, rows, columns = last.maps.shape
    return (
        f"{last.pooled} ends in {features:,} maps of {rows} × {columns} cells; pooling leaves the "
        f"mean of each. {layer}"
    )


def _nothing(seen: Subject, last: LastLayer, total: _Sum) -> str:
    """Why no feature adds anything to the logit."""
    is_bias = f"the logit is the bias, {total.bias:.3f}."
    if total.weights.any():
        return f"Every feature that this class has a weight for is zero: {is_bias}"
    if last.weights.any():
        return f"All weights of this class are zero: {is_bias}"
    begun = ", as this network begins them" if seen.model.info.is_untrained else ""
    alike = "" if last.bias.any() else " So all classes are alike."
    return f"All weights of all classes are zero{begun}: {is_bias}{alike}"


def _channels(maps: np.ndarray, total: _Sum, chosen: int) -> None:
    gallery(
        [
            Item(
                str(k),
                f"channel {k}\n{total.shares[k]:+.2f}",
                f"Channel {k} adds {total.shares[k]:+.2f}",
                tile(maps[k], colour_range(maps[k], bool(maps.min() < 0))),
            )
            for k in total.shown
        ],
        "Channels that say most",
        "lab_classifier_gallery",
        lambda name: st.session_state.__setitem__(_CHOSEN, int(name)),
        str(chosen),
        crisp=True,
    )


def _one(last: LastLayer, total: _Sum, k: int) -> None:
    """One feature by hand."""
    found: dict[str, list[str]] = {}
    if last.maps is not None:
        cells = last.maps[k]
        found["Sum of the map"] = [f"{cells.sum():.4f}"]
        found["Cells"] = [str(cells.size)]
        found["Mean $f$"] = [f"{global_average(last.maps[k : k + 1])[0]:.4f}"]
    else:
        found["Feature $f$"] = [f"{last.features[k]:.4f}"]
    numbers(
        {
            "": [f"{k}"],
            **found,
            "Weight $w$": [f"{total.weights[k]:+.4f}"],
            "$w f$": [f"{total.shares[k]:+.4f}"],
        }
    )


def _formula(last: LastLayer, total: _Sum) -> None:
    two = total.shown[:2]
    terms = " + ".join(
        rf"{_factor(total.weights[k])} \cdot {_factor(last.features[k])}" for k in two
    )
    rest = total.shares.sum() - total.shares[two].sum()
    formula(
        r"z_c = \sum_k w_{ck} f_k + b_c"
        + (r" \qquad f_k = \frac{1}{n} \sum_{ij} A^k_{ij}" if last.maps is not None else ""),
        rf"z = {terms} + {_factor(rest)} + {_factor(total.bias)} = \mathbf{{{total.logit:.3f}}}",
    )


def _factor(value: float) -> str:
    """In brackets where a sign would follow another one."""
    shown = f"{value:.3f}"
    return f"({shown})" if shown.startswith("-") else shown


def _activation_map(seen: Subject, maps: np.ndarray, total: _Sum) -> None:
    """The same sum, made before pooling: the class activation map."""
    target, bias = total.target, total.bias
    cam = class_activation(maps, total.weights)
    crop = enlarged(seen.model.preprocess.crop(seen.picture.image), 220)
    picture, words = st.columns([2, 3], gap="medium", vertical_alignment="center")
    with picture:
        st.image(
            png(overlay(crop, cam, shared_scale([cam]), smooth=True)),
            alt=f"Class activation map of {target.label}, from {cam.min():.2f} to {cam.max():.2f}",
        )
    with words:
        st.markdown(
            "**Weigh first, then pool.** The maps, added up with the same weights, are one map that"
            f" says where: the class activation map (Zhou et al. 2016). Its mean is "
            f"{cam.mean():.3f}; with the bias {bias:.3f} that is the logit again, "
            f"{cam.mean() + bias:.3f}."
        )
        st.page_link(
            GRAD_CAM.script,
            label="Grad-CAM by hand",
            icon=GRAD_CAM.icon,
            query_params={
                **hand.link_params(),
                "view": "by-hand",
                **({"target": str(target.plus[0])} if len(target.plus) == 1 else {}),
            },
        )


def _code(last: LastLayer, total: _Sum) -> None:
    shown = total.shown
    torch_call(
        f"features = torch.tensor({_rounded(last.features[shown])})\n"
        f"weights = torch.tensor([{_rounded(total.weights[shown])}])\n"
        f"others = {total.rest:.5f}  # what the other {len(total.shares) - len(shown):,} add\n"
        f"bias = torch.tensor([{total.bias:.5f}])\n"
        "logit = torch.nn.functional.linear(features, weights, bias) + others"
        f"  # {total.logit:.3f}"
    )


def _rounded(values: np.ndarray) -> list[float]:
    return [round(float(value), 4) for value in values]


def _ask(last: LastLayer, total: _Sum, word: str) -> None:
    k = total.shown[0]
    share = float(total.shares[k])
    right = total.logit - share
    ask(
        Number(
            f"What would the logit be if {word} {k} were zero"
            + (" in every cell" if last.maps is not None else "")
            + ", to two decimals?",
            right,
            f"Only its own share goes: {total.logit:.4f} - ({share:.4f}) = {right:.4f}. So a "
            f"{word} can be left out of a sum without a new pass through the network.",
            within=0.01,
        )
    )
