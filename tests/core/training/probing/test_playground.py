"""The probe playground, compared with scikit-learn."""

import dataclasses

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from core import data, models
from core.data.splits import Split
from core.data.stock import Stock, take_stock
from core.errors import TrainingError
from core.training.probing import playground
from core.training.probing.playground import Bench, Setting
from core.training.probing.probe import learning_curve
from tests.core.training.lessons import Patches

CLASSES = 4


def bench(count: int = 240, seed: int = 0, spread: float = 1.0) -> Bench:
    """Clouds of features; a fifth of the pictures is for validation. Positions have gaps."""
    dice = np.random.default_rng(seed)
    labels = np.arange(count) % CLASSES
    centres = dice.normal(size=(CLASSES, 6)) * 1.5
    features = (centres[labels] + spread * dice.normal(size=(count, 6))).astype(np.float32)
    return Bench(
        3 * np.arange(count), features, labels, np.arange(count) // CLASSES % 5 > 0, CLASSES
    )


def everything(**changes) -> Setting:
    return dataclasses.replace(Setting((0, 1, 2, 3), 10_000, 1.0), **changes)


def reference(c: float):
    return make_pipeline(StandardScaler(), LogisticRegression(C=c, max_iter=2000))


def wide(at: Bench) -> np.ndarray:
    return at.features.astype(np.float64)


@pytest.mark.parametrize("c", [0.01, 1.0, 100.0])
def test_fit__is_scikit_learns(c):
    at = bench()
    found = playground.fit(at, everything(c=c))
    known = reference(c).fit(wide(at)[at.learns], at.labels[at.learns])
    held = ~at.learns
    np.testing.assert_allclose(
        found.answers.probabilities, known.predict_proba(wide(at)[held]), atol=1e-5
    )
    assert found.score.accuracy == pytest.approx(known.score(wide(at)[held], at.labels[held]))
    assert found.training_accuracy == pytest.approx(
        known.score(wide(at)[at.learns], at.labels[at.learns])
    )
    assert found.answers.positions.tolist() == at.positions[held].tolist()
    assert found.pictures == at.learns.sum()


def test_fit__of_some_classes_knows_no_others():
    at = bench()
    found = playground.fit(at, everything(classes=(1, 3)))
    rows = at.learns & np.isin(at.labels, (1, 3))
    held = ~at.learns & np.isin(at.labels, (1, 3))
    known = reference(1.0).fit(wide(at)[rows], at.labels[rows])
    np.testing.assert_allclose(
        found.answers.probabilities, known.predict_proba(wide(at)[held]), atol=1e-5
    )
    assert found.answers.labels.tolist() == [0 if label == 1 else 1 for label in at.labels[held]]
    assert found.majority == pytest.approx(0.5)


def test_chosen__takes_so_many_of_each_class_and_more_of_them_include_fewer():
    at = bench()
    before: set[int] = set()
    for count in (1, 2, 7, 20, 1000):
        rows = playground.chosen(at, everything(per_class=count))
        assert at.learns[rows].all()
        each = np.bincount(at.labels[rows], minlength=CLASSES)
        most = np.bincount(at.labels[at.learns], minlength=CLASSES)
        assert each.tolist() == np.minimum(most, count).tolist()
        assert before <= set(rows.tolist())
        before = set(rows.tolist())


def test_chosen__leaves_out_what_is_dropped_by_its_position():
    at = bench()
    rows = playground.chosen(at, everything())
    dropped = frozenset(at.positions[rows[:3]].tolist())
    left = playground.chosen(at, everything(dropped=dropped))
    assert left.tolist() == rows[3:].tolist()


def test_fit__needs_two_classes_and_pictures_to_be_asked_about():
    at = bench()
    with pytest.raises(TrainingError, match="two classes"):
        playground.fit(at, everything(classes=(2,)))
    dropped = frozenset(at.positions[at.labels == 1].tolist())
    with pytest.raises(TrainingError, match="two classes"):
        playground.fit(at, everything(classes=(1, 2), dropped=dropped))
    alone = dataclasses.replace(at, learns=np.ones(len(at.labels), bool))
    with pytest.raises(TrainingError, match="no validation pictures"):
        playground.fit(alone, everything())


