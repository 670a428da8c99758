"""The Mistakes page."""

import json

import numpy as np
import pytest
from sklearn.metrics import precision_recall_fscore_support

from core import data, runs
from core.evaluation.answers import open_answers
from core.evaluation.scores.calibration import reliability
from core.evaluation.selection import CONFIDENCE, Span
from core.evaluation.shipped import shipped
from core.evaluation.slices.signals import ALL_SIGNALS
from core.runs import State, locks
from tests.core.evaluation.running import pets
from tests.pages import judged
from tests.pages.conftest import words
from ui.mistakes.where import span_key

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
    headline = shipped().headline
    assert (shown["Top-1"], shown["Top-5"]) == (f"{headline.top1:.1%}", f"{headline.top5:.1%}")
    text = said(app)
    assert "Of 10,000 pictures." in text
    assert "errors" in text
    assert len(app.get("plotly_chart")) == 2
    groups = app.dataframe[0].value
    assert len(groups) > 5
    assert groups["Pictures"].sum() == 10_000
    assert (groups["Its group"] >= groups["Its class"]).all()
    assert groups["Its class"].between(0, 100).all()
    upper = groups["95 %"].str.extract(r"to (\d+) %")[0].astype(int)
    assert upper.is_monotonic_increasing
    assert (groups["Its class"] <= upper + 0.5).all()


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
    assert metrics(app)["Top-1"] == f"{shipped().headline.top1:.1%}"


def test_mistakes__runs_of_the_same_name_are_told_apart(open_page, folder):
    older, newer = judged.done(folder, name="mine"), judged.done(folder, name="mine")
    for run in (older, newer):
        app = open_page(PAGE, run=run.id)
        app.run()
        assert not app.error
        assert app.query_params["run"] in (run.id, [run.id])
        assert app.selectbox(key="mistakes_run").value == run.id


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
        "evaluate", entry.name, "all", ["cpu"], "first",
    )  # fmt: skip
    assert app.query_params["run"] == runs.list_runs()[0].id


def test_mistakes__parts_are_offered_where_they_are_known(open_page, tmp_path):
    pets.folder(tmp_path / "pets" / "train", 3)
    pets.folder(tmp_path / "pets" / "val", 2)
    parted, plain = data.register(tmp_path / "pets"), data.register(tmp_path / "pets" / "val")
    app = open_page(PAGE, view="new")
    app.selectbox(key="mistakes_data").set_value(parted.name).run()
    part = app.segmented_control(key="mistakes_part")
    assert (part.value, len(part.options)) == ("test", 3)
    assert "asked about 6 pictures" in said(app)
    part.set_value("train").run()
    assert "asked about 9 pictures" in said(app)
    app.selectbox(key="mistakes_data").set_value(plain.name).run()
    part = app.segmented_control(key="mistakes_part")
    assert (part.value, len(part.options)) == ("all", 1)


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
    assert metrics(app)["Top-1"] == f"{shipped().headline.top1:.1%}"


VIEWS = ("overview", "confusions", "classes", "gallery", "review")


@pytest.mark.parametrize("view", VIEWS)
def test_mistakes__every_view_of_what_is_shipped(open_page, view):
    app = open_page(PAGE, view=view)
    assert not app.error
    assert not app.exception


@pytest.mark.parametrize("view", VIEWS)
def test_mistakes__names_are_not_markdown(open_page, tmp_path, view):
    root = pets.folder(tmp_path / "evil", 3, (*pets.CATS_DOGS_FISH, "**b** [x](evil.example)"))
    run = judged.done(root)
    app = open_page(PAGE, run=run.id, view=view)
    assert not app.error
    assert "](" not in words(app)


def pictures(app) -> list[dict]:
    found = [json.loads(c.proto.json) for c in app.get("bidi_component") if c.proto.json]
    return [item for one in found if one.get("items") for item in one["items"]]


