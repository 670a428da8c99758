"""The Fine-tune page: a new run, a run in each of its states, and the table of all runs."""

import json
import re
import shutil
import time

import pytest

from core import models, runs
from core.runs import RunContext, State, files, locks
from core.runs.run import WORKER
from core.training import suggest
from tests.core.runs.conftest import ended, kill, until, worker
from tests.pages import lessons
from tests.pages.conftest import words
from ui import run_names
from ui.fine_tune import start

PAGE = "pages/5_Fine-tune.py"
MODEL = models.DEFAULT_MODEL


@pytest.fixture(autouse=True)
def jobs(monkeypatch):
    """Runs that take a moment instead of minutes; whatever they leave is ended."""
    monkeypatch.setitem(runs.JOBS, "train", lessons.JOB)
    yield
    for run in runs.list_runs():
        if run.state.is_alive and (process := worker(run)):
            kill(process)


@pytest.fixture
def endless(monkeypatch):
    monkeypatch.setitem(runs.JOBS, "train", lessons.STUBBORN)


def spec(tune="last", **changes) -> dict:
    return suggest("shapes", MODEL, tune).changed(**changes).as_json()


def done(name="", tune="last", **changes):
    """A run that went to its end."""
    return ended(runs.start("train", spec(tune, **changes), name=name))


def running():
    """A run whose worker has told of two epochs."""
    run = runs.start("train", spec(), name="Endless")
    until(lambda: len([e for e in runs.watch(run).events if e.get("kind") == "epoch"]) == 2)
    return runs.get(run.id)


def said(app) -> str:
    return words(app).replace("\\", "")


def asked(app, key: str) -> str:
    """What the address says."""
    value = app.query_params[key]
    return value if isinstance(value, str) else value[-1]


def labels(app) -> list[str]:
    return [button.label for button in app.button]


def button(app, label: str):
    (found,) = [button for button in app.button if button.label == label]
    return found


def charts(app) -> list[dict]:
    return [json.loads(chart.proto.spec) for chart in app.get("plotly_chart")]


# --- a new run


def test_new_run__starts_and_leads_to_its_view(open_page):
    app = open_page(PAGE)
    assert not app.exception
    assert not app.error
    button(app, "Start").click().run()
    (run,) = runs.list_runs()
    assert asked(app, "run") == run.id
    assert asked(app, "view") == "run"
    assert run.spec["model"] == MODEL
    assert run.spec["tune"] == "last"
    assert run.devices == (str(models.resolve_device("auto")),)


def test_new_run__takes_its_name_along(open_page):
    app = open_page(PAGE)
    app.text_input(key="tune_name").set_value("  My run ").run()
    button(app, "Start").click().run()
    assert runs.list_runs()[0].name == "My run"


def test_new_run__a_second_click_on_the_same_button_starts_nothing(monkeypatch):
    monkeypatch.setattr(start.st, "session_state", {start._NUMBER: 1, "tune_name": ""})
    start._start(suggest("shapes", MODEL, "last"), "cpu", 0)
    assert not runs.list_runs()


def test_new_run__says_how_many_are_before_it(open_page, endless):
    device = str(models.resolve_device("auto"))
    runs.start("train", spec(), devices=[device])
    runs.start("train", spec(), devices=[device])
    assert f"2 runs before yours on {device}" in said(open_page(PAGE))


def test_new_run__estimates_from_the_last_one_like_it(open_page):
    app = open_page(PAGE)
    button(app, "Start").click().run()
    ended(runs.list_runs()[0])
    app = open_page(PAGE)
    assert re.search(r"about \d+ (min|s)", said(app))


@pytest.mark.parametrize(("tune", "epochs"), [("head", 30), ("scratch", 20), ("all", 10)])
def test_mode__another_one_begins_with_its_own_recipe(open_page, tune, epochs):
    app = open_page(PAGE)
    app.number_input(key="recipe_epochs").set_value(77).run()
    assert app.session_state["tune_recipe"].epochs == 77
    app.pills(key="tune_pills").set_value(tune).run()
    assert app.session_state["tune_recipe"].epochs == epochs
    assert app.number_input(key="recipe_epochs").value == epochs


def test_mode__a_probe_has_no_epochs(open_page):
    app = open_page(PAGE)
    app.pills(key="tune_pills").set_value("probe").run()
    assert not app.exception
    assert "no epochs" in said(app)
    button(app, "Start").click().run()
    assert runs.list_runs()[0].spec["tune"] == "probe"


