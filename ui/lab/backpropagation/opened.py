"""One quantity opened: its chain rule with numbers, and two checks of it."""

import math

import streamlit as st

from core.lab.backprop import Link, Network, Pass, autograd, finite_difference, subscripted
from ui.lab.backpropagation.settings import take_weight
from ui.lab.descent.step import tex
from ui.lab.station import formula, numbers

_SLIDER = "lab_backprop_weight"
_LEAST_REACH = 3.0


def opened(network: Network, found: Pass, name: str) -> None:
    """The quantity's gradient as a sum over ways of products of slopes."""
    node = found.nodes[name]
    if name in network.weights:
        _slider(name, node.value)
    if name == "L":
        formula(*_loss(network, found))
        return
    paths = found.paths(name)
    formula(
        _aligned(name, [_symbols(name, path) for path in paths]),
        _aligned(name, [_factors(path) for path in paths], node.gradient),
    )
    links = {
        (start, link.to): link for path in paths for start, link in reversed(_walk(name, path))
    }
    numbers(
        {
            "Factor": [f"${_slope(start, link.to)}$" for (start, _), link in links.items()],
            "is": [f"${link.rule}$" for link in links.values()],
            "Value": [f"${tex(link.slope)}$" for link in links.values()],
        }
    )
    by_torch, by_nudge = autograd(network)[name], finite_difference(network, name)
    st.caption(
        f"torch.autograd gives {by_torch:.6g}, difference {abs(by_torch - node.gradient):.1e}. "
        f"Nudging {name} by 0.00001 up and down gives {by_nudge:.6g}, difference "
        f"{abs(by_nudge - node.gradient):.1e}."
    )


def _slider(name: str, value: float) -> None:
    reach = max(_LEAST_REACH, float(math.ceil(abs(value))))
    st.session_state[_SLIDER] = value
    st.slider(
        f"Value of {name}",
        -reach,
        reach,
        step=0.05,
        key=_SLIDER,
        on_change=lambda: take_weight(name, st.session_state[_SLIDER]),
    )


def _walk(name: str, path: list[Link]) -> list[tuple[str, Link]]:
    """Each link with the quantity that it starts from."""
    starts = [name, *(link.to for link in path)]
    return list(zip(starts, path, strict=False))


def _slope(start: str, to: str) -> str:
    return rf"\frac{{\partial {subscripted(to)}}}{{\partial {subscripted(start)}}}"


def _symbols(name: str, path: list[Link]) -> str:
    return " ".join(_slope(start, link.to) for start, link in reversed(_walk(name, path)))


def _factors(path: list[Link]) -> str:
    return r" \cdot ".join(
        f"({tex(link.slope)})" if link.slope < 0 else tex(link.slope) for link in reversed(path)
    )


def _aligned(name: str, terms: list[str], total: float | None = None) -> str:
    """One line for each way to the loss."""
    lines = [f"= {terms[0]}", *(f"+ {term}" for term in terms[1:])]
    if total is not None:
        lines.append(rf"= \mathbf{{{tex(total)}}}")
    left = _slope(name, "L")
    body = r" \\[0.7em] & ".join(lines)
    return rf"\begin{{aligned}} {left} & {body} \end{{aligned}}"


def _loss(network: Network, found: Pass) -> tuple[str, str]:
    labels = [network.values[f"y{k}"] for k in range(1, network.outputs + 1)]
    if network.loss == "squared":
        outputs = [found.nodes[f"o{k}"].value for k in range(1, network.outputs + 1)]
        squares = " + ".join(
            f"({tex(o)} - {tex(y) if y >= 0 else f'({tex(y)})'})^2"
            for o, y in zip(outputs, labels, strict=True)
        )
        return (
            r"L = \frac{1}{n} \sum_k (o_k - y_k)^2",
            rf"L = \frac{{{squares}}}{{{network.outputs}}} = \mathbf{{{tex(found.loss)}}}",
        )
    if network.outputs == 1:
        (p,), (y,) = found.probabilities, labels
        logarithm = rf"\ln {tex(p)}" if y else rf"\ln (1 - {tex(p)})"
        return (
            r"L = -y \ln p - (1 - y) \ln (1 - p), \quad p = \frac{1}{1 + e^{-o}}",
            rf"L = -{logarithm} = \mathbf{{{tex(found.loss)}}}",
        )
    p = found.probabilities[labels.index(1.0)]
    return (
        r"L = -\sum_k y_k \ln p_k, \quad p = \mathrm{softmax}(o)",
        rf"L = -\ln {tex(p)} = \mathbf{{{tex(found.loss)}}}",
    )
