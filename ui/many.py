"""Many pictures at once: one table, with progress."""

from collections.abc import Sequence

import streamlit as st

from core.errors import NetlensError
from core.predict import Classification, Failure, Source, classify_many
from ui import hand, weights
from ui.answers import load_model, short_name
from ui.gallery import data_url
from ui.page import show_error


def _ask(name: str, held: Sequence[hand.HeldPicture]) -> list[Classification | Failure]:
    """What the model says of every picture, in their order.

    The session keeps each answer as it comes, so that an interrupted call goes on where it stopped.
    """
    kept: dict[tuple[object, ...], Classification | Failure] = st.session_state.setdefault(
        "many_answers", {}
    )
    setting = (name, hand.device())

    def key(picture: hand.HeldPicture) -> tuple[object, ...]:
        return (*setting, picture.sha256, picture.name)

    present = {picture.sha256 for picture in held}
    for stale in [k for k in kept if k[2] not in present]:
        del kept[stale]
    missing = [picture for picture in held if key(picture) not in kept]
    if missing:
        model = load_model(name)
        bar = st.progress(0.0)
        sources = [Source(p.name, lambda p=p: p.encoded) for p in missing]
        for done, answer in enumerate(classify_many(model, sources), start=1):
            kept[key(missing[done - 1])] = answer
            bar.progress(done / len(missing), text=f"{done} of {len(missing)} pictures")
        bar.empty()
    return [kept[key(picture)] for picture in held]


def ask_all(
    names: Sequence[str], held: Sequence[hand.HeldPicture]
) -> dict[str, list[Classification | Failure]]:
    """What each model says of every picture; a model that cannot be used is said and left out."""
    columns = {}
    for name in weights.ready(names):
        try:
            columns[name] = _ask(name, held)
        except NetlensError as error:
            show_error(str(error))
    return columns


def answers_table(
    held: Sequence[hand.HeldPicture],
    columns: dict[str, list[Classification | Failure]],
) -> int | None:
    """Thumbnail, name, and each model's first prediction; returns the row that was ticked."""
    failed = sum(isinstance(answer, Failure) for answer in next(iter(columns.values())))
    st.caption(
        f"{len(held)} pictures"
        + (f", {failed} of them cannot be read" if failed else "")
        + ". Tick a row to see that picture alone."
    )
    rows = []
    for position, picture in enumerate(held):
        row: dict[str, object] = {"Picture": _thumbnail_url(picture), "File": picture.name}
        for number, answers in enumerate(columns.values()):
            answer = answers[position]
            if isinstance(answer, Failure):
                row |= {f"label{number}": answer.error, f"probability{number}": None}
            else:
                best = answer.top(1)[0]
                label = best.label
                if answer.is_rejected:
                    label = f"perhaps none of its classes ({label})"
                row |= {f"label{number}": label, f"probability{number}": best.probability}
        rows.append(row)
    config: dict[str, object] = {
        "Picture": st.column_config.ImageColumn(width=60),
        "File": st.column_config.TextColumn(width=150),
    }
    for number, name in enumerate(columns):
        config[f"label{number}"] = st.column_config.TextColumn(short_name(name), width=230)
        config[f"probability{number}"] = st.column_config.ProgressColumn(
            "probability", format="percent", min_value=0, max_value=1, width=120
        )
    table = st.dataframe(
        rows,
        column_config=config,
        hide_index=True,
        row_height=56,
        on_select="rerun",
        selection_mode="single-row",
        key=f"many_table-{hash(tuple(picture.sha256 for picture in held))}",
    )
    chosen = table["selection"]["rows"]
    return chosen[0] if chosen and chosen[0] < len(held) else None


def _thumbnail_url(picture: hand.HeldPicture) -> str | None:
    try:
        return data_url(picture.thumbnail(96))
    except NetlensError:
        return None