def test_misfits__finds_the_pictures_with_wrong_labels():
    at = bench(spread=0.4)
    wrong = np.flatnonzero(at.learns)[[5, 60, 111]]
    truth = at.labels[wrong].copy()
    labels = at.labels.copy()
    labels[wrong] = (truth + 1) % CLASSES
    found = playground.misfits(dataclasses.replace(at, labels=labels), everything(), 3)
    assert {m.position for m in found} == set(at.positions[wrong].tolist())
    said = {m.position: (m.label, m.predicted) for m in found}
    for row, label in zip(wrong, truth, strict=True):
        assert said[int(at.positions[row])] == ((label + 1) % CLASSES, label)
    assert [m.loss for m in found] == sorted((m.loss for m in found), reverse=True)


def test_misfits__each_is_judged_by_the_others_alone():
    at = bench(60)
    found = playground.misfits(at, everything(), 1000)
    rows = playground.chosen(at, everything())
    assert {m.position for m in found} == set(at.positions[rows].tolist())
    # leaving out a fifth, whichever, is close to leaving out one
    for m in found[:5]:
        own = int(np.flatnonzero(at.positions == m.position)[0])
        others = rows[rows != own]
        known = reference(1.0).fit(at.features[others], at.labels[others])
        probability = known.predict_proba(at.features[[own]])[0, m.label]
        assert m.loss == pytest.approx(-np.log(probability), rel=0.5, abs=0.3)


def test_misfits__a_lone_picture_of_its_class_is_not_judged():
    at = bench()
    lone = int(np.flatnonzero(at.learns & (at.labels == 2))[0])
    drop = at.learns & (at.labels == 2)
    drop[lone] = False
    setting = everything(dropped=frozenset(at.positions[drop].tolist()))
    found = playground.misfits(at, setting, 1000)
    assert int(at.positions[lone]) not in {m.position for m in found}


@pytest.mark.parametrize(
    ("most", "expected"),
    [
        (1, (1,)),
        (2, (1, 2)),
        (7, (1, 2, 5, 7)),
        (10, (1, 2, 5, 10)),
        (48, (1, 2, 5, 10, 20, 48)),
        (100, (1, 2, 5, 10, 20, 50, 100)),
    ],
)
def test_counts_up_to__ends_at_the_most(most, expected):
    assert playground.counts_up_to(most) == expected


def test_curve__is_probes_own_at_once():
    at = bench(120)
    told = []
    found = playground.curve(at, everything(), lambda done, of: told.append((done, of)))
    rows, held = np.flatnonzero(at.learns), np.flatnonzero(~at.learns)
    whole = learning_curve(
        (at.features[rows], at.labels[rows]),
        (at.features[held], at.labels[held]),
        found.counts,
        seeds=playground.SEEDS,
    )
    np.testing.assert_array_equal(found.accuracy, whole.accuracy)
    assert told == [(i, len(found.counts)) for i in range(len(found.counts))]


def test_curve__of_nothing_to_learn_from_says_so():
    at = bench()
    gone = frozenset(at.positions[at.labels < 2].tolist())
    with pytest.raises(TrainingError, match="two classes"):
        playground.curve(at, everything(classes=(0, 1), dropped=gone))
    with pytest.raises(TrainingError, match="no validation"):
        playground.curve(
            dataclasses.replace(at, learns=np.ones(len(at.labels), bool)), everything()
        )


def test_bench__holds_the_training_and_validation_pictures_that_can_be_read():
    patches = data.choose(Patches(12, 2, side=64), ["c0", "c1"])
    split = Split(np.array([0, 1, 2, 3, 4]), np.array([6, 7]), np.array([10, 11]))
    stock = take_stock(patches)
    stock = Stock(stock.digests, {2: "It is broken."})
    told = []
    model = models.load(device="cpu")
    at = playground.bench(model, patches, stock, split, lambda *news: told.append(news))
    assert at.positions.tolist() == [0, 1, 3, 4, 6, 7]
    assert at.learns.tolist() == [True] * 4 + [False] * 2
    assert at.labels.tolist() == patches.labels[at.positions].tolist()
    assert at.features.shape[0] == 6
    assert told == [(1, 1)]
    again = playground.bench(model, patches, stock, split, lambda *news: told.append(news))
    assert len(told) == 1  # kept on the disk
    np.testing.assert_array_equal(again.features, at.features)
    with pytest.raises(TrainingError, match="can be read"):
        playground.bench(model, patches, Stock(stock.digests, dict.fromkeys(range(12), "")), split)
