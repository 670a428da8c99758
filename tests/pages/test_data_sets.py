"""Bringing a data set: in the background, with a report of its classes, and of what changed."""

import os
import time

import pytest

from core import data, runs
from core.data import importing
from core.data.files import index
from core.evaluation.answers import open_answers
from core.runs import State, files
from core.runs.processes import find
from core.runs.run import WORKER
from tests.core.data.attacks import BROKEN, READABLE, attacked
from tests.core.data.trees import grown, settled
from tests.core.evaluation.running import pets
from tests.core.runs.conftest import until
from tests.pages import judged
from tests.pages.conftest import words
from ui import data_changes, run_parts

PAGE = "pages/6_Mistakes.py"
FORMS = (
    (PAGE, {"view": "new"}, "mistakes_folder", "mistakes_data"),
    ("pages/1_Classes.py", {}, "register", "pictures_from"),
    ("pages/5_Fine-tune.py", {}, "data_folder", "data_set"),
)


def said(app) -> str:
    bars = "\n".join(bar.proto.text for bar in app.get("progress"))
    return f"{words(app)}\n{bars}".replace("\\", "")


def add(app, key, path, name=""):
    if key == "data_folder":
        app.segmented_control(key="data_way").set_value("folder").run()
    app.text_input(key=f"{key}_path").set_value(str(path))
    app.text_input(key=f"{key}_name").set_value(name)
    return next(button for button in app.button if button.label == "Add").click().run()


def ended(kind="import"):
    end = time.monotonic() + 30
    while any(run.state.is_alive for run in runs.list_runs()):
        assert time.monotonic() < end
        time.sleep(0.02)
    return next(run for run in runs.list_runs() if run.kind == kind)


@pytest.fixture
def folder(tmp_path):
    return pets.folder(tmp_path / "pets", 8, (*pets.CATS_DOGS_FISH, "zxqv"))


@pytest.fixture
def slow(monkeypatch):
    """Every folder is too large to be listed at once."""
    monkeypatch.setattr(importing, "QUICK_FILES", 3)


@pytest.fixture
def stuck(monkeypatch, slow):
    """Imports are queued behind another run for as long as the test likes."""
    claim = runs.create("import", {"path": "/", "name": "other"}, devices=["disk"])
    yield claim
    for run in runs.list_runs():
        if run.state.is_alive and run.folder != claim.folder:
            runs.cancel(run)
            until(lambda run=run: not runs.get(run.id).state.is_alive)


@pytest.mark.parametrize("form", FORMS)
def test_add__a_small_folder_at_once(open_page, folder, form):
    page, address, key, choice = form
    app = add(open_page(page, **address), key, folder)
    assert not app.error
    assert app.selectbox(key=choice).value == "pets"
    assert runs.list_runs() == ()


@pytest.mark.parametrize("form", FORMS)
def test_add__a_large_folder_in_the_background(open_page, folder, slow, form):
    page, address, key, choice = form
    app = add(open_page(page, **address), key, folder, "mine")
    assert not app.error
    run = ended()
    assert (run.state, run.spec["name"], run.devices) == (State.DONE, "mine", ("disk",))
    app.run()
    assert not app.error
    assert app.selectbox(key=choice).value == "mine"
    assert "Adding" not in said(app)


def test_add__survives_a_reload(open_page, folder, stuck):
    app = add(open_page(PAGE, view="new"), "mistakes_folder", folder)
    assert "Adding **pets**" in said(app)
    assert "1 run before this one" in said(app)
    other = open_page(PAGE, view="new")
    assert "Adding **pets**" in said(other)
    assert "Adding **pets**" in said(open_page("pages/1_Classes.py"))
    run = next(run for run in runs.list_runs() if run.name == "pets")
    runs.locks.release(stuck.lock)
    end = time.monotonic() + 30
    while runs.get(run.id).state.is_alive:
        assert time.monotonic() < end
        time.sleep(0.02)
    assert runs.get(run.id).state is State.DONE
    run_parts.forget()  # as two seconds do
    other.run()
    assert other.selectbox(key="mistakes_data").value == "pets"


def test_add__the_same_twice_is_one_run(open_page, folder, stuck):
    app = add(open_page(PAGE, view="new"), "mistakes_folder", folder)
    add(app, "mistakes_folder", folder)
    assert [run.name for run in runs.list_runs()].count("pets") == 1


