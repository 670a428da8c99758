"""torchvision's architectures with random weights: used, looked into and trained like any other."""

import pytest
import torch
from torch import nn

from core import images, models
from core.errors import ModelError
from core.inside import feature_maps, network
from core.models import architectures
from core.models.untrained import UNTRAINED, trained
from core.predict import classify

THREE = [("n02123045", "tabby"), (None, "a dog"), (None, "a cup")]
RUN = "20260101-120000-abcdef"


@pytest.mark.parametrize("name", UNTRAINED)
def test_untrained__is_what_the_list_says(name):
    info = models.info(name)
    assert info in models.list_models()
    assert info.is_untrained
    assert info.accuracy is None
    assert name in models.on_machine_names()
    assert models.info(trained(name)).input_size == info.input_size
    assert models.preprocess_of(name).settings == models.preprocess_of(trained(name)).settings
    with architectures.hollow():
        module = architectures.bare(trained(name), 1000, {})
    assert info.parameters == sum(parameter.numel() for parameter in module.parameters())


def test_untrained__loads_classifies_and_shows_its_maps():
    model = models.load("untrained/resnet18", device="cpu")
    picture = images.read_image(images.samples()[0].path.read_bytes(), "sample")
    assert classify(model, picture).probabilities.sum() == pytest.approx(1, abs=1e-5)
    assert {layer.name for layer in network(model).blocks} >= {"layer1", "layer4", "fc"}
    assert feature_maps(model, picture, ["layer2"])["layer2"].maps.shape == (128, 28, 28)


def test_untrained__always_the_same_weights_and_no_ones_else():
    first = models.load("untrained/mobilenet_v2", device="cpu").module.state_dict()
    models.loading._cache.clear()
    before = torch.get_rng_state()
    again = models.load("untrained/mobilenet_v2", device="cpu").module.state_dict()
    assert torch.equal(torch.get_rng_state(), before)
    assert all(torch.equal(first[key], again[key]) for key in first)
    digests = {models.weights_digest(name) for name in UNTRAINED}
    assert len(digests) == len(UNTRAINED)


def test_untrained__what_it_becomes_is_a_model_of_torchvision(netlens_home):
    """The saved run names torchvision's architecture, so that nothing of a lesson is needed."""
    made = models.tunable("untrained/resnet18", THREE, input_size=64, seed=3)
    assert made.metadata["model"] == "torchvision/resnet18"
    assert isinstance(made.module.get_submodule(made.head), nn.Linear)
    folder = netlens_home / "runs" / RUN
    folder.mkdir(parents=True)
    models.save_tuned(folder / "model.safetensors", made.module, made.metadata)
    back = models.load(f"run/{RUN}", device="cpu")
    assert not back.info.is_untrained
    pixels = torch.randn(2, 3, 64, 64, generator=torch.Generator().manual_seed(0))
    with torch.inference_mode():
        assert torch.equal(back.module(pixels), made.module(pixels))


def test_untrained__a_name_that_is_none():
    with pytest.raises(ModelError, match="untrained/resnet18"):
        models.info("untrained/resnet81")