def test_mode__an_untrained_model_can_only_be_trained_from_scratch(open_page):
    app = open_page(PAGE, model="plain/lenet-5")
    assert not app.exception
    assert app.pills(key="tune_pills").value == "scratch"
    assert "has learnt nothing yet" in said(app)


def test_link__chooses_data_and_mode_once(open_page):
    app = open_page(PAGE, model="untrained/resnet18", tune="scratch", learn="digits")
    assert not app.exception
    assert app.selectbox(key="data_set").value == "digits"
    assert app.pills(key="tune_pills").value == "scratch"
    assert app.session_state["tune_recipe"].model == "untrained/resnet18"
    assert app.session_state["tune_recipe"].augment is None
    app.toggle(key="recipe_augment").set_value(True).run()
    assert app.session_state["tune_recipe"].augment is not None
    app.selectbox(key="data_set").set_value("shapes").run()
    assert app.selectbox(key="data_set").value == "shapes"


def test_link__augments_what_may_be_cropped(open_page):
    app = open_page(PAGE, model="untrained/resnet18", tune="scratch", learn="shapes")
    assert not app.exception
    assert app.session_state["tune_recipe"].augment is not None


def test_link__what_is_not_there_is_said(open_page):
    app = open_page(PAGE, tune="everything", learn="no-such-set")
    assert not app.exception
    assert "no-such-set" in said(app)
    assert "tune=everything" in said(app).replace("\\", "")


def test_model__missing_weights_are_offered_for_download(open_page, monkeypatch, tmp_path):
    monkeypatch.setenv("TORCH_HOME", str(tmp_path))
    app = open_page(PAGE, model="torchvision/resnet18")
    assert "Download" in labels(app)
    assert "Start" not in labels(app)
    app.pills(key="tune_pills").set_value("scratch").run()
    assert not app.exception
    assert "Start" in labels(app)  # random weights need no file


def test_rate__can_be_found_or_given(open_page):
    app = open_page(PAGE)
    app.toggle(key="recipe_learning_rate").set_value(True).run()
    assert app.session_state["tune_recipe"].learning_rate is None
    app.toggle(key="recipe_learning_rate").set_value(False).run()
    app.number_input(key="recipe_rate").set_value(1e9).run()
    assert app.session_state["tune_recipe"].learning_rate == 1e9


def test_rate__of_zero_is_refused_in_a_sentence(open_page):
    app = open_page(PAGE)
    app.number_input(key="recipe_rate").set_value(0.0).run()
    assert "learning_rate of a recipe must be a number above 0" in said(app)
    assert app.session_state["tune_recipe"].learning_rate == 1e-3
    assert app.number_input(key="recipe_rate").value == 1e-3
    assert not app.run().error


def test_augmentation__shows_what_the_network_will_see(open_page):
    app = open_page(PAGE)
    assert sum("looks in 5 epochs" in image.proto.imgs[0].alt for image in app.image) == 3
    app.slider(key="recipe_augment.rotate").set_value(90).run()
    assert app.session_state["tune_recipe"].augment.rotate == 90
    app.toggle(key="recipe_augment").set_value(False).run()
    assert app.session_state["tune_recipe"].augment is None
    assert not any("looks in 5 epochs" in image.proto.imgs[0].alt for image in app.image)


def test_augmentation__its_preview_leaves_the_random_numbers_alone(open_page):
    import torch

    torch.manual_seed(7)
    before = torch.random.get_rng_state()
    open_page(PAGE)
    assert torch.equal(torch.random.get_rng_state(), before)


def test_more__every_setting_of_a_recipe_can_be_reached(open_page):
    app = open_page(PAGE)
    app.session_state["tune_more"] = True
    app.run()
    assert not app.exception
    keys = {
        element.key.removeprefix("recipe_")
        for kind in ("number_input", "slider", "toggle", "selectbox", "text_input")
        for element in app.get(kind)
        if (element.key or "").startswith("recipe_")
    }
    keys |= {e.key.removeprefix("recipe_") for e in app.segmented_control if e.key}
    hidden = {"data", "model", "tune", "classes", "format", "momentum", "probe_c"}  # chosen above
    assert set(spec()) - hidden <= keys


