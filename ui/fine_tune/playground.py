"""A probe to play with: features computed once, and a fit at every change."""

import time
from collections.abc import Callable, Sequence

import streamlit as st

from core import models
from core.data import Dataset
from core.errors import TrainingError
from core.figures.learning_curve import learning_curve_figure
from core.models import ImageModel
from core.training import playground as bench
from core.training.playground import Bench, Fit, Setting
from core.training.review import titles
from ui import answers, hand, pickers, weights
from ui.fine_tune import closer, mistakes, pictures
from ui.fine_tune.data_step import DataChoice
from ui.gallery import Item, gallery
from ui.long_job import long_job
from ui.page import plain
from ui.remember import remembered

_STRENGTHS = (0.001, 0.01, 0.1, 1.0, 10.0, 100.0, 1000.0)
_PILLS = 24  # classes up to which each has a button of its own
_WORST = 24
_AT_ONCE = 500  # pictures whose features are computed without a click
_ANSWERS, _WORST_VIEW, _CURVE = "Answers", "Pictures that fit worst", "Pictures per class"
_MODEL, _CLASSES, _COUNT, _C, _DROPPED = (
    "play_model",
    "play_classes",
    "play_count",
    "play_c",
    "play_dropped",
)


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
    setting = _setting(at, names, key)
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
        [_ANSWERS, _WORST_VIEW, _CURVE],
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
    elif view == _WORST_VIEW:
        _worst(choice, at, setting, names, key)
    else:
        _curve(at, setting, found, key)


def _model() -> str:
    options = pickers.model_options()
    st.session_state[_MODEL] = hand.model_names()[0]
    return st.selectbox(
        "Features of",
        list(options),
        key=_MODEL,
        format_func=options.__getitem__,
        on_change=lambda: hand.take_models([st.session_state[_MODEL]]),
    )


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


def _setting(at: Bench, names: Sequence[str], key: tuple[object, ...]) -> Setting | None:
    with st.container(border=True):
        everything = list(range(at.classes))
        if st.session_state.get("play_key") != key:
            st.session_state["play_key"] = key
            st.session_state[_CLASSES] = everything
            st.session_state[_DROPPED] = frozenset()
            st.session_state.pop(_COUNT, None)
        if at.classes <= _PILLS:
            st.pills(
                "Classes to tell apart",
                everything,
                selection_mode="multi",
                format_func=names.__getitem__,
                key=_CLASSES,
            )
        else:
            st.multiselect(
                "Classes to tell apart", everything, format_func=names.__getitem__, key=_CLASSES
            )
        classes = tuple(sorted(st.session_state[_CLASSES]))
        if len(classes) < 2:
            st.caption("Choose two classes at least.")
            return None
        left, right = st.columns(2, gap="medium")
        most = at.most_pictures(classes)
        with left:
            per_class = _count(most)
        with right:
            c = st.select_slider(
                "Strength C",
                _STRENGTHS,
                value=1.0,
                format_func=lambda strength: f"{strength:g}",
                key=_C,
                help="How far the probe follows its pictures: a small C keeps its weights small, "
                "a large one lets it learn them by heart.",
            )
        dropped = st.session_state[_DROPPED]
        if dropped:
            st.caption(f"{len(dropped):,} training pictures are dropped.")
    return Setting(classes, per_class, c, dropped)


def _count(most: int) -> int:
    if most < 2:
        st.caption("There is one training picture of each class.")
        return most
    kept = st.session_state.get(_COUNT, most)
    st.session_state[_COUNT] = min(kept, most)
    return st.slider("Training pictures of each class, at most", 1, most, key=_COUNT)


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


def _worst(
    choice: DataChoice,
    at: Bench,
    setting: Setting,
    names: Sequence[str],
    key: tuple[object, ...],
) -> None:
    """Training pictures that others of their class do not prepare one for; a click drops one."""
    judged = Setting(setting.classes, len(at.labels), setting.c)
    most = _WORST + len(setting.dropped)
    found = remembered("misfits", (key, judged, most), lambda: bench.misfits(at, judged, most), 8)
    st.caption(
        "Training pictures whose label surprises a probe that learnt from the others: mislabelled "
        "ones are among the first, and so are unusual ones. What is dropped is no longer learnt "
        "from; the files stay as they are. Click a picture to drop it."
    )
    shown = [m for m in found if m.position not in setting.dropped][:_WORST]
    items = []
    for m in shown:
        label, said = names[m.label], names[m.predicted]
        title = f"{label} → {said}" if label != said else f"{label} {m.probability:.0%}"
        alt = f"labelled {label}; the others say {said} at {m.probability:.0%}. Drop it"
        items.append((m.position, title, alt))
    _gallery(choice.dataset, items, "Pictures that fit worst", key, _drop)
    if setting.dropped:
        st.markdown("**Dropped**")
        st.caption("Click a picture to learn from it again.")
        back = [
            (position, names[choice.dataset.labels[position]], "dropped. Move it back")
            for position in sorted(setting.dropped)
        ]
        _gallery(choice.dataset, back, "Dropped pictures", key, _move_back)


def _gallery(
    dataset: Dataset,
    shown: Sequence[tuple[int, str, str]],
    label: str,
    key: tuple[object, ...],
    on_pick: Callable[[str], None],
) -> None:
    """Positions with their titles and alternative texts, as buttons."""

    def made() -> list[Item]:
        small = [(*one, pictures.thumbnail(dataset, one[0])) for one in shown]
        return [Item(str(at), title, alt, p) for at, title, alt, p in small if p is not None]

    items = remembered("play_pictures", (key, label, tuple(shown)), made, 6)
    gallery(items, label, f"play_gallery_{label}", on_pick)


def _drop(at: str) -> None:
    st.session_state[_DROPPED] |= {int(at)}


def _move_back(at: str) -> None:
    st.session_state[_DROPPED] -= {int(at)}


def _curve(at: Bench, setting: Setting, found: Fit, key: tuple[object, ...]) -> None:
    judged = Setting(setting.classes, len(at.labels), setting.c, setting.dropped)
    curve = long_job(
        "play_curve",
        (key, judged),
        button=f"Fit with more and more pictures, {bench.SEEDS} times each",
        what="The curve",
        units="points",
        compute=lambda progress: bench.curve(at, judged, progress),
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
