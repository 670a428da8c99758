"""The chosen cell of a map, and the part of the picture that it can see."""

import streamlit as st

from core.figures.receptive_field import receptive_field
from core.images import enlarge
from core.inside import FeatureMaps, MeasuredField
from ui.feature_maps.memory import field_of
from ui.subject import Subject

_PATCH = 96  # pixels
_CELL = "cell_chosen"
_ROW, _COLUMN = "cell_row", "cell_column"


def chosen_cell(seen: Subject, maps: FeatureMaps) -> tuple[int, int]:
    """Row and column; at first in the middle."""
    rows, columns = maps.maps.shape[1:]
    row, column = st.session_state.get(_CELL, {}).get(_key(seen, maps), (rows, columns))
    if row < rows and column < columns:
        return row, column
    return rows // 2, columns // 2


def take_cell(seen: Subject, maps: FeatureMaps, cell: tuple[int, int]) -> None:
    """Choose a cell of this layer."""
    st.session_state.setdefault(_CELL, {})[_key(seen, maps)] = cell


def cell_view(seen: Subject, maps: FeatureMaps) -> None:
    """Draw what the chosen cell sees of the picture, in theory and by measurement."""
    rows, columns = maps.maps.shape[1:]
    cell = chosen_cell(seen, maps)
    with st.container(
        horizontal=True, horizontal_alignment="distribute", vertical_alignment="bottom"
    ):
        st.markdown("**What the cell can see**", width="content")
        st.session_state[_ROW], st.session_state[_COLUMN] = cell

        def moved() -> None:
            take_cell(seen, maps, (st.session_state[_ROW], st.session_state[_COLUMN]))

        with st.container(horizontal=True, width="content"):
            st.number_input("Row", 0, rows - 1, key=_ROW, on_change=moved, width=110)
            st.number_input("Column", 0, columns - 1, key=_COLUMN, on_change=moved, width=110)
    measured = field_of(seen, maps.layer, cell)
    field = maps.layer.field
    window = field and field.window(*cell, maps.crop.height, maps.crop.width)
    said = _words(maps, measured)
    st.plotly_chart(
        receptive_field(maps.crop, measured.influence, window, measured.core),
        key="cell_field",
        config={"displayModeBar": False},
        alt=f"The picture, lit where the cell answers to it: {said}",
    )
    with st.container(horizontal=True):
        if window is not None and window.width < maps.crop.width / 2:
            patch = maps.crop.crop((window.left, window.top, window.right, window.bottom))
            st.image(enlarge(patch, _PATCH), width=_PATCH, alt="All that the cell can see")
        st.caption(
            f"The cell in row {cell[0]}, column {cell[1]} {said} Lit is what its value answers "
            "to, by gradient."
        )


def _words(maps: FeatureMaps, measured: MeasuredField) -> str:
    field = maps.layer.field
    if field is None:
        theory = "has no fixed window in theory"
    elif field.whole:
        theory = "sees the whole picture in theory"
    else:
        across, down = field.columns.size, field.rows.size
        theory = f"sees {across} × {down} pixels in theory (dashed)"
        if across > maps.crop.width or down > maps.crop.height:
            theory += ", more than the picture has"
    if measured.core is None:
        return f"{theory}. On this picture it answers to nothing."
    core = measured.core
    return f"{theory}; 95% of its answer comes from {core.width} × {core.height} (solid)."


def _key(seen: Subject, maps: FeatureMaps) -> tuple[str, str]:
    return seen.model.name, maps.layer.name
