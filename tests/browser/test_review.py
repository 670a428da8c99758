"""A student votes on the errors of a model, and finds the votes again."""

import re

import pytest

from core.evaluation.answers import open_answers
from core.evaluation.review import notes, queue
from tests.browser.conftest import running_app
from tests.core.evaluation.running import pets
from tests.pages import judged

pytestmark = pytest.mark.browser


def main(visitor):
    return visitor.page.get_by_test_id("stMain")


def pressed(visitor) -> list[str]:
    group = main(visitor).get_by_role("radiogroup", name="Whose mistake is it?")
    return [one.inner_text() for one in group.get_by_role("radio", checked=True).all()]


def test_way__a_vote_a_note_and_a_tag_outlive_the_browser(netlens_home, tmp_path, visit):
    run = judged.done(pets.folder(tmp_path / "pets", 6))
    answers = open_answers(run.folder)
    of = queue.claim(answers, int(answers.suspects.rows[0]))
    with running_app(netlens_home) as url:
        visitor = visit(url)
        page = visitor.page
        visitor.open(f"Mistakes?view=review&run={run.id}")
        page.get_by_text("Both fit", exact=True).click()
        page.get_by_text(re.compile(r"^1 of \d+$")).wait_for()
        page.get_by_role("textbox", name="Note").fill("a cup is there, too")
        page.get_by_role("button", name="Next").click()  # which takes the note along
        page.wait_for_url(re.compile("picture="))
        visitor.rest()
        assert page.get_by_role("textbox", name="Note").input_value() == ""
        page.get_by_role("button", name="Previous").click()
        visitor.rest()
        tags = main(visitor).get_by_role("combobox", name="Tags")
        tags.fill("Two Objects")
        tags.press("Enter")
        visitor.rest()
        visitor.check()
        address = page.url.rpartition("/")[2]
        visitor.context.close()

        later = visit(url, width=400, scheme="dark")
        later.open(address)
        assert len(pressed(later)) == 1
        assert "Both fit" in pressed(later)[0]
        assert later.page.get_by_role("textbox", name="Note").input_value() == "a cup is there, too"
        later.page.get_by_text("two objects").first.wait_for()
        later.check()
        later.page.get_by_text("Both fit", exact=True).first.click()  # again: it is taken back
        later.page.get_by_text(re.compile(r"^0 of \d+$")).wait_for()
        later.rest()
        assert pressed(later) == []
    found = notes.of([of.sha256])[of.key]
    assert (found.vote, found.note, found.tags) == (None, "a cup is there, too", ("two objects",))
