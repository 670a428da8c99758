"""What a map is asked to explain."""

import numpy as np
import pytest
import torch

from core import inside, models
from core.errors import TargetError
from tests.core.inside.nets import cat


@pytest.fixture(scope="module")
def model():
    return models.load(device="cpu")


def test_class__and_numbers_out_of_range(model):
    assert inside.class_target(model, 7).plus == (7,)
    assert inside.parse_target(model, " 7 ") == inside.class_target(model, 7)
    for text in ("200", "99999999999"):
        with pytest.raises(TargetError):
            inside.parse_target(model, text)
    with pytest.raises(TargetError, match="classes 0 to 199, not -1"):
        inside.class_target(model, -1)


def test_group__is_the_sum_over_the_classes_below(model):
    dogs = inside.group_target(model, "n02084071")
    labels = {model.classes[i].label for i in dogs.plus}
    assert "golden retriever" in labels
    assert "tabby" not in labels
    assert dogs.label == f"dog ({len(labels)} classes)"
    logits = torch.arange(200.0)[None]
    assert float(dogs(logits)) == sum(dogs.plus)


def test_group__that_the_model_does_not_know(model):
    with pytest.raises(TargetError, match="knows no class under tree"):
        inside.group_target(model, "n13104059")
    with pytest.raises(TargetError):
        inside.group_target(model, "n99999999")
    with pytest.raises(TargetError, match="is no target"):
        inside.parse_target(model, "dog")


def test_difference__cancels_what_both_share(model):
    dogs = inside.group_target(model, "n02084071")
    one = inside.class_target(model, dogs.plus[0])
    found = inside.difference_target(dogs, one)
    logits = torch.randn(3, 200)
    torch.testing.assert_close(found(logits), dogs(logits) - one(logits))
    assert one.plus[0] not in (*found.plus, *found.minus)
    with pytest.raises(TargetError, match="are the same"):
        inside.difference_target(one, one)


def test_probability__is_softmax_summed(model):
    logits = np.random.default_rng(0).standard_normal((4, 200)) * 50
    target = inside.Target("t", (1, 2), (3,))
    softmax = torch.tensor(logits).softmax(1).numpy()
    expected = softmax[:, 1] + softmax[:, 2] - softmax[:, 3]
    np.testing.assert_allclose(target.probability(logits), expected, atol=1e-12)


def test_maps__of_a_group_are_the_sum_and_of_a_difference_the_difference(model):
    dogs = inside.group_target(model, "n02084071")
    singles = [inside.class_target(model, i) for i in dogs.plus]
    both = inside.difference_target(singles[0], singles[1])
    maps = inside.heatmaps(model, cat(), [dogs, both, *singles], ["layer4"])
    group, difference, *alone = [m.raw for m in maps]
    np.testing.assert_allclose(group, sum(alone), atol=1e-5)
    np.testing.assert_allclose(difference, alone[0] - alone[1], atol=1e-5)
    assert maps[1].score == pytest.approx(maps[2].score - maps[3].score, abs=1e-4)
