"""Maps of evidence against closed forms, finite differences and the library."""

import copy
import threading
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from core import inside
from core.errors import LayerError, ModelError
from core.inside import Target
from core.inside.capture import capture, run
from core.inside.evidence import methods
from core.inside.evidence.heatmap import maps_of
from core.predict import classify
from tests.core.inside.nets import (
    cat,
    clean_output,
    flat_net,
    gap_net,
    noise,
    slopes,
    torchvision_model,
    wrap,
)
from tests.core.inside.untouched import untouched


def one_map(module, tensor, layer, index=0, method="gradcam"):
    model = wrap(module, tuple(tensor.shape[-2:]))
    maps, _ = maps_of(model, tensor, [Target("t", (index,))], [layer], [method])
    return maps[layer, method, 0]


@settings(max_examples=25, deadline=None)
@given(
    seed=st.integers(0, 1000),
    channels=st.integers(1, 9),
    size=st.tuples(st.integers(4, 15), st.integers(4, 15)),
    index=st.integers(0, 3),
    inplace=st.booleans(),
)
def test_gradcam__closed_form_on_pooling_and_linear(seed, channels, size, index, inplace):
    net = gap_net(seed, channels=channels, inplace=inplace)
    tensor = noise(1, 3, *size, seed=seed)
    raw = one_map(net, tensor, "relu2", index)[0]
    activation = clean_output(net, "relu2", tensor)[0]
    weights = net.fc.weight[index].detach()
    cells = activation[0].numel()
    expected = torch.einsum("c,chw->hw", weights, activation) / cells
    np.testing.assert_allclose(raw, expected.numpy(), atol=1e-6)
    with torch.no_grad():
        logit = net(tensor)[0, index]
    assert raw.sum() == pytest.approx(float(logit - net.fc.bias[index]), abs=1e-5)


@pytest.mark.parametrize("inplace", [True, False])
@pytest.mark.parametrize("layer", ["conv", "norm", "relu", "mix", "tanh"])
def test_gradcam__equals_finite_differences_on_a_picture_that_is_not_square(layer, inplace):
    net = flat_net(inplace=inplace).double()
    tensor = noise(1, 3, 8, 12, dtype=torch.float64)
    raw = one_map(net, tensor, layer, 1)
    weights = slopes(net, layer, tensor, 1)
    expected = torch.einsum("c,nchw->nhw", weights, clean_output(net, layer, tensor))
    assert raw.dtype == np.float64
    np.testing.assert_allclose(raw, expected.numpy(), atol=1e-8)


@pytest.mark.parametrize(
    ("name", "layer"),
    [
        ("densenet121", "features.norm5"),
        ("resnet18", "layer4.1.bn2"),
        pytest.param("vgg11_bn", "features.26", marks=pytest.mark.soak),
    ],
)
def test_gradcam__equals_finite_differences_where_a_later_layer_overwrites(name, layer):
    net = torchvision_model(name).double()
    tensor = noise(1, 3, 64, 96, dtype=torch.float64)
    raw = one_map(net, tensor, layer, 7)
    weights = slopes(net, layer, tensor, 7)
    expected = torch.einsum("c,nchw->nhw", weights, clean_output(net, layer, tensor))
    model = wrap(net, (64, 96))
    assert inside.network(model, (64, 96)).get(layer).overwritten
    np.testing.assert_allclose(raw, expected.numpy(), atol=1e-8 * np.abs(expected.numpy()).max())


LIBRARY = {
    "gradcam": "GradCAM",
    "gradcam++": "GradCAMPlusPlus",
    "xgradcam": "XGradCAM",
    "hirescam": "HiResCAM",
    "layercam": "LayerCAM",
    "eigencam": "EigenCAM",
    "eigengradcam": "EigenGradCAM",
}