def test_more__shares_that_leave_nothing_are_refused(open_page):
    app = open_page(PAGE)
    app.session_state["tune_more"] = True
    app.run()
    app.slider(key="recipe_validation").set_value(0.9).run()
    assert "must leave a share for training" in said(app)
    assert app.session_state["tune_recipe"].validation == 0.2


def test_more__smaller_pictures_first(open_page):
    app = open_page(PAGE)
    app.session_state["tune_more"] = True
    app.run()
    app.text_input(key="recipe_sizes").set_value("0.5: 32, 0.8: 48").run()
    assert app.session_state["tune_recipe"].sizes == ((0.5, 32), (0.8, 48))
    app.text_input(key="recipe_sizes").set_value("half").run()
    assert "such as 0.5: 96, 0.8: 128" in said(app)


def upload(app, content: bytes):
    app.file_uploader(key="tune_recipe_upload").upload("recipe.json", content, "application/json")
    return app.run()


def test_recipe_file__is_taken_but_for_its_data(open_page):
    app = open_page(PAGE)
    data = app.session_state["tune_recipe"].data
    other = spec("head", epochs=42) | {"data": "/etc"}
    app = upload(app, json.dumps(other).encode())
    assert not app.exception
    recipe = app.session_state["tune_recipe"]
    assert (recipe.tune, recipe.epochs, recipe.data) == ("head", 42, data)
    assert app.pills(key="tune_pills").value == "head"


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"\xff\xfe", "is no JSON"),
        (b"{", "The recipe is no JSON"),
        (b"[]", "no JSON object"),
        (b" " * 100_001, "too long to be a recipe"),
        (json.dumps({"data": "x", "model": MODEL, "tune": "all", "epoch": 3}).encode(), "epochs?"),
        (json.dumps({"format": 99}).encode(), "update Netlens"),
        (json.dumps({"data": "x", "model": "a/b", "tune": "all"}).encode(), "no model 'a/b'"),
    ],
)
def test_recipe_file__that_cannot_be_followed_is_a_sentence(open_page, content, sentence):
    app = upload(open_page(PAGE), content)
    assert not app.exception
    assert sentence in said(app)
    assert app.session_state["tune_recipe"].tune == "last"


# --- a run, by its state


def test_run__without_any_says_so(open_page):
    app = open_page(PAGE, view="run")
    assert "no run yet" in said(app)


def test_run__queued_says_how_many_are_before_it(open_page, endless):
    runs.start("train", spec())
    runs.start("train", spec())
    last = runs.start("train", spec(), name="Patient")
    app = open_page(PAGE, view="run", run=last.id)
    assert not app.exception
    assert "Patient" in said(app)
    assert "2 runs before this one on cpu" in app.get("progress")[0].text
    assert "Cancel" in labels(app)


def test_run__running_shows_curves_flips_and_the_time_left(open_page, endless):
    run = running()
    app = open_page(PAGE, view="run", run=run.id)
    assert not app.exception
    assert "Epoch 3 of 3" in app.get("progress")[0].text
    assert "left" in app.get("progress")[0].text
    names = [trace.get("name") for chart in charts(app) for trace in chart["data"]]
    assert {"training", "validation", "a batch", "best", "learning rate"} <= set(names)
    assert "Pictures that flipped in epoch 2" in said(app)
    assert "right now" in said(app)
    assert any("before," in image.proto.imgs[0].alt for image in app.image)
    assert "Delete it for good" not in labels(app)


def test_run__reads_only_what_is_new(open_page, endless):
    run = running()
    app = open_page(PAGE, view="run", run=run.id)
    reading = app.session_state["tune_readings"][run.id]
    assert reading.cursor.offset == (run.folder / "events.jsonl").stat().st_size
    figures = dict(reading._figures)
    app.run()
    assert app.session_state["tune_readings"][run.id]._figures == figures
    assert app.session_state["tune_readings"][run.id] is reading


def test_run__is_cancelled_by_a_click_and_resumed_by_another(open_page, endless, monkeypatch):
    run = running()
    app = open_page(PAGE, view="run", run=run.id)
    button(app, "Cancel").click().run()
    assert ended(run).state is State.CANCELLED
    app.run()
    assert "cancelled" in said(app)
    monkeypatch.setitem(runs.JOBS, "train", lessons.JOB)
    button(app, "Resume").click().run()
    assert ended(run).state is State.DONE
    app.run()
    assert not app.exception
    assert "done" in said(app)
    epochs = app.session_state["tune_readings"][run.id].history.epochs
    assert [epoch.epoch for epoch in epochs] == [1, 2, 3]


