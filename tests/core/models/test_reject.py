"""When an answer is none: from the file to the answer."""

import json

import numpy as np
import pytest
from safetensors.torch import load_file, save_file

from core import models
from core.errors import ModelError
from core.models import saved
from core.models.header import find_problem
from core.models.reject import RejectOption, reject_option
from tests.helpers import classification

from .conftest import SMALL

REJECT = {"below": 0.3, "right": 0.1, "others": 0.5}


def test_reject_option__of_metadata():
    assert reject_option({}) is None
    assert reject_option({"reject": None}) is None
    assert reject_option({"reject": REJECT}) == RejectOption(below=0.3, right=0.1, others=0.5)


@pytest.mark.parametrize(
    "wrong",
    [0.3, [], {}, {"below": 0.3}, {**REJECT, "more": 1}, {**REJECT, "below": 1.5},
     {**REJECT, "right": "many"}, {**REJECT, "others": None}, {**REJECT, "right": True}],
)  # fmt: skip
def test_header__a_reject_option_that_is_none(wrong, small_model):
    metadata = saved.read_metadata(small_model) | {"reject": wrong}
    assert "reject is not" in find_problem(metadata)
    save_file(load_file(small_model), small_model, {saved.KEY: json.dumps(metadata)})
    with pytest.raises(ModelError, match="reject is not null or three numbers"):
        models.read_model(small_model)


@pytest.mark.parametrize("wrong", ["x", [1], {"x": 1}])
def test_header__of_a_tuned_model_too(wrong, netlens_home):
    run = netlens_home / "runs" / "20260101-120000-abcdef"
    run.mkdir(parents=True)
    made = models.tunable(models.DEFAULT_MODEL, [("n1", "a"), (None, "b")])
    models.save_tuned(run / "model.safetensors", made.module, made.metadata)
    assert models.load(f"run/{run.name}", device="cpu").reject is None
    with pytest.raises(ModelError, match="reject is not null or three numbers"):
        models.save_tuned(run / "x", made.module, made.metadata | {"reject": wrong})


def test_header__without_or_with_one():
    complete = {**SMALL, "format": "netlens-1", "parameters": 1}
    assert find_problem(complete) is None
    assert find_problem(complete | {"reject": None}) is None
    assert find_problem(complete | {"reject": REJECT}) is None


def test_load__the_bundled_models_option_is_that_of_its_file():
    model = models.load(device="cpu")
    metadata = saved.read_metadata(models.obtain(model.info))
    assert model.reject is not None
    assert model.reject == RejectOption(**metadata["reject"])
    assert model.reject.others > model.reject.right


@pytest.mark.parametrize(("largest", "rejected"), [(0.5, False), (0.6, False), (0.49, True)])
def test_is_rejected__below_the_threshold_alone(largest, rejected):
    answer = classification({"n1": largest, "n2": 0.0}, reject=RejectOption(0.5, 0.1, 0.5))
    assert answer.is_rejected == rejected
    assert not classification({"n1": largest}).is_rejected


def test_is_rejected__never_of_a_model_without_an_option():
    answer = classification({f"n{i}": v for i, v in enumerate(np.full(50, 0.02))})
    assert not answer.is_rejected
