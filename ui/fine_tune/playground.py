"""A probe to play with: features computed once, and a fit at every change."""

import time

import streamlit as st

from core import models
from core.errors import TrainingError
from core.evaluation.titles import titles
from core.figures.learning_curve import learning_curve_figure
from core.models import ImageModel
from core.training.probing import playground as bench
from core.training.probing.playground import Bench, Fit, Setting
from ui import answers, hand, pickers, weights
from ui.fine_tune import closer, misfits, mistakes, play_controls
from ui.fine_tune.data_step import DataChoice
from ui.long_job import long_job
from ui.page import plain
from ui.remember import remembered

_AT_ONCE = 300  # pictures whose features are computed without a click
_QUICK = 0.15  # seconds of a fit, up to which the dozens for the curve need no click
_ANSWERS, _WORST, _CURVE = "Answers", "Pictures that fit worst", "Pictures per class"
_MODEL = "play_model"


def draw_playground(choice: DataChoice) -> None:
    """Draw it for the data that were chosen. Raises what computing features raises."""
    if choice.stock is None or choice.split is None:
        return  # the step before says what it waits for
    name = _model()
    if models.info(name).is_untrained:
        st.caption("This model has learnt nothing yet: choose one whose features say something.")
        return
    if not weights.ready([name]):
        return
    model = answers.load_model(name)
    key = (choice.key, name, str(model.device))
    at = _features(choice, model, key)
    if at is None:
        return
    names = titles([(known.wnid, known.label) for known in choice.dataset.classes])
    setting = play_controls.draw(at, names, key)
    if setting is None:
        return
    try:
        found, seconds = remembered("fits", (key, setting), lambda: _timed(at, setting), 8)
    except TrainingError as error:
        st.caption(f":material/info: {plain(str(error))}")
        return
    _numbers(found, seconds)
    view = st.segmented_control(
        "Look at",
        [_ANSWERS, _WORST, _CURVE],
        default=_ANSWERS,
        required=True,
        key="play_view",
        label_visibility="collapsed",
    )
    if view == _ANSWERS:
        of = [names[c] for c in setting.classes]
        part = f"play_{abs(hash((key, setting)))}"
        shown = mistakes.Answers(part, found.answers, of, choice.dataset)
        row = mistakes.draw(shown)
        if row is not None:
            closer.draw(None, shown, row)
    elif view == _WORST:
        misfits.draw(choice.dataset, at, setting, names, key)
    else:
        _curve(at, setting, found, key, at_once=seconds < _QUICK)


def _model() -> str:
    options = pickers.model_options()
    st.session_state[_MODEL] = hand.model_names()[0]
    return st.selectbox(
        "Features of",
        list(options),
        key=_MODEL,
        format_func=options.__getitem__,
        on_change=_take_model,
    )


def _take_model() -> None:
    name = st.session_state[_MODEL]
    hand.take_models([name, *(n for n in hand.model_names()[1:] if n != name)])


def _features(choice: DataChoice, model: ImageModel, key: tuple[object, ...]) -> Bench | None:
    count = len(choice.split.train) + len(choice.split.validation)
    place = st.empty()
    place.caption(
        f"What {plain(model.name)} makes of {count:,} pictures is computed once and kept. After "
        "that, every change is answered at once. The test part stays out of it."
    )
    found = long_job(
        "bench",
        key,
        button="Compute features",
        what="Computing features",
        units="batches",
        compute=lambda progress: bench.bench(
            model, choice.dataset, choice.stock, choice.split, progress
        ),
        primary=True,
        at_once=count <= _AT_ONCE,
        kept=2,
    )
    if found is not None:
        place.empty()
    return found


def _timed(at: Bench, setting: Setting) -> tuple[Fit, float]:
    started = time.perf_counter()
    return bench.fit(at, setting), time.perf_counter() - started


def _numbers(found: Fit, seconds: float) -> None:
    own, majority, learnt = st.columns(3, border=True)
    score = found.score
    with own:
        st.metric("Accuracy · validation", f"{score.accuracy:.1%}")
        st.caption(f"95 % interval {score.low:.0%} to {score.high:.0%}, from {score.n:,} pictures")
    with majority:
        st.metric("Always the largest class", f"{found.majority:.1%}")
        st.caption("What saying the most frequent class of the training every time gets right")
    with learnt:
        st.metric("On what it learnt from", f"{found.training_accuracy:.1%}")
        st.caption(f"{found.pictures:,} training pictures, fitted in {seconds * 1000:,.0f} ms")


def _curve(
    at: Bench, setting: Setting, found: Fit, key: tuple[object, ...], *, at_once: bool
) -> None:
    judged = Setting(setting.classes, len(at.labels), setting.c, setting.dropped)
    curve = long_job(
        "play_curve",
        (key, judged),
        button=f"Fit with more and more pictures, {bench.SEEDS} times each",
        what="The curve",
        units="points",
        compute=lambda progress: bench.curve(at, judged, progress),
        at_once=at_once,
    )
    if curve is None:
        return
    mean = curve.accuracy.mean(1)
    st.plotly_chart(
        learning_curve_figure(curve, found.majority),
        config={"displayModeBar": False},
        alt=f"Accuracy from {mean[0]:.0%} with {curve.counts[0]} picture of each class to "
        f"{mean[-1]:.0%} with {curve.counts[-1]}",
    )
    st.caption(
        "Each dot is a probe on other pictures drawn at random; where the dots of one number lie "
        "far apart, luck decides. Where the line still rises, more pictures help."
    )
