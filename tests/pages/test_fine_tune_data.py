"""The first step of the Fine-tune page."""

import io
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
import streamlit as st
from PIL import Image
from streamlit.testing.v1 import AppTest

from core import data
from core.data import collect
from tests.pages.conftest import words
from ui import datasets, long_job
from ui.fine_tune import data_step

SCRIPT = """
import streamlit as st
from ui.fine_tune.data_step import data_step

st.session_state["choice"] = data_step(**st.session_state.get("parts", {}))
"""


@pytest.fixture
def step() -> Callable[..., AppTest]:
    st.cache_data.clear()
    st.cache_resource.clear()
    return lambda: AppTest.from_string(SCRIPT, default_timeout=60).run()


def choice(app: AppTest) -> data_step.DataChoice | None:
    assert not app.exception
    return app.session_state["choice"]


def said(app: AppTest) -> str:
    return words(app).replace("\\", "")


def press(app: AppTest, label: str) -> AppTest:
    return next(b for b in app.button if b.label == label).click().run()


def way(app: AppTest, name: str) -> AppTest:
    return app.segmented_control(key="data_way").set_value(name).run()


def photo(number: int, kind: str = "PNG") -> bytes:
    made = io.BytesIO()
    Image.new("RGB", (30, 20), (number % 256, number // 256, 99)).save(made, kind)
    return made.getvalue()


def class_folders(root: Path, **counts: int) -> Path:
    for at, (label, count) in enumerate(counts.items()):
        (root / label).mkdir(parents=True)
        for number in range(count):
            (root / label / f"{number}.png").write_bytes(photo(number + 500 * at))
    return root


def counts(collection: str) -> dict[str, int]:
    return {one.label: len(one.pictures) for one in collect.classes(collection)}


def zipped(root: Path) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        for path in root.rglob("*.png"):
            archive.write(path, path.relative_to(root))
    return made.getvalue()


def test_data_step__the_digits_at_once(step):
    found = choice(app := step())
    assert found.data == "digits"
    assert found.classes is None
    assert len(found.dataset) == len(found.stock.digests) == 1797
    assert len(found.split.train) == 1079
    assert "1,797 pictures of 10 classes: 1,079 in training" in said(app)
    assert "Nothing wrong was found" in said(app)
    assert len(app.get("plotly_chart")) == 1
    assert "0 · 178" in said(app)
    assert len(app.image) == 10


def test_data_step__nothing_is_read_twice(step, monkeypatch):
    asked = []
    take_stock = data_step.take_stock
    monkeypatch.setattr(
        data_step, "take_stock", lambda *args: asked.append(args) or take_stock(*args)
    )
    app = step()
    app.run()
    app.pills(key="data_classes").set_value(["0", "1", "7"]).run()
    app.session_state["parts"] = {"seed": 3}
    app.run()
    assert len(asked) == 1


def test_data_step__classes_on_and_off(step):
    app = step()
    app.pills(key="data_classes").set_value(["7", "1"]).run()
    found = choice(app)
    assert found.classes == ("1", "7")
    assert [known.label for known in found.dataset.classes] == ["1", "7"]
    assert set(found.dataset.labels) == {0, 1}
    assert len(found.stock.digests) == len(found.dataset) == 361
    app.pills(key="data_classes").set_value(["7"]).run()
    assert choice(app) is None
    assert "Two classes are needed" in said(app)
    app.pills(key="data_classes").set_value(list("0123456789")).run()
    assert choice(app).classes is None


def test_data_step__shares_and_seed_are_the_recipes(step):
    app = step()
    before = choice(app)
    app.session_state["parts"] = {"validation": 0.5, "test": 0.0}
    after = choice(app.run())
    assert len(after.split.test) == 0
    assert len(after.split.validation) > len(before.split.validation)
    assert after.key != before.key


def test_data_step__a_data_set_with_a_test_of_its_own(step):
    app = step()
    app.selectbox(key="data_set").set_value("shapes").run()
    assert len(choice(app).split.test) == 400
    assert "own test part is kept" in said(app)


def test_data_step__a_folder(step, tmp_path):
    app = way(step(), "folder")
    assert choice(app) is None
    app.text_input(key="data_folder_path").set_value("/no/such/folder")
    app = press(app, "Add")
    assert len(app.error) == 1
    root = class_folders(tmp_path / "*pets*", cat=30, dog=4)
    app.text_input(key="data_folder_path").set_value(str(root))
    app = press(app, "Add")
    found = choice(app)
    assert found.data == "pets"
    assert app.segmented_control(key="data_way").value == "sets"
    assert [finding.what for finding in found.findings] == [
        *("few", "imbalance", "validation", "counts")
    ]
    assert "Fewer than 5 pictures to learn from: dog (3)" in said(app)
    assert "Nothing wrong" not in said(app)


def test_data_step__a_zip(step, tmp_path):
    content = zipped(class_folders(tmp_path / "pets", cat=30, dog=30))
    app = way(step(), "zip")
    app.file_uploader[0].upload("My pets.zip", content, "application/zip")
    found = choice(app.run())
    assert found.data == "My pets"
    assert len(found.dataset) == 60
    app = way(app, "zip")
    assert not app.error
    app.file_uploader[0].upload("bad.zip", b"PK no zip", "application/zip")
    app.run()
    assert "bad.zip is damaged or no zip file" in said(app)
    assert not app.run().error


def test_data_step__pictures_dropped_class_by_class(step):
    app = way(step(), "drop")
    assert choice(app) is None
    for first, label in ((0, "cat"), (100, "dog")):
        app.text_input(key="collect_label").set_value(label).run()
        files = [(f"{n}.png", photo(n), "image/png") for n in range(first, first + 6)]
        app.file_uploader[0].set_value([*files, ("notes.png", b"no", "image/png")])
        app.run()
        assert "6 added" in said(app)
        assert len(app.error) == 1
        assert "notes.png cannot be used" in said(app)
        assert (choice(app) is None) == (label == "cat")
    found = choice(app)
    assert (found.data, found.classes, len(found.dataset)) == ("my pictures", None, 12)
    assert len(data.open(found.data)) == 12
    assert not app.run().error
    # a picture more is seen at once, by the other sessions too
    collect.add("my pictures", "mouse", [("x.png", photo(77))])
    assert len(choice(app.run()).dataset) == 13
    assert choice(app).classes is None
    app = way(app, "sets")
    assert app.selectbox(key="data_set").value == choice(app).data == "my pictures"


def test_data_step__the_same_collection_in_a_new_session(step):
    collect.add("garden", "rose", [("x.png", photo(1))])
    app = way(step(), "drop")
    assert app.selectbox(key="collect_collection").value == "garden"
    assert "rose" in said(app)


def test_data_step__others_do_not_add_to_it_by_mistake(step, monkeypatch):
    collect.add("my pictures", "rose", [("x.png", photo(1))])
    real = st.get_option
    monkeypatch.setattr(
        st, "get_option", lambda name: "0.0.0.0" if name == "server.address" else real(name)
    )
    app = way(step(), "drop")
    assert app.selectbox(key="collect_collection").value == ""
    assert app.text_input[0].value == "my pictures 2"


PETS = [
    ("pets/cat/1.png", photo(1), "image/png"),
    ("dog/2.png", photo(2), "image/png"),
    ("3.png", photo(3), "image/png"),
]


@pytest.mark.parametrize("by_button", [True, False])
def test_data_step__whole_folders(step, by_button):
    app = way(step(), "drop")
    app.toggle(key="collect_folders").set_value(by_button).run()
    app.file_uploader[0].set_value(PETS)
    app.run()
    assert counts("my pictures") == {"cat": 1, "dog": 1}
    assert "It is not known which class 1 of the pictures are of" in said(app)


def test_data_step__several_folders_are_classes_whatever_was_typed(step):
    app = way(step(), "drop")
    app.text_input(key="collect_label").set_value("mouse").run()
    app.file_uploader[0].set_value(PETS[:2])
    app.run()
    assert counts("my pictures") == {"cat": 1, "dog": 1}
    app.file_uploader[0].set_value(PETS[:1])
    app.run()
    assert counts("my pictures") == {"cat": 1, "dog": 1, "mouse": 1}


@pytest.mark.parametrize("label", ["**bold** <b>", ":material/home:", "a/../b", "$x$", "[x](y)"])
def test_data_step__odd_labels_are_shown_as_they_are(step, label):
    collect.add("odd", label, [("x.png", photo(1)), ("y.png", photo(2))])
    collect.add("odd", "other", [("z.png", photo(3)), ("w.png", photo(4))])
    app = way(step(), "drop")
    assert choice(app) is not None
    assert f"{label}**" in said(app)
    app = way(app, "sets")
    app.selectbox(key="data_set").set_value("odd").run()
    assert choice(app).data == "odd"


def test_data_step__cards_rename_and_delete(step):
    collect.add("pets", "cat", [("x.png", photo(1)), ("y.png", photo(2))])
    collect.add("pets", "dog", [("z.png", photo(3)), ("w.png", photo(4))])
    app = way(step(), "drop")
    app.text_input(key="collect_rename-pets/cat").set_value("dog").run()
    app.button(key="collect_rename_go-pets/cat").click().run()
    assert "has a class dog already" in said(app)
    app.text_input(key="collect_rename-pets/cat").set_value("Cat").run()
    app.button(key="collect_rename_go-pets/cat").click().run()
    assert [one.label for one in collect.classes("pets")] == ["Cat", "dog"]
    app.button(key="collect_more-pets/dog").click().run()
    assert app.text_input(key="collect_label").value == "dog"
    file = collect.classes("pets")[0].pictures[0].name
    app.session_state["collect_picked"] = (("pets", "Cat"), file)
    app.run()
    app.button(key="collect_remove").click().run()
    assert len(collect.classes("pets")[0].pictures) == 1
    app.button(key="collect_delete-pets/Cat").click().run()
    assert [one.label for one in collect.classes("pets")] == ["dog"]
    assert choice(app) is None
    app.button(key="collect_delete_all").click().run()
    assert collect.names() == ()
    assert choice(app) is None
    assert not app.error


def test_data_step__camera(step):
    app = way(step(), "camera")
    assert app.get("camera_input")[0].proto.disabled
    for number, label in enumerate(("cat", "dog")):
        app.text_input(key="collect_label").set_value(label).run()
        app.camera_input[0].set_value(("shot.jpg", photo(number, "JPEG"), "image/jpeg"))
        app.run()
        assert "1 added" in said(app)
    assert {one.label for one in collect.classes("my pictures")} == {"cat", "dog"}
    assert not app.error


def test_data_step__the_pictures_of_a_finding(step, tmp_path):
    root = class_folders(tmp_path / "pets", cat=30, dog=30)
    (root / "dog" / "copy.png").write_bytes(photo(3))  # a cat
    (root / "dog" / "broken.png").write_bytes(b"no")
    data.register(root)
    app = step()
    found = {finding.what: finding for finding in choice(app).findings}
    assert list(found)[:2] == ["unreadable", "conflict"]
    labels = [expander.label for expander in app.expander]
    assert labels == ["1 picture", "2 pictures"]
    app.session_state["data_finding-conflict"] = True
    app.run()
    assert "cat/3.png, dog/copy.png" in said(app)
    found = choice(app)
    assert len(found.dataset) == 62
    assert len(found.stock.unreadable) == 1


def test_data_step__nothing_can_be_read(step, tmp_path):
    root = class_folders(tmp_path / "pets", cat=0, dog=0)
    for label in ("cat", "dog"):
        (root / label / "x.png").write_bytes(b"no")
    data.register(root)
    app = step()
    assert choice(app) is None
    assert "None of the pictures can be read" in said(app)


def test_data_step__many_pictures_wait_for_a_click(step, tmp_path, monkeypatch):
    data.register(class_folders(tmp_path / "pets", cat=30, dog=30))
    monkeypatch.setattr(data_step, "AT_ONCE", 10)
    app = step()
    found = choice(app)
    assert found.data == "pets"
    assert (found.stock, found.split, found.findings) == (None, None, ())
    assert len(app.get("plotly_chart")) == 1
    app = press(app, "Look through the 60 pictures")
    assert len(choice(app).split.train) == 36


def test_data_step__cancelled_it_waits_for_a_click(step, tmp_path):
    data.register(class_folders(tmp_path / "pets", cat=30, dog=30))
    app = AppTest.from_string(SCRIPT, default_timeout=60)
    job = long_job._Job(("pets", datasets.stamp("pets")), 7, 60)
    job.cancel()
    app.session_state["data_stock_job"] = job  # as a click on Cancel leaves it
    app.run()
    assert choice(app).split is None
    assert "Looking through the pictures was cancelled after 7 of 60 pictures" in said(app)
    app = press(app, "Look through the 60 pictures again")
    assert choice(app).split is not None


def test_data_step__another_click_meanwhile_cancels_nothing(step, tmp_path):
    data.register(class_folders(tmp_path / "pets", cat=30, dog=30))
    app = AppTest.from_string(SCRIPT, default_timeout=60)
    job = long_job._Job(("pets", datasets.stamp("pets")), 7, 60)
    app.session_state["data_stock_job"] = job  # as any other widget leaves it
    app.run()
    assert choice(app).split is not None


def test_data_step__many_classes_are_named_instead(step, tmp_path, monkeypatch):
    root = class_folders(tmp_path / "many", **{f"c{n:03}": 2 for n in range(50)})
    data.register(root)
    app = step()
    assert choice(app).classes is None
    assert len(app.image) == 12
    app.multiselect(key="data_only-many").set_value(["c007", "c003"]).run()
    assert choice(app).classes == ("c003", "c007")
    app.multiselect(key="data_only-many").set_value(["c007"]).run()
    assert choice(app) is None


def test_data_step__two_classes_with_one_label(step, tmp_path):
    data.register(class_folders(tmp_path / "cranes", n02012849=12, n03126707=12))
    app = step()
    shown = [option.replace("\\", "") for option in app.pills(key="data_classes").options]
    assert shown == ["crane (n02012849)", "crane (n03126707)"]


def test_data_step__a_data_set_that_is_gone(step, tmp_path):
    root = class_folders(tmp_path / "pets", cat=5, dog=5)
    data.register(root)
    root.rename(tmp_path / "moved")
    app = step()
    assert choice(app) is None
    assert "There is no folder or file" in said(app)
    app.selectbox(key="data_set").set_value("digits").run()
    assert choice(app).data == "digits"


def test_data_step__pictures_that_came_later(step, tmp_path):
    root = class_folders(tmp_path / "pets", cat=20, dog=20)
    data.register(root)
    app = step()
    (root / "cat" / "late.png").write_bytes(photo(999))
    assert len(choice(app.run()).dataset) == 41
    assert len(choice(app).stock.digests) == 41
