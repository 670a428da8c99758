"""The whole zoo as a table to sort and search in."""

import streamlit as st

from core import models
from ui import hand


def model_table() -> None:
    """Name, size, accuracy, and whether the weights are here; a button takes the ticked rows."""
    zoo = models.list_models()
    box = st.expander(f"All {len(zoo):,} models", on_change="rerun", key="zoo_open")
    if not box.open:
        return
    here = models.on_machine_names()
    with box:
        table = st.dataframe(
            [
                {
                    "Model": f"{info.name} · untrained" if info.is_untrained else info.name,
                    "Here": info.name in here,
                    "Classes": info.classes,
                    "Parameters": info.parameters and info.parameters / 1e6,
                    "Top-1": info.accuracy,
                    "Input": info.input_size,
                }
                for info in zoo
            ],
            hide_index=True,
            height=360,
            key="zoo_table",
            on_select="rerun",
            selection_mode="multi-row",
            column_config={
                "Model": st.column_config.TextColumn(width="large", pinned=True),
                "Here": st.column_config.CheckboxColumn(help="The weights are on this machine"),
                "Classes": st.column_config.NumberColumn(format="localized"),
                "Parameters": st.column_config.NumberColumn(format="%.1f M"),
                "Top-1": st.column_config.NumberColumn(
                    format="%.1f %%",
                    help="Published on ImageNet-1k's validation set, where the library carries it",
                ),
                "Input": st.column_config.NumberColumn(
                    format="%d px", help="Side of the square that the model sees"
                ),
            },
        )
        ticked = [zoo[row].name for row in table["selection"]["rows"]]
        st.button(
            "Use the ticked models",
            disabled=not 1 <= len(ticked) <= hand.MOST_MODELS,
            on_click=hand.take_models,
            args=(ticked,),
        )
        st.caption(
            f"Tick up to {hand.MOST_MODELS} rows. Weights that are not here can be downloaded then."
        )
