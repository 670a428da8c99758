"""All that a recipe can say beside the few settings that everybody needs."""

import streamlit as st

from core.errors import TrainingError
from core.training import Recipe
from ui.fine_tune.draft import bound


def draw(recipe: Recipe) -> None:
    """Draw the settings in three columns, those that do nothing for the mode left out."""
    steps, weights, data = st.columns(3, gap="medium")
    stepwise = recipe.tune != "probe"
    with steps:
        st.markdown("**Steps**")
        if stepwise:
            _steps(recipe)
        else:
            st.number_input(
                "C",
                1e-8,
                1e8,
                step=0.1,
                format="%g",
                help="The inverse of the strength of the probe's penalty, as in scikit-learn.",
                **bound("probe_c", float),
            )
    with weights:
        st.markdown("**What is asked of it**")
        _asked(recipe, stepwise)
    with data:
        st.markdown("**Pictures**")
        _pictures(recipe, stepwise)


def _steps(recipe: Recipe) -> None:
    st.number_input("Batch", 1, 65_536, step=1, help="Pictures a step.", **bound("batch"))
    st.segmented_control("Optimizer", ["adamw", "sgd"], required=True, **bound("optimizer"))
    if recipe.optimizer == "sgd":
        st.number_input("Momentum", 0.0, 0.9999, step=0.01, **bound("momentum", float))
    st.selectbox(
        "Schedule of the learning rate",
        ["one-cycle", "cosine", "linear", "constant"],
        **bound("schedule"),
    )
    st.slider(
        "Warm-up",
        0.0,
        0.9,
        step=0.01,
        format="percent",
        help="The share of the steps in which the rate rises.",
        **bound("warm_up", float),
    )
    if recipe.tune in ("last", "all", "probe-all"):
        st.slider(
            "Rate of pretrained layers",
            0.0,
            1.0,
            step=0.01,
            format="percent",
            help="Of the learning rate, at which the last layer learns.",
            **bound("trunk_rate", float),
        )
    st.number_input(
        "Patience",
        0,
        10_000,
        step=1,
        help="Stop after that many epochs without a better validation; 0 never does.",
        **bound("patience"),
    )
    st.selectbox(
        "Precision",
        ["auto", "32", "bf16", "16"],
        help="auto computes in half precision where the device is made for it.",
        **bound("precision"),
    )


def _asked(recipe: Recipe, stepwise: bool) -> None:
    st.toggle(
        "Weigh rare classes more",
        help="As if there were equally many pictures of each class.",
        **bound("class_weights"),
    )
    if recipe.tune == "probe-all":
        st.number_input(
            "C of the probe", 1e-8, 1e8, step=0.1, format="%g", **bound("probe_c", float)
        )
    if not stepwise:
        return
    if recipe.tune != "head":
        st.toggle(
            "Freeze batch norms",
            help="They keep the means and variances that they came with; better for few pictures.",
            **bound("freeze_norm"),
        )
    st.number_input(
        "Weight decay", 0.0, 10.0, step=0.01, format="%g", **bound("weight_decay", float)
    )
    st.slider("Label smoothing", 0.0, 0.9, step=0.01, **bound("label_smoothing", float))
    st.slider(
        "Dropout", 0.0, 0.95, step=0.05, help="Before the last layer.", **bound("dropout", float)
    )
    st.slider(
        "Mixup",
        0.0,
        10.0,
        step=0.1,
        help="Pictures are laid over each other: alpha of the Beta distribution; 0 is off.",
        **bound("mixup", float),
    )
    st.slider(
        "Cutmix",
        0.0,
        10.0,
        step=0.1,
        help="A part of one picture is put into another: alpha of the Beta distribution; 0 is off.",
        **bound("cutmix", float),
    )


def _pictures(recipe: Recipe, stepwise: bool) -> None:
    for label, key in (("For validation", "validation"), ("Locked for the test", "test")):
        st.slider(label, 0.0, 0.9, step=0.05, format="percent", **bound(key, float))
    st.number_input("Seed", 0, 2**31 - 1, step=1, help="Of all that is random.", **bound("seed"))
    st.number_input(
        "Input size",
        8,
        1024,
        value=None,
        step=1,
        placeholder="the model's own",
        help="Side of the square that the model sees, in pixels; not every model takes another.",
        **bound("input_size"),
    )
    if recipe.augment is not None:
        st.text_input(
            "Smaller pictures first",
            placeholder="0.5: 96, 0.8: 128",
            help="Until that share of the steps, pictures with that side: faster at first.",
            **bound("sizes", write_sizes, read_sizes),
        )
    if stepwise:
        st.toggle("Write TensorBoard's files", **bound("tensorboard"))


def write_sizes(sizes: tuple[tuple[float, int], ...]) -> str:
    """Such as ``0.5: 96, 0.8: 128``."""
    return ", ".join(f"{until:g}: {side}" for until, side in sizes)


def read_sizes(text: str) -> tuple[tuple[float, int], ...]:
    """What `write_sizes` wrote. Raises TrainingError."""
    pairs = [part.partition(":") for part in text.split(",") if part.strip()]
    try:
        return tuple((float(until), int(side)) for until, _, side in pairs)
    except ValueError as error:
        raise TrainingError(
            "Write shares of the steps with sides in pixels, such as 0.5: 96, 0.8: 128."
        ) from error