def test_add__cancelled_resumed_and_given_up(open_page, folder, stuck):
    app = add(open_page(PAGE, view="new"), "mistakes_folder", folder)
    run = next(run for run in runs.list_runs() if run.name == "pets")
    app.button(key=f"import_{run.id}_cancel").click().run()
    while runs.get(run.id).state.is_alive:
        time.sleep(0.02)
    run_parts.forget()  # as two seconds do
    app.run()
    assert "Adding **pets**" in said(app)
    app.button(key=f"import_{run.id}_resume").click().run()
    assert runs.get(run.id).state is State.QUEUED
    runs.cancel(runs.get(run.id))
    while runs.get(run.id).state.is_alive:
        time.sleep(0.02)
    run_parts.forget()  # as two seconds do
    app.run()
    app.button(key=f"import_{run.id}_delete").click().run()
    assert not app.error
    assert "Adding **pets**" not in said(app)
    assert not run.folder.exists()
    assert data.registered() == ()


def test_add__killed_and_resumed(open_page, folder, stuck):
    app = add(open_page(PAGE, view="new"), "mistakes_folder", folder)
    run = next(run for run in runs.list_runs() if run.name == "pets")
    end = time.monotonic() + 30
    while (worker := find(files.read_json(run.folder / WORKER) or {})) is None:
        assert time.monotonic() < end
        time.sleep(0.02)
    worker.kill()
    while runs.get(run.id).state.is_alive:
        time.sleep(0.02)
    run_parts.forget()  # as two seconds do
    app.run()
    assert "Its process ended before the run did" in said(app)
    runs.locks.release(stuck.lock)
    app.button(key=f"import_{run.id}_resume").click().run()
    while runs.get(run.id).state.is_alive:
        time.sleep(0.02)
    run_parts.forget()  # as two seconds do
    app.run()
    assert app.selectbox(key="mistakes_data").value == "pets"


def test_add__what_fails_in_the_background_is_said(open_page, tmp_path, slow):
    root = grown(tmp_path / "flat", {f"{at}.png": "x" for at in range(9)})
    app = add(open_page(PAGE, view="new"), "mistakes_folder", root)
    assert ended().state is State.FAILED
    app.run()
    assert "pictures but no class folders" in said(app)


def test_add__a_name_that_cannot_be_used_is_said_at_once(open_page, folder, slow):
    app = add(open_page(PAGE, view="new"), "mistakes_folder", folder, "digits")
    assert "built in; choose another one" in said(app)
    assert runs.list_runs() == ()


def test_fit__is_told_before_the_start(open_page, folder):
    (folder / "tench" / "x").mkdir(parents=True)
    pets.folder(folder / "deep", 1, ("goldfish",))
    (folder / "deep" / "goldfish").rename(folder / "goldfish")
    (folder / "deep").rmdir()
    (folder / "zxqv" / "notes.txt").touch()
    data.register(folder, "mine")
    app = open_page(PAGE, view="new")
    text = said(app)
    assert "The model knows **4 of the 5 classes**: 3 by wnid, 1 by lemma." in text
    assert "It is asked about 33 pictures, of which 8 do not count." in text
    assert "It does not know zxqv" in text
    assert "goldfish (n01443537)" in text
    assert "share a class of the model" in text
    assert "1 file is passed over" in text
    table = app.dataframe[0].value
    assert table["Class"].iloc[0] == "zxqv"
    assert table["Found"].tolist().count("not known") == 1
    assert table["Pictures"].sum() == 33
    assert app.button(key="mistakes_start_0")


def test_fit__nothing_matches_and_nothing_can_be_started(open_page, tmp_path):
    data.register(pets.folder(tmp_path / "odd", 2, ("zxqv", "**b** [x](evil.example)")))
    app = open_page(PAGE, view="new")
    assert not app.error
    assert "knows none of the classes of odd" in said(app)
    assert "](" not in words(app)
    assert "Evaluate" not in [button.label for button in app.button]