@pytest.mark.parametrize(
    ("name", "layer"),
    [
        ("resnet18", "layer4"),
        ("mobilenet_v2", "features"),
        pytest.param("vgg11", "features.20", marks=pytest.mark.soak),
    ],
)
def test_every_method__equals_the_library_where_nothing_is_overwritten(name, layer):
    import pytorch_grad_cam
    from pytorch_grad_cam.utils.model_targets import ClassifierOutputTarget

    net = torchvision_model(name)
    tensor = noise(1, 3, 96, 128)
    model = wrap(net, (96, 128))
    assert not inside.network(model, (96, 128)).get(layer).overwritten
    maps, _ = maps_of(model, tensor, [Target("t", (5,))], [layer], list(LIBRARY))
    for method, class_name in LIBRARY.items():
        other = copy.deepcopy(net).requires_grad_(True)
        targets = [ClassifierOutputTarget(5)]
        with getattr(pytorch_grad_cam, class_name)(other, [other.get_submodule(layer)]) as cam:
            cam(tensor, targets)
            seen = cam.activations_and_grads
            gradients = seen.gradients[0].numpy() if seen.gradients else None
            activations = seen.activations[0].numpy()
            theirs = cam.get_cam_image(tensor, None, targets, activations, gradients, False)
        ours = maps[layer, method, 0]
        scale = np.abs(theirs).max()
        np.testing.assert_allclose(ours, theirs, atol=2e-4 * scale, err_msg=method)


def test_methods__equal_by_mathematics_are_found():
    model = wrap(torchvision_model("resnet18"), 96)
    maps = inside.heatmaps(model, cat(), [None], ["layer4"], list(inside.METHODS))
    groups = inside.same_maps(maps)
    assert {"gradcam", "xgradcam", "hirescam"} in [{m.method for m in group} for group in groups]
    assert not any("layercam" in {m.method for m in group} for group in groups)


def test_maps__batch_equals_singles_and_in_place_equals_not_in_place():
    tensor = noise(3, 3, 8, 12)
    every = list(inside.METHODS)
    targets = [Target("t", (0,)), Target("d", (1,), (2,)), None]
    model, other = wrap(flat_net(), (8, 12)), wrap(flat_net(inplace=False), (8, 12))
    layers = ["norm", "tanh"]
    together, _ = maps_of(model, tensor, targets, layers, every)
    apart, _ = maps_of(other, tensor, targets, layers, every)
    for key, maps in together.items():
        np.testing.assert_allclose(maps, apart[key], atol=1e-6)
        alone = [maps_of(model, one[None], targets, layers, every)[0][key][0] for one in tensor]
        np.testing.assert_allclose(maps, np.stack(alone), atol=1e-5)


def test_maps__layers_together_equal_layers_one_by_one():
    model = wrap(torchvision_model("resnet18"), 64)
    layers = ["layer1.0.bn1", "layer2", "layer3.1.relu#1", "layer4.1.bn2", "layer4"]
    together = inside.heatmaps(model, cat(), [None], layers)
    for layer, found in zip(layers, together, strict=True):
        alone = inside.heatmap(model, cat(), layer=layer)
        np.testing.assert_allclose(found.raw, alone.raw, atol=1e-6)


def test_maps__frozen_equals_trainable_and_training_flags_come_back():
    tensor = noise(1, 3, 8, 12)
    frozen, free = flat_net(), flat_net(frozen=False)
    np.testing.assert_array_equal(one_map(frozen, tensor, "norm"), one_map(free, tensor, "norm"))
    model = wrap(free, (8, 12))
    free.norm.train()
    statistics = free.norm.running_mean.clone()
    maps_of(model, tensor, [None], ["norm"])
    assert free.norm.training
    assert not free.tanh.training
    assert torch.equal(free.norm.running_mean, statistics)
    assert all(p.requires_grad and p.grad is None for p in free.parameters())


def test_maps__metamorphic_bias_and_scale():
    tensor = noise(1, 3, 8, 12)
    net = flat_net()
    before = one_map(net, tensor, "relu")
    net.fc.bias.data += 3.0
    np.testing.assert_allclose(one_map(net, tensor, "relu"), before, atol=1e-6)
    net.fc.weight.data *= 2
    np.testing.assert_allclose(one_map(net, tensor, "relu"), 2 * before, atol=1e-5)


def test_half_precision__close_to_full():
    net = gap_net().half()
    tensor = noise(1, 3, 16, 16)
    found = one_map(net, tensor, "relu2")
    assert found.dtype == np.float32
    np.testing.assert_allclose(found, one_map(gap_net(), tensor, "relu2"), atol=5e-3)


