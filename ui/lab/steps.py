"""Walking over the cells of an output: by a slider, or by a click on the grid that shows it."""

import streamlit as st


def step_slider(key: str, rows: int, columns: int) -> tuple[int, int]:
    """Row and column of the cell that is looked at; cells are counted from 1, row by row."""
    count = rows * columns
    if count == 1:
        return 0, 0
    st.session_state[key] = min(st.session_state.get(key, count // 2 + 1), count)
    number = st.slider(f"Step, of {count}", 1, count, key=key, persist_state="session")
    return divmod(number - 1, columns)


def take_step(key: str, figure: str, columns: int) -> None:
    """Move the slider to the cell that was clicked in a figure, if one was."""
    cell = clicked_cell(figure)
    if cell is not None:
        st.session_state[key] = cell[0] * columns + cell[1] + 1


def clicked_cell(figure: str) -> tuple[int, int] | None:
    """Row and column of the target that was clicked in a `number_grid`."""
    points = st.session_state[figure]["selection"]["points"]
    if not points or not points[0].get("customdata"):
        return None
    row, column = points[0]["customdata"]
    return int(row), int(column)