def test_gallery__shows_the_errors_and_then_what_is_chosen(open_page, folder):
    run = judged.done(folder)
    answers = open_answers(run.folder)
    app = open_page(PAGE, run=run.id, view="gallery")
    wrong = np.flatnonzero(~answers.right)
    assert f"{len(wrong):,} of 24 answers." in said(app)
    shown = pictures(app)
    order = wrong[np.argsort(-answers.loss[wrong], kind="stable")]
    assert [int(item["id"]) for item in shown] == [answers.position(i) for i in order]
    app.selectbox(key="mistakes_wnid").set_value(pets.CATS_DOGS_FISH[1]).run()
    app.selectbox(key="mistakes_show").set_value("all").run()
    assert "8 of 24 answers." in said(app)
    assert app.query_params["wnid"] == pets.CATS_DOGS_FISH[1]
    assert app.query_params["show"] == "all"
    app.selectbox(key="mistakes_sort").set_value("sure").run()
    wnids = np.array([answers.classes[at][0] for at in answers.labels])
    rows = np.flatnonzero(wnids == pets.CATS_DOGS_FISH[1])
    surest = rows[np.argsort(-answers.confidence[rows], kind="stable")]
    assert [int(item["id"]) for item in pictures(app)] == [answers.position(i) for i in surest]


def test_gallery__a_picture_is_looked_at_closely(open_page, folder):
    run = judged.done(folder)
    answers = open_answers(run.folder)
    row = int(np.flatnonzero(~answers.right)[0])
    app = open_page(PAGE, run=run.id, view="gallery", picture=str(answers.position(row)))
    assert not app.error
    text = said(app)
    assert f"truth: {answers.titles[answers.labels[row]]}" in text
    assert "Grad-CAM of both classes, on one scale." in text
    assert "A near miss: both are kinds of " in text or "Far off: both are kinds of " in text
    assert "What looks alike to the network" in text
    (folder / answers.file(row)).write_bytes((folder / answers.file(row - 1)).read_bytes())
    app = open_page(PAGE, run=run.id, view="gallery", picture=str(answers.position(row)))
    assert "has changed since it was asked about" in said(app)


def test_gallery__pictures_that_are_gone_leave_a_table_and_a_sentence(open_page, folder):
    run = judged.done(folder)
    folder.rename(folder.with_name("moved"))
    app = open_page(PAGE, run=run.id, view="gallery", picture="3")
    assert not app.error
    assert "There is no folder or file" in said(app)
    assert len(app.dataframe) == 1


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("wnid", "n00000000"),
        ("target", "class-900"),
        ("show", "funny"),
        ("slice", "width:a:b"),
        ("slice", "colour:1:2"),
        ("sort", "name"),
        ("picture", "-1"),
        ("picture", "99999999999999999999"),
    ],
)
def test_gallery__an_address_that_cannot_be_followed_is_said_once(open_page, folder, key, value):
    run = judged.done(folder)
    app = open_page(PAGE, run=run.id, view="gallery", **{key: value})
    assert not app.error
    assert f"{key}={value}" in app.warning[0].value.replace("\\", "")
    app.run()
    assert not app.warning


def test_gallery__a_synset_stands_for_what_is_below_it(open_page, folder):
    run = judged.done(folder)
    app = open_page(PAGE, run=run.id, view="gallery", wnid="n02084071", show="all")  # dog
    assert "8 of 24 answers." in said(app)
    app = open_page(PAGE, run=run.id, view="gallery", slice="width:48:50", show="all")
    widths = open_answers(run.folder).signals[:, 0]
    assert f"{((widths >= 48) & (widths <= 50)).sum()} of 24 answers." in said(app)
    chip = app.button(key="mistakes_unslice")
    assert chip.label.replace("\\", "") == "Only: Width 48 to 50 px"
    app.button(key="mistakes_unslice").click().run()
    assert "24 of 24 answers." in said(app)


def test_confusions__groups_lead_to_classes(open_page):
    app = open_page(PAGE, view="confusions")
    (figure,) = (json.loads(chart.proto.spec) for chart in app.get("plotly_chart"))
    rows = len(figure["layout"]["yaxis"]["ticktext"])
    assert 10 < rows <= 40
    app = open_page(PAGE, view="confusions", wnid="n02084071", target="n02084071")  # dog
    (figure,) = (json.loads(chart.proto.spec) for chart in app.get("plotly_chart"))
    named = figure["layout"]["yaxis"]["ticktext"]
    assert "all others" in named
    assert "golden retrie…" in named
    app.button(key="mistakes_all").click().run()
    assert "wnid" not in app.query_params


