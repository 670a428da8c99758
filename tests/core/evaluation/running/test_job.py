"""A model asked about every picture: right answers, and the same ones after any interruption."""

import hashlib
import shutil

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from sklearn.metrics import accuracy_score, f1_score, log_loss

from core import data, models
from core.errors import CancelledError, DataError, EvaluationError
from core.evaluation.answers import Answers, open_answers
from core.evaluation.predictions import Predictions
from core.evaluation.running import engine, part
from core.evaluation.running.job import evaluate
from core.evaluation.running.table import ANSWERED, UNREADABLE, load
from core.evaluation.running.task import PARTS, Task, from_json
from core.evaluation.selection import Selection, Span
from core.evaluation.slices.signals import ALL_SIGNALS
from core.images import read_image
from core.models import heads
from core.predict import classify
from core.training import suggest
from core.training.job import fine_tune
from tests.core.evaluation.running.pets import CATS_DOGS_FISH, Context, folder


def task(path, model=models.DEFAULT_MODEL, **more):
    return Task(str(path), model, **more).as_json()


@pytest.fixture
def pets(tmp_path):
    return folder(tmp_path / "pets")


@pytest.fixture
def small(monkeypatch):
    """Batches of four, each brought to the disk."""
    monkeypatch.setattr(engine, "CPU_BATCH", 4)
    monkeypatch.setattr(engine, "_SETTLE_EVERY", 0.0)


def digests(context):
    files = sorted((context.folder / "answers").iterdir())
    return {file.name: hashlib.sha256(file.read_bytes()).hexdigest() for file in files}


def test_evaluate__says_what_classify_says(pets):
    context = Context()
    found = evaluate(task(pets), context)
    answers = open_answers(context.folder)
    dataset = data.open(str(pets))
    model = models.load(device="cpu")
    probabilities = []
    for i in range(len(answers)):
        assert answers.file(i) == dataset.file(answers.position(i))
        said = classify(model, read_image(dataset.read(answers.position(i)), "x"))
        probabilities.append(said.probabilities)
        best = said.top(5)
        index = answers.table["top"][answers.rows[i]]
        assert index.tolist() == [one.index for one in best]
        assert answers.top_probability[i] == pytest.approx([b.probability for b in best], abs=1e-5)
        assert answers.sha256(i) == said.sha256
        truth = next(c.index for c in model.classes if c.wnid == CATS_DOGS_FISH_BY[answers, i])
        assert np.exp(-answers.loss[i]) == pytest.approx(said.probabilities[truth], abs=1e-5)
        p = said.probabilities[said.probabilities > 0].astype(float)
        assert answers.entropy[i] == pytest.approx(-(p * np.log(p)).sum(), abs=1e-3)
    assert (found["n"], found["unmatched"], found["unreadable"]) == (36, 0, 0)
    assert found["top1"] == pytest.approx(answers.right.mean())


class _Wnids:
    """The wnid of the true class of answer i."""

    def __getitem__(self, key):
        answers, i = key
        return answers.classes[answers.labels[i]][0]


CATS_DOGS_FISH_BY = _Wnids()


def test_evaluate__figures_are_scikit_learns(pets):
    context = Context()
    found = evaluate(task(pets), context)
    answers = open_answers(context.folder)
    assert found["top1"] == accuracy_score(answers.labels, answers.predicted)
    macro = f1_score(answers.labels, answers.predicted, average="macro", zero_division=0)
    assert found["macro_f1"] == pytest.approx(macro)
    p = np.exp(-answers.loss.astype(float))
    assert found["log_loss"] == pytest.approx(log_loss(np.ones(len(p)), p, labels=[0, 1]), rel=1e-5)
    context.events.clear()
    again = evaluate(task(pets), context)  # all is there: nothing is asked twice
    assert again | {"seconds": 0} == found | {"seconds": 0}
    assert context.events == [event for event in context.events if event["done"] == 36]


@pytest.mark.parametrize("stop_at", [0, 1, 2, 5, 8])
def test_evaluate__stopped_and_resumed_leaves_the_same(pets, small, stop_at):
    whole = Context()
    wanted = evaluate(task(pets), whole)
    expected = digests(whole)
    shutil.rmtree(whole.folder)
    context = Context(stop_at)
    with pytest.raises(CancelledError):
        evaluate(task(pets), context)
    state = load(context.folder / "answers")["state"]
    assert np.count_nonzero(state) == 4 * stop_at
    assert len(open_answers(context.folder)) == 4 * stop_at
    context._left = None
    context.told.clear()
    found = evaluate(task(pets), context)
    assert digests(context) == expected
    assert found | {"seconds": 0} == wanted | {"seconds": 0}
    asked = [done for what, done, _ in context.told if what == "asking the model"]
    assert asked == sorted(asked)
    assert not asked or asked[0] > 4 * stop_at


