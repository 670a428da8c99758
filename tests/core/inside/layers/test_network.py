"""The layers of a network, against what was counted elsewhere and against the spread of NaN."""

import collections

import pytest
import torch
from torch import nn

from core import inside
from core.errors import LayerError, ModelError
from core.inside.capture import capture
from tests.core.inside.nets import cat, flat_net, gap_net, noise, torchvision_model, wrap


@pytest.mark.parametrize(
    ("name", "overwritten", "leaves"),
    [("resnet18", 17, 52), ("mobilenet_v3_small", 30, 141), ("vgg16", 15, 39)],
)
def test_overwritten__as_many_leaf_modules_as_were_counted(name, overwritten, leaves):
    """Counted once by comparing each output right after its module with the same at the end."""
    net = torchvision_model(name)
    known = inside.network(wrap(net, 64))
    found = {la.name.partition("#")[0] for la in known.layers if la.leaf and la.overwritten}
    module_leaves = {la.name.partition("#")[0] for la in known.layers if la.leaf}
    assert len(found) == overwritten
    assert len(module_leaves) == leaves


def test_transformers__overwrite_nothing():
    known = inside.network(wrap(torchvision_model("vit_b_16", image_size=64), 64))
    assert not any(layer.overwritten for layer in known.layers)


@pytest.mark.parametrize(
    ("name", "maps", "attribution"),
    [
        ("resnet18", "layer1", "layer4"),
        ("resnet50", "layer1", "layer4"),
        ("densenet121", "features.denseblock1", "features"),
        ("vgg11", "features.9", "features"),
        ("mobilenet_v2", "features.3", "features"),
        ("efficientnet_b0", "features.2", "features"),
        ("squeezenet1_1", None, "features"),
        ("convnext_tiny", "features.1", "features"),
        ("swin_t", "features.1", "norm"),
        ("regnet_y_400mf", None, "trunk_output"),
    ],
)
def test_defaults__are_where_a_person_would_look(name, maps, attribution):
    known = inside.network(wrap(torchvision_model(name), 224 if name == "swin_t" else 128))
    assert known.for_attribution.name == attribution
    assert maps is None or known.for_maps.name == maps
    assert known.for_attribution.name in known.why_attribution
    assert known.for_maps.name in known.why_maps


def test_defaults__of_a_network_whose_head_is_still_zero():
    import torchvision

    net = torchvision.models.vit_b_16(weights=None, image_size=64)
    assert not net.heads.head.weight.any()
    known = inside.network(wrap(net, 64))
    assert known.for_attribution.name == "encoder.layers.encoder_layer_11.ln_1"
    assert not net.heads.head.weight.any()


@pytest.mark.parametrize(
    "name",
    ["resnet50", "densenet121", "vgg11_bn", "mobilenet_v2", "googlenet", "inception_v3", "alexnet",
     "shufflenet_v2_x0_5", "convnext_tiny", "squeezenet1_1", "mnasnet0_5"],
)  # fmt: skip
def test_field__is_exactly_where_not_a_number_spreads_from(name):
    """A pixel of NaN reaches a cell if and only if the cell can see the pixel."""
    options = {"init_weights": False} if name in {"googlenet", "inception_v3"} else {}
    size = 160 if name == "inception_v3" else 96
    net = torchvision_model(name, **options)
    model = wrap(net, size)
    known = inside.network(model)
    layers = [la for la in known.with_maps if la.field is not None and not la.field.whole]
    assert len(layers) >= 0.8 * len(known.with_maps)
    for at in (0, 41, size - 1):
        tensor = noise(1, 3, size, size)
        tensor[:, :, :, at] = torch.nan
        with model.lock:
            outputs = capture(model, tensor, [la.name for la in layers]).outputs
        for layer in layers:
            maps = layer.layout.maps(outputs[layer.name])[0]
            reached = maps.isnan().any(0)
            for column in range(layer.grid[1]):
                window = layer.field.window(0, column, size, size)
                sees = window.left <= at < window.right
                middle = layer.grid[0] // 2
                assert bool(reached[middle, column]) == sees, (layer.name, at, column)


@pytest.mark.parametrize("name", ["swin_t", "vit_b_16", "efficientnet_b0", "resnet18"])
def test_layout__of_tokens_and_channels_last_follows_the_picture(name):
    """Half of the picture changes: the maps change there, not in the far half, at early layers."""
    options = {"image_size": 64} if name == "vit_b_16" else {}
    net = torchvision_model(name, **options)
    model = wrap(net, 64)
    layer = {"swin_t": "features.0", "vit_b_16": "encoder.dropout", "efficientnet_b0": "features.0",
             "resnet18": "conv1"}[name]  # fmt: skip
    known = inside.network(model).get(layer)
    one = noise(1, 3, 64, 64)
    other = one.clone()
    other[:, :, :, :32] += 1
    with model.lock:
        before = known.layout.maps(capture(model, one, [layer]).outputs[layer])
        after = known.layout.maps(capture(model, other, [layer]).outputs[layer])
    changed = (before != after).any(1)[0]
    middle = known.grid[1] // 2
    assert changed[:, : middle - 1].all()
    assert not changed[:, middle + 2 :].any()


