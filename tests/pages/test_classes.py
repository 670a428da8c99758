"""The Classes page."""

import io
from urllib.parse import parse_qsl

import numpy as np
import pytest
import streamlit as st
from PIL import Image

from core import data
from core.evaluation.answers import open_answers
from core.evaluation.metrics import wilson
from core.evaluation.shipped import shipped
from tests.core.evaluation.running import pets
from tests.pages import judged
from tests.pages.conftest import words

PAGE = "pages/1_Classes.py"
TABBY, DOG = "n02123045", "n02084071"


def subheadings(app) -> list[str]:
    return [s.value for s in app.subheader]


def test_classes__deep_link_opens_the_card(open_page):
    app = open_page(PAGE, wnid=TABBY)
    assert "tabby" in subheadings(app)
    assert "class 281 of ImageNet" in words(app).replace("\\", "")


@pytest.mark.parametrize(
    "wnid", ["n99999999", "281x", "", "../../etc/passwd", "<script>", "n" * 5000]
)
def test_classes__bad_wnid_gets_a_sentence_and_the_root(open_page, wnid):
    app = open_page(PAGE, wnid=wnid)
    assert not app.exception
    assert len(app.error) == 1
    assert "entity" in subheadings(app)
    assert not app.run().error


@pytest.mark.parametrize(
    ("query", "first"),
    [
        ("tabby", "tabby"),
        ("golden retreiver", "golden retriever"),
        ("281", "tabby"),
        (TABBY, "tabby"),
    ],
)
def test_classes__search_leads_to_the_card(open_page, query, first):
    app = open_page(PAGE)
    app.text_input(key="class_query").set_value(query).run()
    hits = [b for b in app.button if (b.key or "").startswith("hit-")]
    assert hits[0].label == first
    app = hits[0].click().run()
    assert first in subheadings(app)
    assert app.text_input(key="class_query").value == ""  # the search is over


@pytest.mark.parametrize("query", ["zzzzqqq", "*[](<b>", "🐈", "a" * 10_000])
def test_classes__search_for_nonsense(open_page, query):
    app = open_page(PAGE)
    app.text_input(key="class_query").set_value(query).run()
    assert not app.exception
    assert not app.error


def test_classes__people_are_hidden_in_21k_until_asked_for(open_page):
    app = open_page(PAGE, view="21k")
    assert "hidden" in words(app)
    app.text_input(key="class_query").set_value("nurse").run()
    before = {b.key for b in app.button if (b.key or "").startswith("hit-")}
    app.toggle(key="class_people").set_value(True).run()
    after = {b.key for b in app.button if (b.key or "").startswith("hit-")}
    assert "hit-n10366966" in after - before  # nurse, one skilled in caring for the sick


def test_classes__a_person_is_hidden_even_by_address(open_page):
    app = open_page(PAGE, view="21k", wnid="n10366966")
    assert "nurse" not in subheadings(app)
    app.toggle(key="class_people").set_value(True).run()
    assert "nurse" in subheadings(app)


def test_classes__asking_for_1k_at_a_21k_synset_climbs_to_one_that_holds_classes(open_page):
    app = open_page(PAGE, wnid="n02126787")
    assert "manul" in subheadings(app)
    assert app.segmented_control(key="class_scope").value == "21k"
    app.segmented_control(key="class_scope").set_value("1k").run()
    assert "wildcat" in subheadings(app)
    assert not app.error


def test_classes__pictures_of_a_registered_folder(open_page, tmp_path):
    for number in range(30):
        folder = tmp_path / "pets" / (TABBY if number % 2 else "n02099601")
        folder.mkdir(parents=True, exist_ok=True)
        buffer = io.BytesIO()
        Image.new("RGB", (40, 30), (number * 8, 90, 30)).save(buffer, "JPEG")
        (folder / f"{number}.jpg").write_bytes(buffer.getvalue())
    data.register(tmp_path / "pets", "pets")
    assert "15 pictures" in words(open_page(PAGE, wnid=TABBY))
    assert "has no picture" in words(open_page(PAGE, wnid="n03085013"))
    assert "30 pictures" in words(open_page(PAGE))


def test_classes__register_a_folder_that_is_not_there(open_page):
    app = open_page(PAGE)
    app.text_input(key="register_path").set_value("/no/such/folder")
    next(b for b in app.button if b.label == "Add").click().run()
    assert not app.exception
    assert "/no/such/folder" in app.error[0].value.replace("\\", "")