def test_evaluate__what_cannot_be_read_is_counted_and_passed_over(pets, small):
    (pets / CATS_DOGS_FISH[1] / "03.png").write_bytes(b"no picture")
    (pets / CATS_DOGS_FISH[0] / "00.png").write_bytes(b"")
    context = Context()
    found = evaluate(task(pets), context)
    assert (found["n"], found["unreadable"]) == (34, 2)
    answers = open_answers(context.folder)
    assert (answers.unreadable, answers.waiting, len(answers)) == (2, 0, 34)
    table = answers.table
    broken = [table.file(row) for row in np.flatnonzero(table["state"] == UNREADABLE)]
    assert broken == [f"{CATS_DOGS_FISH[1]}/03.png", f"{CATS_DOGS_FISH[0]}/00.png"] or broken == [
        f"{CATS_DOGS_FISH[0]}/00.png",
        f"{CATS_DOGS_FISH[1]}/03.png",
    ]
    assert len(set(answers.rows.tolist()) & set(np.flatnonzero(table["state"] != ANSWERED))) == 0


def test_evaluate__nothing_can_be_read(tmp_path):
    root = folder(tmp_path / "pets", 2)
    for file in root.rglob("*.png"):
        file.write_bytes(b"x")
    found = evaluate(task(root), Context())
    assert (found["n"], found["unreadable"], found["top1"]) == (0, 6, None)


def test_evaluate__classes_that_the_model_does_not_know(tmp_path):
    root = folder(tmp_path / "pets", 3, (*CATS_DOGS_FISH[:2], "zxqv"))
    context = Context()
    found = evaluate(task(root), context)
    assert (found["n"], found["unmatched"]) == (6, 3)
    answers = open_answers(context.folder)
    assert {answers.classes[label][1] for label in answers.labels} != {"zxqv"}
    assert np.isnan(answers.table["loss"]).sum() == 3
    with pytest.raises(EvaluationError, match="knows none of the classes of strange"):
        evaluate(task(folder(tmp_path / "strange", 1, ("zxqv", "qqqq"))), Context(run_id="b"))


def test_evaluate__a_class_of_many_outputs(tmp_path):
    """A dog is right whatever its breed."""
    root = folder(tmp_path / "kinds", 4, ("dog", "goldfish"))
    context = Context()
    evaluate(task(root), context)
    answers = open_answers(context.folder)
    model = models.load(device="cpu")
    claims = answers.table.meta["claims"]
    dataset = data.open(str(root))
    assert len(claims[0]) > 2
    for i in range(len(answers)):
        said = classify(model, read_image(dataset.read(answers.position(i)), "x")).probabilities
        own = claims[answers.labels[i]]
        assert answers.loss[i] == pytest.approx(-np.log(said[own].sum()), abs=1e-3)
        assert answers.right[i] == (int(said.argmax()) in own)
        assert (answers.predicted[i] == answers.labels[i]) == answers.right[i]
        rank = np.argsort(-said, kind="stable").tolist()
        assert answers.table["rank"][answers.rows[i]] == min(rank.index(one) for one in own)


def test_evaluate__a_data_set_that_changed_is_not_gone_on_with(pets, small):
    context = Context(2)
    with pytest.raises(CancelledError):
        evaluate(task(pets), context)
    (pets / CATS_DOGS_FISH[0] / "00.png").rename(pets / CATS_DOGS_FISH[0] / "zz.png")
    with pytest.raises(EvaluationError, match="have changed since"):
        evaluate(task(pets), Context())


def test_evaluate__a_model_without_a_vector_of_features(pets, monkeypatch):
    def refuse(module):
        raise models.features.ModelError("no vector")

    with_features = Context()
    evaluate(task(pets), with_features)
    assert open_answers(with_features.folder).embedding.shape[0] == 36
    monkeypatch.setattr(heads, "find_head", refuse)
    context = Context(run_id="20260101-000000-bbbbbb")
    evaluate(task(pets), context)
    answers = open_answers(context.folder)
    assert answers.embedding is None
    assert (answers.predicted == open_answers(with_features.folder).predicted).all()


def test_evaluate__the_embedding_is_what_the_last_layer_gets(pets):
    context = Context()
    evaluate(task(pets), context)
    answers = open_answers(context.folder)
    module = models.load(device="cpu").module.state_dict()
    logits = answers.embedding.astype(np.float32) @ module["fc.weight"].numpy().T
    logits += module["fc.bias"].numpy()
    assert (logits.argmax(1) == answers.table["top"][answers.rows, 0]).mean() > 0.9


