"""One layer of a stage: its parameters and multiply-adds written out, and how torch builds it."""

import streamlit as st

from core.lab.architectures import Stage
from core.lab.building_blocks import describe
from core.lab.layer import Layer
from ui.lab.station import formula, torch_call


def choose_layer(net: str, stage: Stage) -> Layer | None:
    """Draw the choice, at first of the one with most parameters; None where none has weights."""
    if not stage.layers:
        st.caption("No layer with weights works here: it has no parameters and no multiply-adds.")
        return None
    layers = {layer.name: layer for layer in stage.layers}
    largest = max(stage.layers, key=lambda layer: layer.parameters)
    return layers[
        st.selectbox(
            "Layer",
            list(layers),
            list(layers).index(largest.name),
            format_func=lambda name: f"{name} · {describe(layers[name])}",
            key=f"lab_architecture_layer-{net}-{stage.name}",
            persist_state="session",
        )
    ]


def count_layer(layer: Layer) -> None:
    """Its parameters and multiply-adds with its numbers, and the same in torch."""
    for counted in _counted(layer):
        formula(counted)
    if layer.places > 1:
        st.caption(
            f"Each weight is used at {layer.places:,} places."
            if layer.kind != "attention"
            else f"Each weight is used for {layer.places:,} tokens; what tokens multiply with each "
            "other has no weights."
        )
    torch_call(_code(layer))


def _counted(layer: Layer) -> tuple[str, str]:
    """Parameters and multiply-adds as formulas, in general and with the layer's numbers."""
    before, after = layer.width
    if layer.kind == "attention":
        parameters = rf"4 \, (d + 1) \, d \\ &= 4 \cdot ({before} + 1) \cdot {before}"
        work = r"4 \, n \, d^2 + 2 \, n^2 d \\ &= " + (
            rf"4 \cdot {layer.places} \cdot {before}^2 + 2 \cdot {layer.places}^2 \cdot {before}"
        )
    else:
        general, window = _window(layer)
        bias = " + 1" if layer.bias else ""
        parameters = rf"({general}{bias}) \, c_\text{{out}} \\ &= ({window}{bias}) \cdot {after}"
        places, counted = _places(layer)
        work = rf"{general} \, c_\text{{out}}{places} \\ &= {window} \cdot {after}{counted}"
    return _equals("P", parameters, layer.parameters), _equals("M", work, layer.multiply_adds)


def _window(layer: Layer) -> tuple[str, str]:
    """How many numbers go into one output."""
    before, _ = layer.width
    if layer.kind == "linear":
        return r"c_\text{in}", str(before)
    over, groups = (" / g", f" / {layer.groups}") if layer.groups > 1 else ("", "")
    high, wide = layer.kernel
    return rf"k_h k_w c_\text{{in}}{over}", rf"{high} \cdot {wide} \cdot {before}{groups}"


def _places(layer: Layer) -> tuple[str, str]:
    """At how many places it computes; nothing where there is but one."""
    if layer.kind == "conv":
        _, rows, columns = layer.outputs
        return r" \, h \, w", rf" \cdot {rows} \cdot {columns}"
    return (r" \, n", rf" \cdot {layer.places}") if layer.places > 1 else ("", "")


def _equals(sign: str, formula_of: str, value: int) -> str:
    number = f"{value:,}".replace(",", "{,}")
    return rf"\begin{{aligned}} {sign} &= {formula_of} = \mathbf{{{number}}} \end{{aligned}}"


def _code(layer: Layer) -> str:
    before, after = layer.width
    shape = ", ".join(map(str, (1, *layer.inputs)))
    count = f"parameters = sum(part.numel() for part in layer.parameters())  # {layer.parameters:,}"
    if layer.kind == "attention":
        return (
            f"layer = torch.nn.MultiheadAttention({after}, {layer.heads}, batch_first=True)\n"
            f"tokens = torch.zeros({shape})\n"
            f"output, _ = layer(tokens, tokens, tokens)\n{count}"
        )
    options = "" if layer.bias else ", bias=False"
    if layer.kind == "linear":
        built = f"Linear({before}, {after}{options})"
    else:
        geometry = {"stride": layer.stride, "padding": layer.padding}
        options = "".join(
            f", {name}={value}" for name, value in geometry.items() if set(value) != _USUAL[name]
        ) + (f", groups={layer.groups}" * (layer.groups > 1) + options)
        built = f"Conv2d({before}, {after}, {layer.kernel}{options})"
    came = " × ".join(map(str, layer.outputs))
    return f"layer = torch.nn.{built}\noutput = layer(torch.zeros({shape}))  # 1 × {came}\n{count}"


_USUAL = {"stride": {1}, "padding": {0}}
"""What torch does where nothing is said."""