def test_classes__an_address_cannot_open_a_folder(open_page, tmp_path):
    (tmp_path / "secret" / "things").mkdir(parents=True)
    Image.new("RGB", (9, 9)).save(tmp_path / "secret" / "things" / "a.png")
    app = open_page(PAGE, data=str(tmp_path / "secret"), item="0")
    assert "There is no data set called" in app.warning[0].value
    assert "a.png" not in words(app)


def test_classes__a_picture_of_a_data_set_by_address(open_page, tmp_path):
    (tmp_path / "pets" / TABBY).mkdir(parents=True)
    Image.new("RGB", (90, 60)).save(tmp_path / "pets" / TABBY / "a.png")
    data.register(tmp_path / "pets", "pets")
    app = open_page("pages/2_Classify.py", data="pets", item="0")
    assert "a.png, 90 × 60 pixels" in words(app).replace("\\", "")
    for item in ("1", "-1", "x", "9" * 30):
        app = open_page("pages/2_Classify.py", data="pets", item=item)
        assert not app.exception
        assert len(app.warning) == 1


def test_classes__others_cannot_register_folders_unless_roots_are_set(open_page, monkeypatch):
    real = st.get_option
    monkeypatch.setattr(
        st, "get_option", lambda name: "0.0.0.0" if name == "server.address" else real(name)
    )
    app = open_page(PAGE)
    assert "NETLENS_DATA_ROOTS" in words(app)
    assert "Add" not in [b.label for b in app.button]
    monkeypatch.setenv("NETLENS_DATA_ROOTS", "/data")
    assert "Add" in [b.label for b in open_page(PAGE).button]


def test_classes__two_data_sets_registered_on_the_page(open_page, tmp_path):
    app = open_page(PAGE)
    for name in ("first", "second"):
        (tmp_path / name / TABBY).mkdir(parents=True)
        Image.new("RGB", (90, 60)).save(tmp_path / name / TABBY / "a.png")
        app.text_input(key="register_path").set_value(str(tmp_path / name))
        app = next(b for b in app.button if b.label == "Add").click().run()
        assert not app.error
        assert app.selectbox(key="pictures_from").value == name
    app = next(b for b in app.button if b.label == "Remove").click().run()
    assert [entry.name for entry in data.registered()] == ["first"]
    assert not app.error


def test_classes__a_data_set_that_is_gone_can_be_removed(open_page, tmp_path):
    (tmp_path / "gone" / TABBY).mkdir(parents=True)
    Image.new("RGB", (90, 60)).save(tmp_path / "gone" / TABBY / "a.png")
    data.register(tmp_path / "gone", "gone")
    (tmp_path / "gone").rename(tmp_path / "elsewhere")
    app = open_page(PAGE)
    assert len(app.error) == 1
    app = next(b for b in app.button if b.label == "Remove").click().run()
    assert not app.error


def test_classes__a_damaged_registry_is_said_and_the_rest_works(open_page, tmp_path, netlens_home):
    (tmp_path / "pets" / TABBY).mkdir(parents=True)
    Image.new("RGB", (90, 60)).save(tmp_path / "pets" / TABBY / "a.png")
    data.register(tmp_path / "pets", "pets")
    (netlens_home / "data" / "registry" / "bad.json").write_text("{")
    app = open_page(PAGE)
    assert ["bad" in e.value for e in app.error] == [True]
    assert "1 picture" in words(app)


def test_classes__back_undoes_the_choice_of_classes(open_page):
    app = open_page(PAGE, wnid=TABBY)
    app.segmented_control(key="class_scope").set_value("21k").run()
    assert app.query_params["view"] in ("21k", ["21k"])  # AppTest gives either
    del app.query_params["view"]  # what Back does
    app.run()
    assert app.segmented_control(key="class_scope").value == "1k"
    app.query_params["view"] = "21k"
    app.run()
    assert app.segmented_control(key="class_scope").value == "21k"


def test_accuracy__of_no_evaluation_at_first(open_page):
    app = open_page(PAGE, wnid=TABBY)
    assert app.selectbox(key="class_run").value == ""
    assert "Recall" not in words(app)
    assert "how many classes it holds" in words(app)


