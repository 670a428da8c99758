"""A run looked at afterwards."""

import json
import os

import numpy as np
import pytest
from scipy.stats import binomtest

from core import catalog, data, models
from core.errors import DataError, RunError
from core.evaluation import Predictions
from core.images import read_image
from core.inside import class_target, explain
from core.predict import classify
from core.training.after.before_after import before_after
from core.training.after.review import (
    check_same,
    export_of,
    is_test_open,
    is_usable,
    open_test,
    review,
)
from core.training.export.zipped import FILE
from tests.core.training.lessons import Patches

RESULT = {"majority": {"test": 0.5}, "untuned": {}}


def detail(folder, classes=2, **more) -> None:
    known = {"classes": [[None, chr(97 + at)] for at in range(classes)], **more}
    (folder / "details.json").write_text(json.dumps(known))


def said(answers) -> np.ndarray:
    """Probabilities of two classes, sure of these."""
    return np.eye(2, dtype=np.float32)[np.array(answers)] * 0.8 + 0.1


def predictions(labels, after, before, part=2) -> Predictions:
    n = len(labels)
    before = None if before is None else said(before)
    return Predictions(np.arange(n), np.full(n, part), np.array(labels), said(after), before)


def test_review__scores_and_changes_of_each_part(tmp_path):
    labels, after, before = [0, 0, 0, 1, 1, 1], [0, 0, 0, 1, 1, 0], [1, 1, 0, 1, 0, 1]
    predictions(labels, after, before).save(tmp_path / "predictions.npz")
    detail(tmp_path, class_counts=[[4, 1, 1], [4, 1, 1]], matched=[["a", ["n1"]]], unmatched=["b"])
    found = review(tmp_path, RESULT)
    assert found.titles == ("a", "b")
    assert found.counts.tolist() == [[4, 1, 1], [4, 1, 1]]
    assert (found.matched, found.unmatched, found.reason) == ((("a", ("n1",)),), ("b",), "")
    assert list(found.parts) == ["test"]
    part = found.parts["test"]
    assert part.score.accuracy == pytest.approx(5 / 6)
    assert part.before.accuracy == pytest.approx(3 / 6)
    assert (part.mended, part.spoilt, part.majority) == (3, 1, 0.5)


@pytest.mark.parametrize(("mended", "spoilt"), [(0, 0), (1, 0), (3, 1), (9, 0), (40, 61), (300, 2)])
def test_chance__is_the_exact_test_of_even_odds(tmp_path, mended, spoilt):
    n = mended + spoilt + 2
    labels = [0] * n
    after = [0] * mended + [1] * spoilt + [0, 1]
    before = [1] * mended + [0] * spoilt + [0, 1]
    predictions(labels, after, before).save(tmp_path / "predictions.npz")
    detail(tmp_path)
    part = review(tmp_path, RESULT).parts["test"]
    assert (part.mended, part.spoilt) == (mended, spoilt)
    changed = mended + spoilt
    expected = binomtest(mended, changed).pvalue if changed else 1.0
    assert part.chance == pytest.approx(expected)


def test_review__of_a_run_without_a_result_asks_the_model(tmp_path, netlens_home):
    folder = netlens_home / "runs" / "20260101-000000-abcdef"
    folder.mkdir(parents=True)
    tuned = models.tunable(models.DEFAULT_MODEL, [(None, "x"), (None, "y")])
    models.save_tuned(folder / "model.safetensors", tuned.module, tuned.metadata)
    assert is_usable(folder)
    predictions([0, 1], [0, 1], None).save(folder / "predictions.npz")
    found = review(folder, None)
    assert found.titles == ("x", "y")
    assert found.parts["test"].before is None
    assert found.parts["test"].majority is None


