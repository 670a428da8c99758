"""Votes, notes and tags on the Mistakes page, and the queue of pictures to judge."""

import os
import shutil
import sqlite3

import numpy as np
import pytest
from PIL import Image

from core import paths, runs
from core.errors import EvaluationError
from core.evaluation.answers import open_answers
from core.evaluation.review import notes, queue, store
from core.evaluation.review.remarks import TAGS
from core.evaluation.running.table import load
from tests.core.evaluation.running import pets
from tests.pages import judged
from tests.pages.conftest import words

PAGE = "pages/6_Mistakes.py"


def said(app) -> str:
    return words(app).replace("\\", "")


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    """The folder of an evaluation that was done once for all tests."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("NETLENS_HOME", str(tmp_path_factory.mktemp("once")))
        return judged.done(pets.folder(tmp_path_factory.mktemp("pictures") / "pets", 8)).folder


@pytest.fixture
def run(finished):
    shutil.copytree(finished, paths.home() / "runs" / finished.name)
    return runs.get(finished.name)


@pytest.fixture
def answers(run):
    return open_answers(run.folder)


@pytest.fixture
def review(open_page, run):
    return lambda **address: open_page(PAGE, run=run.id, view="review", **address)


def claim(answers, place):
    return queue.claim(answers, int(answers.suspects.rows[place]))


def position(answers, place) -> str:
    return str(answers.position(int(answers.suspects.rows[place])))


def kept(answers, place):
    of = claim(answers, place)
    return notes.of([of.sha256]).get(of.key)


def widget(app, answers, place, field):
    """Of AppTest: segmented controls are button groups."""
    key = "-".join((f"mistakes_{field}", *claim(answers, place).key))
    kinds = {"vote": app.button_group, "note": app.text_area, "tags": app.multiselect}
    return kinds[field](key=key)


def give(app, answers, place, vote):
    widget(app, answers, place, "vote").set_value(vote).run()
    assert not app.error


def test_review__begins_with_the_surest_error(review, answers):
    app = review()
    assert not app.error
    text = said(app)
    suspects = answers.suspects
    assert f"**0 of {len(suspects.rows)}** voted on" in text
    assert "Labelled · " in text
    assert f"The model says · {suspects.confidence[0]:.1%}" in text
    assert answers.file(int(suspects.rows[0])) in text
    assert "Confident learning" not in text  # which would sway the vote
    assert app.button(key="mistakes_previous").disabled
    assert "No vote, note or tag yet." in text
    assert not paths.home().joinpath("notes.sqlite").exists()


def test_review__a_vote_is_kept_and_taken_back(review, answers):
    app = review()
    give(app, answers, 0, "label")
    assert kept(answers, 0).vote == "label"
    assert f"**1 of {len(answers.suspects.rows)}** voted on" in said(app)
    assert app.query_params["picture"] == position(answers, 0)
    doubts = "doubts" if answers.suspects.confident[0] else "does not doubt"
    assert f"Confident learning {doubts} the label" in said(app)
    give(app, answers, 0, "both")
    assert kept(answers, 0).vote == "both"
    give(app, answers, 0, None)
    assert kept(answers, 0) is None
    again = review(picture=position(answers, 0))
    assert widget(again, answers, 0, "vote").value in (None, [])


def test_review__goes_through_the_queue(review, answers):
    app = review()
    app.button(key="mistakes_next").click().run()
    app.button(key="mistakes_next").click().run()
    assert app.query_params["picture"] == position(answers, 2)
    app.button(key="mistakes_previous").click().run()
    assert app.query_params["picture"] == position(answers, 1)
    last = len(answers.suspects.rows) - 1
    assert review(picture=position(answers, last)).button(key="mistakes_next").disabled


def test_review__goes_on_after_a_vote_only_when_told_to(review, answers):
    app = review()
    give(app, answers, 0, "model")
    assert app.query_params["picture"] == position(answers, 0)
    app.toggle(key="mistakes_go_on").set_value(True).run()
    give(app, answers, 0, "unsure")
    assert app.query_params["picture"] == position(answers, 1)
    give(app, answers, 1, "both")
    assert app.query_params["picture"] == position(answers, 2)
    assert [kept(answers, place).vote for place in (0, 1)] == ["unsure", "both"]
    app.button(key="mistakes_previous").click().run()
    give(app, answers, 1, None)  # taking one back leads nowhere
    assert app.query_params["picture"] == position(answers, 1)


def test_review__of_what_is_open_keeps_the_picture_that_was_voted_on(review, answers):
    notes.vote(claim(answers, 0), "label")
    app = review(queue="open")
    assert widget(app, answers, 1, "vote")
    notes.vote(claim(answers, 1), "model")  # another one was faster: the picture stays
    app.run()
    assert widget(app, answers, 1, "vote").value in ("model", ["model"])
    app.button(key="mistakes_next").click().run()
    assert app.query_params["picture"] == position(answers, 2)
    assert app.button(key="mistakes_previous").disabled
    for place in range(len(answers.suspects.rows)):
        notes.vote(claim(answers, place), "model")
    assert "no such error left" in said(review(queue="open"))


def test_review__another_filter_begins_anew(review, answers):
    app = review(picture=position(answers, 3))
    filters = app.button_group(key="mistakes_queue")
    filters.set_value("doubted").run()
    assert not app.error
    assert "picture" not in app.query_params
    assert app.query_params["queue"] == "doubted"
    doubted = np.flatnonzero(answers.suspects.confident)
    if len(doubted):
        assert widget(app, answers, doubted[0], "vote")
        assert f"**0 of {len(doubted)}** voted on" in said(app)


def make_right(run, rows) -> None:
    table = load(run.folder / "answers", write=True)
    for row in rows:
        table["top"][row, 0] = table.meta["claims"][table["label"][row]][0]
        table["rank"][row] = 0
    table.settle({})


def test_review__of_a_right_answer_says_so(review, run):
    make_right(run, [5])
    answers = open_answers(run.folder)
    app = review(picture=str(answers.position(5)))
    assert "is right, so it is not in the queue" in said(app)
    assert widget(app, answers, 0, "vote")


@pytest.mark.parametrize(("key", "value"), [("queue", "funny"), ("picture", "777777")])
def test_review__an_address_that_cannot_be_followed_is_said_once(review, key, value):
    app = review(**{key: value})
    assert not app.error
    assert f"{key}={value}" in app.warning[0].value.replace("\\", "")
    app.run()
    assert not app.warning


def test_review__notes_and_tags_are_kept(review, answers):
    app = review()
    widget(app, answers, 0, "note").set_value(" two of them,\r\nsee **left** ").run()
    widget(app, answers, 0, "tags").set_value(["Two Objects", "dark"]).run()
    assert not app.error
    found = kept(answers, 0)
    assert (found.note, found.tags) == ("two of them,\nsee **left**", ("dark", "two objects"))
    assert sorted(widget(app, answers, 0, "tags").value) == ["dark", "two objects"]
    widget(app, answers, 0, "tags").set_value(["dark"]).run()
    assert kept(answers, 0).tags == ("dark",)
    app.button(key="mistakes_next").click().run()
    assert "dark" in widget(app, answers, 1, "tags").options
    assert widget(app, answers, 1, "note").value == ""
    app.button(key="mistakes_previous").click().run()
    assert widget(app, answers, 0, "note").value == "two of them,\nsee **left**"


def test_review__what_others_say_meanwhile_is_seen_and_kept(review, answers):
    app = review()
    notes.note(claim(answers, 0), "of another")
    notes.tag(claim(answers, 0), ["hers"])
    give(app, answers, 0, "model")
    assert widget(app, answers, 0, "note").value == "of another"
    notes.tag(claim(answers, 0), ["his"])
    widget(app, answers, 0, "tags").set_value(["hers", "mine"]).run()
    found = kept(answers, 0)
    assert (found.vote, found.note, found.tags) == ("model", "of another", ("hers", "his", "mine"))


def test_review__what_cannot_be_kept_stays_as_it_was_typed(review, answers, monkeypatch):
    app = review()
    with monkeypatch.context() as patch:

        def full(*_):
            raise EvaluationError("The disk is full.")

        patch.setattr(notes, "note", full)
        widget(app, answers, 0, "note").set_value("long thought about").run()
        assert "not kept yet" in app.error[0].value
        assert "The disk is full" in app.error[0].value.replace("\\", "")
        app.run()
        assert widget(app, answers, 0, "note").value == "long thought about"
    again = next(button for button in app.button if button.label == "Try again")
    again.click().run()
    assert not app.error
    assert kept(answers, 0).note == "long thought about"


@pytest.mark.parametrize(
    ("value", "sentence"),
    [
        ([str(at) for at in range(TAGS + 1)], "at most 20 tags"),
        (["x" * 100_000], "at most 40 characters"),
    ],
)
def test_review__too_many_tags_are_refused(review, answers, value, sentence):
    app = review()
    widget(app, answers, 0, "tags").set_value(value).run()
    assert not app.exception
    assert sentence in app.error[0].value
    assert kept(answers, 0) is None
    widget(app, answers, 0, "tags").set_value(["one"]).run()
    assert not app.error
    assert kept(answers, 0).tags == ("one",)


def test_review__text_of_every_kind_is_only_text(review, answers):
    for place, text in enumerate(
        ["**b** [x](http://evil.example)", "\0\x1b[31m", "\u202egpj", "=1+1", "\ud83d", "<b>"]
    ):
        notes.note(claim(answers, place), text)
        notes.tag(claim(answers, place), [text, f"[t](http://evil.example/{place})"])
    app = review()
    assert not app.error
    assert not app.exception
    assert "](" not in words(app)
    assert widget(app, answers, 0, "note").value == "**b** [x](http://evil.example)"


def test_review__what_was_said_is_listed_and_exported(review, answers):
    notes.vote(claim(answers, 0), "label")
    notes.vote(claim(answers, 1), "both")
    notes.note(claim(answers, 1), "=1+1")
    app = review()
    assert "the label's (1), both fit (1)" in said(app)
    table = app.dataframe[-1].value
    assert table["Vote"].tolist() == ["Both fit", "The label's"]
    assert table["Note"].tolist() == ["'=1+1", ""]  # the table itself can be downloaded, too
    labels = [button.proto.label for button in app.get("download_button")]
    assert labels[-2:] == ["CSV", "Parquet"]


def test_review__of_what_is_shipped_is_a_table(open_page):
    app = open_page(PAGE, run="bundled", view="review")
    assert not app.error
    assert "The pictures do not come with the project." in said(app)
    table = app.dataframe[0].value
    assert len(table) == 500
    assert table["Sure"].is_monotonic_decreasing


def test_review__of_pictures_that_were_moved_is_a_table(open_page, tmp_path):
    folder = pets.folder(tmp_path / "pets", 4)
    run = judged.done(folder)
    folder.rename(folder.with_name("moved"))
    app = open_page(PAGE, run=run.id, view="review")
    assert not app.error
    assert "There is no folder or file" in said(app)
    assert len(app.dataframe[0].value) == len(open_answers(run.folder).suspects.rows)


def test_review__of_a_picture_that_changed_takes_no_vote(open_page, tmp_path):
    folder = pets.folder(tmp_path / "pets", 4)
    run = judged.done(folder)
    answers = open_answers(run.folder)
    row = int(answers.suspects.rows[0])
    Image.new("RGB", (48, 48), "red").save(folder / answers.file(row))
    app = open_page(PAGE, run=run.id, view="review")
    assert not app.error
    assert "has changed since it was asked about" in said(app)
    assert [group.key for group in app.button_group] == ["mistakes_view", "mistakes_queue"]
    (folder / answers.file(row)).write_bytes(b"no picture")
    app = open_page(PAGE, run=run.id, view="review")
    assert not app.error
    assert not app.button(key="mistakes_next").disabled


def test_review__without_a_single_error(open_page, run):
    make_right(run, range(len(load(run.folder / "answers"))))
    app = open_page(PAGE, run=run.id, view="review")
    assert not app.error
    assert "There is no error to judge." in said(app)


def test_notes__that_are_damaged_are_said_and_harm_nothing_else(open_page, review, run, answers):
    store.place().write_bytes(os.urandom(10_000))
    kept_bytes = store.place().read_bytes()
    app = review()
    assert len(app.error) == 1
    assert "is damaged or no file of Netlens" in app.error[0].value.replace("\\", "")
    assert len(app.dataframe[0].value) == len(answers.suspects.rows)
    app = open_page(PAGE, run=run.id, view="gallery", picture=position(answers, 0))
    assert len(app.error) == 1
    assert "Grad-CAM of both classes" in said(app)
    assert store.place().read_bytes() == kept_bytes


def test_notes__of_a_newer_netlens_are_said(review, answers):
    notes.vote(claim(answers, 0), "label")
    connection = sqlite3.connect(store.place())
    connection.execute("PRAGMA user_version = 99")
    connection.close()
    app = review()
    assert "was written by a newer Netlens" in app.error[0].value.replace("\\", "")


def test_gallery__a_picture_that_is_opened_can_be_voted_on(open_page, run, answers):
    app = open_page(PAGE, run=run.id, view="gallery", picture=position(answers, 0))
    give(app, answers, 0, "unsure")
    widget(app, answers, 0, "note").set_value("hm").run()
    found = kept(answers, 0)
    assert (found.vote, found.note) == ("unsure", "hm")
    assert found.claim.file == answers.file(int(answers.suspects.rows[0]))
    app = open_page(PAGE, run=run.id, view="review", picture=position(answers, 0))
    assert widget(app, answers, 0, "vote").value in ("unsure", ["unsure"])
