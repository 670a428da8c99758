"""What holds for every page."""

import pytest

from tests.pages.conftest import words

PAGES = ("streamlit_app.py", "pages/1_Classes.py", "pages/2_Classify.py")


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