def test_review__damage_and_mix_ups_are_said(tmp_path):
    detail(tmp_path, 3)
    predictions([0, 1], [0, 1], None).save(tmp_path / "predictions.npz")
    with pytest.raises(RunError, match="other classes"):
        review(tmp_path, RESULT)
    for damaged in ("{", "[1]", "\xff"):
        (tmp_path / "details.json").write_text(damaged, "latin-1")
        with pytest.raises(RunError, match=r"details\.json is damaged"):
            review(tmp_path, RESULT)
    detail(tmp_path)
    (tmp_path / "predictions.npz").unlink()
    assert review(tmp_path, RESULT).parts == {}
    with pytest.raises(RunError, match=r"predictions\.npz"):
        review(tmp_path, {**RESULT, "test": {"accuracy": 1.0}})


def test_open_test__is_noted_in_the_folder(tmp_path):
    assert not is_test_open(tmp_path)
    open_test(tmp_path)
    open_test(tmp_path)
    assert is_test_open(tmp_path)
    with pytest.raises(RunError, match="cannot be written"):
        open_test(tmp_path / "gone")


def test_check_same__finds_other_labels_and_missing_pictures():
    patches = Patches(12, 2)
    answers = Predictions(np.array([3, 8]), [1, 1], patches.labels[[3, 8]], said([0, 1]))
    check_same(patches, answers, np.array([[4, 1, 1], [4, 1, 1]]))
    check_same(patches, answers, None)
    with pytest.raises(DataError, match="has changed"):
        check_same(patches, answers, np.array([[5, 1, 1], [4, 1, 1]]))
    with pytest.raises(DataError, match="has changed"):
        check_same(Patches(8, 2), answers, None)
    other = Predictions(answers.positions, answers.part, 1 - answers.labels, said([0, 1]))
    with pytest.raises(DataError, match="has changed"):
        check_same(patches, other, None)


def test_export_of__forgets_a_zip_that_is_older_than_the_model(tmp_path):
    assert export_of(tmp_path) is None
    (tmp_path / FILE).write_bytes(b"")
    assert export_of(tmp_path) is None
    (tmp_path / "model.safetensors").write_bytes(b"")
    os.utime(tmp_path / FILE, (100, 100))
    assert export_of(tmp_path) is None
    os.utime(tmp_path / "model.safetensors", (99, 99))
    assert export_of(tmp_path) == tmp_path / FILE


@pytest.fixture
def tuned(netlens_home):
    """A run's model that knows cats, something unheard of, and Egyptian cats by their wnid."""
    folder = netlens_home / "runs" / "20260101-000000-abcdef"
    folder.mkdir(parents=True)
    classes = [(None, "dog"), (None, "zzxq"), ("n02124075", "Egyptian cat")]
    made = models.tunable(models.DEFAULT_MODEL, classes)
    models.save_tuned(folder / "model.safetensors", made.module, made.metadata)
    return models.load(f"run/{folder.name}", device="cpu")


def test_before_after__asks_the_same_class_of_both_models(tuned):
    original = models.load(device="cpu")
    patches = data.choose(Patches(4, 2, side=64), ["c0", "c1"])
    picture = read_image(patches.read(0), "patch")
    said = classify(original, picture).probabilities
    wnids = {known.wnid: known.index for known in original.classes}

    exact = before_after(original, tuned, picture, 2)
    expected = explain(original, picture, class_target(original, wnids["n02124075"]))
    assert exact.outputs == 1
    np.testing.assert_array_equal(exact.before.raw, expected.raw)
    np.testing.assert_array_equal(
        exact.after.raw, explain(tuned, picture, class_target(tuned, 2)).raw
    )

    several = before_after(original, tuned, picture, 0)
    assert several.outputs > 1
    (index,) = several.before.target.plus
    dogs = [wnids[wnid] for wnid in catalog.load().descendants("n02084071") if wnid in wnids]
    assert index == max(dogs, key=lambda at: said[at])

    unknown = before_after(original, tuned, picture, 1)
    assert unknown.outputs == 0
    assert unknown.before.target.plus == (int(said.argmax()),)
    assert unknown.after.target.label == "zzxq"

    alone = before_after(None, tuned, picture, 2)
    assert alone.before is None
    np.testing.assert_array_equal(alone.after.raw, exact.after.raw)
