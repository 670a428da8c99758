"""The charts of the challenge show each record once, and ring the chosen one."""

import pytest

from core.figures.lab.challenge import editions_chart, entries_chart, models_chart
from core.figures.lab.challenge_counting import noise_chart, votes_chart
from core.lab.challenge.counting import measured_accuracy, precision, true_accuracy
from core.lab.challenge.record import history

HISTORY = history()


def points(figure):
    return [
        (x, y, said)
        for trace in figure.data
        if trace.customdata is not None
        for x, y, said in zip(trace.x, trace.y, trace.customdata, strict=True)
    ]


def test_entries_chart__has_every_entry_and_rings_the_winner():
    figure = entries_chart(HISTORY, 2014)
    expected = sorted((one.year, one.error, one.year) for one in HISTORY.entries)
    assert sorted(points(figure)) == expected
    assert (figure.data[-1].x[0], figure.data[-1].y[0]) == (2014, HISTORY.winner(2014).error)
    assert figure.layout.shapes[0].y0 == HISTORY.human.error


def test_models_chart__has_every_model_by_what_it_learnt_from():
    figure = models_chart(HISTORY.models, "CoCa")
    expected = sorted((one.year, one.top1, one.name) for one in HISTORY.models)
    assert sorted(points(figure)) == expected
    alone = next(trace for trace in figure.data if trace.name == "ImageNet-1k alone")
    assert set(alone.customdata) == {one.name for one in HISTORY.models if not one.extra_data}
    assert (figure.data[-1].x[0], figure.data[-1].y[0]) == (2022, 91.0)


def test_editions_chart__every_edition_is_a_bar_the_largest_on_top():
    figure = editions_chart(HISTORY.editions)
    assert len(points(figure)) == len(HISTORY.editions)
    order = figure.layout.yaxis.categoryarray
    sizes = [HISTORY.edition(name).pictures for name in order]
    assert sizes == sorted(sizes)
    assert figure.layout.xaxis.type == "log"


def test_votes_and_noise_charts__mark_what_is_set():
    marked = votes_chart(0.1, 0.8, 7, 0.997).data[1]
    assert (marked.x[0], marked.y[0]) == (7, precision(0.1, 0.8, 7))
    figure = noise_chart(0.9, 0.2, 0.5)
    ends = [trace.y[0] for trace in figure.data if trace.mode == "markers"]
    assert ends == pytest.approx([measured_accuracy(0.9, 0.2, 0.5), true_accuracy(0.9, 0.2, 0.5)])
