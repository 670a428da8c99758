"""The Mistakes page."""

import pytest

from core import data, runs
from core.runs import State, locks
from tests.core.evaluation.running import pets
from tests.pages import judged
from tests.pages.conftest import words

PAGE = "pages/6_Mistakes.py"


def said(app) -> str:
    return words(app).replace("\\", "")


def metrics(app) -> dict[str, str]:
    return {metric.label: metric.value for metric in app.metric}


@pytest.fixture
def folder(tmp_path):
    return pets.folder(tmp_path / "pets", 8, (*pets.CATS_DOGS_FISH, "zxqv"))


def test_mistakes__with_no_run_yet_the_bundled_models_own(open_page):
    app = open_page(PAGE)
    assert not app.error
    shown = metrics(app)
    assert (shown["Top-1"], shown["Top-5"]) == ("54.0%", "78.6%")
    text = said(app)
    assert "Of 10,000 pictures." in text
    assert "errors" in text
    assert len(app.get("plotly_chart")) == 2
    groups = app.dataframe[0].value
    assert len(groups) > 5
    assert groups["Pictures"].sum() == 10_000
    assert (groups["Its group"] >= groups["Its class"]).all()
    assert groups["Its class"].between(0, 100).all()


def test_mistakes__of_a_run(open_page, folder):
    run = judged.done(folder, name="**mine** [x](evil.example)")
    app = open_page(PAGE, run=run.id)
    assert not app.error
    assert metrics(app)["Top-1"] == f"{run.result['top1']:.1%}"
    text = said(app)
    assert "Of 24 pictures. Left out: 8 of classes that the model does not know." in text
    assert app.selectbox(key="mistakes_run").value == run.id
    assert "](" not in words(app)


def test_mistakes__of_a_run_without_a_single_answer(open_page, folder):
    for file in folder.rglob("*.png"):
        file.write_bytes(b"no picture")
    run = judged.done(folder)
    app = open_page(PAGE, run=run.id)
    assert not app.error
    assert metrics(app)["Top-1"] == "–"
    assert "no answer yet that could be judged" in said(app)


def test_mistakes__an_unknown_run_is_said(open_page):
    app = open_page(PAGE, run="20260101-000000-abcdef")
    assert "asks for the run 20260101-000000-abcdef" in app.warning[0].value.replace("\\", "")
    assert metrics(app)["Top-1"] == "54.0%"


def test_mistakes__damaged_answers_are_said(open_page, folder):
    run = judged.done(folder)
    (run.folder / "answers" / "loss.npy").write_bytes(b"x")
    app = open_page(PAGE, run=run.id)
    assert "loss.npy is missing or damaged" in app.error[0].value.replace("\\", "")


def test_mistakes__of_an_interrupted_run(open_page, folder):
    done = judged.done(folder)
    (done.folder / "result.json").unlink()
    app = open_page(PAGE, run=done.id)
    assert runs.get(done.id).state is State.INTERRUPTED
    assert "resume it to go on" in said(app)
    assert app.button(key="mistakes_resume")
    assert metrics(app)["Top-1"]


def test_mistakes__a_new_evaluation_is_started_once(open_page, folder, monkeypatch):
    entry = data.register(folder)
    started = []

    def start(kind, spec, *, devices, name):
        started.append((kind, spec, list(devices), name))
        claim = runs.create(kind, spec, devices=devices, name=name)
        locks.release(claim.lock)
        return runs.get(claim.folder.name)

    monkeypatch.setattr(runs, "start", start)
    app = open_page(PAGE, view="new")
    app.selectbox(key="mistakes_data").set_value(entry.name).run()
    app.text_input(key="mistakes_name").set_value("first").run()
    app.button(key="mistakes_start_0").click().run()
    assert not app.error
    ((kind, spec, devices, name),) = started
    assert (kind, spec["data"], spec["part"], devices, name) == (
        "evaluate", entry.name, "test", ["cpu"], "first",
    )  # fmt: skip
    assert app.query_params["run"] == runs.list_runs()[0].id


def test_mistakes__the_lesson_needs_one_click(open_page, monkeypatch):
    started = []

    def start(kind, spec, *, devices, name):
        started.append((kind, spec))
        claim = runs.create(kind, spec, devices=devices, name=name)
        locks.release(claim.lock)
        return runs.get(claim.folder.name)

    monkeypatch.setattr(runs, "start", start)
    app = open_page(PAGE)
    app.button(key="mistakes_lesson_0").click().run()
    assert [kind for kind, _ in started] == ["train", "evaluate"]
    trained = next(run for run in runs.list_runs() if run.kind == "train")
    assert started[1][1]["model"] == f"run/{trained.id}"
    assert started[1][1]["data"] == started[0][1]["data"] == "shapes-background"


def test_mistakes__a_run_can_be_deleted(open_page, folder):
    run = judged.done(folder)
    app = open_page(PAGE, run=run.id)
    app.button(key="mistakes_delete").click().run()
    assert not app.error
    assert not run.folder.exists()
    assert metrics(app)["Top-1"] == "54.0%"
