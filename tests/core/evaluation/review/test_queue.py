"""The queue of pictures to judge, beside a search through all of them one by one."""

import numpy as np
import pytest

from core.evaluation.answers import Answers
from core.evaluation.metrics import losses
from core.evaluation.review import queue
from core.evaluation.review.remarks import Claim
from core.evaluation.running import table as tables
from core.evaluation.shipped import shipped
from core.evaluation.truth.real import RIGHT, WRONG
from core.evaluation.truth.suspects import LABEL, MODEL, UNDECIDED, suspects
from tests.core.evaluation.answers import probabilities, top_of

CLASSES = [["n02123045", "tabby"], ["n02099601", "golden retriever"], [None, "cup"]]


@pytest.fixture
def answers(tmp_path):
    """60 answers; some pictures cannot be read, and some are there twice."""
    n = 60
    rng = np.random.default_rng(0)
    known = probabilities(rng, n, 3)
    labels = rng.integers(0, 3, n)
    digests = rng.integers(0, 256, (n, 32))
    for array in (digests, labels, known):
        array[40:] = array[:20]
    digests[1, :8] = digests[0, :8]  # which are the same in what is looked at first
    top, top_probability = top_of(known)
    columns = {
        "position": np.arange(n) * 3,
        "label": labels,
        "state": np.where(np.arange(n) % 7 == 3, tables.UNREADABLE, tables.ANSWERED),
        "top": top,
        "top_probability": top_probability,
        "rank": (known > known[np.arange(n), labels][:, None]).sum(1),
        "loss": losses(labels, known),
        "sha256": digests,
    }
    meta = {
        "format": tables.FORMAT,
        "n": n,
        "data": "pets",
        "classes": CLASSES,
        "outputs": CLASSES,
        "claims": [[0], [1], [2]],
        "features": 0,
        "signals": 0,
    }
    return Answers(tables.create(tmp_path / "t", meta, columns, (f"{i}.png" for i in range(n))))


def test_suspects__of_answers_are_those_of_their_columns(answers):
    found = answers.suspects
    wrong = np.flatnonzero(~answers.right)
    assert sorted(found.rows.tolist()) == wrong.tolist()
    assert (np.diff(answers.confidence[found.rows]) <= 0).all()
    assert set(found.verdict.tolist()) == {UNDECIDED}
    assert found is answers.suspects


def test_suspects__with_reassessed_labels_have_their_verdicts(answers, monkeypatch):
    real = np.where(np.arange(len(answers)) % 2, RIGHT, WRONG).astype(np.int8)
    monkeypatch.setattr(Answers, "real", real)
    found = answers.suspects
    assert (found.verdict == np.where(found.rows % 2, LABEL, MODEL)).all()


def test_suspects__of_what_is_shipped():
    answers = shipped()
    found = answers.suspects
    assert len(found.rows) == (~answers.right).sum()
    given = (answers.labels, answers.top, answers.top_probability, answers.loss)
    wanted = suspects(*given, len(answers.classes))
    assert (found.rows == wanted.rows).all()
    assert (found.confident == wanted.confident).all()
    assert 0 < found.confident.sum() < len(found.rows)


def test_claim__is_of_the_bytes_and_the_true_class(answers):
    i = int(answers.suspects.rows[0])
    wnid, label = CLASSES[answers.labels[i]]
    found = queue.claim(answers, i)
    assert found == Claim(answers.sha256(i), wnid, label, answers.file(i), "pets")


def test_voted__are_those_whose_claim_has_a_vote(answers):
    rows = answers.suspects.rows.tolist()
    assert not queue.voted(answers, {}).any()
    claims = [queue.claim(answers, i) for i in rows]
    votes = {one.key: "label" for one in claims[::3]}
    votes[Claim("ab" * 32, None, "cup").key] = "model"  # of another data set
    votes[claims[1].sha256, "another class"] = "model"
    found = queue.voted(answers, votes)
    assert found.tolist() == [one.key in votes for one in claims]
    assert found.sum() > len(claims[::3])  # a picture that is there twice


def test_voted__tells_digests_apart_that_begin_alike(answers):
    rows = answers.suspects.rows.tolist()
    alike = [i for i in rows if answers.rows[i] in (0, 1)]
    for i in alike:
        found = queue.voted(answers, {queue.claim(answers, i).key: "model"})
        assert [row for row, has in zip(rows, found, strict=True) if has and row in alike] == [i]


def test_chosen__by_hand(answers):
    has_vote = np.arange(len(answers.suspects.rows)) % 2 == 0
    assert queue.chosen(answers, "all", has_vote).all()
    assert (queue.chosen(answers, "doubted", has_vote) == answers.suspects.confident).all()
    assert (queue.chosen(answers, "open", has_vote) == ~has_vote).all()


def test_places__are_found_from_any_other():
    among = np.array([False, True, False, True, False])
    assert [queue.before(among, at) for at in range(5)] == [None, None, 1, 1, 3]
    assert [queue.after(among, at) for at in range(-1, 5)] == [1, 1, 3, 3, None, None]
    assert queue.after(np.zeros(0, bool), -1) is None


def test_place_of__is_where_it_is(answers):
    for place, i in enumerate(answers.suspects.rows.tolist()):
        assert queue.place_of(answers, i) == place
    assert queue.place_of(answers, int(np.flatnonzero(answers.right)[0])) is None


def test_examples__are_those_nobody_doubts(answers):
    for of in range(3):
        rows = [i for i in range(len(answers)) if answers.labels[i] == of]
        rows.sort(key=lambda i: (answers.loss[i], i))
        assert queue.examples(answers, of, rows[0], 3).tolist() == rows[1:4]
    assert queue.examples(answers, 7, 0, 3).tolist() == []
