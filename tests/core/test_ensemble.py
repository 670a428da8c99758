"""The average of models with different class lists, against figures worked out by hand."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.ensemble import average
from core.errors import ModelError
from tests.helpers import classification


def test_average__same_classes_is_the_plain_mean():
    a = classification({"n1": 0.7, "n2": 0.2, "n3": 0.1})
    b = classification({"n1": 0.1, "n2": 0.5, "n3": 0.4})
    mean = average([a, b])
    assert [(p.wnid, pytest.approx(p.probability)) for p in mean.predictions] == [
        ("n1", 0.4),
        ("n2", 0.35),
        ("n3", 0.25),
    ]
    assert mean.inside == pytest.approx((1.0, 1.0))


def test_average__only_shared_classes_count_and_are_scaled():
    # the second model's n1 and n2 hold 0.5 together, so it says 0.4 and 0.6 of them
    a = classification({"n2": 0.5, "n1": 0.5})
    b = classification({"n0": 0.5, "n1": 0.2, "n2": 0.3})
    mean = average([a, b])
    assert {p.wnid: p.probability for p in mean.predictions} == pytest.approx(
        {"n1": 0.45, "n2": 0.55}
    )
    assert mean.inside == pytest.approx((1.0, 0.5))


def test_average__classes_are_matched_by_wnid_not_by_name():
    a = classification({"n1": 0.9, "n2": 0.1}, labels=("crane", "crane"))
    b = classification({"n2": 0.9, "n1": 0.1}, labels=("crane", "crane"))
    assert {p.wnid: p.probability for p in average([a, b]).predictions} == pytest.approx(
        {"n1": 0.5, "n2": 0.5}
    )


def test_average__nothing_shared_is_said():
    with pytest.raises(ModelError, match="share no class"):
        average([classification({"n1": 1.0}), classification({"n2": 1.0})])


def test_average__no_probability_inside_gives_no_nan():
    a = classification({"n1": 0.0, "n2": 0.0, "n3": 1.0})
    b = classification({"n1": 0.5, "n2": 0.5})
    mean = average([a, b])
    assert all(np.isfinite(p.probability) for p in mean.predictions)
    assert mean.inside[0] == 0


@given(st.lists(st.floats(0.001, 1.0), min_size=2, max_size=8), st.integers(1, 4))
def test_average__of_a_model_with_itself_is_itself(weights, copies):
    total = sum(weights)
    answer = classification({f"n{i}": w / total for i, w in enumerate(weights)})
    mean = average([answer] * copies)
    expected = {f"n{i}": w / total for i, w in enumerate(weights)}
    assert {p.wnid: p.probability for p in mean.predictions} == pytest.approx(expected, abs=1e-6)
    assert sum(p.probability for p in mean.predictions) == pytest.approx(1)