def test_squeeze_and_excitation__makes_every_cell_see_everything():
    known = inside.network(wrap(torchvision_model("efficientnet_b0"), 64))
    assert not known.get("features.0").field.whole
    assert known.get("features.1").field.whole


def test_attention__sees_the_whole_picture_and_shifted_windows_have_no_fixed_one():
    known = inside.network(wrap(torchvision_model("vit_b_16", image_size=64), 64))
    assert known.get("conv_proj").field == inside.ReceptiveField(
        inside.Span(0, 16, 16, 64), inside.Span(0, 16, 16, 64)
    )
    assert known.get("encoder.layers.encoder_layer_3").field.whole
    assert known.get("encoder.layers.encoder_layer_3.self_attention").grid == (4, 4)
    swin = inside.network(wrap(torchvision_model("swin_t"), 64))
    assert swin.get("features.1").field is None


def test_shapes_calls_parameters_memory():
    net = torchvision_model("resnet50")
    known = inside.network(wrap(net, 64))
    relu = known.get("layer1.0.relu#2")
    assert relu.calls == 3
    assert known.get("conv1").shape == (64, 32, 32)
    assert known.get("conv1").bytes == 64 * 32 * 32 * 4
    assert known.get("conv1").parameters == 64 * 3 * 49
    assert known.get("fc").parameters == 2048 * 1000 + 1000
    assert known.get("fc").grid is None
    assert known.get("layer4").channels == 2048
    assert known.get("layer2").stride((64, 64)) == (8, 8)
    names = [layer.name for layer in known.layers]
    assert names.index("layer1.0.conv1") < names.index("layer1.0") < names.index("layer1")


def test_blocks__cut_the_network_into_pieces_one_after_the_other():
    def blocks(name, **options):
        return [b.name for b in inside.network(wrap(torchvision_model(name, **options), 64)).blocks]

    assert blocks("resnet18") == [
        "conv1", "bn1", "relu", "maxpool", "layer1", "layer2", "layer3", "layer4", "avgpool", "fc",
    ]  # fmt: skip
    assert blocks("mobilenet_v2")[:3] == ["features.0", "features.1", "features.2"]
    vit = blocks("vit_b_16", image_size=64)
    assert sum(name.startswith("encoder.layers.encoder_layer_") for name in vit) == 12
    assert vit[-1] == "heads"


def test_get__says_the_nearest_names():
    known = inside.network(wrap(torchvision_model("resnet18"), 64))
    with pytest.raises(LayerError, match=r"no layer 'layer5'.*layer4"):
        known.get("layer5")
    with pytest.raises(LayerError, match=r"runs 2 times.*layer1.0.relu#1 to layer1.0.relu#2"):
        known.get("layer1.0.relu")
    with pytest.raises(LayerError, match=r"fc of test/net has no maps.*1,000 numbers"):
        known.spatial("fc")


class Idle(nn.Module):
    """Has a part that never runs."""

    def __init__(self):
        super().__init__()
        self.body = gap_net()
        self.spare = nn.Linear(3, 3)

    def forward(self, x):
        return self.body(x)


def test_get__a_module_that_does_not_run():
    with pytest.raises(LayerError, match="spare does not run"):
        inside.network(wrap(Idle(), 16)).get("spare")


def test_network__without_space_is_told_so():
    net = nn.Sequential(nn.Flatten(), nn.Linear(3 * 8 * 8, 4))
    model = wrap(net, 8)
    known = inside.network(model)
    for call in (
        lambda: known.for_maps,
        lambda: known.for_attribution,
        lambda: inside.heatmap(model, cat()),
    ):
        with pytest.raises(LayerError, match="keeps a grid of cells"):
            call()


def test_network__compiled_and_scripted_and_quantised_are_refused():
    net = gap_net()
    compiled = wrap(net, 16)
    object.__setattr__(compiled, "module", torch.compile(net))
    with pytest.raises(ModelError, match="is compiled"):
        inside.network(compiled)
    scripted = wrap(net, 16)
    object.__setattr__(scripted, "module", torch.jit.trace(net, noise(1, 3, 16, 16)))
    with pytest.raises(ModelError, match="is compiled"):
        inside.network(scripted)
    quantised = wrap(net, 16)
    part = nn.Sequential(net, torch.ao.nn.quantized.Linear(4, 4))
    object.__setattr__(quantised, "module", part)
    with pytest.raises(ModelError, match="is quantised"):
        inside.network(quantised)


