"""The station Overfitting."""

import re

import pytest
import torch

from core.lab.overfitting.digits import split
from core.lab.overfitting.training import PLAIN, Remedies, Task, judge, training
from tests.pages.bench import PAGE, answer, run_code
from tests.pages.conftest import words

FIRST = Task(wrong=0.2)


@pytest.fixture
def station(open_page):
    app = open_page(PAGE, view="overfitting")
    assert not app.exception
    return app


def table(app):
    """The cells of both columns by the name of their row."""
    first, *columns = (list(column) for column in app.table[0].value.to_dict("list").values())
    return dict(zip(first, zip(*columns, strict=True), strict=True))


def test_overfitting__shows_what_both_trainings_came_to(station):
    parts = split(FIRST.pictures, FIRST.wrong, FIRST.seed)
    cells = table(station)
    for number, remedies in enumerate((PLAIN, Remedies(dropout=0.5))):
        *_, fit = training(FIRST, remedies)
        kept, verdict = fit.kept, judge(fit.network, parts)
        assert station.metric[number].value == f"{100 * kept.gap:.1f} points"
        column = {name: pair[number] for name, pair in cells.items()}
        assert column["Accuracy, training"] == f"{kept.train_accuracy:.1%}"
        validation = next(text for name, text in column.items() if "validation" in name)
        assert validation.startswith(f"{kept.val_accuracy:.1%} (")
        test = next(text for name, text in column.items() if "test (997)" in name)
        assert test.startswith(f"{verdict.test_accuracy:.1%} (")
        assert column["Wrong labels learnt by heart"] == f"{verdict.memorised} of 40"
    assert "40 of them with a wrong label" in words(station)


def test_overfitting__a_gap_below_zero_is_explained(station):
    assert [float(metric.value.split()[0]) < 0 for metric in station.metric] == [False, True]
    assert "by the training labels, of which 20% are wrong" in words(station)
    assert words(station).count("Below zero") == 1
    station.slider(key="lab_overfitting_wrong").set_value(0).run()
    assert "are wrong;" not in words(station)
    assert "Below zero" not in words(station)


def test_overfitting__loss_with_its_penalty_adds_up(station):
    station.select_slider(key="lab_overfitting_l2").set_value(0.01).run()
    numbers = [float(n) for n in re.findall(r"\d+\.\d+", station.latex[1].value.split("em}")[1])]
    loss, decay, norm, total = numbers
    assert decay == 0.01
    assert total == pytest.approx(loss + decay / 2 * norm**2, abs=decay * norm * 0.005 + 1e-4)
    row = next(pair for name, pair in table(station).items() if name.startswith("Norm"))
    assert float(row[1]) == norm < float(row[0]) - 5


def test_overfitting__code_builds_the_network_and_optimiser_that_are_set(station):
    station.slider(key="lab_overfitting_dropout").set_value(0.3)
    station.select_slider(key="lab_overfitting_l2").set_value(0.03)
    station.select_slider(key="lab_overfitting_width").set_value(32)
    station.toggle(key="lab_overfitting_batch_norm").set_value(True).run()
    ran = run_code(station)
    network, groups = ran["network"], ran["optimiser"].param_groups
    assert f"{ran['size']:,} parameters learn" in words(station)
    assert f"# {ran['size']:,}" in station.code[0].value
    kinds = [type(layer).__name__ for layer in network]
    assert kinds == [*["Linear", "BatchNorm1d", "ReLU", "Dropout"] * 2, "Linear"]
    assert network[3].p == 0.3
    assert network[0].out_features == 32
    assert [group["weight_decay"] for group in groups] == [0.03, 0]
    assert network(torch.rand(5, 64)).shape == (5, 10)


def test_overfitting__early_stopping_ends_at_its_patience_and_says_so(station):
    station.select_slider(key="lab_overfitting_patience").set_value(3).run()
    assert not station.exception
    *_, fit = training(FIRST, Remedies(dropout=0.5, patience=3))
    assert fit.kept.number + 3 == len(fit.epochs) < 60
    kept = f"{fit.kept.number} of {len(fit.epochs)}"
    assert table(station)["Epoch kept"] == ("60 of 60", kept)


def test_overfitting__without_remedies_both_are_the_same(station):
    station.slider(key="lab_overfitting_dropout").set_value(0.0).run()
    assert not station.exception
    assert all(one == other for one, other in table(station).values())


@pytest.mark.parametrize("wrong", [0, 60])
def test_overfitting__goes_to_the_ends_of_its_controls(station, wrong):
    station.slider(key="lab_overfitting_wrong").set_value(wrong)
    station.slider(key="lab_overfitting_pictures").set_value(50)
    station.slider(key="lab_overfitting_dropout").set_value(0.8)
    station.toggle(key="lab_overfitting_augmentation").set_value(True)
    station.select_slider(key="lab_overfitting_width").set_value(8).run()
    assert not station.exception
    assert f"of {round(0.5 * wrong)}" in table(station)["Wrong labels learnt by heart"][0]


def test_overfitting__question_checks_itself(station):
    *_, plain = training(FIRST, PLAIN)
    assert answer(station, plain.least.number + 1).warning
    app = answer(station, plain.least.number)
    assert not app.warning
    assert "Right" in app.success[0].value
