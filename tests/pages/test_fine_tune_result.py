"""What the Fine-tune page shows of a run that is done."""

import json

import numpy as np
import pytest

from core import data, models
from core.errors import TrainingError
from core.evaluation import Predictions
from core.images import read_image
from core.training.after.before_after import before_after
from core.training.after.review import is_test_open, review
from tests.pages import tuned
from tests.pages.conftest import words

PAGE = "pages/5_Fine-tune.py"
MATCHED = {"matched": [["red", ["n07768694"]], ["green", []]], "unmatched": ["blue"]}


@pytest.fixture
def colours(tmp_path):
    """A registered data set of three classes."""
    return data.register(tuned.folder(tmp_path / "colours"), "colours").name


@pytest.fixture
def predictions(colours):
    labels = data.open(colours).labels
    return tuned.answers(labels, np.arange(len(labels)), 3)


def said(app) -> str:
    return words(app).replace("\\", "")


def metrics(app) -> dict[str, str]:
    return {metric.label: metric.value for metric in app.metric}


def galleries(app) -> list[list[dict]]:
    """The pictures of each gallery."""
    found = [json.loads(c.proto.json) for c in app.get("bidi_component") if c.proto.json]
    return [one["items"] for one in found if "items" in one]


def matrix(app) -> dict:
    """The figure of the confusion matrix."""
    figures = [json.loads(chart.proto.spec) for chart in app.get("plotly_chart")]
    return next(f for f in figures if any(t.get("customdata") is not None for t in f["data"]))


def result_key(run, part="validation") -> str:
    return f"result_{run.id}_{part}"


def test_result__numbers_are_those_of_the_answers(open_page, colours, predictions):
    run = tuned.done(colours, predictions, outputs=MATCHED)
    app = open_page(PAGE, view="run", run=run.id)
    assert not app.error
    part = review(run.folder, run.result).parts["validation"]
    shown = metrics(app)
    assert shown["Accuracy · validation"] == f"{part.score.accuracy:.1%}" == "50.0%"
    assert shown["Always the largest class"] == "25.0%"
    assert shown["Before tuning"] == "0.0%"
    text = said(app)
    assert f"{part.score.low:.0%} to {part.score.high:.0%}, from 18 pictures" in text
    assert "made 9 right that were wrong and 0 wrong that were right" in text
    assert "better" in text


def test_result__without_a_baseline_says_why(open_page, colours, predictions):
    alone = Predictions(
        predictions.positions, predictions.part, predictions.labels, predictions.probabilities
    )
    app = open_page(PAGE, view="run", run=tuned.done(colours, alone).id)
    assert metrics(app)["Before tuning"] == "–"
    assert "no outputs for two of these classes" in said(app)


def test_result__the_test_is_locked_until_someone_opens_it(open_page, colours, predictions):
    run = tuned.done(colours, predictions)
    app = open_page(PAGE, view="run", run=run.id)
    assert "18 test pictures are locked away" in said(app)
    assert "Accuracy · test" not in metrics(app)
    assert not is_test_open(run.folder)
    app.button(key=f"open_test_{run.id}").click().run()
    assert is_test_open(run.folder)
    part = review(run.folder, run.result).parts["test"]
    assert metrics(app)["Accuracy · test"] == f"{part.score.accuracy:.1%}" == "100.0%"
    again = open_page(PAGE, view="run", run=run.id)  # another session
    assert "Accuracy · test" in metrics(again)
    again.segmented_control(key=f"result_part_{run.id}").set_value("validation").run()
    assert "Accuracy · validation" in metrics(again)


def test_result__a_folder_that_cannot_be_written_keeps_it_locked(
    open_page, colours, predictions, monkeypatch
):
    run = tuned.done(colours, predictions)
    app = open_page(PAGE, view="run", run=run.id)

    def refuse(*_args, **_options):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("pathlib.Path.touch", refuse)
    app.button(key=f"open_test_{run.id}").click().run()
    assert "No space left on device" in said(app)
    assert "Accuracy · test" not in metrics(app)


def test_result__the_worst_losses_come_first(open_page, colours, predictions):
    run = tuned.done(colours, predictions)
    app = open_page(PAGE, view="run", run=run.id)
    own = predictions.of(1)
    (shown,) = galleries(app)
    assert [int(item["id"]) for item in shown] == own.positions[own.worst(12)].tolist()
    row = own.worst(1)[0]
    names = ["blue", "green", "red"]
    truth, guessed = names[own.labels[row]], names[own.predicted[row]]
    assert shown[0]["title"] == f"{truth}:\n{guessed} · {own.probabilities[row].max():.0%}"


