"""The sanity check: a copy forgets, and nothing else does."""

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
import torch
from torch import nn

from core import models
from core.errors import CancelledError, LayerError, ModelError
from core.inside import Target, heatmap, network
from core.inside.trust.randomisation import randomised, reinitialise, stages_of
from tests.core.inside.nets import cat, gap_net, torchvision_model, wrap
from tests.core.inside.untouched import Stop, untouched


@pytest.fixture(scope="module")
def bundled():
    return models.load()


def test_stages__are_the_blocks_with_weights_from_the_output_on(bundled):
    expected = ("fc", "layer4", "layer3", "layer2", "layer1", "bn1", "conv1")
    assert stages_of(network(bundled)) == expected
    shared = nn.Sequential(nn.Conv2d(3, 3, 1), nn.Flatten(), nn.Linear(48, 2), nn.Softplus())
    assert stages_of(network(wrap(shared, 4))) == ("2", "0")


def test_randomised__on_the_real_model(bundled):
    with untouched(bundled):
        found = randomised(bundled, cat())
    assert [len(step.stages) for step in found] == [1, 2, 3, 4, 5, 6, 7]
    assert found[2].stages == ("fc", "layer4", "layer3")
    whole = heatmap(bundled, cat())
    for step in found:
        assert step.heatmap.layer == whole.layer
        assert step.heatmap.target == whole.target
        assert step.heatmap.raw.shape == whole.raw.shape
        expected = np.corrcoef(whole.raw.ravel(), step.heatmap.raw.ravel())[0, 1]
        assert step.agreement.pearson == pytest.approx(expected, abs=1e-6)
        assert step.agreement.pearson < 0.7  # it has learned something
        assert step.agreement.note == ""
    assert abs(found[-1].heatmap.score) < whole.score / 10


def test_randomised__a_method_that_needs_no_class_does_not_mind_a_new_head(bundled):
    found = randomised(bundled, cat(), method="eigencam", stages=2)
    assert found[0].agreement.pearson == pytest.approx(1)
    assert found[0].agreement.spearman == pytest.approx(1)
    assert found[1].agreement.pearson < 0.99


def test_randomised__layers_before_the_random_stages_keep_their_activations(bundled):
    """EigenCAM of layer2 changes only once layer2 itself has forgotten."""
    found = randomised(bundled, cat(), layer="layer2", method="eigencam")
    same = [step.agreement.pearson > 0.999 for step in found]
    assert same == [True, True, True, False, False, False, False]


def test_randomised__goes_by_its_seed(bundled):
    one, same, other = (randomised(bundled, cat(), stages=2, seed=s) for s in (1, 1, 2))
    for a, b, c in zip(one, same, other, strict=True):
        assert np.array_equal(a.heatmap.raw, b.heatmap.raw)
        assert not np.array_equal(a.heatmap.raw, c.heatmap.raw)


def test_randomised__leaves_the_model_as_it_was():
    """One that could be trained, too; and whatever the mode of the caller."""
    model = wrap(torchvision_model("resnet18").requires_grad_(True), 32)
    with untouched(model), torch.inference_mode():
        found = randomised(model, cat(), Target("t", (3,)), stages=3)
    assert [step.stages[-1] for step in found] == ["fc", "layer4", "layer3"]


def test_randomised__transformer():
    import timm

    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        net = timm.create_model("test_vit.r160_in1k", num_classes=5).eval()
    model = wrap(net, 160)
    with untouched(model):
        found = randomised(model, cat())
    assert len(found) > 4
    assert all(np.isfinite(step.agreement.spearman) for step in found)
    assert found[-1].agreement.pearson < 0.9


def test_randomised__an_empty_map_is_said_to_have_no_pattern():
    class Dead(nn.Module):
        """Its ReLU lets nothing through, whatever the head says."""

        def __init__(self):
            super().__init__()
            self.conv, self.relu, self.fc = nn.Conv2d(3, 4, 1), nn.ReLU(), nn.Linear(4, 3)

        def forward(self, x):
            return self.fc(self.relu(self.conv(x) - 100).mean((2, 3)))

    found = randomised(wrap(Dead(), 8), cat(), layer="relu", stages=1)
    assert np.isnan(found[0].agreement.pearson)
    assert np.isnan(found[0].agreement.spearman)
    assert "same everywhere" in found[0].agreement.note


