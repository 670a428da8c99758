"""The Mistakes page: near duplicates, and the training pictures that an error comes from."""

import shutil

import numpy as np
import pytest
from PIL import Image

from core import models, runs
from core.evaluation.answers import open_answers
from core.evaluation.running.task import Task
from tests.core.evaluation.running import pets
from tests.pages import judged
from tests.pages.conftest import words
from tests.pages.test_mistakes import PAGE, said


@pytest.fixture
def folder(tmp_path):
    """Training and validation pictures; one is in both, one has a twin of another class."""
    path = tmp_path / "pets"
    pets.folder(path / "train", 6)
    pets.folder(path / "val", 4)
    cat, dog, _ = pets.CATS_DOGS_FISH
    with Image.open(path / "val" / cat / "01.png") as image:
        image.save(path / "val" / dog / "twin.png", compress_level=0)
    shutil.copy(path / "train" / cat / "05.png", path / "val" / cat / "leaked.png")
    return path


def test_alike__pairs_within_and_between(open_page, folder):
    run, learnt = judged.done(folder), judged.done(folder, part="train")
    app = open_page(PAGE, run=run.id, view="alike", least="0.999")
    app.button(key="mistakes_alike_start").click().run()
    assert not app.error
    answers = open_answers(run.folder)
    vectors = answers.embedding.astype(np.float64)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    a, b = np.nonzero(np.triu(vectors @ vectors.T, 1) >= 0.999 - 1e-6)
    differ = int((answers.labels[a] != answers.labels[b]).sum())
    assert differ
    text = said(app)
    assert f"**{len(a):,}** pairs" in text
    assert f"**{differ:,}** of them are of different classes" in text
    app.toggle(key="mistakes_differ").set_value(True).run()
    assert len([one for one in app.button if one.label == "Look closer"]) == min(differ, 12)
    app = open_page(PAGE, run=run.id, view="alike", among="learnt", least="0.999")
    app.button(key="mistakes_alike_start").click().run()
    assert not app.error
    assert "the same file" in said(app)
    assert open_answers(learnt.folder).table.meta["n"] == 18


def test_alike__the_training_pictures_are_asked_about_on_a_click(open_page, folder, monkeypatch):
    run = judged.done(folder)
    begun = []
    monkeypatch.setattr(runs, "start", lambda kind, spec, **more: begun.append((kind, spec)))
    app = open_page(PAGE, run=run.id, view="alike", among="learnt")
    button = app.button(key="mistakes_learnt")
    assert "18 training pictures" in button.label
    button.click().run()
    assert begun == [("evaluate", Task(str(folder), models.DEFAULT_MODEL, "train").as_json())]


def test_alike__nothing_is_offered_where_nobody_knows_what_was_learnt(open_page, tmp_path):
    run = judged.done(pets.folder(tmp_path / "pets", 3))
    app = open_page(PAGE, run=run.id, view="alike", among="learnt")
    assert not app.error
    assert "Nothing says which other pictures of these data the model learnt from" in words(app)
    assert not [one for one in app.button if one.key == "mistakes_learnt"]


def test_alike__of_what_is_shipped_there_is_nothing_to_compare(open_page):
    app = open_page(PAGE, view="alike")
    assert "Evaluate a data set of your own" in said(app)


def test_picture__shows_what_was_learnt_that_looks_alike(open_page, folder):
    run = judged.done(folder)
    judged.done(folder, part="train")
    answers = open_answers(run.folder)
    leaked = next(i for i in range(len(answers)) if answers.file(i).endswith("leaked.png"))
    app = open_page(PAGE, run=run.id, view="gallery", picture=str(answers.position(leaked)))
    assert not app.error
    text = said(app)
    assert "What it learnt from that looks alike" in text
