"""Curves of a training and the search for its learning rate."""

from core.figures.rates import finder_figure
from core.figures.training_curves import (
    accuracy_figure,
    loss_figure,
    overlaid,
    rate_figure,
    thinned,
)
from core.training.history import Finding, History
from tests.core.training.test_history import epoch, step


def history(epochs=2, accuracy=0.5):
    found = History()
    found.take([step(n, n) for n in range(1, 11)], 0)
    scores = {"val_accuracy": accuracy, "val_loss": 0.7, "train_accuracy": 0.4}
    ends = [epoch(n + 1, 100 + n, best=n == 0, **scores) for n in range(epochs)]
    found.take(ends, 10)
    return found


def lines(figure):
    return {trace.name: (list(trace.x), list(trace.y)) for trace in figure.data}


def test_loss__of_batches_and_epochs():
    drawn = lines(loss_figure(history()))
    assert drawn["training"] == ([1, 2], [1.0, 1.0])
    assert drawn["validation"] == ([1, 2], [0.7, 0.7])
    assert drawn["a batch"][0][:2] == [0.1, 0.2]


def test_accuracy__a_star_marks_the_epoch_that_is_kept():
    drawn = lines(accuracy_figure(history()))
    assert drawn["best"] == ([1], [0.5])
    assert drawn["training"] == ([1, 2], [0.4, 0.4])


def test_accuracy__without_validation_there_is_neither_line_nor_star():
    drawn = lines(accuracy_figure(history(accuracy=None)))
    assert "validation" not in drawn
    assert "best" not in drawn


def test_axis__reaches_to_the_last_epoch_from_the_beginning():
    for draw in (loss_figure, accuracy_figure, rate_figure):
        assert draw(history()).layout.xaxis.range[1] > 4


def test_figures__of_nothing_can_be_drawn():
    for draw in (loss_figure, accuracy_figure, rate_figure):
        assert draw(History()).to_json()


def test_overlaid__has_a_line_a_run():
    figure = overlaid({"one": history(), "two": history(3)}, "loss")
    assert lines(figure) == {"one": ([1, 2], [0.7, 0.7]), "two": ([1, 2, 3], [0.7, 0.7, 0.7])}
    assert overlaid({}, "accuracy").to_json()


def test_overlaid__names_are_short_and_no_html():
    figure = overlaid({"<a href='http://x'>y</a>": history(), "long " * 20: history()}, "loss")
    assert figure.data[0].name.startswith("&lt;a")
    assert len(figure.data[1].name) == 40


def test_thinned__keeps_the_first_and_the_last():
    assert thinned([1, 2, 3]) == [1, 2, 3]
    few = thinned(range(10_000))
    assert len(few) == len(set(few)) == 400
    assert (few[0], few[-1]) == (0, 9_999)


def test_finder__marks_the_rate_that_was_chosen():
    figure = finder_figure(Finding((1e-4, 1e-3, 1e-2), (2.0, 1.0, 3.0), 1e-3))
    assert (list(figure.data[1].x), list(figure.data[1].y)) == ([1e-3], [1.0])
    assert figure.layout.xaxis.type == "log"
    elsewhere = finder_figure(Finding((1e-4,), (2.0,), 1e-3))
    assert len(elsewhere.data) == 1
