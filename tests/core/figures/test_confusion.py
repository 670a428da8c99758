"""The confusion matrix and the learning curve as figures."""

import re

import numpy as np
import pytest

from core.figures.confusion import confusion_figure
from core.figures.learning_curve import learning_curve_figure
from core.training.probing.probe import LearningCurve

COUNTS = np.array([[6, 2], [0, 4]])


def markers(figure):
    return next(trace for trace in figure.data if trace.type == "scatter")


def colour(text: str) -> list[int]:
    return [int(number) for number in re.findall(r"\d+", text)[:3]]


def luminance(rgb) -> float:
    """As WCAG 2 defines it."""
    shares = np.array(rgb) / 255
    linear = np.where(shares <= 0.04045, shares / 12.92, ((shares + 0.055) / 1.055) ** 2.4)
    return float(linear @ [0.2126, 0.7152, 0.0722])


def test_confusion_figure__markers_carry_truth_prediction_count_and_share():
    trace = markers(confusion_figure(COUNTS, ["cat", "dog"]))
    assert len(trace.customdata) == 12  # four in each of three cells
    assert [list(cell) for cell in trace.customdata[::4]] == [
        [0, 0, 6, 0.75, "cat", "cat"],
        [0, 1, 2, 0.25, "cat", "dog"],
        [1, 1, 4, 1.0, "dog", "dog"],
    ]
    assert trace.marker.opacity == 0


@pytest.mark.parametrize("classes", [2, 3, 5, 16, 200])
def test_confusion_figure__every_marker_lies_in_its_cell(classes):
    counts = np.random.default_rng(classes).poisson(1, (classes, classes))
    trace = markers(confusion_figure(counts, [f"class {i}" for i in range(classes)]))
    for x, y, (truth, predicted, count, *_) in zip(trace.x, trace.y, trace.customdata, strict=True):
        assert (round(y), round(x)) == (truth, predicted)
        assert count == counts[truth, predicted]


def test_confusion_figure__numbers_stand_in_their_cells():
    found = confusion_figure(COUNTS, ["cat", "dog"]).layout.annotations
    assert [(n.y, n.x, n.text) for n in found] == [(0, 0, "6"), (0, 1, "2"), (1, 1, "4")]


def test_confusion_figure__right_and_wrong_have_colours_of_their_own():
    heat = [
        trace for trace in confusion_figure(COUNTS, ["cat", "dog"]).data if trace.type != "scatter"
    ]
    empty, right, wrong = (np.array(trace.z, float) for trace in heat)
    np.testing.assert_array_equal(right, [[0.75**0.5, np.nan], [np.nan, 1.0]])
    np.testing.assert_array_equal(wrong, [[np.nan, 0.5], [np.nan, np.nan]])
    np.testing.assert_array_equal(empty, [[np.nan, np.nan], [0.0, np.nan]])
    assert len({trace.colorscale for trace in heat}) == 3


def test_confusion_figure__white_numbers_can_be_read_on_every_cell():
    heat = [trace for trace in confusion_figure(COUNTS, ["a", "b"]).data if trace.type != "scatter"]
    for trace in heat[1:]:
        ends = np.array([colour(end) for _, end in trace.colorscale])
        for share in np.linspace(0, 1, 21):
            mixed = (1 - share) * ends[0] + share * ends[1]
            assert 1.05 / (luminance(mixed) + 0.05) >= 4.5


@pytest.mark.parametrize("page", [(255, 255, 255), (18, 22, 28)])  # light, dark
@pytest.mark.parametrize("layer", ["right", "wrong"])
def test_confusion_figure__larger_shares_are_seen_as_stronger(page, layer):
    figure = confusion_figure(np.eye(26, dtype=int), ["x"] * 26)
    trace = figure.data[1 if layer == "right" else 2]
    (_, low), (_, high) = trace.colorscale
    hue, page = np.array(colour(high)), np.array(page)
    assert colour(low) == hue.tolist()
    ends = [float(re.search(r",([\d.]+)\)$", end)[1]) for end in (low, high)]
    strengths = [np.interp(share**0.5, [0, 1], ends) for share in (0.001, 0.01, 0.04, 0.2, 0.6, 1)]
    seen = [np.abs((hue - page) * strength).sum() for strength in strengths]
    assert seen[0] > 20  # of 765: not nothing
    assert (np.diff(seen) > 15).all()
    assert seen[-1] > 4 * seen[1]


def test_confusion_figure__frames_the_chosen_cell():
    (frame,) = confusion_figure(COUNTS, ["cat", "dog"], (0, 1)).layout.shapes
    assert (frame.x0, frame.x1, frame.y0, frame.y1) == (0.5, 1.5, -0.5, 0.5)
    assert not confusion_figure(COUNTS, ["cat", "dog"]).layout.shapes


def test_confusion_figure__names_are_cut_and_are_no_markup():
    figure = confusion_figure(COUNTS, ["<b>cat</b>", "a very long name of a class"])
    assert list(figure.layout.xaxis.ticktext) == ["‹b›cat‹/b›", "a very long n…"]


@pytest.mark.parametrize("classes", [2, 16, 17, 40, 41, 200])
def test_confusion_figure__targets_never_overlap_and_stay_few(classes):
    counts = np.random.default_rng(classes).poisson(0.1, (classes, classes))
    counts[0, 0] += 1
    figure = confusion_figure(counts, [f"class {i}" for i in range(classes)])
    trace = markers(figure)
    each = 4 if classes <= 4 else 1
    assert len(trace.x) == each * np.count_nonzero(counts)
    side = figure.layout.height - 90
    assert trace.marker.size <= max(3, side / classes / each**0.5)
    assert bool(figure.layout.annotations) == (classes <= 16)
    assert bool(figure.layout.xaxis.ticktext) == (classes <= 40)


def test_confusion_figure__a_class_without_pictures_is_an_empty_row():
    figure = confusion_figure(np.array([[2, 0], [0, 0]]), ["cat", "dog"])
    assert {tuple(cell[:2]) for cell in markers(figure).customdata} == {(0, 0)}


def test_learning_curve_figure__mean_dots_and_baseline():
    accuracy = np.array([[0.2, 0.4], [0.6, 0.8]])
    figure = learning_curve_figure(LearningCurve((1, 10), accuracy), majority=0.25)
    _, dots, mean, base = figure.data
    assert list(dots.x) == [1, 1, 10, 10]
    assert list(dots.y) == [0.2, 0.4, 0.6, 0.8]
    np.testing.assert_allclose(mean.y, [0.3, 0.7])
    assert list(base.y) == [0.25, 0.25]
    assert list(figure.layout.xaxis.tickvals) == [1, 10]
