"""A model asked about every picture: right answers, and the same ones after any interruption."""

import hashlib
import json
import shutil
from dataclasses import replace

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from sklearn.metrics import accuracy_score, f1_score, log_loss

from core import data, models
from core.errors import CancelledError, DataError, EvaluationError
from core.evaluation.answers import Answers, open_answers
from core.evaluation.predictions import Predictions
from core.evaluation.running import engine, job, part
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
    named = data.register(pets, "Friends").name
    for way in (named, named.upper(), f"{pets}/", str(pets.parent / "." / pets.name)):
        assert np.array_equal(part.chosen(data.open(str(pets)), from_json(task(way, model))), asked)
    extra = sorted(pets.rglob("*.png"))[0]
    shutil.copy(extra, extra.with_name("00-first.png"))
    with pytest.raises(EvaluationError, match="has changed since"):
        part.chosen(data.open(str(pets)), from_json(task(pets, model)))
    extra.with_name("00-first.png").rename(extra.with_name("zz-last.png"))
    extra.unlink()  # as many of each class as before
    with pytest.raises(EvaluationError, match="has changed since"):
        part.chosen(data.open(str(pets)), from_json(task(pets, model)))
    extra.with_name("zz-last.png").rename(extra)
    copy = shutil.copytree(pets, pets.with_name("others"))
    assert len(part.chosen(data.open(str(copy)), from_json(task(copy, model)))) == 36
    with pytest.raises(EvaluationError, match="learnt from"):
        part.chosen(data.open(str(copy)), from_json(task(copy, model, part="train")))


def test_part__of_a_run_on_some_classes(tmp_path):
    path = folder(tmp_path / "pets")
    run = Context(run_id="20260101-000000-cccccc")
    classes = CATS_DOGS_FISH[1:]
    recipe = replace(suggest(str(path), models.DEFAULT_MODEL, "probe"), classes=classes)
    run.save_checkpoint = lambda content, step: None
    run.load_checkpoint = lambda: None
    fine_tune(recipe.as_json(), run)
    spec = {"data": str(path), "classes": list(classes)}
    (run.folder / "run.json").write_text(json.dumps({"spec": spec}))
    dataset, model = data.open(str(path)), f"run/{run.folder.name}"
    kept = Predictions.load(run.folder / "predictions.npz")
    whole = data.choose(dataset, classes).positions
    asked = part.chosen(dataset, from_json(task(path, model)))
    assert asked.tolist() == sorted(whole[kept.positions].tolist()) or len(kept.of(2))
    assert set(asked.tolist()) <= set(whole[kept.positions].tolist())
    learnt = part.chosen(dataset, from_json(task(path, model, part="train")))
    assert sorted([*learnt.tolist(), *whole[kept.positions].tolist()]) == whole.tolist()


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


def test_evaluate__is_not_gone_on_with_where_the_pictures_moved_up(tmp_path, small):
    folder(tmp_path / "pets" / "train", 3)
    folder(tmp_path / "pets" / "val", 6)
    path = tmp_path / "pets"
    context = Context(2)
    with pytest.raises(CancelledError):
        evaluate(task(path), context)
    first = sorted((path / "train").rglob("*.png"))[0]
    shutil.copy(first, first.with_name("000.png"))
    context._left = None
    with pytest.raises(EvaluationError, match="have changed since"):
        evaluate(task(path), context)


def test_evaluate__is_not_gone_on_with_by_other_weights(pets, small, monkeypatch):
    context = Context(2)
    with pytest.raises(CancelledError):
        evaluate(task(pets), context)
    monkeypatch.setattr(models, "weights_digest", lambda name: "others")
    context._left = None
    with pytest.raises(EvaluationError, match=r"The weights of .* have changed"):
        evaluate(task(pets), context)


def test_evaluate__a_data_set_that_vanishes_is_not_taken_for_broken(pets, small):
    whole = Context()
    evaluate(task(pets), whole)
    expected = digests(whole)
    shutil.rmtree(whole.folder)
    context = Context()
    away = pets.with_name("away")
    tell = context.tell

    def told(what, done=0, of=0):
        tell(what, done, of)
        if what == "asking the model" and done >= 8 and pets.exists():
            pets.rename(away)

    context.tell = told
    with pytest.raises(EvaluationError, match="are gone since it was opened"):
        evaluate(task(pets), context)
    state = load(context.folder / "answers")["state"]
    assert 0 < np.count_nonzero(state == ANSWERED) < 36
    assert not (state == UNREADABLE).any()
    away.rename(pets)
    context.tell = tell
    evaluate(task(pets), context)
    assert digests(context) == expected


def test_evaluate__a_few_files_that_vanish_are_counted(pets, small):
    context = Context()
    tell = context.tell

    def told(what, done=0, of=0):
        tell(what, done, of)
        if what == "loading the model":
            for file in sorted(pets.rglob("*.png"))[::12]:
                file.unlink(missing_ok=True)

    context.tell = told
    found = evaluate(task(pets), context)
    assert (found["n"], found["unreadable"]) == (33, 3)


def test_evaluate__numbers_that_are_none_are_no_answer(pets, monkeypatch):
    found = job._network

    def spoilt(model, device):
        network, preprocess, features = found(model, device)

        def ask(inputs):
            kept, logits = network(inputs)
            logits[0] = float("nan")
            return kept, logits

        return ask, preprocess, features

    monkeypatch.setattr(job, "_network", spoilt)
    with pytest.raises(EvaluationError, match="what is no number"):
        evaluate(task(pets), Context())


def test_evaluate__folders_named_by_words_have_a_place_in_wordnet(tmp_path):
    path = folder(tmp_path / "zoo", 3, ("tabby", "golden retriever", "goldfish"))
    context = Context()
    evaluate(task(path), context)
    answers = open_answers(context.folder)
    assert [wnid for wnid, _ in answers.classes[:3]] == ["n02099601", "n01443537", "n02123045"]
    assert answers.hierarchy.known[:3].all()
    assert answers.table.meta["classes"][0][0] is None


def test_progress__of_few_blocks_is_within_what_can_still_be(tmp_path, small):
    pictures = sorted(folder(tmp_path / "pets").rglob("*.png"))
    columns = {
        "image": [picture.read_bytes() for picture in pictures],
        "wnid": [picture.parent.name for picture in pictures],
    }
    pq.write_table(pa.table(columns), tmp_path / "pets.parquet")  # one group of rows
    context = Context()
    evaluate(task(tmp_path / "pets.parquet"), context)
    last = context.events[-1]
    assert last["low"] == pytest.approx(last["top1"])
    assert last["high"] == pytest.approx(last["top1"])
    for event in context.events:
        right = event["top1"] * event["done"]
        assert event["low"] == pytest.approx(right / 36)
        assert event["high"] == pytest.approx((right + 36 - event["done"]) / 36)
