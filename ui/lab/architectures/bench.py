"""The architectures: what each is built of, where its parameters lie and its work is done."""

import streamlit as st

from core import images, models
from core.figures.lab.architectures import AXES, accuracy_chart, stage_rows
from core.figures.lab.building_block import building_block
from core.lab.architectures import Architecture, Stage, load, sharing_question
from core.lab.building_blocks import drawing
from core.models.untrained import trained
from ui import address, hand
from ui.lab.architectures.layer import choose_layer, count_layer
from ui.lab.station import Station, ask, numbers
from ui.page import FEATURE_MAPS, FINE_TUNE

_NET, _ROWS, _CHART = "lab_architecture", "lab_architecture_rows", "lab_architecture_chart"


def draw() -> None:
    """The bench."""
    known = load()
    names = {
        key: f"{one.title} · {one.year}" if one.year else f"{one.title} · for teaching"
        for key, one in known.items()
    }
    key = address.select("Architecture", "net", names, _NET)
    architecture = known[key]
    _facts(architecture)
    stage = _stages(architecture)
    left, right = st.columns(2, gap="large")
    with left:
        _block(architecture)
    with right:
        _stage(architecture, stage)
        layer = choose_layer(architecture.key, stage)
    if layer is not None:
        count_layer(layer)
    _compared(known, key)
    ask(sharing_question(architecture))


def _facts(architecture: Architecture) -> None:
    st.markdown(f"{architecture.idea} {architecture.note or ''}")
    if architecture.paper:
        st.caption(
            f"{architecture.authors} ({architecture.year}), "
            f"[{architecture.paper}]({architecture.url}), {architecture.venue}"
        )
    with st.container(horizontal=True, gap="medium"):
        st.metric("Parameters", _short(architecture.parameters), width="content")
        st.metric("Multiply-adds", _short(architecture.multiply_adds), width="content")
        st.metric("Picture", f"{architecture.input_size} px", width="content")
        if architecture.trained:
            st.metric("Top-1", f"{architecture.trained[0].top1:.1f}%", width="content")
    if said := _accuracies(architecture):
        st.caption(said)


def _short(count: int) -> str:
    """Three digits, in thousands (k), millions (M) or billions (B)."""
    power, letter = next((p, c) for p, c in ((9, "B"), (6, "M"), (3, "k")) if count >= 10**p)
    return f"{count / 10**power:.3g} {letter}"


def _accuracies(architecture: Architecture) -> str:
    said = [
        f"{one.weights} {one.top1:.1f}%"
        + (f" at {one.input_size} px" if one.input_size != architecture.input_size else "")
        for one in architecture.trained
    ]
    parts = [f"Top-1 of torchvision's weights: {', '.join(said)}."] if said else []
    if published := architecture.published:
        shares = {"top-1": published.top1, "top-5": published.top5}
        own = ", ".join(f"{name} {share:g}%" for name, share in shares.items() if share)
        parts.append(f"The paper's own: {own} ({published.how}).")
    return " ".join(parts)


def _stages(architecture: Architecture) -> Stage:
    """Three rows over the stages; a click on one or the slider chooses it."""
    stages = {stage.name: stage for stage in architecture.stages}
    key = f"lab_architecture_stage-{architecture.key}"
    largest = max(architecture.stages, key=lambda stage: stage.parameters)
    if st.session_state.get(key) not in stages:
        st.session_state[key] = largest.name
    chosen = st.session_state[key]

    def picked() -> None:
        points = st.session_state[f"{_ROWS}-{architecture.key}"]["selection"]["points"]
        if points and points[0].get("customdata") in stages:
            st.session_state[key] = points[0]["customdata"]

    busiest = max(architecture.stages, key=lambda stage: stage.multiply_adds)
    st.plotly_chart(
        stage_rows(architecture, chosen),
        key=f"{_ROWS}-{architecture.key}",
        on_select=picked,
        config={"displayModeBar": False},
        alt=f"{architecture.title} as a row of {len(stages)} stages from the picture to "
        f"{architecture.stages[-1].channels:,} outputs. {largest.name} holds "
        f"{architecture.shares(largest)[0]:.0%} of the parameters, {busiest.name} does "
        f"{architecture.shares(busiest)[1]:.0%} of the multiply-adds",
    )
    st.select_slider("Stage", list(stages), key=key, persist_state="session")
    st.caption(
        "Heights show the rows of the maps, widths the channels; grey is a vector. Click a stage, "
        "or move the slider."
    )
    return stages[chosen]


def _block(architecture: Architecture) -> None:
    """The building block, and the ways to the pages where the network is used."""
    parts = drawing(architecture.kind, architecture.layers, architecture.example)
    st.markdown(f"**Building block: {architecture.kind}**")
    steps = [step for part in parts for branch in part.branches for step in branch]
    layers = [step.layer.name for step in steps if step.layer is not None]
    joins = [part.join for part in parts if part.join]
    st.plotly_chart(
        building_block(parts),
        key=f"lab_architecture_block-{architecture.key}",
        config={"displayModeBar": False},
        alt=f"The building block {architecture.kind} with {len(steps)} steps"
        + "".join(f", branches are joined by: {join}" for join in joins),
    )
    st.caption(
        f"With the numbers of `{layers[0]}`"
        + (f" to `{layers[-1]}`" if len(layers) > 1 else "")
        + ". What has weights is blue; a line without a box is a shortcut."
    )


