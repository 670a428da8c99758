"""The Mistakes page in a real browser: from groups of classes down to a picture, and back."""

import re

import numpy as np
import pytest
from playwright.sync_api import expect

from core.evaluation.answers import Answers, open_answers
from core.evaluation.confusions import part
from core.evaluation.hierarchy.groups import group_of
from core.evaluation.shipped import shipped
from tests.browser.conftest import running_app
from tests.core.evaluation import synthetic
from tests.core.evaluation.running import pets
from tests.pages import judged

pytestmark = pytest.mark.browser
VIEWS = ("overview", "confusions", "classes", "gallery")


@pytest.fixture(scope="module")
def studied(tmp_path_factory):
    """A server with an evaluation of 1,000 classes, and one of a few drawn pictures."""
    home = tmp_path_factory.mktemp("home")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("NETLENS_HOME", str(home))
        runs = {
            "thousand": synthetic.run(20_000),
            "pictures": judged.done(pets.folder(tmp_path_factory.mktemp("pets") / "pets", 8)),
        }
    with running_app(home) as url:
        yield url, {name: run.id for name, run in runs.items()}, runs


def click_cell(visitor, truth: int, said: int, of: int) -> None:
    """In the matrix of so many rows."""
    square = visitor.page.locator(".st-key-mistakes_matrix .heatmaplayer image").first
    square.scroll_into_view_if_needed()
    box = square.bounding_box()
    visitor.page.mouse.click(
        box["x"] + box["width"] * (said + 0.5) / of, box["y"] + box["height"] * (truth + 0.5) / of
    )


def group_cell(answers: Answers) -> tuple[int, int, int, str, str]:
    """The cell with the most answers between two groups of few classes; its groups' wnids."""
    groups = answers.groups
    matrix = answers.counts.merged(group_of(groups, len(answers.classes)), len(groups))
    sizes = np.array([len(group.classes) for group in groups])
    matrix[np.add.outer(sizes, sizes) > 30] = 0  # of more not all are shown
    matrix[-1] = matrix[:, -1] = 0  # all others
    np.fill_diagonal(matrix, 0)
    truth, said = (int(at) for at in np.unravel_index(matrix.argmax(), matrix.shape))
    return truth, said, len(groups), str(groups[truth].wnid), str(groups[said].wnid)


def class_cell(answers: Answers, truth: str, said: str) -> tuple[int, int, int, int]:
    """The largest off the diagonal between the classes of two groups, and how many answers."""
    chosen = [group.classes for group in answers.groups if group.wnid in (truth, said)]
    found = part(answers.counts, np.concatenate(chosen))
    counts = found.counts[:-1, :-1].copy()
    np.fill_diagonal(counts, 0)
    at = np.unravel_index(counts.argmax(), counts.shape)
    return int(at[0]), int(at[1]), len(found.counts), int(counts[at])


def test_confusions__groups_lead_to_classes_and_these_to_a_gallery(server, visit):
    answers = shipped()
    visitor = visit(server)
    visitor.open("Mistakes?run=bundled&view=confusions")
    truth, said, of, *groups = group_cell(answers)
    click_cell(visitor, truth, said, of)
    visitor.page.wait_for_url(re.compile(f"wnid={groups[0]}.*target={groups[1]}"))
    visitor.rest()
    expect(visitor.page.get_by_role("button", name="All groups")).to_be_visible()
    visitor.check()
    truth, said, of, count = class_cell(answers, *groups)
    click_cell(visitor, truth, said, of)
    visitor.page.wait_for_url(re.compile("view=gallery"))
    told = f"{count} of 10,000 answers."
    visitor.rest()
    expect(visitor.page.get_by_text(told)).to_be_visible()
    visitor.check()
    address = visitor.page.url.rpartition("/")[2]

    again = visit(server)
    again.open(address)
    expect(again.page.get_by_text(told)).to_be_visible()
    expect(again.page.get_by_test_id("stDataFrame")).to_be_visible()
    again.check()


def test_confusions__of_a_thousand_classes_there_and_back(studied, visit):
    url, ids, runs = studied
    visitor = visit(url)
    visitor.open(f"Mistakes?run={ids['thousand']}&view=confusions")
    truth, said, of, *groups = group_cell(open_answers(runs["thousand"].folder))
    click_cell(visitor, truth, said, of)
    visitor.page.wait_for_url(re.compile(f"wnid={groups[0]}.*target={groups[1]}"))
    visitor.rest()
    visitor.check()
    visitor.page.get_by_role("button", name="All groups").click()
    visitor.page.wait_for_url(lambda address: "wnid" not in address)
    visitor.page.go_back()
    visitor.page.wait_for_url(re.compile(f"wnid={groups[0]}"))
    visitor.rest()
    expect(visitor.page.get_by_role("button", name="All groups")).to_be_visible()
    visitor.check()


def test_classes__a_row_tells_what_it_is_taken_for(studied, visit):
    url, ids, _ = studied
    visitor = visit(url)
    visitor.open(f"Mistakes?run={ids['thousand']}&view=classes")
    table = visitor.page.get_by_test_id("stDataFrame")
    table.scroll_into_view_if_needed()
    box = table.bounding_box()
    visitor.page.mouse.click(box["x"] + 15, box["y"] + 35 * 1.5)
    visitor.page.get_by_text("Taken for:").wait_for()
    visitor.rest()
    visitor.check()
    buttons = visitor.page.locator("[class*=st-key-mistakes_around_] button")
    count = buttons.first.inner_text().rpartition(" ")[2]
    buttons.first.click()
    visitor.page.wait_for_url(re.compile("view=gallery"))
    visitor.rest()
    expect(visitor.page.get_by_text(f"{count} of 20,000 answers.")).to_be_visible()
    visitor.check()


def test_gallery__a_picture_its_maps_a_neighbour_and_back(studied, visit):
    url, ids, _ = studied
    visitor = visit(url)
    visitor.open(f"Mistakes?run={ids['pictures']}&view=gallery")
    page = visitor.page
    page.locator(".gallery button").first.click()
    page.wait_for_url(re.compile(r"picture=\d+"))
    maps = page.get_by_alt_text(re.compile("^Grad-CAM of"))
    maps.first.wait_for(timeout=90_000)  # the model is loaded
    visitor.rest()
    expect(maps).to_have_count(2)
    near = page.get_by_role("group", name="Neighbours").get_by_role("button")
    expect(near).to_have_count(8)
    visitor.check()
    first = page.url
    near.first.click()
    page.wait_for_url(lambda address: address != first)
    visitor.rest()
    expect(maps.first).to_be_visible()
    visitor.check()
    page.go_back()
    page.wait_for_url(first)
    visitor.rest()
    expect(maps).to_have_count(2)
    visitor.check()
    narrow = visit(url, width=400, scheme="dark")
    narrow.open(first.rpartition("/")[2])
    expect(narrow.page.get_by_alt_text(re.compile("^Grad-CAM of"))).to_have_count(2)
    narrow.check()


@pytest.mark.parametrize(
    ("name", "width", "scheme"),
    [
        ("bundled", 1280, "light"),
        ("thousand", 400, "dark"),
        pytest.param("bundled", 400, "light", marks=pytest.mark.soak),
        pytest.param("thousand", 1280, "dark", marks=pytest.mark.soak),
    ],
)
def test_mistakes__every_view_fits(studied, visit, name, width, scheme):
    url, ids, _ = studied
    visitor = visit(url, width=width, scheme=scheme)
    for view in VIEWS:
        visitor.open(f"Mistakes?run={ids.get(name, name)}&view={view}")
        visitor.check()