def test_transformers__need_no_reshape_and_equal_one_made_by_hand():
    net = torchvision_model("vit_b_16", image_size=64)
    model = wrap(net, 64)
    layer = inside.network(model).for_attribution
    assert layer.name == "encoder.layers.encoder_layer_11.ln_1"
    assert layer.grid == (4, 4)
    tensor = noise(1, 3, 64, 64)
    maps, _ = maps_of(model, tensor, [Target("t", (3,))], [layer.name])
    kept = []
    handle = net.get_submodule(layer.name).register_forward_hook(
        lambda _, __, out: kept.append(out.requires_grad_()) or out
    )
    logits = net(tensor)
    handle.remove()
    (gradient,) = torch.autograd.grad(logits[0, 3], kept[0])
    tokens, slope = kept[0][0, 1:].detach(), gradient[0, 1:]
    expected = (tokens @ slope.mean(0)).reshape(4, 4)
    np.testing.assert_allclose(maps[layer.name, "gradcam", 0][0], expected, atol=1e-6)


def test_swin__final_grid_sums_to_the_logit_without_its_bias():
    model = wrap(torchvision_model("swin_t"), 64)
    found = inside.decompose(model, cat())
    assert found.layer == "norm"
    assert found.rest == pytest.approx(found.bias, abs=1e-4)


def test_last_vit_block__is_said_to_carry_no_evidence():
    model = wrap(torchvision_model("vit_b_16", image_size=64), 64)
    found = inside.heatmap(model, cat(), layer="encoder.ln")
    assert not found.raw.any()
    assert "cannot carry evidence" in found.notes[0]


def test_notes__all_evidence_negative():
    net = gap_net()
    net.fc.weight.data = -net.fc.weight.data.abs()
    found = inside.heatmap(wrap(net, 16), cat(), Target("t", (0,)), "relu2")
    assert found.notes == ("All evidence is negative here: no cell speaks for t.",)
    assert not found.native.any()
    assert not found.full().any()


def test_heatmap__is_in_logits_and_full_has_the_crops_size():
    net = gap_net()
    found = inside.heatmap(wrap(net, (16, 24)), cat(), layer="relu2")
    assert found.raw.shape == (8, 12)
    assert found.full().shape == (16, 24)
    assert found.full().max() <= found.native.max() + 1e-6
    assert found.crop.size == (24, 16)
    assert found.unit == "logits"


def test_predicted_target__is_the_largest_logit():
    model = wrap(gap_net(), 16)
    found = inside.heatmap(model, cat(), layer="relu2")
    answer = classify(model, cat())
    assert found.target.plus == (int(answer.probabilities.argmax()),)


class Failing(nn.Module):
    def forward(self, x):
        if self.broken:
            raise RuntimeError("it broke")
        return x

    broken = False


@pytest.mark.parametrize("frozen", [True, False])
def test_every_call__leaves_the_model_as_it_was(frozen):
    net = nn.Sequential(gap_net(frozen=frozen), Failing())
    model = wrap(net, 16)
    inside.network(model)
    with untouched(model):
        inside.heatmaps(model, cat(), [None], ["0.relu1", "0.conv2"], list(inside.METHODS))
        inside.feature_maps(model, cat(), ["0.relu1"])
        inside.relevance(model, cat(), "0.relu2")
        inside.measure_field(model, cat(), "0.relu2", (0, 0))
        inside.decompose(model, cat())
    net[1].broken = True
    for call in (
        lambda: inside.heatmap(model, cat()),
        lambda: inside.feature_maps(model, cat(), ["0.relu1"]),
        lambda: inside.measure_field(model, cat(), "0.relu2", (0, 0)),
    ):
        with untouched(model), pytest.raises(RuntimeError, match="it broke"):
            call()
        assert torch.is_grad_enabled()


def test_inference_mode__of_the_caller_does_no_harm():
    model = wrap(gap_net(), 16)
    expected = inside.heatmap(model, cat()).raw
    with torch.inference_mode():
        np.testing.assert_array_equal(inside.heatmap(model, cat()).raw, expected)
    with torch.no_grad():
        np.testing.assert_array_equal(inside.heatmap(model, cat()).raw, expected)


