"""The frame of every station: what it is, what to try, the bench itself, the question.

The bench is a fragment: a slider makes it alone anew, not the page around it.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import streamlit as st

from core import images
from core.lab.question import Choice, Number, Question
from ui import address, hand
from ui.into_view import into_view
from ui.page import edge
from ui.subject import subject

_FIRST_PICTURE = "chelsea"
_STEPPED_TO = "lab_stepped_to"
_TRIES = 3  # wrong answers, after which the right one is told
View = tuple[str, Callable[..., None]]


@dataclass(frozen=True, slots=True)
class Station:
    """A lesson of the lab."""

    title: str
    icon: str
    about: str
    """What it is, in at most three lines of Markdown."""
    tries: tuple[str, ...]
    """What to try and what to notice, a sentence or two each."""
    draw: Callable[..., None]
    """Draws the bench; is given a `Subject` where the station wants one, else nothing."""
    with_subject: bool = False
    """Whether it works on a picture and a model."""
    takes_time: bool = False
    """Whether it holds a `long_job`: its bench is no fragment, whose clicks would wait for that."""


def show(stations: Mapping[str, Station], name: str) -> None:
    """Draw a station, and the way to those before and after it."""
    if st.session_state.get(_STEPPED_TO) == name:
        into_view(name, "lab_station_top")  # the step was made at the other end of the page
    _show(stations[name])
    names = list(stations)
    at = names.index(name)
    with st.container(horizontal=True, horizontal_alignment="distribute"):
        for other, icon in ((at - 1, "arrow_back"), (at + 1, "arrow_forward")):
            if 0 <= other < len(names):
                st.button(
                    stations[names[other]].title,
                    icon=f":material/{icon}:",
                    type="tertiary",
                    key=f"lab_{icon}",
                    on_click=_step_to,
                    args=(names[other],),
                )


def have_a_picture() -> None:
    """With none in hand the lab begins with a sample, so that there is something to play with.

    Not once a picture was put down: that was meant.
    """
    names = {sample.id for sample in images.samples()}
    if not hand.pictures() and not hand.times_put_down() and _FIRST_PICTURE in names:
        hand.pick_sample(_FIRST_PICTURE)


def _step_to(name: str) -> None:
    st.query_params["view"] = st.session_state[_STEPPED_TO] = name


def _show(station: Station) -> None:
    st.subheader(f"{station.icon} {station.title}", anchor=False)
    st.markdown(station.about)
    with st.expander("What to try, what to notice", icon=":material/lightbulb:"):
        st.markdown("\n".join(f"- {one}" for one in station.tries))
    bench = _bench if station.takes_time else st.fragment(_bench)
    if not station.with_subject:
        bench(station)
        return
    seen = subject()
    if seen is not None:
        bench(station, seen)


def draw_view(param: str, views: Mapping[str, View], *given: object) -> None:
    """Choose one of a station's views (name in the address -> its title and what draws it)."""
    titles = {name: title for name, (title, _) in views.items()}
    chosen = address.segments("View", param, titles, f"lab_{param}_view")
    views[chosen][1](*given)


def formula(general: str, filled_in: str | None = None) -> None:
    """A formula in LaTeX, and below it the same with the numbers of this moment in it."""
    for line in filter(None, (general, filled_in)):
        st.latex(rf"\rule{{0pt}}{{2.2em}} {line}")  # a line that scrolls would cut off its top


def aligned(*lines: str) -> str:
    """Lines of LaTeX below each other, at their ``&``, for what one line has no room for."""
    return r"\begin{aligned} " + r" \\[0.6em] ".join(lines) + r" \end{aligned}"


def numbers(columns: dict[str, list[str]]) -> None:
    """A small table of what goes into a formula, by the columns' names; cells are Markdown."""
    with st.container(width="content"):
        st.table(columns, hide_index=True)


def torch_call(code: str) -> None:
    """How the framework does it: lines that run as they stand after ``import torch``."""
    st.caption("The same in PyTorch")
    st.code(code, language="python")


def ask(question: Question) -> None:
    """The question with its check, at the end of a bench.

    A question that changes with the controls is asked anew, without an answer. The third wrong
    answer is followed by the solution.
    """
    key = f"lab_question-{hash(question)}"
    with st.form(key, border=True):
        st.markdown(f"**Question.** {question.text}")
        if isinstance(question, Choice):
            answer: str | float | None = st.radio(
                "Answer",
                question.options,
                index=None,
                key=f"{key}-answer",
                label_visibility="collapsed",
            )
        else:
            answer = st.number_input(
                "Answer", value=None, format="%g", key=f"{key}-answer", width=200
            )
        asked = st.form_submit_button("Check", icon=":material/check:")
    if not asked:
        return
    if answer is None:
        st.caption("Choose or write an answer first.")
    elif question.accepts(answer):  # type: ignore[arg-type]
        st.success(f"Right. {question.because}", icon=":material/check_circle:")
    else:
        _wrong(question, answer, f"{key}-tries")


def _wrong(question: Question, answer: str | float, key: str) -> None:
    """What a wrong answer is told; `key` counts them."""
    tries = st.session_state[key] = st.session_state.get(key, 0) + 1
    if tries >= _TRIES:
        solution = question.solution.rstrip(".")
        st.markdown(f":material/lightbulb: **The answer is: {solution}.** {question.because}")
        return
    hint = "look again"
    if isinstance(question, Number):
        side = "high" if float(answer) > question.right else "low"
        hint = f"that is too {side}"
    st.warning(f"Not yet: {hint}, and try once more.", icon=":material/replay:")


def _bench(station: Station, *seen: object) -> None:
    with edge(station.title):  # a fragment that is drawn anew stands outside of the page's own
        station.draw(*seen)