def test_confusions__pairs_are_those_of_the_counts(open_page):
    app = open_page(PAGE, view="confusions")
    pairs = app.dataframe[0].value
    assert (pairs["Times"] == pairs["→"] + pairs["←"]).all()
    assert pairs["Times"].is_monotonic_decreasing
    answers = shipped()
    matrix = np.zeros((200, 200), int)
    np.add.at(matrix, (answers.labels, answers.predicted), 1)
    both = matrix + matrix.T
    np.fill_diagonal(both, 0)
    assert pairs["Times"].iloc[0] == both.max()


def test_classes__are_those_of_scikit_learn(open_page):
    app = open_page(PAGE, view="classes")
    table = app.dataframe[0].value
    answers = shipped()
    precision, recall, f1, support = precision_recall_fscore_support(
        answers.labels, answers.predicted, zero_division=0
    )
    assert table["Recall"].is_monotonic_increasing
    place = {title: at for at, title in enumerate(answers.titles)}
    order = [place[title] for title in table["Class"]]
    assert sorted(order) == list(range(200))
    assert table["Precision"].to_numpy() == pytest.approx(100 * precision[order])
    assert table["Recall"].to_numpy() == pytest.approx(100 * recall[order])
    assert table["F1"].to_numpy() == pytest.approx(100 * f1[order])
    assert table["Pictures"].tolist() == support[order].tolist()


def test_classes__shares_of_nothing_are_empty(open_page, folder):
    run = judged.done(folder)
    answers = open_answers(run.folder)
    counts = answers.counts
    only_said = int(((counts.said > 0) & (counts.support == 0)).sum())
    app = open_page(PAGE, run=run.id, view="classes")
    table = app.dataframe[0].value
    assert only_said
    assert table["Recall"].isna().sum() == only_said
    assert table["Recall"].isna().tolist() == table["95 %"].isna().tolist()
    assert (table["Recall"].isna() == (table["Pictures"] == 0)).all()
    assert (table["Precision"].isna() == (table["Said"] == 0)).all()
    assert table["Pictures"].tail(only_said).eq(0).all()
    assert f"every class counts alike; {only_said} without a picture count 0" in said(app)


def test_gallery__of_a_bar_of_the_calibration(open_page, folder):
    run = judged.done(folder)
    answers = open_answers(run.folder)
    found = reliability(answers.right, answers.confidence)
    for at in np.flatnonzero(found.n).tolist():
        span = span_key(Span(CONFIDENCE, *found.ends(at)))
        app = open_page(PAGE, run=run.id, view="gallery", show="all", slice=span)
        assert not app.warning
        assert f"{found.n[at]:,} of 24 answers." in said(app)


def test_overview__a_weak_slice_leads_to_its_errors(open_page):
    app = open_page(PAGE)
    button = next(one for one in app.button if one.key.startswith("mistakes_slice_"))
    signal, low = button.key.removeprefix("mistakes_slice_").rsplit("_", 1)
    button.click().run()
    assert app.query_params["view"] == "gallery"
    assert app.query_params["slice"].startswith(f"{signal}:{low}:")
    of, low, high = app.query_params["slice"].split(":")
    answers = shipped()
    values = answers.signals[:, [signal.name for signal in ALL_SIGNALS].index(of)]
    inside = (values >= float(low)) & (values <= float(high)) & ~answers.right
    assert f"{inside.sum():,} of 10,000 answers." in said(app)


def test_gallery__an_opened_picture_comes_first_and_is_closed(open_page, folder):
    run = judged.done(folder)
    app = open_page(PAGE, run=run.id, view="gallery", show="all", picture="3")
    drawn = [c.proto.json for c in app.get("bidi_component")]
    marked = next(at for at, text in enumerate(drawn) if run.id in text)
    assert marked < next(at for at, text in enumerate(drawn) if '"id": "3"' in text)
    app.button(key="mistakes_close").click().run()
    assert "picture" not in app.query_params
    assert not any(button.key == "mistakes_close" for button in app.button)
