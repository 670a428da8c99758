"""The bundled model's answers, which come with the project."""

import shutil

import numpy as np
import pytest

from core import models
from core.errors import EvaluationError
from core.evaluation.answers import Answers
from core.evaluation.running.table import load
from core.evaluation.shipped import FILE, pack, shipped
from core.paths import ASSETS


@pytest.fixture(scope="module")
def answers(tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("NETLENS_HOME", str(tmp_path_factory.mktemp("home")))
        yield shipped()


def test_shipped__is_of_the_bundled_model_as_it_is(answers):
    assert answers.table.meta["weights"] == models.weights_digest(models.DEFAULT_MODEL)
    known = models.classes_of(models.DEFAULT_MODEL)
    assert answers.classes == tuple((c.wnid, c.label) for c in known)
    assert (len(answers), answers.unmatched, answers.unreadable) == (10_000, 0, 0)
    assert np.bincount(answers.labels).tolist() == [50] * 200


def test_shipped__has_the_accuracy_of_the_card(answers):
    card = (ASSETS / "models" / "small-resnet-tiny-imagenet.md").read_text()
    headline = answers.headline
    assert f"| top-1 | **{headline.top1:.2%}** |" in card
    assert f"| top-5 | **{headline.top5:.2%}** |" in card


def test_shipped__is_small_and_unpacked_once(answers):
    assert FILE.stat().st_size < 400_000
    folder = answers.table.folder
    before = {file: file.stat().st_mtime_ns for file in folder.iterdir()}
    again = Answers(load(folder))
    assert (again.predicted == answers.predicted).all()
    assert {file: file.stat().st_mtime_ns for file in folder.iterdir()} == before


def test_pack__and_back(answers, tmp_path):
    pack(answers.table, tmp_path / "x.npz")
    with np.load(tmp_path / "x.npz") as packed, np.load(FILE) as wanted:
        assert set(packed) == set(wanted)
        assert all((packed[name] == wanted[name]).all() for name in packed)


def test_pack__refuses_what_has_no_answer(answers, tmp_path):
    folder = shutil.copytree(answers.table.folder, tmp_path / "table")
    state = np.load(folder / "state.npy")
    state[3] = 0
    np.save(folder / "state.npy", state)
    with pytest.raises(EvaluationError, match="and 1 wait"):
        pack(load(folder), tmp_path / "x.npz")
    assert not (tmp_path / "x.npz").exists()
