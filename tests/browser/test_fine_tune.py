"""A newcomer tunes a model, closes the browser meanwhile, and finds it done."""

import re

import pytest

from tests.browser.test_fine_tune_data import drop
from tests.core.training.test_job import colours

pytestmark = pytest.mark.browser


@pytest.mark.parametrize(("width", "scheme"), [(1280, "light"), (400, "dark")])
def test_new_run__every_view_fits(server, visit, width, scheme):
    visitor = visit(server, width=width, scheme=scheme)
    for address in ("", "?view=run", "?view=runs", "?view=playground"):
        visitor.open(f"Fine-tune{address}")
        visitor.check()


@pytest.mark.soak  # the way below has all of it, with a quicker run
def test_run__goes_on_while_the_browser_is_closed(server, visit):
    visitor = visit(server)
    visitor.open("Fine-tune")
    page = visitor.page
    page.get_by_text("Probe", exact=True).click()
    visitor.rest()
    page.get_by_placeholder("optional").fill("My first")
    page.get_by_role("button", name="Start").click()
    page.wait_for_url(re.compile("run="))
    page.get_by_role("button", name="Cancel").wait_for()
    visitor.check()
    address = page.url.rpartition("/")[2]
    visitor.context.close()

    later = visit(server)
    later.open(address)
    later.page.get_by_role("button", name="New run like this").wait_for(timeout=180_000)
    later.rest()
    assert "My first" in later.page.get_by_test_id("stMain").inner_text()
    later.check()
    later.open("Fine-tune?view=runs")
    later.check()


def test_way__from_two_dropped_folders_to_a_new_picture_classified(server, visit, tmp_path):
    """Every step that a newcomer takes, with the browser closed while the network learns."""
    folder = colours(tmp_path / "colours", count=14, classes=("reds", "greens"))
    visitor = visit(server)
    page = visitor.page
    visitor.open("Fine-tune")
    page.get_by_role("radio", name="Drop pictures").click()
    visitor.rest()
    drop(visitor, [folder / "reds", folder / "greens"])
    page.get_by_text("28 added").wait_for(timeout=60_000)
    visitor.rest()
    page.get_by_text("Head", exact=True).click()
    visitor.rest()
    page.get_by_placeholder("optional").fill("My first")
    page.get_by_role("button", name="Start").click()
    page.get_by_role("button", name="Cancel").wait_for()
    visitor.rest()
    address = page.url.rpartition("/")[2]
    visitor.context.close()

    later = visit(server)
    later.open(address)
    later.page.get_by_role("button", name="New run like this").wait_for(timeout=180_000)
    later.rest()
    assert "My first" in later.page.get_by_test_id("stMain").inner_text()
    later.check()
    later.page.get_by_test_id("stMain").get_by_role("link", name="Classify").click()
    later.rest()
    later.page.get_by_role("radio", name="Upload").click()
    later.rest()
    fresh = colours(tmp_path / "fresh", count=1, classes=("new",)) / "new" / "0.png"
    later.page.locator("input[type=file]").first.set_input_files(fresh)
    later.page.get_by_text("reds").first.wait_for(timeout=60_000)
    later.check()
    later.open("Fine-tune?view=runs")
    later.check()
