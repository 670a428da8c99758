"""All layers of a network as a table in which one can be chosen."""

from collections.abc import Callable

import streamlit as st

from core.inside import Layer, Network
from ui.feature_maps.memory import measure_all, measured_fields
from ui.subject import Subject

_TABLE, _OPEN = "layer_table", "layer_table_open"


def layer_table(
    seen: Subject, network: Network, chosen: Layer | None, on_choose: Callable[[str], None]
) -> None:
    """Draw the table, folded away at first; `on_choose` gets the name of the ticked row."""
    layers = network.layers
    box = st.expander(
        f"All {len(layers):,} layers", icon=":material/table_rows:", on_change="rerun", key=_OPEN
    )
    if not box.open:
        return

    def picked() -> None:
        rows = st.session_state[_TABLE]["selection"]["rows"]
        if rows and rows[0] < len(layers):
            on_choose(layers[rows[0]].name)

    rows = [layers.index(chosen)] if chosen in layers else []
    before = st.session_state.get(_TABLE)
    if before is None or before["selection"]["rows"] != rows:
        st.session_state[_TABLE] = {"selection": {"rows": rows}}
    with box:
        place = st.container()
        if st.button(
            "Measure all receptive fields",
            icon=":material/straighten:",
            help="What the middle cell of each layer answers to on this picture, by gradient.",
        ):
            bar = st.progress(0.0, text="Measuring …")
            measure_all(seen, network, bar.progress)
            bar.empty()
        measured = measured_fields(seen)
        place.dataframe(
            [_row(layer, network, measured.get(layer.name)) for layer in layers],
            hide_index=True,
            height=360,
            key=_TABLE,
            on_select=picked,
            selection_mode="single-row",
            placeholder="",
            column_config=_COLUMNS,
        )
        place.caption("Tick a row to see what that layer answers.")


def field_words(layer: Layer) -> str:
    """How much of the picture a cell can see in theory: pixels across and down."""
    if layer.field is None:
        return "no fixed window"
    if layer.field.whole:
        return "the whole picture"
    return f"{layer.field.columns.size} × {layer.field.rows.size}"


def stride_words(layer: Layer, network: Network) -> str:
    """Pixels from one cell to the next; once where both axes have the same."""
    stride = layer.stride(network.input_size)
    if stride is None:
        return ""
    down, across = stride
    return f"{down:.3g}" if down == across else f"{across:.3g} × {down:.3g}"


def _row(layer: Layer, network: Network, measured: tuple[int, int] | None) -> dict[str, object]:
    return {
        "Layer": layer.name,
        "Type": layer.type,
        "Output": " × ".join(map(str, layer.shape)),
        "Stride": stride_words(layer, network),
        "Receptive field": field_words(layer) if layer.grid else "",
        "Measured": "" if measured is None else f"{measured[0]} × {measured[1]}",
        "Calls": layer.calls,
        "Parameters": layer.parameters,
        "Memory": layer.bytes / 1000,
        "Overwritten": layer.overwritten,
        "Evidence": layer.evidence,
    }


_COLUMNS = {
    "Layer": st.column_config.TextColumn(pinned=True, help="`#2` is a module's second call"),
    "Output": st.column_config.TextColumn(help="Shape for one picture"),
    "Stride": st.column_config.TextColumn(help="Pixels of the input from one cell to the next"),
    "Receptive field": st.column_config.TextColumn(
        help="Pixels of the input that one cell can see in theory, across × down"
    ),
    "Measured": st.column_config.TextColumn(
        help="Pixels from which 95% of a middle cell's answer comes on this picture, by gradient"
    ),
    "Calls": st.column_config.NumberColumn(help="How often the module runs in one forward pass"),
    "Parameters": st.column_config.NumberColumn(format="localized"),
    "Memory": st.column_config.NumberColumn(
        format="%.1f kB", help="Of the layer's output for one picture"
    ),
    "Overwritten": st.column_config.CheckboxColumn(
        help="A later operation writes over the output; Netlens keeps a copy from before"
    ),
    "Evidence": st.column_config.CheckboxColumn(help="The logits depend on the cells of its maps"),
}
