"""Reassessed labels, by the names of the pictures."""

import json
import subprocess
import sys

import numpy as np
import pytest

from core import catalog
from core.errors import DataError
from core.evaluation.truth import real
from core.evaluation.truth.real import (
    RIGHT,
    SKIPPED,
    WRONG,
    Reassessed,
    imagenet_indices,
    is_validation,
    load,
    numbers,
    real_score,
)

NAME = "ILSVRC2012_val_{:08d}.JPEG"


def test_load__agrees_with_timms_own_reader():
    from core.compat import mend_torchvision

    mend_torchvision()
    from timm.data.real_labels import RealLabelsImagenet

    files = [NAME.format(number) for number in range(1, 50_001)]
    theirs = RealLabelsImagenet(files).real_labels
    ours = load()
    assert all(list(ours.of(file)) == theirs[file] for file in files)
    rng = np.random.default_rng(0)
    answers = np.array([(theirs[f] or [0])[0] if rng.random() < 0.7 else 7 for f in files])
    verdicts = ours.verdicts(numbers(files), answers)
    for file, answer, verdict in zip(files, answers.tolist(), verdicts.tolist(), strict=True):
        known = theirs[file]
        assert verdict == (SKIPPED if not known else RIGHT if answer in known else WRONG)
    score = real_score(verdicts)
    assert (score.n, score.skipped) == (46_837, 3_163)  # as Beyer et al. have it


def test_load__does_not_import_timm():
    code = (
        "import sys; from core.evaluation.truth import real; real.load(); "
        "print('timm' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"


def test_numbers__by_name_in_any_folder_and_case():
    names = {
        "ILSVRC2012_val_00000001.JPEG": 1,
        "val/n01440764/ILSVRC2012_val_00050000.jpeg": 50_000,
        "a\\b\\ILSVRC2012_val_00000293.JPG": 293,
        "line\nbreak/ilsvrc2012_VAL_00000007.Jpeg": 7,
        "ILSVRC2012_val_00000000.JPEG": 0,
        "ILSVRC2012_val_00050001.JPEG": 0,
        "ILSVRC2012_val_0000001.JPEG": 0,
        "ILSVRC2012_val_٠٠٠٠٠٠٠١.JPEG": 0,
        "xILSVRC2012_val_00000001.JPEG": 0,
        "ILSVRC2012_val_00000001.JPEG.txt": 0,
        "ILSVRC2012_val_00000001.png": 0,
        "n01440764_10026.JPEG": 0,
        "": 0,
    }
    assert numbers(names).tolist() == list(names.values())
    for name, number in names.items():
        assert is_validation([name]) == (number > 0)


def test_is_validation__all_of_them_or_none():
    files = [NAME.format(number) for number in (1, 2, 3)]
    assert is_validation(files)
    assert not is_validation([*files, "cat.jpg"])
    assert not is_validation([])


def test_verdicts__answers_outside_of_imagenet_are_wrong():
    labels = Reassessed([[0, 999], [], [5]])
    pictures = np.array([1, 1, 2, 2, 3, 3, 0, 1])
    answers = np.array([999, 1, 999, -1, 5, -1, 0, -1])
    expected = [RIGHT, WRONG, SKIPPED, SKIPPED, RIGHT, WRONG, SKIPPED, WRONG]
    assert labels.verdicts(pictures, answers).tolist() == expected
    # -1 of the third picture is next to class 999 of the second
    assert Reassessed([[1], [999], [5]]).verdicts(np.array([3]), np.array([-1])).tolist() == [WRONG]


def test_of__nothing_is_known_of_other_files():
    labels = Reassessed([[4]])
    assert labels.of("x/" + NAME.format(1)) == (4,)
    assert labels.of(NAME.format(2)) == ()
    assert labels.of("cat.jpg") == ()


def test_imagenet_indices__of_classes():
    tench, tulip = catalog.load().at(0).wnid, "n12454159"
    assert imagenet_indices([tulip, None, "x", tench]).tolist() == [-1, -1, -1, 0]


def test_real_score__of_none():
    score = real_score(np.full(3, SKIPPED))
    assert (score.n, score.skipped, score.interval) == (0, 3, (0, 1))
    assert np.isnan(score.accuracy)


@pytest.fixture
def installed(tmp_path, monkeypatch):
    """A timm of which only the labels are there, as the test writes them."""
    file = tmp_path / "timm" / "data" / "_info" / "imagenet_real_labels.json"
    file.parent.mkdir(parents=True)
    (tmp_path / "timm" / "__init__.py").write_text("raise AssertionError('imported')")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "timm", raising=False)
    return file


@pytest.mark.parametrize(
    "content",
    [None, "", "{", "[]", "[[1]]", "{}", "[" * 100_000, '"x"',
     json.dumps([[1]] * 49_999 + [[1000]]), json.dumps([[1]] * 49_999 + [[-1]]),
     json.dumps([[1]] * 49_999 + [["1"]]), json.dumps([[1]] * 49_999 + [3]),
     json.dumps([[True]] * 50_000), "\udcff"],
    ids=range(14),
)  # fmt: skip
def test_load__missing_or_damaged_is_said(installed, content):
    if content is not None:
        installed.write_bytes(content.encode("utf-8", "surrogateescape"))
    with pytest.raises(DataError, match="missing or damaged"):
        load()


def test_load__without_timm_is_said(monkeypatch):
    monkeypatch.setattr(real.importlib.util, "find_spec", lambda name: None)
    with pytest.raises(DataError, match="not installed"):
        load()
