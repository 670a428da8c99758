"""The Classify page."""

import dataclasses
import io
import re

import numpy as np
import pytest
from PIL import Image

from core import data, images, models
from core.errors import ModelError, WeightsUnavailableError
from core.models.reject import RejectOption
from core.predict import read_and_classify
from tests.pages.conftest import words

PAGE = "pages/2_Classify.py"


def png(colour=(200, 30, 30), size=(80, 60)) -> bytes:
    buffer = io.BytesIO()
    Image.new("RGB", size, colour).save(buffer, "PNG")
    return buffer.getvalue()


def percentages(app) -> list[str]:
    """The bold percentages of the page, in order."""
    texts = (m.value.replace("\\", "") for m in app.markdown)
    return [t.strip("*") for t in texts if re.fullmatch(r"\*\*<?[\d.]+%\*\*", t)]


def upload(app, *files):
    app.segmented_control(key="picture_way").set_value("Upload").run()
    uploader = app.file_uploader[0]
    for name, encoded in files:
        uploader = uploader.upload(name, encoded, "image/png")
    return app.run()


def test_classify__sample_shows_what_core_says(open_page):
    app = open_page(PAGE, sample="chelsea")
    _, answer = read_and_classify(
        models.load(device="cpu"), images.sample("chelsea").path.read_bytes(), "Cat"
    )
    assert percentages(app) == [f"{p.probability:.1%}" for p in answer.top(5)]


def test_classify__tree_view_adds_up(open_page):
    app = open_page(PAGE, sample="chelsea")
    app.segmented_control(key="classify_view").set_value("Up the tree").run()
    assert not app.error
    assert float(percentages(app)[0].strip("%")) >= 90


def test_classify__one_upload(open_page):
    app = upload(open_page(PAGE), ("red.png", png()))
    assert not app.error
    assert "red.png, 80 × 60 pixels" in words(app).replace("\\", "")


def test_classify__many_uploads_with_a_bad_one_among_them(open_page):
    files = [
        ("a.png", png()),
        ("broken.png", png()[:40]),
        ("empty.png", b""),
        ("b.png", png((0, 0, 9))),
    ]
    app = upload(open_page(PAGE), *files)
    assert not app.error
    assert "4 pictures, 2 of them cannot be read" in words(app)
    table = app.dataframe[0].value
    assert list(table["File"]) == ["a.png", "broken.png", "empty.png", "b.png"]
    assert table["probability0"].notna().tolist() == [True, False, False, True]
    assert "broken.png" in table["label0"][1]


@pytest.mark.parametrize(
    ("name", "data"),
    [("empty.jpg", b""), ("text.jpg", b"this is no picture"), ("cut.png", png()[:50])],
)
def test_classify__a_bad_upload_alone_gets_one_sentence(open_page, name, data):
    app = upload(open_page(PAGE), (name, data))
    assert not app.exception
    assert [name in e.value.replace("\\", "") for e in app.error] == [True]


def test_classify__weights_that_are_not_here_are_asked_for_and_not_fetched(open_page, monkeypatch):
    fetched = []

    def obtain(info, progress):
        fetched.append(info.name)
        progress(5, 10)
        raise WeightsUnavailableError("there is no connection")

    monkeypatch.setattr(models, "obtain", obtain)
    monkeypatch.setenv("TORCH_HOME", "/nowhere")
    app = open_page(PAGE, sample="chelsea", model=[models.DEFAULT_MODEL, "torchvision/resnet50"])
    assert not app.error
    assert fetched == []
    assert "forward" in words(app)  # the other one answers
    app = app.button(key="fetch-torchvision/resnet50").click().run()
    assert fetched == ["torchvision/resnet50"]
    assert ["no connection" in e.value for e in app.error] == [True]
    assert "forward" in words(app)


def test_classify__only_a_model_that_is_not_here_still_shows_the_picture(open_page, monkeypatch):
    monkeypatch.setenv("TORCH_HOME", "/nowhere")
    app = open_page(PAGE, sample="chelsea", model="torchvision/resnet50")
    assert not app.error
    assert len(app.image) == 2  # in the sidebar and on the page
    next(b for b in app.button if b.label == "Use the bundled model").click().run()
    assert "forward" in words(app)


@pytest.mark.parametrize("script", ["streamlit_app.py", "pages/1_Classes.py", PAGE])
def test_pages__a_damaged_bundled_model_leaves_the_pages_standing(open_page, monkeypatch, script):
    def damaged(name):
        raise ModelError("small-resnet is damaged")

    monkeypatch.setattr(models, "info", damaged)
    app = open_page(script, sample="chelsea")
    assert not app.exception
    assert "Netlens made a mistake" not in words(app)