def test_network__is_found_out_once():
    model = wrap(flat_net(), (8, 12))
    assert inside.network(model, (8, 12)) is inside.network(model, (8, 12))


def test_attention_matrices_and_windows__are_no_maps_of_the_picture():
    """Windows and heads in the batch axis, unrolled tokens, tokens by tokens."""
    import timm

    for name, size in [
        ("hiera_tiny_224", 224),
        ("mvitv2_tiny", 224),
        ("swinv2_tiny_window8_256", 256),
    ]:
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(0)
            net = timm.create_model(name).eval()
        for layer in inside.network(wrap(net, size)).with_maps:
            rows, columns = layer.grid
            assert layer.bytes == 4 * torch.Size(layer.shape).numel(), layer
            assert layer.shape.count(rows * columns) <= 1, layer
            assert not (name.startswith("hiera") and layer.name.startswith("blocks.")), layer


def test_layout__a_grid_that_was_shuffled_is_lost_and_one_folded_into_depth_is_followed():
    class Folding(nn.Module):
        def __init__(self, shuffle):
            super().__init__()
            self.stem, self.fold, self.shuffle = nn.Conv2d(3, 4, 1), nn.Identity(), shuffle

        def forward(self, x):
            x = self.stem(x)
            n, c, h, w = x.shape
            x = x.reshape(n, c, h // 2, 2, w // 2, 2)
            order = (0, 1, 3, 2, 5, 4) if self.shuffle else (0, 1, 3, 5, 2, 4)
            return self.fold(x.permute(order).reshape(n, -1, h // 2, w // 2)).mean((2, 3))

    kept = inside.network(wrap(Folding(False), (8, 12)), (8, 12)).get("fold")
    assert kept.grid == (4, 6)
    assert kept.field.window(1, 2, 8, 12) == inside.Box(2, 4, 4, 6)
    assert inside.network(wrap(Folding(True), (8, 12)), (8, 12)).get("fold").grid is None


def test_field__what_comes_in_from_the_far_side_has_no_window():
    net = nn.Sequential(nn.Conv2d(3, 2, 3, padding=1, padding_mode="circular"), nn.ReLU())
    assert (
        inside.network(wrap(nn.Sequential(net, nn.Flatten(), nn.LazyLinear(2)), 8)).get("0").field
        is None
    )


def test_default__with_as_many_classes_as_channels():
    known = inside.network(wrap(torchvision_model("resnet18", num_classes=512), 64))
    assert known.for_attribution.name == "layer4"
    model = wrap(gap_net(channels=4, classes=4), 16)
    found = inside.decompose(model, cat())
    assert found.layer == "relu2"
    assert found.rest == pytest.approx(found.bias, abs=1e-5)


class Named(nn.Module):
    """Gives its answer by name."""

    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 4, 3)

    def forward(self, x):
        return collections.namedtuple("Out", "main aux")(self.conv(x), None)


class Reader(nn.Module):
    def __init__(self):
        super().__init__()
        self.body, self.fc = Named(), nn.Linear(4, 2)

    def forward(self, x):
        return self.fc(self.body(x).main.mean((2, 3)))


def test_network__modules_that_give_named_tuples():
    model = wrap(Reader(), 16)
    assert inside.network(model).get("body").grid == (14, 14)
    assert inside.heatmap(model, cat(), layer="body").raw.any()


def test_bias__of_two_heads_is_not_guessed():
    class Two(nn.Module):
        def __init__(self):
            super().__init__()
            self.body, self.one, self.two = nn.Conv2d(3, 4, 3), nn.Linear(4, 2), nn.Linear(4, 2)

        def forward(self, x):
            x = self.body(x).mean((2, 3))
            return (self.one(x) + self.two(x)) / 2

    assert inside.decompose(wrap(Two(), 16), cat()).bias is None


def test_network__weights_from_inference_mode_are_refused():
    with torch.inference_mode():
        net = gap_net(frozen=False).requires_grad_(False)
        model = wrap(net, 16)
    with pytest.raises(ModelError, match="inference mode"):
        inside.network(model)


def test_get__takes_the_first_call_of_a_layer_that_runs_once():
    known = inside.network(wrap(torchvision_model("resnet18"), 64))
    assert known.get("layer4#1") is known.get("layer4")
    with pytest.raises(LayerError, match="no layer 'layer4#2'"):
        known.get("layer4#2")
