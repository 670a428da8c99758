"""The station Architectures."""

import pytest
from streamlit.proto.PageLink_pb2 import PageLink

from core.lab.architectures import load, sharing_question
from tests.pages.bench import PAGE, answer, run_code
from tests.pages.conftest import words

KNOWN = load()


def links(app) -> dict[str, PageLink]:
    """Of the bench, by their labels."""
    return {link.proto.label: link.proto for link in app.main.get("page_link")}


@pytest.mark.parametrize("key", KNOWN)
def test_architectures__every_network_and_its_code(open_page, key):
    app = open_page(PAGE, view="architectures", net=key)
    assert not app.exception
    assert not app.error
    known = KNOWN[key]
    if known.parameters < 1e8:  # a layer of 411 MB is not built here
        ran = run_code(app)
        _, parameters, work = app.table[0].value.iloc[:, 1]
        stage = next(s for s in known.stages if f"{s.parameters:,}" == parameters)
        layer = max(stage.layers, key=lambda one: one.parameters)
        assert ran["parameters"] == layer.parameters
        assert tuple(ran["output"].shape[1:]) == layer.outputs
        assert work == f"{stage.multiply_adds:,}"


def test_architectures__the_slider_chooses_a_stage_and_the_numbers_follow(open_page):
    app = open_page(PAGE, view="architectures", net="mobilenet_v2")
    app.select_slider[0].set_value("stage 2").run()
    assert "24 × 56 × 56" in list(app.table[0].value.iloc[:, 1])
    app.selectbox(key="lab_architecture_layer-mobilenet_v2-stage 2").set_value(
        "features.3.conv.1.0"
    ).run()
    assert not app.exception
    ran = run_code(app)
    assert ran["layer"].groups == 144
    assert ran["parameters"] == 144 * 9
    assert any("3 \\cdot 3 \\cdot 144 / 144" in line.value for line in app.latex)


def test_architectures__a_stage_without_weights_says_so(open_page):
    app = open_page(PAGE, view="architectures", net="vgg16")
    app.select_slider[0].set_value("pool3").run()
    assert "No layer with weights" in words(app)
    assert not app.code


def test_architectures__attention_is_counted(open_page):
    app = open_page(PAGE, view="architectures", net="vit_b_16")
    ran = run_code(app)
    assert ran["output"].shape == (1, 197, 768)
    assert any("2 \\cdot 197^2 \\cdot 768" in line.value for line in app.latex)


def test_architectures__lenet_counts_ten_digits(open_page):
    app = open_page(PAGE, view="architectures", net="lenet-5")
    compared = app.table[-1].value.set_index("Network")
    assert compared.loc["LeNet-5", "Parameters"] == "62,006"


def test_architectures__links_open_the_network_and_train_it(open_page, monkeypatch, tmp_path):
    monkeypatch.setenv("TORCH_HOME", str(tmp_path))
    app = open_page(PAGE, view="architectures", net="resnet18")
    found = links(app)
    assert "model=untrained%2Fresnet18" in found["Feature maps"].query_string
    assert "layer=layer4" in found["Feature maps"].query_string
    asked = found["Train on digits"].query_string
    assert "tune=scratch" in asked
    assert "learn=digits" in asked


def test_architectures__a_name_that_is_none_is_said(open_page):
    app = open_page(PAGE, view="architectures", net="resnet19")
    assert "resnet19" in words(app)
    assert app.selectbox(key="lab_architecture").value == "lenet-5"


def test_architectures__question_checks_itself(open_page):
    app = open_page(PAGE, view="architectures", net="vgg16")
    right = sharing_question(KNOWN["vgg16"]).right
    assert answer(app, right + 1).warning
    assert "Right" in answer(app, right).success[0].value
