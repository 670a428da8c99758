"""What classes of data and of a model have in common."""

import numpy as np
import pytest

from core.data import DataClass
from core.errors import EvaluationError
from core.evaluation.fit import Way, fit
from core.models import ModelClass
from core.models.classes import imagenet_1k
from tests.core.data.memory import MemoryDataset

DOG, GOLDEN, TABBY = "n02084071", "n02099601", "n02123045"


def fitted(classes, labels, model=None, positions=None):
    dataset = MemoryDataset([b""] * len(labels), [f"{at:03}" for at in labels])
    dataset.classes = tuple(classes)
    at = np.arange(len(labels)) if positions is None else np.array(positions)
    return fit(dataset, at, imagenet_1k() if model is None else model)


def test_fit__by_what_each_class_was_found():
    model = [*imagenet_1k(), ModelClass(1000, None, "my mug")]
    classes = [
        DataClass("tabby", TABBY),
        DataClass("tench", "n01440764", 0),
        DataClass("n02099601-Golden"),
        DataClass("hounds"),
        DataClass("My_Mug"),
        DataClass("zxqv"),
        DataClass("n99999999"),
    ]
    found = fitted(classes, range(7), model)
    assert found.ways == (
        *(Way.WNID, Way.INDEX, Way.WNID, Way.LEMMA, Way.LABEL, None, None),
    )  # fmt: skip
    assert found.unknown == (5, 6)
    assert (found.judged, found.left_out) == (5, 2)


def test_fit__a_wnid_that_the_model_has_by_its_label_alone():
    found = fitted([DataClass("tabby", TABBY)], [0], [ModelClass(0, None, "Tabby")])
    assert found.ways == (Way.LABEL,)


def test_fit__pictures_of_a_part_are_counted():
    found = fitted([DataClass("zxqv"), DataClass("tabby")], [0, 0, 0, 1, 1], positions=[0, 3, 4])
    assert found.counts.tolist() == [1, 2]
    assert (found.judged, found.left_out) == (2, 1)


def test_fit__classes_that_share_an_output():
    names = ["car", "tabby", "automobile", "dog", "golden retriever", "Tabby"]
    found = fitted([DataClass(name) for name in names], range(6))
    assert (0, 2) in found.shared
    assert (1, 5) in found.shared
    # the most specific class gets an output alone
    assert not any(at in group for group in found.shared for at in (3, 4))
    alone = fitted([DataClass("tabby")], [0])
    assert alone.shared == ()


def test_fit__a_class_that_more_specific_ones_leave_nothing_is_unknown():
    classes = [DataClass("tabby", TABBY), DataClass("cat", "n02121620")]
    found = fitted(classes, [0, 1], [ModelClass(0, TABBY, "tabby")])
    assert found.ways == (Way.WNID, None)


@pytest.mark.parametrize("labels", [[0], [0, 0, 1]])
def test_check__nothing_to_judge(labels):
    found = fitted([DataClass("zxqv"), DataClass("???")][: max(labels) + 1], labels)
    with pytest.raises(EvaluationError, match=r"M knows none of the classes of D \(zxqv"):
        found.check("M", "D")


def test_check__known_classes_without_a_picture_do_not_count():
    found = fitted([DataClass("zxqv"), DataClass("tabby")], [0, 0, 1], positions=[0, 1])
    with pytest.raises(EvaluationError, match=r"\(zxqv\)"):
        found.check("M", "D")
    fitted([DataClass("zxqv"), DataClass("tabby")], [0, 0, 1]).check("M", "D")


def test_check__names_a_few():
    found = fitted([DataClass(f"zxqv {at}") for at in range(9)], range(9))
    with pytest.raises(EvaluationError, match=r"zxqv 4 \.\.\.\)") as caught:
        found.check("M", "D")
    assert "zxqv 5" not in str(caught.value)
