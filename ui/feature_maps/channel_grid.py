"""The channels of a layer as a grid of small maps, in an order, one of them chosen."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import streamlit as st

from core.figures.channel_map import ColourRange, colour_range, tile
from core.inside import FeatureMaps
from ui.feature_maps.memory import relevance_of
from ui.gallery import Item, gallery
from ui.subject import Subject
from ui.target_choice import target_choice

_A_PAGE = 24
_MAXIMUM, _MEAN, _TARGET = "Maximum", "Mean", "Relevance"
_EACH, _COMMON = "Each its own", "All the same"
_CHOSEN = "channel_chosen"


@dataclass(frozen=True, slots=True)
class Choice:
    """The chosen channel, and the colours that it has in the grid."""

    channel: int
    colours: ColourRange


def channel_grid(seen: Subject, maps: FeatureMaps) -> Choice:
    """Draw the grid and its controls; returns the channel that was clicked, at first the first."""
    with st.container(horizontal=True, vertical_alignment="bottom"):
        by = st.segmented_control(
            "Sorted by",
            [_MAXIMUM, _MEAN, _TARGET],
            default=_MAXIMUM,
            required=True,
            key="channel_sort",
            persist_state="session",
            help="Relevance: what the layer's channels are worth to a class, to first order; "
            "activation times gradient, summed over the cells, in logits.",
        )
        scale = st.segmented_control(
            "Colours",
            [_EACH, _COMMON],
            default=_EACH,
            required=True,
            key="channel_scale",
            persist_state="session",
            help="Each map on a scale of its own, or all of the layer's on one.",
        )
    scores, title = _scores(seen, maps, by)
    order = np.argsort(-scores, kind="stable")
    signed = bool(maps.maps.min() < 0)
    common = colour_range(maps.maps, signed)

    def colours(channel: int) -> ColourRange:
        return common if scale == _COMMON else colour_range(maps.maps[channel], signed)

    chosen = _chosen(seen, maps, int(order[0]))
    pages = -(-len(order) // _A_PAGE)
    grid = st.container()
    page = 1
    if pages > 1:
        page = st.pagination(
            pages, key=f"channels-{seen.model.name}-{maps.layer.name}-{by}", persist_state="session"
        )
    with grid:
        gallery(
            [
                _item(maps, channel, title(channel), colours(channel))
                for channel in map(int, order[(page - 1) * _A_PAGE : page * _A_PAGE])
            ],
            f"Channels of {maps.layer.name}",
            "channel_gallery",
            lambda channel: _choose(seen, maps, int(channel)),
            str(chosen),
            crisp=True,
        )
    st.caption(_summary(maps, pages, by))
    return Choice(chosen, colours(chosen))


def _scores(seen: Subject, maps: FeatureMaps, by: str) -> tuple[np.ndarray, Callable[[int], str]]:
    """What the channels are sorted by, and a channel's title."""
    if by == _TARGET:
        target = target_choice(seen.model, seen.picture, key="channel_target", label="Relevance to")
        if target is not None:
            worth = relevance_of(seen, maps.layer, target)
            return worth, lambda channel: f"{worth[channel]:+.2g}"
    if by == _MEAN:
        mean = maps.mean
        return mean, lambda channel: f"mean {mean[channel]:.2g}"
    maximum = maps.maximum
    return maximum, lambda channel: f"max {maximum[channel]:.2g}"


def _item(maps: FeatureMaps, channel: int, score: str, colours: ColourRange) -> Item:
    values = maps.maps[channel]
    said = score if values.any() else "dead"
    return Item(
        str(channel),
        f"#{channel} · {said}",
        f"Channel {channel}: {said}" + ("" if values.any() else ", zero in every cell"),
        tile(values, colours),
    )


def _summary(maps: FeatureMaps, pages: int, by: str) -> str:
    count, dead = len(maps.maps), int(maps.dead.sum())
    said = f"{count:,} channels" + (f", {_A_PAGE} a page" if pages > 1 else "")
    if by == _TARGET:
        said += "; relevance in logits"
    if dead:
        said += f"; {dead:,} dead: zero in every cell for this picture"
    return f"{said}. Click one to see it large."


def _key(seen: Subject, maps: FeatureMaps) -> tuple[str, str]:
    return seen.model.name, maps.layer.name


def _chosen(seen: Subject, maps: FeatureMaps, default: int) -> int:
    channel = st.session_state.get(_CHOSEN, {}).get(_key(seen, maps), default)
    return channel if channel < len(maps.maps) else default


def _choose(seen: Subject, maps: FeatureMaps, channel: int) -> None:
    st.session_state.setdefault(_CHOSEN, {})[_key(seen, maps)] = channel