def test_accuracy__of_a_class_is_that_of_the_answers(open_page):
    app = open_page(PAGE, wnid=TABBY, run="bundled")
    assert not app.error
    answers = shipped()
    at = next(at for at, (wnid, _) in enumerate(answers.classes) if wnid == TABBY)
    own, said = answers.labels == at, answers.predicted == at
    low, high = wilson(int((own & said).sum()), int(own.sum()))
    text = words(app)
    recall = (own & said).sum() / own.sum()
    assert f"Recall **{recall:.1%}** ({low:.1%} to {high:.1%}) of {own.sum()} pictures" in text
    precision = (own & said).sum() / said.sum()
    assert f"Precision **{precision:.1%}** of {said.sum()} answers that name it" in text
    others = np.bincount(answers.predicted[own & ~said])
    first = f"Taken for-{at}-{others.argmax()}"
    (button,) = (one for one in app.button if one.key == first)
    app = button.click().run()
    assert app.query_params["wnid"] in (wnid := answers.classes[others.argmax()][0], [wnid])
    assert app.query_params["run"] in ("bundled", ["bundled"])  # AppTest gives either
    assert "Recall" in words(app)


def test_accuracy__its_confusions_lead_to_their_pictures(open_page):
    app = open_page(PAGE, wnid=TABBY, run="bundled")
    answers = shipped()
    found = [
        dict(parse_qsl(link.proto.query_string))
        for link in app.get("page_link")
        if "picture" in link.proto.label
    ]
    assert 2 <= len(found) <= 6
    for address in found:
        assert (address["run"], address["view"], address["show"]) == ("bundled", "gallery", "all")
        assert TABBY in (address["wnid"], address["target"])
        mistakes = open_page("pages/6_Mistakes.py", **address)
        assert not mistakes.error
        wnids = np.array([wnid for wnid, _ in answers.classes])
        wanted = (wnids[answers.labels] == address["wnid"]) & (
            wnids[answers.predicted] == address["target"]
        )
        assert f"{wanted.sum()} of 10,000 answers." in words(mistakes).replace("\\", "")


def test_accuracy__of_a_group_is_that_of_the_classes_below(open_page):
    app = open_page(PAGE, wnid=DOG, run="bundled")
    score = shipped().by_synset[DOG]
    text = words(app)
    low, high = score.interval
    assert f"**{score.accuracy:.1%}** right ({low:.1%} to {high:.1%})" in text
    assert f"{score.n:,} pictures of {score.classes} classes at or below" in text
    assert "share of right answers" in text  # the map's colours


def test_accuracy__a_class_without_pictures_says_so(open_page):
    app = open_page(PAGE, wnid="n02123159", run="bundled")  # tiger cat
    assert not app.error
    assert "This evaluation has no picture of it." in words(app)


def test_accuracy__of_a_run_of_ones_own_data_is_chosen(open_page, tmp_path):
    run = judged.done(pets.folder(tmp_path / "pets", 6), name="**my** pets")
    app = open_page(PAGE, wnid=TABBY)
    app.selectbox(key="class_run").set_value(run.id).run()
    assert not app.error
    assert app.query_params["run"] == run.id
    answers = open_answers(run.folder)
    own = [wnid for wnid, _ in answers.classes].index(TABBY)
    recall = answers.right[answers.labels == own].mean()
    assert f"Recall **{recall:.1%}**" in words(app)
    assert "\\*\\*my\\*\\* pets" in words(app)
    app.selectbox(key="class_run").set_value("").run()
    assert "run" not in app.query_params
    assert "Recall" not in words(app)


def test_accuracy__only_of_evaluations_that_are_done(open_page, tmp_path):
    run = judged.done(pets.folder(tmp_path / "pets", 2))
    (run.folder / "result.json").unlink()
    app = open_page(PAGE, run=run.id)
    assert f"asks for the run {run.id}" in app.warning[0].value.replace("\\", "")
    assert app.selectbox(key="class_run").options == [
        "no evaluation",
        "The bundled model on Tiny ImageNet's validation pictures (comes with it)",
    ]
    assert not app.run().warning


def test_accuracy__damaged_answers_are_said_and_the_rest_works(open_page, tmp_path):
    run = judged.done(pets.folder(tmp_path / "pets", 2))
    (run.folder / "answers" / "loss.npy").write_bytes(b"x")
    app = open_page(PAGE, wnid=TABBY, run=run.id)
    assert "loss.npy is missing or damaged" in app.error[0].value.replace("\\", "")
    assert "tabby" in subheadings(app)
    assert "Pictures" in subheadings(app)


@pytest.mark.parametrize(
    ("wnid", "shown"), [("n02123045", True), ("n02123394", True), ("n02123597", False)]
)
def test_classes__the_card_shows_what_the_bundled_model_looks_for(open_page, wnid, shown):
    app = open_page(PAGE, wnid=wnid)
    assert not app.error
    assert ("What the bundled model looks for" in words(app)) == shown
    assert ("No photograph" in words(app)) == shown
    assert any("Made from noise" in image.proto.imgs[0].alt for image in app.image) == shown
