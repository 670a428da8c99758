"""What became of a run: how good it is, where it is wrong, and what can be done with it."""

import streamlit as st

from core import runs
from core.data import Dataset
from core.errors import NetlensError
from core.training.after import review as reviews
from core.training.after.review import Part, Review
from ui import labelled
from ui.fine_tune import closer, mistakes, take_along
from ui.page import plain, show_error

_UNSURE, _TINY = 0.05, 0.001
_NAMES = {"test": "Test", "validation": "Validation"}


def draw_result(run: runs.Run) -> None:
    """Draw the result of a run that has left a model; nothing for any other.

    Raises RunError where its files are damaged.
    """
    usable = reviews.is_usable(run.folder)
    if run.state is not runs.State.DONE:
        if not usable:
            return
        st.caption(f"The run was {run.state}, and left the model that it had by then.")
    elif not usable:
        st.caption(f"The run's model is gone from {plain(str(run.folder))}: put it back to use it.")
    seen = _review(run.id, run.ended, run)
    if not seen.parts and run.state is not runs.State.DONE:
        st.caption("How good it is was not measured: resume the run, and it is at its end.")
        take_along.draw(run, None, None)
        return
    if not seen.parts:
        st.caption(
            "All its pictures were learnt from, so there is none to tell how good it is. Give "
            "validation and test a share to find out."
        )
        if usable:
            take_along.draw(run, None, None)
        return
    part = _part(run, seen)
    if part is None:  # no validation
        _locked(run, seen.parts["test"])
        return
    _headline(seen, part)
    if "test" in seen.parts and not reviews.is_test_open(run.folder):
        _locked(run, seen.parts["test"])
    dataset = _dataset(run, part, seen)
    shown = mistakes.Answers(f"result_{run.id}_{part.name}", part.answers, seen.titles, dataset)
    row = mistakes.draw(shown)
    if row is not None:
        named = closer.Models(str(run.spec.get("model")), f"run/{run.id}", run.spec)
        try:
            closer.draw(named, shown, row)
        except NetlensError as error:
            show_error(str(error))
    if usable:
        take_along.draw(run, dataset, part.answers)


@st.cache_resource(max_entries=4, show_spinner=False)
def _review(run_id: str, ended: float | None, _run: runs.Run) -> Review:
    """Read once for all sessions: of many classes, answers are large."""
    return reviews.review(_run.folder, _run.result)


def _part(run: runs.Run, seen: Review) -> Part | None:
    """The part in front. The test stays locked until someone asks for it."""
    if "test" not in seen.parts:
        st.caption(
            "There is no test part. The validation pictures chose the best epoch, so this is a "
            "little flattered."
        )
        return seen.parts["validation"]
    if not reviews.is_test_open(run.folder):
        return seen.parts.get("validation")
    names = [name for name in _NAMES if name in seen.parts]
    chosen = st.segmented_control(
        "Part",
        names,
        default=names[0],
        required=True,
        format_func=lambda name: f"{_NAMES[name]} · {seen.parts[name].score.n:,} pictures",
        key=f"result_part_{run.id}",
        label_visibility="collapsed",
    )
    return seen.parts[chosen]


def _locked(run: runs.Run, test: Part) -> None:
    with st.container(border=True):
        st.markdown(
            f":material/lock: {test.score.n:,} test pictures are locked away. The validation "
            "pictures chose the best epoch, which flatters a little; these have chosen nothing, as "
            "long as you open them when you have decided."
        )
        st.button(
            "Open the test",
            icon=":material/lock_open:",
            key=f"open_test_{run.id}",
            on_click=_open,
            args=(run,),
        )
    if problem := st.session_state.pop(f"open_failed_{run.id}", None):
        show_error(problem)


def _open(run: runs.Run) -> None:
    try:
        reviews.open_test(run.folder)
    except NetlensError as error:
        st.session_state[f"open_failed_{run.id}"] = str(error)


def _headline(seen: Review, part: Part) -> None:
    """Accuracy beside what is reached by knowing nothing, and without tuning."""
    score, before = part.score, part.before
    own, majority, untuned = st.columns(3, border=True)
    with own:
        st.metric(f"Accuracy · {_NAMES[part.name].lower()}", f"{score.accuracy:.1%}")
        st.caption(f"95 % interval {score.low:.0%} to {score.high:.0%}, from {score.n:,} pictures")
    with majority:
        known = part.majority is not None
        st.metric("Always the largest class", f"{part.majority:.1%}" if known else "–")
        st.caption("What saying the most frequent class of the training every time gets right")
    with untuned:
        st.metric("Before tuning", "–" if before is None else f"{before.accuracy:.1%}")
        if before is None:
            st.caption(plain(seen.reason or "It is not known what the model said before."))
        else:
            st.caption(
                f"{before.low:.0%} to {before.high:.0%}, its own outputs grouped by these classes"
            )
            _matched(seen)
    if before is not None:
        st.caption(_comparison(part))


def _comparison(part: Part) -> str:
    """The pictures that the tuning changed, and whether that can be told from chance."""
    told = (
        f"Of the same pictures, the tuning made {part.mended:,} right that were wrong and "
        f"{part.spoilt:,} wrong that were right"
    )
    if part.chance > _UNSURE:
        return f"{told}: too few or too even to tell from chance (p = {part.chance:.2f})."
    how = "better" if part.mended > part.spoilt else "worse"
    odds = f"p = {part.chance:.3f}" if part.chance >= _TINY else f"p < {_TINY}"
    return f"{told}: it is {how}, and hardly by chance ({odds})."


def _matched(seen: Review) -> None:
    with st.popover("What stood for which class", type="tertiary"):
        st.dataframe(
            [
                {"Class": label, "Synsets": ", ".join(synsets) or "an output of that name"}
                for label, synsets in seen.matched
            ],
            hide_index=True,
        )
        if seen.unmatched:
            st.caption(
                f"It did not know {plain(', '.join(seen.unmatched))}, and could never say so."
            )


def _dataset(run: runs.Run, part: Part, seen: Review) -> Dataset | None:
    """The pictures that the run was about; None, with the reason, where they are not there."""
    try:
        classes = run.spec.get("classes")
        dataset = labelled.dataset(run.spec["data"], None if classes is None else tuple(classes))
        reviews.check_same(dataset, part.answers, seen.counts)
    except NetlensError as error:
        st.caption(f":material/info: {plain(str(error))}")
        return None
    return dataset