def test_part__a_tuned_model_is_judged_by_what_it_did_not_learn(pets):
    run = Context(run_id="20260101-000000-cccccc")
    recipe = suggest(str(pets), models.DEFAULT_MODEL, "probe")
    run.save_checkpoint = lambda content, step: None
    run.load_checkpoint = lambda: None
    fine_tune(recipe.as_json(), run)
    (run.folder / "run.json").write_text(f'{{"spec": {{"data": "{pets}"}}}}')
    model = f"run/{run.folder.name}"
    dataset = data.open(str(pets))
    asked = part.chosen(dataset, from_json(task(pets, model)))
    labels = [dataset.file(at) for at in asked]
    assert 0 < len(asked) < 12
    assert len(part.chosen(dataset, from_json(task(pets, model, part="all")))) == 36
    learnt = part.chosen(dataset, from_json(task(pets, model, part="train")))
    kept = Predictions.load(run.folder / "predictions.npz").positions
    assert sorted([*learnt.tolist(), *kept.tolist()]) == list(range(36))
    assert set(asked.tolist()) <= set(kept.tolist())
    context = Context(run_id="20260101-000000-dddddd")
    evaluate(task(pets, model), context)
    answers = open_answers(context.folder)
    assert [answers.file(i) for i in range(len(answers))] == labels
    copy = shutil.copytree(pets, pets.with_name("others"))
    assert len(part.chosen(data.open(str(copy)), from_json(task(copy, model)))) == 36
    with pytest.raises(EvaluationError, match="learnt from"):
        part.chosen(data.open(str(copy)), from_json(task(copy, model, part="train")))


def test_part__what_a_data_set_keeps_for_testing_is_not_learnt_from(tmp_path):
    folder(tmp_path / "pets" / "train")
    folder(tmp_path / "pets" / "val", 4)
    path = tmp_path / "pets"
    dataset = data.open(str(path))
    rows = {name: part.chosen(dataset, from_json(task(path, part=name))).tolist() for name in PARTS}
    assert (len(rows["train"]), len(rows["test"])) == (36, 12)
    assert sorted(rows["train"] + rows["test"]) == rows["all"] == list(range(48))


def test_evaluate__measures_boxes_where_there_are_some(tmp_path):
    pictures = sorted(folder(tmp_path / "pets").rglob("*.png"))
    columns = {
        "image": [picture.read_bytes() for picture in pictures],
        "wnid": [picture.parent.name for picture in pictures],
        "xmin": [4.0] * 35 + [None], "ymin": [8.0] * 35 + [None],
        "xmax": [float(at) for at in range(5, 40)] + [None], "ymax": [20.0] * 35 + [None],
    }  # fmt: skip
    pq.write_table(pa.table(columns), tmp_path / "pets.parquet", row_group_size=10)
    context = Context()
    evaluate(task(tmp_path / "pets.parquet"), context)
    answers = open_answers(context.folder)
    names = [signal.name for signal in ALL_SIGNALS]
    size = answers.signals[:, names.index("box_size")]
    width, height = answers.signals[:, names.index("width")], answers.signals[:, 1]
    wanted = (np.arange(5, 40) + 1 - 4) * 13 / (width * height)[:35]
    assert size[:35] == pytest.approx(wanted)
    assert np.isnan(size[35])
    small = Selection(outcome="all", span=Span("box_size", 0, float(size[5]))).rows(answers)
    assert small.tolist() == np.flatnonzero(size <= size[5]).tolist()
    plain = Context(run_id="20260101-000000-eeeeee")
    evaluate(task(tmp_path / "pets"), plain)
    without = open_answers(plain.folder)
    assert not len(Selection(outcome="all", span=Span("box_size", 0, 1)).rows(without))


def test_evaluate__while_it_goes_on_the_answers_can_be_studied(pets, small):
    seen = []

    class Watched(Context):
        def report(self, event):
            super().report(event)
            answers = Answers(load(self.folder / "answers"))
            seen.append((len(answers), event["done"], answers.right.mean(), event["top1"]))

    evaluate(task(pets), Watched())
    assert len(seen) > 3
    for count, done, right, top1 in seen:
        assert (count, right) == (done, pytest.approx(top1))


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ({"data": "x", "model": "y", "more": 1}, "no setting more"),
        ({"data": "x"}, "needs model"),
        ({"data": 3, "model": "y"}, "needs data"),
        ({"data": "x", "model": "y", "part": "half"}, "none of test, train, all"),
    ],
)
def test_from_json__strange_tasks_are_named(written, said):
    with pytest.raises(EvaluationError, match=said):
        from_json(written)


def test_evaluate__no_such_data_or_model(pets):
    with pytest.raises(DataError, match="nowhere"):
        evaluate(task("nowhere"), Context())
    with pytest.raises(models.zoo.ModelError):
        evaluate(task(pets, "bundled/none"), Context())
