"""Folders of pictures in the real browser: dropped, and chosen by a click."""

from pathlib import Path

import pytest
from PIL import Image

from tests.browser.conftest import running_app

pytestmark = pytest.mark.browser


@pytest.fixture
def folders(tmp_path: Path) -> Path:
    for at, label in enumerate(("cat", "dog")):
        (tmp_path / "pets" / label).mkdir(parents=True)
        for number in range(3):
            picture = Image.new("RGB", (40, 30), (at * 90, number * 60, 30))
            picture.save(tmp_path / "pets" / label / f"{number}.png")
    return tmp_path / "pets"


def drop(visitor, files: list[Path]) -> None:
    """As a hand does it: the browser makes up entries of folders, which no script can."""
    devtools = visitor.context.new_cdp_session(visitor.page)
    box = visitor.page.get_by_test_id("stFileUploaderDropzone").bounding_box()
    place = {"x": box["x"] + box["width"] / 2, "y": box["y"] + box["height"] / 2}
    dragged = {"items": [], "files": [str(file) for file in files], "dragOperationsMask": 1}
    for kind in ("dragEnter", "dragOver", "drop"):
        devtools.send("Input.dispatchDragEvent", {"type": kind, **place, "data": dragged})
        visitor.page.wait_for_timeout(200)


@pytest.fixture
def empty(tmp_path_factory):
    """A server without the collections of other tests."""
    with running_app(tmp_path_factory.mktemp("home")) as url:
        yield url


def test_drop__two_folders_are_two_classes(visit, empty, folders):
    visitor = visit(empty)
    page = visitor.page
    visitor.open("Fine-tune")
    page.get_by_role("radio", name="Drop pictures").click()
    visitor.rest()
    drop(visitor, [folders / "cat", folders / "dog"])
    page.get_by_text("6 added").wait_for(timeout=60_000)
    visitor.rest()
    for label in ("cat", "dog"):
        page.get_by_text(f"{label} · 3 pictures").wait_for(timeout=60_000)
    page.get_by_text("6 pictures of 2 classes").wait_for(timeout=60_000)
    visitor.check()
    page.get_by_text("Choose folders by the button").click()
    visitor.rest()
    page.locator("input[type=file]").first.set_input_files(folders)
    page.get_by_text("0 added, 6 there already").wait_for(timeout=60_000)
    visitor.check()
