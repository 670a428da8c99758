"""What holds for every page."""

import string

import pytest

from tests.pages.conftest import words
from ui.page import plain

PAGES = (
    "streamlit_app.py",
    "pages/1_Classes.py",
    "pages/2_Classify.py",
    "pages/3_Feature_maps.py",
    "pages/4_Grad-CAM.py",
    "pages/5_Fine-tune.py",
    "pages/6_Mistakes.py",
    "pages/7_CNN_lab.py",
)


@pytest.mark.parametrize("script", PAGES)
def test_page__opens_first_on_a_new_session(open_page, script):
    app = open_page(script)
    assert not app.exception
    assert not app.error
    assert not app.warning


@pytest.mark.parametrize("script", PAGES)
def test_page__says_what_is_wrong_with_its_address_once(open_page, script):
    app = open_page(script, sample="nonsense", model="torchvision/resnet5000")
    assert not app.exception
    said = words(app)
    assert "nonsense" in said
    assert "torchvision/resnet5000" in said.replace("\\", "")
    app.run()
    assert not app.warning


@pytest.mark.parametrize("script", PAGES)
def test_page__a_mistake_of_ours_is_a_sentence_not_a_traceback(open_page, script, monkeypatch):
    def break_down(*_args, **_options):
        raise ZeroDivisionError("a bug")

    monkeypatch.setattr("streamlit.title", break_down)
    app = open_page(script)
    assert not app.exception
    assert "Netlens made a mistake here" in app.error[0].value
    assert "ZeroDivisionError" not in words(app)


@pytest.mark.parametrize("script", PAGES)
def test_page__text_of_the_address_is_not_markdown(open_page, script):
    app = open_page(
        script, sample="[Sign in](http://evil.example)", model="![x](http://evil/x.png)"
    )
    assert len(app.warning) == 2
    for warning in app.warning:
        assert "](" not in warning.value


@pytest.mark.parametrize(
    "text",
    [
        "**b** _i_ `c`",
        "[a](http://b)",
        "&lt;b&gt;",
        "www.evil.example",
        "a@b.example",
        ":smile: $x$",
    ],
)
def test_plain__escapes_every_mark(text):
    escaped = plain(text)
    assert escaped.replace("\\", "") == text
    marks = [i for i, c in enumerate(escaped) if c in string.punctuation and c != "\\"]
    assert all(escaped[i - 1] == "\\" for i in marks)


def test_home__counts_the_weights_of_trained_models_alone(open_page, monkeypatch, tmp_path):
    monkeypatch.setenv("TORCH_HOME", str(tmp_path))
    monkeypatch.setenv("HF_HOME", str(tmp_path))
    app = open_page("streamlit_app.py")
    weights = next(metric for metric in app.metric if metric.label == "Weights here")
    assert weights.value.startswith("1 of ")  # the bundled model
