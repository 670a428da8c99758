"""Which answers are shown, and in which order."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.evaluation.answers import open_answers
from core.evaluation.hierarchy.severity import GRADES
from core.evaluation.running.job import evaluate
from core.evaluation.running.task import Task
from core.evaluation.selection import ORDERS, OUTCOMES, Selection, Span, smallest
from core.models import DEFAULT_MODEL
from tests.core.evaluation.running.pets import Context, folder

floats = st.one_of(st.integers(-3, 3).map(float), st.just(np.nan))


@given(st.lists(floats, max_size=30), st.integers(0, 35), st.integers(0, 35))
def test_smallest__are_a_part_of_a_stable_sort(values, count, start):
    values = np.array(values, np.float32)
    wanted = np.argsort(values, kind="stable")
    assert smallest(values, count).tolist() == wanted[:count].tolist()
    assert smallest(values, count, start).tolist() == wanted[start : start + count].tolist()


@pytest.fixture
def answers(tmp_path):
    context = Context()
    evaluate(Task(str(folder(tmp_path / "pets", 10)), DEFAULT_MODEL).as_json(), context)
    return open_answers(context.folder)


def test_rows__of_each_outcome(answers):
    found = {
        outcome: set(Selection(outcome=outcome).rows(answers).tolist()) for outcome in OUTCOMES
    }
    assert found["wrong"] | found["right"] == found["all"] == set(range(30))
    assert not found["wrong"] & found["right"]
    graded = [found[grade] for grade in GRADES[1:]]
    assert set().union(*graded) == found["wrong"]
    assert sum(map(len, graded)) == len(found["wrong"])


def test_rows__of_a_cell_and_of_a_span(answers):
    truth = int(answers.labels[0])
    for predicted in set(answers.predicted.tolist()):
        rows = Selection((truth,), (predicted,), "all").rows(answers)
        assert len(rows) == ((answers.labels == truth) & (answers.predicted == predicted)).sum()
    widths = answers.signals[:, 0]
    low, high = np.quantile(widths, [0.2, 0.7]).tolist()
    rows = Selection(outcome="all", span=Span("width", low, high)).rows(answers)
    assert rows.tolist() == np.flatnonzero((widths >= low) & (widths <= high)).tolist()
    sure = Selection(outcome="all", span=Span("confidence", 0.5, 1.0)).rows(answers)
    assert (answers.confidence[sure] >= 0.5).all()
    assert len(sure) == (answers.confidence >= 0.5).sum()


@pytest.mark.parametrize("order", ORDERS)
def test_page__goes_on_where_the_one_before_ended(answers, order):
    chosen = Selection(outcome="all", order=order)
    found = chosen.rows(answers)
    whole = chosen.page(answers, found, 0, 100)
    assert sorted(whole.tolist()) == list(range(30))
    assert (np.diff(ORDERS[order](answers)[whole]) <= 0).all()
    pages = [chosen.page(answers, found, start, 7) for start in range(0, 30, 7)]
    assert np.concatenate(pages).tolist() == whole.tolist()
    assert len(found) == 30
    assert chosen.page(answers, found, 60, 7).size == 0