def test_run__whose_worker_is_killed_is_interrupted_within_a_second(open_page, endless):
    run = running()
    app = open_page(PAGE, view="run", run=run.id)
    kill(worker(run))
    killed = time.monotonic()
    until(lambda: not runs.get(run.id).state.is_alive, 1)
    app.run()
    assert time.monotonic() - killed < 3
    assert "interrupted" in said(app)
    assert "resume it to go on from the last checkpoint" in said(app)
    assert "Resume" in labels(app)


def test_run__that_failed_says_why_and_what_it_warned_of(open_page, monkeypatch):
    monkeypatch.setitem(runs.JOBS, "train", lessons.FAILING)
    run = done("Too fast")
    app = open_page(PAGE, view="run", run=run.id)
    assert not app.exception
    assert "Try a tenth of the rate" in said(app)
    assert "2 pictures [cannot](http://x) be read" in said(app)
    assert "](" not in words(app)
    assert "Resume" in labels(app)


def test_run__its_log_and_recipe_fold_out(open_page):
    run = done()
    app = open_page(PAGE, view="run", run=run.id)
    assert not app.code
    app.session_state["tune_log"] = app.session_state["tune_spec"] = True
    app.run()
    shown = "\n".join(code.value for code in app.code)
    assert "a line of the log" in shown
    assert '"tune": "last"' in shown


def test_run__its_settings_begin_a_new_one(open_page):
    run = done(tune="head", epochs=33)
    app = open_page(PAGE, view="run", run=run.id)
    button(app, "New run like this").click().run()
    assert not app.exception
    assert "view" not in app.query_params
    assert app.session_state["tune_recipe"].epochs == 33
    assert app.session_state["tune_recipe"].tune == "head"


def test_run__a_new_one_like_it_learns_from_the_same_data(open_page):
    run = done(tune="head", data="digits", classes=("1", "7"))
    app = open_page(PAGE, view="run", run=run.id)
    button(app, "New run like this").click().run()
    assert not app.exception
    found = app.session_state["tune_recipe"]
    assert (found.data, found.classes) == ("digits", ("1", "7"))


def test_run__a_new_one_like_it_says_that_its_data_are_gone(open_page):
    run = done(data="/nowhere/at/all")
    app = open_page(PAGE, view="run", run=run.id)
    button(app, "New run like this").click().run()
    assert "not among the data sets" in said(app)


def test_run__name_and_notes_are_kept(open_page):
    run = done("Before")
    app = open_page(PAGE, view="run", run=run.id)
    next(text for text in app.text_input if text.label == "Name").set_value("After *all*")
    next(text for text in app.text_area if text.label == "Notes").set_value("worked")
    button(app, "Save").click().run()
    assert (runs.get(run.id).name, runs.get(run.id).notes) == ("After *all*", "worked")
    assert "After *all*" in said(app)


def test_run__is_deleted_after_a_question(open_page):
    run = done()
    app = open_page(PAGE, view="run", run=run.id)
    button(app, "Delete it for good").click().run()
    assert not app.exception
    assert not runs.list_runs()
    assert asked(app, "view") == "runs"
    assert "run" not in app.query_params


def test_run__deleted_meanwhile_is_a_sentence(open_page, endless):
    run = running()
    app = open_page(PAGE, view="run", run=run.id)
    kill(worker(run))
    shutil.rmtree(run.folder)
    app.run()
    assert not app.exception
    assert f"There is no run {run.id}" in said(app)


@pytest.mark.parametrize("given", ["nonsense", "../../etc", "20260101-000000-abcdef", "[x](y)"])
def test_run__unknown_in_the_address_is_a_sentence(open_page, given):
    app = open_page(PAGE, view="run", run=given)
    assert not app.exception
    assert f"There is no run {given}" in said(app)
    assert "](" not in words(app)


def test_run__with_a_damaged_folder_is_a_sentence(open_page):
    run = done()
    (run.folder / "run.json").write_text("{")
    app = open_page(PAGE, view="run", run=run.id)
    assert not app.exception
    assert "missing or damaged" in said(app)
    app = open_page(PAGE, view="runs")
    assert "missing or damaged" in said(app)