def test_result__a_cell_of_the_matrix_opens_its_pictures(open_page, colours, predictions):
    run = tuned.done(colours, predictions)
    app = open_page(PAGE, view="run", run=run.id)
    own = predictions.of(1)
    cells = next(t for t in matrix(app)["data"] if t["type"] == "scatter")["customdata"]
    counts = {(t, p): count for t, p, count, *_ in cells}
    expected = {
        (t, p): len(own.cell(t, p)) for t in range(3) for p in range(3) if len(own.cell(t, p))
    }
    assert counts == expected
    truth, guessed = next(cell for cell in counts if cell[0] != cell[1])
    app.selectbox(key=f"{result_key(run)}_choice").set_value(f"{truth}-{guessed}").run()
    (shown,) = galleries(app)
    assert [int(item["id"]) for item in shown] == own.positions[own.cell(truth, guessed)].tolist()
    assert "shapes" in matrix(app)["layout"]  # the cell is framed


def test_result__a_picture_is_explained_before_and_after(open_page, colours, predictions):
    run = tuned.done(colours, predictions, outputs=MATCHED)
    app = open_page(PAGE, view="run", run=run.id)
    own = predictions.of(1)
    row = own.worst(1)[0]
    app.session_state[f"{result_key(run)}_picked"] = int(own.positions[row])
    app.run()
    assert not app.error
    target = int(own.predicted[row])
    dataset = data.open(colours)
    at = int(own.positions[row])
    original, after = models.load(tuned.MODEL), models.load(f"run/{run.id}")
    maps = before_after(original, after, read_image(dataset.read(at), dataset.file(at)), target)
    text = said(app)
    assert f"logit {maps.before.score:.2f}".replace("-", "−") in text
    assert f"logit {maps.after.score:.2f}".replace("-", "−") in text
    assert ("did not know the class" in text) == (not maps.outputs)
    assert "both on one scale" in text


def test_result__maps_of_a_run_from_scratch_have_no_before(open_page, colours, predictions):
    run = tuned.done(colours, predictions, tune="scratch")
    app = open_page(PAGE, view="run", run=run.id)
    app.session_state[f"{result_key(run)}_picked"] = int(predictions.of(1).positions[0])
    app.run()
    assert not app.error
    assert "began with random weights" in said(app)
    alts = [image.proto.imgs[0].alt for image in app.image]
    assert len([alt for alt in alts if alt.startswith("Grad-CAM of")]) == 1


def test_result__maps_without_the_model_that_it_began_with(open_page, colours, predictions):
    run = tuned.done(colours, predictions, model_name="run/20200101-000000-abcdef")
    app = open_page(PAGE, view="run", run=run.id)
    app.session_state[f"{result_key(run)}_picked"] = int(predictions.of(1).positions[0])
    app.run()
    assert not app.error
    assert "20200101-000000-abcdef" in said(app)
    alts = [image.proto.imgs[0].alt for image in app.image]
    assert len([alt for alt in alts if alt.startswith("Grad-CAM of")]) == 1


def test_result__pictures_that_are_gone_are_said(open_page, colours, predictions, tmp_path):
    run = tuned.done(colours, predictions)
    (tmp_path / "colours" / "red" / "00.png").unlink()
    app = open_page(PAGE, view="run", run=run.id)
    assert not app.error
    assert "has changed since the run" in said(app)
    assert "Accuracy · validation" in metrics(app)
    data.unregister(colours)
    app = open_page(PAGE, view="run", run=run.id)
    assert "no data set called colours" in said(app)
    assert "Accuracy · validation" in metrics(app)


def test_result__damaged_answers_are_a_sentence(open_page, colours, predictions):
    run = tuned.done(colours, predictions)
    (run.folder / "predictions.npz").write_bytes(b"PK not really")
    app = open_page(PAGE, view="run", run=run.id)
    assert not app.exception
    assert "predictions.npz is damaged" in said(app)


def test_result__a_model_that_is_gone_is_said(open_page, colours, predictions):
    run = tuned.done(colours, predictions)
    (run.folder / "model.safetensors").unlink()
    app = open_page(PAGE, view="run", run=run.id)
    assert not app.error
    assert "model is gone" in said(app)
    assert "Accuracy · validation" in metrics(app)
    assert not [link for link in app.get("page_link") if run.id in link.proto.query_string]