def test_classify__the_label_of_a_data_set_is_judged(open_page, tmp_path):
    (tmp_path / "pets" / "n02123045").mkdir(parents=True)
    sample = images.sample("chelsea").path.read_bytes()
    (tmp_path / "pets" / "n02123045" / "a.png").write_bytes(sample)
    data.register(tmp_path / "pets", "pets")
    app = open_page(PAGE, data="pets", item="0")
    said = words(app)
    assert "Labelled **tabby**" in said
    assert "tabby is right" in said or "tabby comes" in said


def test_classify__back_to_an_address_without_model_means_the_default(open_page):
    app = open_page(PAGE, sample="chelsea", model="torchvision/resnet50")
    assert app.multiselect(key="models").value == ["torchvision/resnet50"]
    del app.query_params["model"]
    app.run()
    assert app.multiselect(key="models").value == [models.DEFAULT_MODEL]


def test_classify__an_address_with_a_thousand_models_is_one_warning(open_page):
    app = open_page(PAGE, model=[f"torchvision/resnet{n}" for n in range(1000, 2000)])
    assert not app.exception
    assert 1 <= len(app.warning) <= 5


def test_classify__names_of_files_are_not_markdown(open_page):
    app = upload(open_page(PAGE), ("**bold** [x](y).png", png()))
    assert r"\*\*bold\*\* \[x\]\(y\)\.png" in words(app)


def test_classify__same_pixels_in_another_order_are_another_picture(open_page):
    noise = np.random.default_rng(0).integers(0, 255, (64, 64, 3), np.uint8)
    first, second = io.BytesIO(), io.BytesIO()
    Image.fromarray(noise).save(first, "PNG")
    Image.fromarray(noise[::-1]).save(second, "PNG")
    app = upload(open_page(PAGE), ("n.png", first.getvalue()))
    before = percentages(app)
    app = upload(open_page(PAGE), ("n.png", second.getvalue()))
    assert percentages(app) != before


def test_classify__the_zoo_as_a_table(open_page):
    app = open_page(PAGE)
    assert len(app.dataframe) == 0  # closed, it costs nothing
    app.session_state["zoo_open"] = True
    app.run()
    table = app.dataframe[0].value
    assert len(table) == len(models.list_models())
    assert table["Here"].iloc[0]
    resnet = table.set_index("Model").loc["torchvision/resnet50"]
    assert resnet["Parameters"] == pytest.approx(25.557032)
    assert resnet["Top-1"] == pytest.approx(80.858)


def test_classify__more_models_than_fit_are_cut_to_four(open_page):
    names = [f"torchvision/resnet{n}" for n in (18, 34, 50, 101, 152)]
    app = open_page(PAGE, model=names)
    assert not app.exception
    assert app.multiselect(key="models").value == names[:4]


def test_classify__device_can_be_changed_again_and_again(open_page):
    app = open_page(PAGE)
    for name in ("cpu", "auto", "cpu", "auto"):
        app.selectbox(key="device_name").set_value(name).run()
        assert app.selectbox(key="device_name").value == name
        assert app.session_state["hand_device"].name == name


def test_classify__uploads_of_before_stay_when_the_page_was_left(open_page):
    app = upload(open_page(PAGE), ("a.png", png()), ("b.png", png((0, 0, 9))))
    app.switch_page("pages/1_Classes.py").run()
    app.switch_page(PAGE).run()
    app = upload(app, ("c.png", png((0, 99, 9))))
    assert list(app.dataframe[0].value["File"]) == ["a.png", "b.png", "c.png"]
    next(b for b in app.button if b.label == "Put down").click().run()
    assert len(app.dataframe) == 0
    app = upload(app, ("d.png", png((50, 99, 9))))
    assert "d.png, 80 × 60 pixels" in words(app).replace("\\", "")


@pytest.fixture
def rejecting(monkeypatch):
    """Models reject what is below a threshold that the test sets."""
    real = models.load

    def set_threshold(below: float) -> None:
        option = RejectOption(below, right=0.12, others=0.41)
        monkeypatch.setattr(
            models, "load", lambda *a, **k: dataclasses.replace(real(*a, **k), reject=option)
        )

    return set_threshold


@pytest.mark.parametrize("script", [PAGE, "streamlit_app.py"])
def test_classify__says_so_where_it_is_perhaps_none_of_the_classes(open_page, rejecting, script):
    rejecting(below=1.0)
    said = words(open_page(script, sample="chelsea"))
    assert "Perhaps none of its 200 classes" in said
    assert "No class reaches 100.0%" in said
    assert (
        "for 41% of the photographs of other things, and for 12% of those that it names rightly"
        in said
    )


def test_classify__says_nothing_of_it_where_it_is_sure_enough(open_page, rejecting):
    rejecting(below=0.0)
    assert "Perhaps none" not in words(open_page(PAGE, sample="chelsea"))


def test_classify__many_with_some_that_are_perhaps_none(open_page, rejecting):
    rejecting(below=1.0)
    app = upload(open_page(PAGE), ("a.png", png()), ("b.png", png((0, 0, 9))))
    assert all(
        label.startswith("perhaps none of its classes (")
        for label in app.dataframe[0].value["label0"]
    )