def jobs_on_one_model(threads, count):
    model = wrap(flat_net(), (8, 12))
    tensors = [noise(1, 3, 8, 12, seed=seed) for seed in range(count)]
    inside.network(model, (8, 12))

    def job(number):
        tensor = tensors[number]
        if number % 4 == 0:
            return run(model, tensor)
        if number % 4 == 1:
            with model.lock:
                return capture(model, tensor, ["norm"]).outputs["norm"].numpy()
        layer = ("norm", "relu")[number // 4 % 2]
        return maps_of(model, tensor, [None], [layer], ["gradcam", "layercam"])[0][
            layer, "gradcam", 0
        ]

    with untouched(model):
        expected = [job(number) for number in range(count)]
        with ThreadPoolExecutor(threads) as pool:
            found = list(pool.map(job, range(count)))
    assert all(np.array_equal(a, b) for a, b in zip(expected, found, strict=True))


def test_threads__on_one_model_equal_one_after_another():
    jobs_on_one_model(threads=8, count=200)


@pytest.mark.soak
def test_threads__long():
    jobs_on_one_model(threads=8, count=1600)


def test_hooks__ignore_threads_that_run_the_module_without_the_lock():
    net = gap_net()
    model = wrap(net, 16)
    tensors = [noise(1, 3, 16, 16, seed=seed) for seed in range(40)]
    expected = [maps_of(model, t, [None], ["relu2"])[0]["relu2", "gradcam", 0] for t in tensors]
    stop = threading.Event()

    def disturb():
        other = noise(1, 3, 16, 16, seed=99)
        while not stop.is_set():
            with torch.no_grad():
                net(other)

    thread = threading.Thread(target=disturb)
    thread.start()
    try:
        found = [maps_of(model, t, [None], ["relu2"])[0]["relu2", "gradcam", 0] for t in tensors]
    finally:
        stop.set()
        thread.join()
    assert all(np.array_equal(a, b) for a, b in zip(expected, found, strict=True))


def living_tensors():
    import gc

    gc.collect()
    return sum(isinstance(thing, torch.Tensor) for thing in gc.get_objects())


@pytest.mark.parametrize("calls", [20, pytest.param(500, marks=pytest.mark.soak)])
def test_memory__is_level_after_many_calls(calls):
    model = wrap(gap_net(), 16)

    def all_calls():
        inside.heatmaps(model, cat(), [None], ["relu1", "relu2"], list(inside.METHODS))
        inside.feature_maps(model, cat(), ["relu1"])
        with pytest.raises(LayerError):
            inside.heatmap(model, cat(), layer="nowhere")

    all_calls()
    before = living_tensors()
    for _ in range(calls):
        all_calls()
    assert living_tensors() <= before


def test_method__unknown_is_refused():
    with pytest.raises(ModelError, match=r"no method 'cam'.*gradcam"):
        inside.heatmap(wrap(gap_net(), 16), cat(), method="cam")


def test_library__is_asked_for_only_where_it_is_needed(monkeypatch):
    methods._library.cache_clear()
    monkeypatch.setitem(__import__("sys").modules, "pytorch_grad_cam", None)
    model = wrap(gap_net(), 16)
    inside.heatmaps(model, cat(), [None], ["relu2"], ["gradcam", "eigencam", "eigengradcam"])
    with pytest.raises(ModelError, match="needs the package grad-cam"):
        inside.heatmap(model, cat(), method="gradcam++")


@pytest.mark.parametrize("channels, rows, columns", [(64, 4, 5), (20, 4, 5), (3, 8, 9), (30, 4, 5)])
def test_eigencam__equals_the_librarys_full_decomposition_with_its_sign(channels, rows, columns):
    from pytorch_grad_cam.utils.svd_on_activations import get_2d_projection

    rng = np.random.default_rng(channels)
    for _ in range(20):
        values = rng.standard_normal((1, channels, rows, columns)).astype(np.float32)
        values = np.maximum(values + rng.standard_normal((1, channels, 1, 1)), 0).astype(np.float32)
        np.testing.assert_allclose(
            methods.eigen_cam(values, values), get_2d_projection(values), atol=1e-4
        )
