"""Backpropagation: a network of two layers whose every value and gradient can be opened."""

import streamlit as st

from core.figures.lab.backprop import STAGES, network_graph
from core.lab.backprop import Network, Pass, alike, dead, run, saturated
from core.lab.question import Number
from ui import address
from ui.lab.backpropagation import settings
from ui.lab.backpropagation.opened import opened
from ui.lab.station import Station, ask, torch_call

_FIGURE = "lab_backprop_figure"
_NODE = "lab_backprop_node"
_KINDS = {
    "w": "weight",
    "v": "weight",
    "b": "bias",
    "c": "bias",
    "x": "input",
    "z": "sum",
    "h": "activation",
    "o": "output",
    "L": "loss",
}
_FUNCTIONS = {"sigmoid": "torch.sigmoid", "tanh": "torch.tanh", "relu": "torch.relu"}
_ASKED = Network(
    1, 1, {"x1": 2, "x2": 0, "w11": 0.5, "w12": 0, "b1": 0, "v11": 3, "c1": 0, "y1": 1}, "relu"
)


def draw() -> None:
    """The bench."""
    picture = st.container()
    left, right = st.columns([2, 3], gap="large")
    with left:
        network = settings.network()
        settings.descend(network)
    found = run(network)
    # weights first, which is what a training asks for
    names = {
        name: _named(name)
        for name in sorted(found.nodes, key=lambda name: name not in network.weights)
    }
    with right:
        chosen = address.select("Opened", "node", names, _NODE)
        opened(network, found, chosen)
    with picture:
        _graph(network, found, chosen)
        _remarks(network, found)
    torch_call(_code(network, found))
    ask(_question())


def _named(name: str) -> str:
    number = name[1:]
    return f"{name}, {_KINDS[name[0]]}" if number else f"{name}, the loss"


def _graph(network: Network, found: Pass, chosen: str) -> None:
    stage = st.select_slider(
        "Forward, then back",
        STAGES,
        STAGES[-1],
        key="lab_backprop_stage",
        persist_state="session",
    )

    def clicked() -> None:
        points = st.session_state[_FIGURE]["selection"]["points"]
        if points and points[0].get("customdata") in found.nodes:
            st.query_params["node"] = points[0]["customdata"]

    st.plotly_chart(
        network_graph(network, found, chosen, STAGES.index(stage)),
        key=_FIGURE,
        on_select=clicked,
        selection_mode="points",
        config={"displayModeBar": False},
        alt=f"A network of 2 inputs, {network.hidden} hidden units and {network.outputs} outputs "
        f"up to {stage}; the ways from {chosen} to the loss {found.loss:.4f} are lit",
    )
    st.caption(
        "Numbers in orange are gradients. Click a circle or a weight to open it; orange lines are "
        "the ways from it to the loss."
    )


def _remarks(network: Network, found: Pass) -> None:
    """The classic pitfalls, where the network is in one."""
    for unit in dead(network, found):
        st.caption(
            f":material/warning: **Dead ReLU:** z{unit} = {found.nodes[f'z{unit}'].value:.2f} is "
            f"not above 0, its slope is 0, and w{unit}1, w{unit}2 and b{unit} get no gradient."
        )
    for unit in saturated(network, found):
        slope = found.nodes[f"z{unit}"].links[0].slope
        st.caption(
            f":material/warning: **Saturated:** h{unit} = {found.nodes[f'h{unit}'].value:.4f} lies "
            f"where the {network.activation} is flat; of the gradient {slope:.2g} of it comes "
            "through."
        )
    if alike(network):
        st.caption(
            ":material/warning: **All alike:** the hidden units have the same weights, so the same "
            "gradients: however many steps, they stay copies of one unit."
        )


def _code(network: Network, found: Pass) -> str:
    values, hidden, outputs = network.values, network.hidden, network.outputs
    units, sums = range(1, hidden + 1), range(1, outputs + 1)
    w = [[values[f"w{j}{i}"] for i in (1, 2)] for j in units]
    v = [[values[f"v{k}{j}"] for j in units] for k in sums]
    loss = (
        "mse_loss"
        if network.loss == "squared"
        else "binary_cross_entropy_with_logits"
        if outputs == 1
        else "cross_entropy"
    )
    return "\n".join(
        [
            f"x = torch.tensor({[values['x1'], values['x2']]})",
            f"W = torch.tensor({w}, requires_grad=True)",
            f"b = torch.tensor({[values[f'b{j}'] for j in units]}, requires_grad=True)",
            f"V = torch.tensor({v}, requires_grad=True)",
            f"c = torch.tensor({[values[f'c{k}'] for k in sums]}, requires_grad=True)",
            f"y = torch.tensor({[float(values[f'y{k}']) for k in sums]})",
            f"h = {_FUNCTIONS[network.activation]}(W @ x + b)",
            "o = V @ h + c",
            f"loss = torch.nn.functional.{loss}(o, y)  # {found.loss:.4f}",
            "loss.backward()  # and W.grad, b.grad, V.grad, c.grad are there",
        ]
    )


def _question() -> Number:
    found = run(_ASKED)
    nodes = found.nodes
    factors = [link.slope for link in found.paths("w11")[0]]
    return Number(
        "One hidden unit with ReLU, and L = (o - y)² as the loss: x = 2, w = 0.5, b = 0, then "
        "v = 3, c = 0, and the label y = 1. What is ∂L/∂w?",
        nodes["w11"].gradient,
        f"Forward: z = {nodes['z1'].value:g}, h = {nodes['h1'].value:g}, o = "
        f"{nodes['o1'].value:g}. Back: "
        + " · ".join(f"{factor:g}" for factor in reversed(factors))
        + f" = {nodes['w11'].gradient:g}, that is 2 (o - y) times v times ReLU's slope times x.",
        within=1e-6,
    )


STATION = Station(
    "Backpropagation",
    ":material/account_tree:",
    "The chain rule, from the loss back to each weight: a gradient is the product of the slopes on "
    "the way to the loss, summed over all ways. Nothing is computed twice: each gradient is made "
    "of those after it.",
    (
        "Move *Forward, then back* from the left to the right: the values come first, then the "
        "gradients from the loss back. Open w11, then x1: x1 reaches the loss in two ways.",
        "Start from a dead ReLU: w11, w12 and b1 get gradient 0. Take ten steps: the loss falls by "
        "the other units, unit 1 stays as it is. Move x1 until z1 is above 0.",
        "Start from a saturated sigmoid: the gradients before it nearly vanish, those after it do "
        "not. Ten steps at learning rate 0.1 lower the loss; at 0.5 they overshoot, and it rises.",
        "Start from all weights zero and take ten steps: the hidden units stay copies of each "
        "other. That is why weights begin at random.",
    ),
    draw,
)
