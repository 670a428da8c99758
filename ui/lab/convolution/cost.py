"""What a convolution costs, and what splitting it up saves."""

import math

import streamlit as st

from core.figures.lab.convolution import cost_bars
from core.inside.convolutions import convolution_costs
from core.lab.convolution import Cost, cost, separable_cost
from core.lab.question import Number
from core.lab.window import Window
from ui.lab.station import aligned, ask, formula, numbers, torch_call
from ui.page import plain
from ui.subject import Subject

_CHANNELS = (1, 3, 8, 16, 32, 64, 96, 128, 256, 512)
_SIDES = (7, 14, 28, 32, 56, 64, 112, 224)
_SIZES = (1, 3, 5, 7)
_GROUPS = "lab_cost_groups"


def draw(seen: Subject) -> None:
    """The bench of this view."""
    left, right = st.columns(2, gap="large")
    with left:
        channels = _choice("Input channels", _CHANNELS, 64, "lab_cost_channels")
        outputs = _choice("Output channels", _CHANNELS, 128, "lab_cost_outputs")
        size = _choice("Kernel size", _SIZES, 3, "lab_cost_size")
    with right:
        side = _choice("Rows and columns of the input", _SIDES, 56, "lab_cost_side")
        stride = _choice("Stride of the layer", (1, 2, 4), 1, "lab_cost_stride")
        groups = _groups(math.gcd(channels, outputs))
    window = Window((size, size), (stride, stride), (size // 2, size // 2))
    cells = window.steps((side, side))
    whole = cost(channels, outputs, window.size, cells)
    grouped = cost(channels, outputs, window.size, cells, groups=groups)
    separable = separable_cost(channels, outputs, window.size, cells)
    _table(whole, grouped, separable, groups)
    _formulas((channels, outputs, size, groups), cells, grouped, separable)
    same = f"padding={size // 2}, bias=False"
    torch_call(
        f"layer = torch.nn.Conv2d({channels}, {outputs}, {size}, stride={stride}, "
        f"groups={groups}, {same})\n"
        "separable = torch.nn.Sequential(\n"
        f"    torch.nn.Conv2d({channels}, {channels}, {size}, stride={stride}, "
        f"groups={channels}, {same}),\n"
        f"    torch.nn.Conv2d({channels}, {outputs}, 1, bias=False),\n)\n"
        "both = (layer, separable)\n"
        "parameters = [sum(p.numel() for p in one.parameters()) for one in both]"
        f"  # {[grouped.parameters, separable.parameters]}"
    )
    _of_the_model(seen)
    _ask()


def _choice(title: str, options: tuple[int, ...], first: int, key: str) -> int:
    return st.select_slider(title, options, first, key=key, persist_state="session")


def _groups(most: int) -> int:
    """A divisor of both numbers of channels."""
    options = tuple(n for n in range(1, most + 1) if most % n == 0)
    if st.session_state.get(_GROUPS) not in options:
        st.session_state[_GROUPS] = 1
    if len(options) == 1:
        return 1
    return st.select_slider("Groups", options, key=_GROUPS, persist_state="session")


def _table(whole: Cost, grouped: Cost, separable: Cost, groups: int) -> None:
    rows = {"Standard": whole}
    if groups > 1:
        rows[f"In {groups} groups"] = grouped
    rows["Depthwise separable"] = separable
    numbers(
        {
            "Convolution": list(rows),
            "Parameters": [f"{one.parameters:,}" for one in rows.values()],
            "Multiply-adds": [f"{one.multiply_adds:,}" for one in rows.values()],
            "Of the standard": [
                f"{one.multiply_adds / whole.multiply_adds:.1%}" for one in rows.values()
            ],
        }
    )


def _formulas(
    layer: tuple[int, int, int, int], cells: tuple[int, int], grouped: Cost, separable: Cost
) -> None:
    channels, outputs, size, groups = layer
    formula(
        aligned(
            r"P &= C_{out} \cdot \frac{C_{in}}{g} \cdot k^2", r"M &= P \cdot H_{out} \cdot W_{out}"
        ),
        aligned(
            rf"P &= {outputs} \cdot \frac{{{channels}}}{{{groups}}} \cdot {size}^2 = "
            rf"\mathbf{{{_grouped(grouped.parameters)}}}",
            rf"M &= {_grouped(grouped.parameters)} \cdot {cells[0]} \cdot {cells[1]} = "
            rf"\mathbf{{{_grouped(grouped.multiply_adds)}}}",
        ),
    )
    formula(
        r"P_s = C_{in} \cdot k^2 + C_{in} \cdot C_{out}",
        rf"P_s = {channels} \cdot {size}^2 + {channels} \cdot {outputs} = "
        rf"\mathbf{{{_grouped(separable.parameters)}}}",
    )
    st.caption("$P_s$ are the parameters of the depthwise separable one.")


def _grouped(count: int) -> str:
    return f"{count:,}".replace(",", "{,}")


def _of_the_model(seen: Subject) -> None:
    """Where the loaded network has its parameters, and where its work."""
    costs = convolution_costs(seen.model)
    if not costs:
        return
    total = sum(costs.values(), Cost(0, 0))
    st.markdown(f"**The convolutions of {plain(seen.model.name)}**")
    st.plotly_chart(
        cost_bars(costs),
        key="lab_cost_bars",
        config={"displayModeBar": False},
        alt=f"The share of each of {len(costs)} convolutions in {total.parameters:,} parameters "
        f"and {total.multiply_adds:,} multiply-adds",
    )
    st.caption(
        f"{len(costs)} convolutions with {total.parameters:,} parameters, and "
        f"{total.multiply_adds:,} multiply-adds for one picture."
    )


def _ask() -> None:
    asked = cost(32, 64, (5, 5), (1, 1), bias=True)
    ask(
        Number(
            "How many parameters has a 5 × 5 convolution from 32 to 64 channels, with a bias for "
            "each output?",
            asked.parameters,
            f"64 · 32 · 5 · 5 weights and 64 biases: {asked.parameters:,}. How large the picture "
            "is does not matter.",
        )
    )
