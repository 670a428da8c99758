"""The figures of calibration and of merged classes."""

import numpy as np
import pytest

from core.evaluation.hierarchy.severity import MergedAccuracy
from core.evaluation.scores.calibration import reliability
from core.figures.calibration import calibration_figure
from core.figures.granularity import granularity_figure


def test_calibration_figure__has_a_bar_for_each_bin_with_answers():
    confidence = np.array([0.05, 0.3, 0.31, 0.95, 0.96, 0.97])
    right = np.array([False, True, False, True, True, True])
    figure = calibration_figure(reliability(right, confidence, 10), chosen=9)
    bars, line = figure.data
    assert list(bars.y) == pytest.approx([0, 1, 0, 1])
    assert sum(row[1] for row in bars.customdata) == 6
    assert bars.customdata[-1][0] == 9
    assert bars.marker.color[-1] != bars.marker.color[0]
    low = np.array(bars.y) - np.array(bars.error_y.arrayminus)
    high = np.array(bars.y) + np.array(bars.error_y.array)
    assert (low >= -1e-12).all()
    assert (high <= 1 + 1e-12).all()
    assert (list(line.x), list(line.y)) == ([0, 1], [0, 1])


def test_granularity_figure__has_a_line_and_a_band_for_each():
    right = np.minimum(np.arange(19) + 1, 10)
    one = MergedAccuracy(right, 10)
    figure = granularity_figure(("a", one), ("b", MergedAccuracy(right, 20)))
    band, line, _, other = figure.data
    assert list(line.y) == (right / 10).tolist()
    assert list(other.y) == (right / 20).tolist()
    assert (np.array(band.y[:19]) <= 1).all()
    assert (np.array(band.y[:19])[::-1] >= np.array(band.y[19:])).all()
    assert figure.layout.showlegend
    assert not granularity_figure(("a", one)).layout.showlegend


def test_granularity_figure__a_name_is_no_markup():
    merged = MergedAccuracy(np.arange(1, 20), 20)
    evil = '<a href="http://evil.example">R&D</a>'
    drawn = granularity_figure((evil, merged), ("<b>b</b>", merged)).data
    names = [line.name for line in drawn if line.name]
    escaped = '&lt;a href="http://evil.example"&gt;R&amp;D&lt;/a&gt;'
    assert names == [escaped, "&lt;b&gt;b&lt;/b&gt;"]
