"""Two evaluations of the same pictures: what changed, beside a count by hand."""

import shutil

import numpy as np
import pytest

from core.errors import EvaluationError
from core.evaluation.answers import Answers
from core.evaluation.pairing import CHANGES, pair
from core.evaluation.running import table as tables
from core.evaluation.running.table import ANSWERED, UNREADABLE

CLASSES = [["n02123045", "tabby"], ["n02099601", "golden retriever"], [None, "a class of ours"]]
N = 60


def answers(folder, seed, **columns):
    """Of N pictures of three classes; who answers is a dice."""
    dice = np.random.default_rng(seed)
    meta = {
        "format": tables.FORMAT, "n": N, "data": "ours", "classes": CLASSES, "model": "m",
        "weights": "w", "outputs": CLASSES, "claims": [[0], [1], [2]], "features": 0, "signals": 9,
    }  # fmt: skip
    labels = np.arange(N) % 3
    top = np.stack([dice.permutation(3) for _ in range(N)])
    top = np.hstack([top, np.full((N, 2), -1)])
    p = -np.sort(-dice.dirichlet([1, 1, 1], N), 1)
    rank = np.argmax(top[:, :3] == labels[:, None], 1)
    own = {
        "position": np.arange(N) * 2, "label": labels, "top": top,
        "top_probability": np.hstack([p, np.zeros((N, 2))]),
        "rank": rank, "loss": -np.log(p[np.arange(N), rank]),
        "state": np.full(N, ANSWERED),
    }  # fmt: skip
    names = [f"{at}.png" for at in range(N)]
    return Answers(tables.create(folder, meta, own | columns, names))


def test_pair__counts_what_changed(tmp_path):
    before, after = answers(tmp_path / "a", 0), answers(tmp_path / "b", 1)
    found = pair(before, after)
    assert len(found) == N
    assert not found.is_partial
    by_hand = {name: set() for name in CHANGES}
    for i in range(N):
        was, now = bool(before.right[i]), bool(after.right[i])
        name = {(1, 1): "both", (1, 0): "broken", (0, 1): "fixed", (0, 0): "neither"}[was, now]
        by_hand[name].add(i)
    for name in CHANGES:
        assert set(found.rows[name].tolist()) == by_hand[name]
        assert getattr(found.counts, name) == len(by_hand[name])
        rows = found.rows[name]
        order = found.page(name, rows, 0, N)
        assert sorted(order.tolist()) == sorted(by_hand[name])
        pages = [found.page(name, rows, start, 4).tolist() for start in range(0, len(rows), 4)]
        assert [row for page in pages for row in page] == order.tolist()
    fixed = [i for i in by_hand["fixed"] if before.labels[i] == 1]
    assert found.classes.fixed[1] == len(fixed)
    sure = before.confidence[found.page("fixed", found.rows["fixed"], 0, N)]
    assert (np.diff(sure) <= 0).all()
    sure = after.confidence[found.page("broken", found.rows["broken"], 0, N)]
    assert (np.diff(sure) <= 0).all()
    for merged, one in zip(found.merged, (before, after), strict=True):
        assert merged.accuracy[0] == pytest.approx(one.right[one.labels < 2].mean())


def test_pair__of_what_both_judge_only(tmp_path):
    state = np.full(N, ANSWERED)
    state[[0, 7, 59]] = UNREADABLE
    before = answers(tmp_path / "a", 0, state=state)
    state = np.full(N, ANSWERED)
    state[[7, 9]] = 0
    after = answers(tmp_path / "b", 1, state=state)
    found = pair(before, after)
    assert found.is_partial
    assert len(found) == N - 4
    for i in range(len(found)):
        row, other = int(found.rows_before[i]), int(found.rows_after[i])
        assert before.file(row) == after.file(other)
        assert before.position(row) == after.position(other)
    both = before.right[found.rows_before] & after.right[found.rows_after]
    assert found.counts.both == both.sum()


def test_pair__with_itself_nothing_changes(tmp_path):
    one = answers(tmp_path / "a", 0)
    found = pair(one, one)
    assert (found.counts.fixed, found.counts.broken, found.counts.chance) == (0, 0, 1)


@pytest.mark.parametrize(
    "change",
    [
        {"position": np.arange(N) * 2 + 1},
        {"label": (np.arange(N) + 1) % 3},
        {"state": np.zeros(N)},
    ],
)
def test_pair__other_pictures_are_refused(tmp_path, change):
    before, after = answers(tmp_path / "a", 0), answers(tmp_path / "b", 1, **change)
    with pytest.raises(EvaluationError, match="no pictures in common"):
        pair(before, after)


def test_pair__other_names_are_refused(tmp_path):
    before = answers(tmp_path / "a", 0)
    shutil.copytree(tmp_path / "a", tmp_path / "b")
    names = tmp_path / "b" / "names.bin"
    names.write_bytes(names.read_bytes().replace(b"30.png", b"3x.png"))
    other = Answers(tables.load(tmp_path / "b"))
    with pytest.raises(EvaluationError, match="no pictures in common"):
        pair(before, other)