def test_result__nothing_held_out_is_said(open_page, colours, predictions):
    nothing = predictions.of(1).of(2)
    run = tuned.done(colours, nothing, validation=0.0, test=0.0)
    app = open_page(PAGE, view="run", run=run.id)
    assert "there is none to tell how good it is" in said(app)
    assert not app.metric or "Accuracy · validation" not in metrics(app)


def test_result__only_a_test_part_stays_locked(open_page, colours, predictions):
    run = tuned.done(colours, predictions.of(2), validation=0.0)
    app = open_page(PAGE, view="run", run=run.id)
    assert "locked away" in said(app)
    app.button(key=f"open_test_{run.id}").click().run()
    assert metrics(app)["Accuracy · test"] == "100.0%"


def test_result__two_hundred_classes_are_shown_by_the_most_confused(open_page, tmp_path):
    names = [f"class {i:03}" for i in range(200)]
    name = data.register(tuned.folder(tmp_path / "many", 2, names), "many").name
    labels = data.open(name).labels
    run = tuned.done(name, tuned.answers(labels, np.arange(len(labels)), 200))
    app = open_page(PAGE, view="run", run=run.id)
    assert not app.error
    assert len(matrix(app)["layout"]["yaxis"]["ticktext"]) == 20
    app.segmented_control(key=f"{result_key(run)}_classes").set_value("All classes").run()
    assert not matrix(app)["layout"]["yaxis"].get("ticktext")
    assert len(next(t for t in matrix(app)["data"] if t["type"] == "scatter")["x"])


def test_result__links_take_the_model_to_other_pages(open_page, colours, predictions):
    run = tuned.done(colours, predictions)
    app = open_page(PAGE, view="run", run=run.id)
    links = [link.proto for link in app.get("page_link")]
    named = [link for link in links if f"model=run%2F{run.id}" in link.query_string]
    assert {link.label for link in named} >= {"Classify", "Feature maps", "Grad-CAM"}


def test_result__names_are_not_markdown(open_page, tmp_path):
    names = ["**b** [x](evil.example)", "<i>&amp;"]
    name = data.register(tuned.folder(tmp_path / "evil", 4, names), "evil").name
    labels = data.open(name).labels
    run = tuned.done(
        name,
        tuned.answers(labels, np.arange(len(labels)), 2),
        outputs={"matched": [], "unmatched": names},
    )
    app = open_page(PAGE, view="run", run=run.id)
    assert not app.error
    app.session_state[f"{result_key(run)}_picked"] = 0
    app.run()
    assert not app.error
    assert "](" not in words(app)


def test_result__the_export_is_made_once_and_stays(open_page, colours, predictions, monkeypatch):
    given = []

    def pretend(folder, pictures, progress):
        given.extend(pictures)
        for word in ("Asking", "Writing", "Running", "Packing"):
            progress(word)
        (folder / "export.zip").write_bytes(b"x" * 2_000_000)
        return folder / "export.zip"

    monkeypatch.setattr("ui.fine_tune.take_along.export_zip", pretend)
    run = tuned.done(colours, predictions)
    app = open_page(PAGE, view="run", run=run.id)
    assert not app.get("download_button")
    app.button(key="export_start").click().run()
    assert not app.error
    assert [button.proto.label for button in app.get("download_button")] == [
        "Download the zip (2.0 MB)"
    ]
    dataset = data.open(colours)
    names = {dataset.file(i): dataset.read(i) for i in range(len(dataset))}
    assert len(given) == 5
    assert all(names[name] == encoded for name, encoded in given)
    assert {name.partition("/")[0] for name, _ in given} == {"red", "green", "blue"}
    again = open_page(PAGE, view="run", run=run.id)
    assert again.get("download_button")


def test_result__an_export_that_fails_is_a_sentence(open_page, colours, predictions, monkeypatch):
    def refuse(*_args):
        raise TrainingError("The export cannot be written: make room.")

    monkeypatch.setattr("ui.fine_tune.take_along.export_zip", refuse)
    run = tuned.done(colours, predictions)
    app = open_page(PAGE, view="run", run=run.id)
    app.button(key="export_start").click().run()
    assert "make room" in said(app)
    assert "Accuracy · validation" in metrics(app)
    assert not app.exception