class Parts(nn.Module):
    """One of each kind."""

    def __init__(self):
        super().__init__()
        self.conv, self.norm = nn.Conv2d(3, 64, 3), nn.BatchNorm2d(64)
        self.attention = nn.MultiheadAttention(64, 2)
        self.scale = nn.Parameter(5 + 0.3 * torch.randn(1000, generator=torch.manual_seed(0)))
        self.constant = nn.Parameter(torch.full((4,), 7.0))


def test_reinitialise__each_kind_of_part():
    with torch.random.fork_rng(devices=[]):
        parts = Parts()
    for tensor in (parts.conv.weight, parts.norm.weight, parts.norm.running_mean):
        tensor.data.fill_(3.0)
    parts.norm.num_batches_tracked += 5
    spread = parts.attention.in_proj_weight.std().item()
    with torch.random.fork_rng(devices=[]):
        before = torch.random.get_rng_state()
        reinitialise(parts, seed=1)
        assert torch.equal(torch.random.get_rng_state(), before)
    assert parts.conv.weight.abs().max() <= 27**-0.5  # torch's own bound
    assert parts.conv.weight.std().item() == pytest.approx(27**-0.5 / 3**0.5, rel=0.1)
    assert torch.equal(parts.norm.weight.data, torch.ones(64))
    assert torch.equal(parts.norm.running_mean, torch.zeros(64))
    assert torch.equal(parts.norm.running_var, torch.ones(64))
    assert parts.norm.num_batches_tracked == 0
    assert parts.attention.in_proj_weight.std().item() == pytest.approx(spread, rel=0.1)
    assert parts.scale.std().item() == pytest.approx(0.3, rel=0.15)
    assert parts.scale.mean().item() == pytest.approx(0, abs=0.05)
    assert torch.equal(parts.constant.data, torch.full((4,), 7.0))


@pytest.mark.parametrize("dtype", [torch.float16, torch.float64])
def test_reinitialise__keeps_the_precision_and_draws_the_same(dtype):
    expected, found = nn.Linear(30, 20), nn.Linear(30, 20).to(dtype)
    reinitialise(expected, 4)
    reinitialise(found, 4)
    assert found.weight.dtype == dtype
    assert torch.allclose(found.weight.float(), expected.weight, atol=1e-3)


def test_randomised__half_precision():
    half = wrap(gap_net().half(), 16)
    with torch.inference_mode():
        found = randomised(half, cat(), Target("t", (0,)))
    expected = randomised(wrap(gap_net(), 16), cat(), Target("t", (0,)))
    for one, other in zip(found, expected, strict=True):
        np.testing.assert_allclose(one.heatmap.raw, other.heatmap.raw, atol=5e-3)


def test_randomised__refusals():
    model = wrap(gap_net(), 16)
    with pytest.raises(ModelError, match="has 3 stages with weights: choose at least one"):
        randomised(model, cat(), stages=0)
    with pytest.raises(ModelError, match="no method"):
        randomised(model, cat(), method="magic")
    with pytest.raises(LayerError, match="relu2"):
        randomised(model, cat(), layer="relu3")
    weightless = wrap(nn.Sequential(nn.AvgPool2d(2), nn.AdaptiveMaxPool2d(1), nn.Flatten()), 8)
    with pytest.raises(ModelError, match="0 stages"):
        randomised(weightless, cat())


def test_randomised__progress_and_stop():
    model = wrap(gap_net(), 16)
    stop = Stop(2)
    with (
        untouched(model),
        pytest.raises(
            CancelledError, match=r"^The sanity check was stopped after 2 of 3 stages\.$"
        ),
    ):
        randomised(model, cat(), progress=stop.progress, should_stop=stop)
    assert stop.told == [(1, 3), (2, 3)]


def test_randomised__threads_on_one_model_equal_one_after_another():
    model = wrap(gap_net(), 16)

    def job(seed):
        return [step.heatmap.raw for step in randomised(model, cat(), seed=seed)]

    expected = [job(seed) for seed in range(16)]
    with untouched(model), ThreadPoolExecutor(8) as pool:
        found = list(pool.map(job, range(16)))
    assert all(np.array_equal(a, b) for a, b in zip(found, expected, strict=True))
