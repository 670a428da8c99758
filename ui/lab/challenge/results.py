"""The challenge year by year, and single models since 2012."""

import streamlit as st

from core.figures.lab.challenge import entries_chart, models_chart
from core.lab import architectures
from core.lab.challenge.record import Entry, History, Model, history
from core.lab.question import Number
from ui import address, hand
from ui.lab.challenge.sources import cite
from ui.lab.station import ask, formula, numbers
from ui.page import CNN_LAB, plain

_CHARTS = {"winners": "Winners, 2010 to 2017", "models": "Single models since 2012"}
_YEAR, _MODEL = "lab_challenge_year", "lab_challenge_model"
_POINTS = "lab_challenge_points"
_FIRST_YEAR, _FIRST_MODEL = 2012, "ResNet-152"


def draw() -> None:
    """The view."""
    if address.segments("Chart", "chart", _CHARTS, "lab_challenge_chart") == "winners":
        _winners(history())
    else:
        _models(history())


def _winners(record: History) -> None:
    years = [one.year for one in record.winners]
    left, right = st.columns([3, 2], gap="large")
    with left:
        year = st.select_slider(
            "Year", years, value=_FIRST_YEAR, key=_YEAR, persist_state="session"
        )
        of_winners = ", ".join(f"{one.year} {one.error:.1f} %" for one in record.winners)
        st.plotly_chart(
            entries_chart(record, year),
            key=f"{_POINTS}-winners",
            on_select=lambda: _take(_YEAR, f"{_POINTS}-winners"),
            selection_mode="points",
            config={"displayModeBar": False},
            alt=f"The winners' top-5 error by year: {of_winners}; one person: "
            f"{record.human.error} %",
        )
    won = record.winner(year)
    before = record.winner(year - 1) if year > years[0] else None
    with right:
        _card(won, before)
    same = sorted((one for one in record.entries if one.year == year), key=lambda one: one.error)
    numbers(
        {
            "Team": [plain(one.team) for one in same],
            "Method": [plain(one.method) for one in same],
            "Learnt from": ["more data" if one.extra_data else "the challenge's" for one in same],
            "Top-5 error": [
                f"**{one.error:g} %**" if one.won else f"{one.error:g} %" for one in same
            ],
        }
    )
    formula(
        r"\text{mistakes that went away} = \frac{E_\text{before} - E}{E_\text{before}}",
        None
        if before is None
        else rf"\frac{{{before.error:.2f} - {won.error:.2f}}}{{{before.error:.2f}}} = "
        rf"\mathbf{{{(before.error - won.error) / before.error:.3f}}}",
    )
    cite(won)
    below = next(one for one in record.winners if one.error < record.human.error)
    ask(
        Number(
            "In which year was a winner's error below the person's for the first time?",
            below.year,
            f"{below.team} had {below.error:.2f} %, the person {record.human.error} %, measured on "
            f"{record.human.pictures:,} pictures. A second person had "
            f"{record.human.second_error:.0f} %, on {record.human.second_pictures}.",
        )
    )


def _card(won: Entry, before: Entry | None) -> None:
    st.metric(
        f"Winner of {won.year}: {won.team}",
        f"{won.error:.2f} %",
        None if before is None else f"{won.error - before.error:.2f} points",
        delta_color="inverse",
    )
    st.markdown(plain(won.who))
    st.markdown(plain(won.new))
    _open(won.net, won.method)


def _models(record: History) -> None:
    names = [one.name for one in record.models]
    left, right = st.columns([3, 2], gap="large")
    with right:
        name = st.selectbox(
            "Model",
            names,
            index=names.index(_FIRST_MODEL),
            key=_MODEL,
            persist_state="session",
        )
        chosen = next(one for one in record.models if one.name == name)
        st.metric(f"Top-1 accuracy, {chosen.year}", f"{chosen.top1:g} %")
        st.markdown(plain(chosen.idea))
        st.caption(
            "Learnt from more pictures than ImageNet-1k's."
            if chosen.extra_data
            else "Learnt from ImageNet-1k's training pictures alone."
        )
        _open(chosen.net, chosen.name)
    alone, more = (_best(record, has_more) for has_more in (False, True))
    with left:
        st.plotly_chart(
            models_chart(record.models, name),
            key=f"{_POINTS}-models",
            on_select=lambda: _take(_MODEL, f"{_POINTS}-models"),
            selection_mode="points",
            config={"displayModeBar": False},
            alt=f"Top-1 accuracy of {len(names)} models by year, from {record.models[0].top1:g} % "
            f"for {record.models[0].name} to {more.top1:g} % for {more.name}",
        )
    st.caption(
        "Single networks on the 50,000 validation pictures, each as its authors evaluated it: with "
        "larger pictures, or several crops, in some. The year is that of a paper's first version, "
        "the accuracy may be a later one's."
    )
    cite(chosen)
    ask(
        Number(
            "By how many points is the best of the orange models ahead of the best blue one?",
            round(more.top1 - alone.top1, 2),
            f"{more.name} has {more.top1:g} %, {alone.name} {alone.top1:g} %. They "
            "differ in size and method too, not in the pictures alone.",
            within=0.05,
        )
    )


def _best(record: History, has_more: bool) -> Model:
    return max((one for one in record.models if one.extra_data == has_more), key=lambda m: m.top1)


def _take(choice: str, figure: str) -> None:
    """A click on a point chooses its year or its model."""
    points = st.session_state[figure]["selection"]["points"]
    if points and points[0].get("customdata"):
        st.session_state[choice] = points[0]["customdata"]


def _open(net: str, shown: str) -> None:
    """The way to the architecture that the lab has, of the same family where it is not `shown`."""
    if net:
        title = architectures.load()[net].title
        st.page_link(
            CNN_LAB.script,
            label="See its architecture" if title in shown else f"See {title}, of the same family",
            icon=":material/account_tree:",
            query_params={"view": "architectures", "net": net, **hand.link_params()},
        )