def test_run__with_damaged_events_shows_the_others(open_page, endless):
    run = running()
    with (run.folder / "events.jsonl").open("ab") as file:
        file.write(b'not json\n{"kind": "step"}\n{"kind": "epoch", "epoch": "x"}\n[1]\n')
    app = open_page(PAGE, view="run", run=run.id)
    assert not app.exception
    assert len(app.session_state["tune_readings"][run.id].history.epochs) == 2


def test_run__of_a_newer_netlens_shows_what_can_be_shown(open_page):
    claim = runs.create("train", {"format": 9, "tune": "magic", "model": 3, "what": [1]})
    context = RunContext(claim.folder, ("cpu",))
    context.report({"kind": "dream", "of": "sheep"})
    note = files.read_json(claim.folder / WORKER)
    files.write_json(claim.folder / WORKER, note | {"has_devices": True})
    try:
        for view in ("run", "runs"):
            app = open_page(PAGE, view=view, run=claim.folder.name)
            assert not app.exception
            assert not app.error
    finally:
        context.close()
        locks.release(claim.lock)
    app = open_page(PAGE, view="run", run=claim.folder.name)
    button(app, "New run like this").click().run()
    assert not app.exception
    assert "update Netlens" in said(app)


def test_run__whose_data_are_gone_shows_no_flips(open_page, endless, tmp_path):
    run = runs.start("train", spec() | {"data": str(tmp_path / "gone")})
    until(lambda: any(e.get("kind") == "epoch" for e in runs.watch(run).events))
    app = open_page(PAGE, view="run", run=run.id)
    assert not app.exception
    assert not app.error


def test_run__of_another_kind_is_a_sentence(open_page, monkeypatch):
    monkeypatch.setitem(runs.JOBS, "dream", lessons.JOB)
    run = ended(runs.start("dream", {}))
    assert "tunes no model" in said(open_page(PAGE, view="run", run=run.id))


# --- all runs


def table(app):
    return app.dataframe[0].value


def tick(app, *rows: int):
    app.session_state[app.dataframe[0].key] = {
        "selection": {"rows": list(rows), "columns": [], "cells": []}
    }
    return app.run()


def test_all_runs__say_what_was_changed_and_what_happened(open_page):
    done("one")
    done("two", epochs=9)
    app = open_page(PAGE, view="runs")
    assert not app.exception
    rows = table(app)
    assert list(rows["Name"]) == ["two", "one"]
    assert list(rows["Changed"]) == ["epochs 10 → 9", "first on shapes"]
    assert list(rows["Validation"]) == [70.0, 70.0]
    assert rows["Test"].isna().all()  # nobody has opened it


def test_all_runs__ticked_ones_are_laid_over_each_other(open_page):
    done("one")
    done("two", tune="head", epochs=9)
    app = tick(open_page(PAGE, view="runs"), 0, 1)
    assert not app.exception
    names = [[trace["name"] for trace in chart["data"]] for chart in charts(app)]
    assert names == [["two", "one"]] * 2
    differing = app.dataframe[1].value
    assert list(differing[""])[:2] == ["mode", "epochs"]
    assert differing["two"][1] == "9"


def test_all_runs__open_one(open_page):
    run = done("one")
    app = tick(open_page(PAGE, view="runs"), 0)
    button(app, "Open").click().run()
    assert asked(app, "run") == run.id
    assert asked(app, "view") == "run"


def test_all_runs__filter(open_page):
    done("cats")
    done("dogs", tune="head")
    app = open_page(PAGE, view="runs")
    app.text_input(key="tune_filter").set_value("HEAD shapes").run()
    assert list(table(app)["Name"]) == ["dogs"]
    app.text_input(key="tune_filter").set_value("nothing like it").run()
    assert not app.exception
    assert "0 of 2 runs" in said(app)


def test_all_runs__five_hundred_stay_quick(open_page):
    first = done("copied")
    for number in range(1, 500):
        shutil.copytree(first.folder, first.folder.with_name(f"20260101-000000-{number:06x}"))
    app = open_page(PAGE, view="runs")
    began = time.perf_counter()
    app.run()
    assert time.perf_counter() - began < 3
    assert len(table(app)) == 500


# --- what other pages see of it


def test_pickers__name_a_tuned_model_by_its_run(open_page):
    run = done("Pets")
    run_names.forget()
    assert run_names.run_name(f"run/{run.id}") == "Pets"
    assert run_names.run_name("run/20260101-000000-abcdef") == ""
