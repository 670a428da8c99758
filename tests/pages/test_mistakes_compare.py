"""The Mistakes page, comparing two evaluations."""

import numpy as np
import pytest

from core.evaluation.answers import open_answers
from core.evaluation.running.table import load
from tests.core.evaluation.running import pets
from tests.pages import judged
from tests.pages.test_mistakes import PAGE, metrics, pictures, said


@pytest.fixture
def both(tmp_path):
    """Two evaluations of 24 pictures; in the second the first six are right, the next six wrong."""
    folder = pets.folder(tmp_path / "pets", 8)
    before, after = judged.done(folder, name="first"), judged.done(folder, name="second")
    table = load(after.folder / "answers", write=True)
    claims = [claim[0] for claim in table.meta["claims"]]
    for row in range(12):
        own = claims[table["label"][row]]
        other = claims[(table["label"][row] + 1) % 3]
        table["top"][row, :2] = (own, other) if row < 6 else (other, own)
        table["rank"][row] = 0 if row < 6 else 1
    table.settle({})
    return folder, before, after


def test_compare__counts_and_shows_what_changed(open_page, both):
    _, before, after = both
    was, now = open_answers(before.folder).right, open_answers(after.folder).right
    app = open_page(PAGE, run=before.id, view="compare", against=after.id)
    assert not app.error
    fixed, broken = int((now & ~was).sum()), int((was & ~now).sum())
    assert fixed
    text = said(app)
    assert f"Of 24 pictures the second one fixes **{fixed}** and breaks **{broken}**." in text
    shown = metrics(app)
    assert (shown["first"], shown["second"]) == (f"{was.mean():.1%}", f"{now.mean():.1%}")
    sign = "−" if fixed < broken else "+"
    wanted = f"{sign}{100 * abs(fixed - broken) / 24:.1f} points"
    assert shown["Difference"] == wanted
    app = open_page(PAGE, run=before.id, view="compare", against=after.id, change="fixed")
    at = {int(item["id"]) for item in pictures(app)}
    assert at == set(np.flatnonzero(now & ~was).tolist())
    assert all(" → right" in item["title"] for item in pictures(app))


def test_compare__a_class_narrows_the_gallery(open_page, both):
    _, before, after = both
    wnid = pets.CATS_DOGS_FISH[0]
    params = {"view": "compare", "against": after.id, "change": "fixed", "wnid": wnid}
    app = open_page(PAGE, run=before.id, **params)
    answers = open_answers(before.folder)
    titles = {answers.titles[answers.labels[int(item["id"])]] for item in pictures(app)}
    assert len(titles) <= 1
    app.button(key="mistakes_all_changed").click().run()
    assert "wnid" not in app.query_params


def test_compare__a_picture_seen_by_each(open_page, both):
    _, before, after = both
    was, now = open_answers(before.folder).right, open_answers(after.folder).right
    at = str(np.flatnonzero(now & ~was)[0])
    params = {"view": "compare", "against": after.id, "change": "fixed", "picture": at}
    app = open_page(PAGE, run=before.id, **params)
    assert not app.error
    assert ": both are kinds of " in said(app)
    app = open_page(PAGE, run=before.id, **params, by="second")
    assert not app.error
    assert "✓ is the truth" in said(app)
    assert ": both are kinds of " not in said(app)


def test_compare__with_nothing_with_itself_and_with_other_pictures(open_page, both):
    _, before, _ = both
    app = open_page(PAGE, run=before.id, view="compare")
    assert "Choose the evaluation of another model" in said(app)
    app = open_page(PAGE, run=before.id, view="compare", against=before.id)
    assert not app.error
    assert "Choose the evaluation of another model" in said(app)
    app = open_page(PAGE, run=before.id, view="compare", against="bundled")
    assert "no pictures in common" in said(app)
    app = open_page(PAGE, run=before.id, view="compare", against="nothing")
    assert "against=nothing" in said(app)


def test_compare__pictures_that_are_gone_leave_a_table(open_page, both):
    folder, before, after = both
    folder.rename(folder.with_name("elsewhere"))
    params = {"view": "compare", "against": after.id, "change": "fixed"}
    app = open_page(PAGE, run=before.id, **params)
    assert not app.error
    was, now = open_answers(before.folder).right, open_answers(after.folder).right
    assert len(app.dataframe[-1].value) == (now & ~was).sum()
    assert set(app.dataframe[-1].value["Second"]) == {"right"}