def test_changes__are_said_and_taken(open_page, folder):
    settled(folder)
    data.register(folder, "mine")
    app = open_page(PAGE, view="new")
    assert "Since" not in said(app)
    (folder / "zxqv" / "00.png").unlink()
    (folder / "zxqv" / "new.png").write_bytes((folder / "zxqv" / "01.png").read_bytes())
    app.run()
    text = said(app)
    assert "1 file is gone (zxqv/00.png) and 1 file is new (zxqv/new.png)." in text
    assert "new.png" in said(open_page("pages/1_Classes.py"))
    assert "new.png" in said(open_page("pages/5_Fine-tune.py"))
    app.button(key="mistakes_index_again").click().run()
    assert not app.error
    assert "Since" not in said(app)


def test_changes__of_a_large_folder_are_taken_in_the_background(open_page, folder, slow):
    settled(folder)
    data.register(folder, "mine")
    (folder / "zxqv" / "00.png").unlink()
    app = open_page(PAGE, view="new")
    app.button(key="mistakes_index_again").click().run()
    assert ended().state is State.DONE
    app.run()
    assert not app.error
    assert "Since" not in said(app)
    assert "31 pictures" in app.selectbox(key="mistakes_data").options[0]


@pytest.mark.parametrize("indexed", [False, True])
def test_changes__in_place(open_page, folder, monkeypatch, indexed):
    if indexed:
        monkeypatch.setattr(index, "MIN_FILES", 8)
        monkeypatch.setattr(data_changes, "AT_ONCE", 3)
    settled(folder)
    data.register(folder, "mine")
    app = open_page(PAGE, view="new")
    file = folder / "zxqv" / "00.png"
    file.write_bytes(file.read_bytes() + b"more")
    if indexed:
        assert "Since" not in said(app.run())
        app.button(key="mistakes_look_start").click().run()
    else:
        data_changes._few.clear()  # as ten seconds do
        app.run()
    assert "is of another size or date (zxqv/00.png)" in said(app)
    app.button(key="mistakes_index_again").click().run()
    assert "Since" not in said(app)
    if indexed:
        app.button(key="mistakes_look_start").click().run()
        assert "None of the 32 files was written over" in said(app)


def test_changes__a_folder_that_went_away(open_page, folder):
    data.register(folder, "mine")
    app = open_page(PAGE, view="new")
    folder.rename(folder.with_name("elsewhere"))
    app.run()
    assert "There is no folder or file" in said(app)
    assert "Evaluate" not in [button.label for button in app.button]
    folder.with_name("elsewhere").rename(folder)
    assert not app.run().error


@pytest.fixture
def evil(tmp_path):
    return attacked(tmp_path / "evil", tmp_path / "secret")


def test_attacks__from_the_form_to_the_report(open_page, evil):
    app = add(open_page(PAGE, view="new"), "mistakes_folder", evil)
    assert not app.error
    assert not app.exception
    text = said(app)
    assert "The model knows **4 of the 9 classes**" in text
    assert f"It is asked about {READABLE + len(BROKEN)} pictures" in text
    assert "](" not in words(app)
    (evil / os.fsdecode(b"\xe9t\xe9") / os.fsdecode(b"\xff\n.png")).write_bytes(b"new")
    assert r"1 file is new (\xe9t\xe9/\xff\n.png)" in words(app.run()).replace(
        "\\\\", "\\"
    ).replace("\\(", "(").replace("\\)", ")").replace("\\/", "/").replace("\\.", ".")


@pytest.mark.parametrize("view", ["overview", "confusions", "classes", "gallery"])
def test_attacks__evaluated_and_shown(open_page, evil, view):
    run = judged.done(evil)
    answers = open_answers(run.folder)
    assert run.result["unreadable"] == len(BROKEN)
    app = open_page(PAGE, run=run.id, view=view, **({"show": "all"} if view == "gallery" else {}))
    assert not app.error
    assert not app.exception
    assert "](" not in words(app)
    if view == "gallery":
        for row in range(0, len(answers), 12):
            app = open_page(PAGE, run=run.id, view=view, picture=str(answers.position(row)))
            assert not app.error
            assert not app.exception


@pytest.mark.parametrize(
    ("page", "key"), [("pages/1_Classes.py", "wnid"), ("pages/5_Fine-tune.py", "x")]
)
def test_attacks__on_the_other_pages(open_page, evil, page, key):
    data.register(evil)
    app = open_page(page, **({key: "n02123045"} if key == "wnid" else {}))
    assert not app.error
    assert not app.exception
    assert "](" not in words(app)