def _stage(architecture: Architecture, stage: Stage) -> None:
    of_parameters, of_work = architecture.shares(stage)
    repeated = f" · {stage.blocks} × {architecture.kind}" if stage.blocks else ""
    st.markdown(f"**{stage.name}**{repeated}")
    numbers(
        {
            "Stage": ["Output", "Parameters", "Multiply-adds"],
            stage.name: [
                " × ".join(map(str, stage.shape)),
                f"{stage.parameters:,}",
                f"{stage.multiply_adds:,}",
            ],
            "Share": ["", f"{of_parameters:.1%}", f"{of_work:.1%}"],
        }
    )
    _links(architecture, stage)


def _links(architecture: Architecture, stage: Stage) -> None:
    name = _at_hand(architecture)
    picture = hand.link_params() | {"model": name}
    if stage.rows is not None:  # a vector has no maps: the page then begins where it is best
        picture["layer"] = stage.module
    if not hand.pictures() and (samples := images.samples()):
        picture["sample"] = samples[0].id
    with st.container(horizontal=True):
        st.page_link(
            FEATURE_MAPS.script,
            label="Feature maps",
            icon=FEATURE_MAPS.icon,
            query_params=picture,
            help=f"Open {picture.get('layer', 'the maps')} of {name}"
            + (", whose weights are random" if name == architecture.untrained else ""),
        )
        st.page_link(
            FINE_TUNE.script,
            label="Train on digits",
            icon=FINE_TUNE.icon,
            query_params=hand.link_params()
            | {"model": architecture.untrained, "tune": "scratch", "learn": "digits"},
            help="From scratch, on scikit-learn's handwritten digits",
        )


def _at_hand(architecture: Architecture) -> str:
    """With trained weights where they are on this machine, else with random ones."""
    if not architecture.trained:
        return architecture.untrained
    name = trained(architecture.untrained)
    on_machine = models.on_machine(models.info(name)) is not None
    return name if on_machine else architecture.untrained


def _compared(known: dict[str, Architecture], key: str) -> None:
    st.markdown("**All of them compared**")
    axis = st.segmented_control(
        "Over",
        list(AXES),
        default="multiply_adds",
        required=True,
        format_func=AXES.__getitem__,
        key="lab_architecture_axis",
        persist_state="session",
        label_visibility="collapsed",
    )

    def picked() -> None:
        points = st.session_state[_CHART]["selection"]["points"]
        if points and points[0].get("customdata") in known:
            st.query_params["net"] = points[0]["customdata"]

    shown = [one for one in known.values() if one.trained]
    best = max(shown, key=lambda one: one.trained[0].top1)
    st.plotly_chart(
        accuracy_chart(shown, axis, key),
        key=_CHART,
        on_select=picked,
        config={"displayModeBar": False},
        alt=f"Top-1 accuracy of {len(shown)} architectures over {AXES[axis].lower()}: from "
        f"{min(one.trained[0].top1 for one in shown):.1f} to {best.trained[0].top1:.1f} percent, "
        f"which {best.title} reaches",
    )
    st.caption(
        "Top-1 of torchvision's default weights on ImageNet's validation pictures; areas show the "
        "parameters. Click one to look into it. Newer weights also owe to newer training."
    )
    with st.expander("As a table", icon=":material/table:"):
        numbers(
            {
                "Network": [one.title for one in known.values()],
                "Year": [str(one.year or "") for one in known.values()],
                "Parameters": [f"{one.parameters:,}" for one in known.values()],
                "Multiply-adds": [f"{one.multiply_adds:,}" for one in known.values()],
                "Top-1": [
                    f"{one.trained[0].top1:.1f}%" if one.trained else "" for one in known.values()
                ],
            }
        )


STATION = Station(
    "Architectures",
    ":material/schema:",
    "An architecture says which layers follow each other, with which shapes. Where its parameters "
    "lie and where its work is done are two different questions.",
    (
        "Choose VGG-16. Its first dense layer, fc6, holds three quarters of the parameters and "
        "does less than 1% of the multiply-adds; the convolutions are the other way round.",
        "Compare VGG-16 with GoogLeNet and ResNet-18: an average over the maps in place of large "
        "dense layers makes most of the parameters vanish.",
        "In MobileNetV2, step through the layers of a stage: the depthwise convolution costs a "
        "fraction of the 1 × 1 convolutions around it.",
        "ResNet-50 has two sets of weights: the same network, trained with a newer recipe, gains "
        "almost five points of accuracy.",
    ),
    draw,
)
