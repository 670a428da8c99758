"""The list of models."""

import subprocess
import sys
from collections import Counter

import pytest

from core import models, paths
from core.errors import ModelError
from core.models import zoo


def test_list__names_are_unique_and_say_their_source():
    listed = zoo.library_models()
    assert len({model.name for model in listed}) == len(listed)
    assert all(model.name.startswith(f"{model.source}/") for model in listed)
    assert all((model.url is None) != (model.hub is None) for model in listed)
    assert Counter(model.source for model in listed) == {"torchvision": 114, "timm": 1444}


def test_list__parameters_and_accuracy():
    resnet = models.info("torchvision/resnet50")
    assert (resnet.parameters, resnet.accuracy) == (25_557_032, 80.858)
    assert models.info("timm/resnet50.a1_in1k").parameters == 25_557_032
    assert models.info("timm/resnet50.a1_in1k").accuracy is None
    assert all(model.parameters for model in zoo.library_models())


def test_list__heads_of_other_sizes_are_counted():
    model = models.info("timm/convnext_tiny.fb_in22k")
    # ConvNeXt-T has 28,589,128 with 1,000 classes; its head has 768 inputs and a bias
    assert model.parameters == 28_589_128 + (model.classes - 1000) * 769
    assert model.classes == 21841


def test_list__embeddings_are_no_classifiers():
    assert not any("clip_224.openai" in model.name and model.classes == 512
                   for model in zoo.library_models())  # fmt: skip


def test_list__needs_no_torch():
    script = (
        "import sys; from core import models;"
        "models.list_models(); models.on_machine_names();"
        "print(*sorted({'torch', 'torchvision', 'timm'} & set(sys.modules)))"
    )
    out = subprocess.run(
        [sys.executable, "-c", script], cwd=paths.ROOT, capture_output=True, text=True, check=True
    )
    assert out.stdout.strip() == ""


def test_info__default_weights_answer_to_both_names():
    plain = models.info("torchvision/resnet50")
    assert plain.weights == "IMAGENET1K_V2"
    assert models.info("torchvision/resnet50.IMAGENET1K_V2") is plain
    assert models.info("torchvision/resnet50.IMAGENET1K_V1").file == "resnet50-0676ba61.pth"


def test_info__timm_without_tag_is_its_first():
    assert models.info("timm/convnext_tiny").name == "timm/convnext_tiny.in12k_ft_in1k"


@pytest.mark.parametrize(
    ("wrong", "meant"),
    [
        ("torchvision/resnet5", "torchvision/resnet50"),
        ("resnet50", "torchvision/resnet50"),
        ("mobilenet_v2", "torchvision/mobilenet_v2"),
        ("timm/convnext_tini.fb_in1k", "timm/convnext_tiny.fb_in1k"),
    ],
)
def test_info__unknown_name_gets_close_ones(wrong, meant):
    with pytest.raises(ModelError, match=meant):
        models.info(wrong)


@pytest.mark.parametrize("wrong", ["", "/", "../../etc/passwd", "\x00", "ü" * 5000])
def test_info__nonsense_is_a_model_error(wrong):
    with pytest.raises(ModelError, match="There is no model"):
        models.info(wrong)


def test_bundled__listed_from_its_own_header(small_model):
    tiny = models.info("bundled/tiny")
    assert models.list_models()[0] == tiny
    assert (tiny.classes, tiny.input_size, tiny.file) == (3, 64, "tiny.safetensors")
    assert tiny.accuracy is None
    assert "bundled/tiny" in models.on_machine_names()
    assert models.on_machine(tiny) == small_model


def test_bundled__damaged_file_harms_no_other(small_model):
    small_model.with_name("broken.safetensors").write_bytes(b"broken")
    assert [model.name for model in models.list_models()[:2]] == [
        "bundled/tiny",
        zoo.library_models()[0].name,
    ]
    with pytest.raises(ModelError, match=r"broken\.safetensors is damaged"):
        models.info("bundled/broken")


def test_table__says_what_torchvision_says():
    from core.compat import mend_torchvision

    mend_torchvision()
    from torchvision.models import get_model_weights

    listed = [model for model in zoo.library_models() if model.source == "torchvision"]
    for model in listed:
        tags = get_model_weights(model.architecture)
        weights = tags[model.weights]
        assert weights.url == model.url
        assert weights.meta["num_params"] == model.parameters
        assert (weights is tags.DEFAULT) == ("." not in model.name)
