"""Answers in one space of classes, whatever outputs stand for them."""

import numpy as np
import pytest

from core.evaluation.answers import Answers
from core.evaluation.hierarchy.severity import GRADES
from core.evaluation.running import table as tables
from core.evaluation.running.table import ANSWERED, TOP, WAITING
from core.evaluation.scores.calibration import reliability
from core.evaluation.slices.slices import findings
from tests.core.evaluation import synthetic

CLAIMS = {
    "the same": [[0], [1], [2], [3], [4], [5]],
    "fewer": [[0], [1], [2]],
    "in another order": [[5], [3], [4], [0], [1], [2]],
    "several outputs for one class": [[0, 2], [5], [1, 3]],
    "one output for several classes": [[0, 1], [1, 2], [2], [4]],
    "one output for two classes of the same number": [[0, 1], [1], [2], [3], [4], [5]],
    "classes without one": [[], [2], [], [1]],
    "three": [[0], [1, 2], [2]],
}


@pytest.mark.parametrize("name", CLAIMS)
@pytest.mark.parametrize("done", [1.0, 0.6])
def test_top__is_what_the_outputs_stand_for(tmp_path, name, done):
    claims, outputs, n = CLAIMS[name], 3 if name == "three" else 6, 300
    dice = np.random.default_rng(0)
    labels = dice.integers(0, len(claims), n)
    order = np.argsort(dice.random((n, outputs)), 1)
    rank = np.full(n, -1)
    for row, label in enumerate(labels):
        hits = [place for place, at in enumerate(order[row]) if at in claims[label]]
        rank[row] = hits[0] if hits else -1
    meta = {
        "format": 1, "n": n, "features": 0, "signals": 0, "claims": claims,
        "classes": [(None, f"class {at}") for at in range(len(claims))],
        "outputs": [(None, f"output {at}") for at in range(outputs)],
    }  # fmt: skip
    state = np.where(dice.random(n) < done, ANSWERED, WAITING)
    top = np.full((n, TOP), -1)
    top[:, :outputs] = order[:, :TOP]
    columns = {"position": np.arange(n), "label": labels, "state": state, "rank": rank, "top": top}
    found = Answers(tables.create(tmp_path, meta, columns, map(str, range(n))))
    assert found.rows.tolist() == np.flatnonzero((state == ANSWERED) & (rank >= 0)).tolist()
    for i, row in enumerate(found.rows.tolist()):
        for place in range(TOP):
            at = top[row, place]
            named = {c for c, claim in enumerate(claims) if at in claim}
            if at < 0:
                assert found.top[i, place] == -1
            elif not named:
                assert found.classes[found.top[i, place]] == (None, f"output {at}")
            elif place == rank[row]:
                assert found.top[i, place] == labels[row]
            else:
                assert found.top[i, place] in named
    assert (found.right == (found.predicted == found.labels)).all()


def test_answers__of_a_synthetic_evaluation_hang_together(tmp_path):
    found = Answers(synthetic.table(tmp_path, 4000, 60))
    assert (found.right == (found.predicted == found.labels)).all()
    assert 0.6 < found.right.mean() < 0.8
    assert (np.diff(found.top_probability, axis=1) <= 0).all()
    assert (found.top_probability.sum(1) <= 1 + 1e-6).all()
    assert all(len(set(row)) == TOP for row in found.top.tolist())
    rank = np.array(found.table["rank"])
    for place in range(TOP):
        rows = rank == place
        assert (found.top[rows, place] == found.labels[rows]).all()
        own = found.top_probability[rows, place]
        assert np.exp(-found.loss[rows]) == pytest.approx(own, rel=1e-5)
    assert (found.top[rank >= TOP] != found.labels[rank >= TOP, None]).all()
    assert (found.entropy >= 0).all() and (found.entropy <= np.log(60) + 1e-6).all()
    assert found.graded[GRADES.index("near")] > 100
    assert found.findings == findings(found.signals, found.right)
    assert found.findings[0].slice.signal == "sharpness"
    wanted = reliability(found.right, found.confidence)
    assert found.headline.ece == wanted.expected_error


@pytest.mark.parametrize("name", ["other_{}.JPEG", "ILSVRC2012_val_{:08}.JPEG"])
def test_graded__counts_the_grades(tmp_path, name):
    found = Answers(synthetic.table(tmp_path, 20_000, name=name))
    assert (found.real is None) == name.startswith("other")
    assert found.graded.tolist() == np.bincount(found.grades, minlength=len(GRADES)).tolist()
    assert (found.graded[GRADES.index("right under ReaL")] > 0) == (found.real is not None)
