"""A model as the start of another: the same trunk, a head of its own, and back from its file."""

import re
from concurrent.futures import ThreadPoolExecutor

import pytest
import torch
from safetensors.torch import load_file, save_file
from torch import nn

from core import models
from core.compat import mend_torchvision
from core.errors import ModelError
from core.models import architectures, header, heads, zoo

from .conftest import SHARED

THREE = [("n02123045", "tabby"), (None, "a dog"), (None, "Ä \N{SNOWMAN}")]
RUN = "20260101-120000-abcdef"
# of each family a small one; of timm, whatever keeps tables that no file holds
TORCHVISION = [
    "alexnet", "densenet121", "efficientnet_b0", "efficientnet_v2_s", "googlenet", "inception_v3",
    "maxvit_t", "mnasnet0_5", "mobilenet_v2", "mobilenet_v3_small", "regnet_x_400mf",
    "regnet_y_400mf", "resnet18", "resnet50", "resnext50_32x4d", "shufflenet_v2_x0_5",
    "squeezenet1_1", "swin_t", "swin_v2_t", "convnext_tiny",
]  # fmt: skip
TIMM = [
    "resnet18", "convnext_atto", "vit_tiny_patch16_224", "swin_tiny_patch4_window7_224",
    "efficientnet_b0", "mobilenetv3_small_050", "hiera_tiny_224", "test_vit", "maxvit_nano_rw_256",
    "coat_lite_tiny",  # layers that share weights
    "caformer_s18",  # two layers in the head
    "resnetv2_50x1_bit", "cait_xxs24_224", "tiny_vit_5m_224", "eva02_tiny_patch14_336",
]  # fmt: skip
SMALL_ONES = [
    *(f"torchvision/{name}" for name in ("squeezenet1_1", "mobilenet_v3_small", "googlenet")),
    "torchvision/mnasnet0_5",  # looks for the version of what it is given
    *(f"timm/{name}" for name in ("test_vit", "test_efficientnet", "swin_tiny_patch4_window7_224")),
    *zoo.plain_models(),
]
ALL = [*(f"torchvision/{name}" for name in TORCHVISION), *(f"timm/{name}" for name in TIMM)]


TWO = [("n02123045", "tabby"), (None, "a dog")]


def through_a_run(home, made, run=RUN):
    """The same model, read back under the run's name."""
    folder = home / "runs" / run
    folder.mkdir(parents=True, exist_ok=True)
    models.save_tuned(folder / "model.safetensors", made.module, made.metadata)
    return models.load(f"run/{run}", device="cpu")


def answer(module, size, seed=0):
    pixels = torch.randn(2, 3, size, size, generator=torch.Generator().manual_seed(seed))
    with torch.inference_mode():
        return module.eval()(pixels)


def check_round_trip(name, home, picture):
    made = models.tunable(name, THREE, pretrained=False, dropout=0.25, seed=5)
    for part in made.module.modules():  # as if it had been trained
        if isinstance(part, nn.BatchNorm2d):
            part.running_mean.normal_(0, 0.01)
    back = through_a_run(home, made)
    size = made.preprocess.input_size
    assert torch.equal(back.preprocess(picture), made.preprocess(picture))
    assert (
        back.preprocess == made.preprocess
        or back.preprocess.settings == made.metadata["preprocess"]
    )
    assert torch.equal(answer(back.module, size), answer(made.module, size))
    kept = dict(back.module.named_buffers())
    for key, buffer in made.module.named_buffers():  # also those that are in no file
        assert torch.equal(kept[key], buffer), key
    assert [(c.wnid, c.label) for c in back.classes] == THREE
    head = made.module.get_submodule(made.head)
    assert isinstance(head, nn.Linear | nn.Conv2d)
    trunk = sum(p.numel() for p in made.module.parameters())
    trunk -= sum(p.numel() for p in head.parameters())
    last = [made.module.get_submodule(part) for part in made.last_stage]
    held = {id(p): p.numel() for part in last for p in part.parameters()}
    assert 0.2 * trunk <= sum(held.values()) < trunk
    assert not {id(p) for p in head.parameters()} & set(held)


@pytest.mark.parametrize("name", SMALL_ONES)
def test_tunable__back_from_its_file_it_is_the_same(name, netlens_home, picture):
    check_round_trip(name, netlens_home, picture)


@pytest.mark.soak
@pytest.mark.parametrize("name", ALL)
def test_tunable__back_from_its_file_it_is_the_same_everywhere(name, netlens_home, picture):
    check_round_trip(name, netlens_home, picture)


def in_library(name, checkpoints):
    """Random weights in the place where those of a model are looked for."""
    mend_torchvision()
    import timm
    import torchvision

    info = models.info(name)
    torch.manual_seed(1)
    if info.source == "torchvision":
        extra = {"init_weights": False} if "init_weights" in options_of(info.architecture) else {}
        module = torchvision.models.get_model(info.architecture, weights=None, **extra)
        torch.save(module.state_dict(), checkpoints / info.file)
    else:
        module = timm.create_model(info.name.removeprefix("timm/"), pretrained=False)
        save_file(module.state_dict(), checkpoints / info.file)


def options_of(architecture):
    return ("init_weights",) if architecture in ("googlenet", "inception_v3") else ()


@pytest.mark.parametrize(
    "name",
    [
        "torchvision/squeezenet1_1",
        "torchvision/googlenet",
        # keeps a side branch when it is loaded to be used
        pytest.param("torchvision/inception_v3", marks=pytest.mark.soak),
        "torchvision/mobilenet_v3_small",
        "timm/test_resnet.r160_in1k",
        "timm/test_vit.r160_in1k",
    ],
)
def test_tunable__with_the_old_head_it_is_the_old_model(name, checkpoints, netlens_home):
    in_library(name, checkpoints)
    old = models.load(name, device="cpu")
    classes = [(c.wnid, c.label) for c in old.classes]
    made = models.tunable(name, classes[::-1])
    head = made.module.get_submodule(made.head)
    original = old.module.get_submodule(made.head)
    assert not torch.equal(head.weight, original.weight)
    head.load_state_dict(original.state_dict())
    size = old.preprocess.input_size
    assert torch.equal(answer(made.module, size), answer(old.module, size))
    back = through_a_run(netlens_home, made)
    assert torch.equal(answer(back.module, size), answer(old.module, size))
    assert made.preprocess.settings == old.preprocess.settings
    made.module.train()
    assert isinstance(made.module(torch.randn(2, 3, size, size)), torch.Tensor)  # no side branches


@pytest.mark.shared_data
def test_tunable__real_weights(mobilenet, netlens_home, picture):
    name = "torchvision/mobilenet_v2"
    state = torch.load(
        SHARED / "torch_home" / "hub" / "checkpoints" / models.info(name).file, weights_only=True
    )
    made = models.tunable(name, THREE)
    ours = made.module.state_dict()
    assert {key for key in state if key not in ours or not torch.equal(ours[key], state[key])} == {
        "classifier.1.weight",
        "classifier.1.bias",
    }
    assert made.head == "classifier.1"
    old = models.load(name, device="cpu")
    assert torch.equal(made.preprocess(picture), old.preprocess(picture))
    back = through_a_run(netlens_home, made)
    assert back.preprocess.place((0, 0, 9, 9), 30, 20) == old.preprocess.place((0, 0, 9, 9), 30, 20)


def test_tunable__is_a_copy_of_ones_own(small_model):
    shared = models.load("bundled/tiny", device="cpu")
    before = {key: value.clone() for key, value in shared.module.state_dict().items()}
    made = models.tunable("bundled/tiny", THREE)
    assert all(parameter.requires_grad for parameter in made.module.parameters())
    assert {parameter.dtype for parameter in made.module.parameters()} == {torch.float32}
    with torch.no_grad():
        for parameter in made.module.parameters():
            parameter.add_(1)
    content = small_model.read_bytes()
    assert all(torch.equal(value, before[k]) for k, value in shared.module.state_dict().items())
    again = models.tunable("bundled/tiny", THREE).module.state_dict()
    assert torch.equal(again["conv1.weight"], before["conv1.weight"])
    assert small_model.read_bytes() == content


def test_tunable__trunk_is_the_models_and_the_head_is_the_seeds(small_model):
    old = models.load("bundled/tiny", device="cpu").module.state_dict()
    made = [
        models.tunable("bundled/tiny", THREE, seed=seed).module.state_dict() for seed in (1, 1, 2)
    ]
    for key, value in old.items():
        if not key.startswith("fc."):
            assert all(torch.equal(state[key], value) for state in made), key
    assert torch.equal(made[0]["fc.weight"], made[1]["fc.weight"])
    assert not torch.equal(made[0]["fc.weight"], made[2]["fc.weight"])


@pytest.mark.parametrize("name", ["plain/lenet-5", "bundled/tiny", "torchvision/squeezenet1_1"])
def test_tunable__from_scratch_is_the_seeds(name, small_model):
    first, second, other = (
        models.tunable(name, THREE, pretrained=False, seed=seed).module.state_dict()
        for seed in (1, 1, 2)
    )
    assert all(torch.equal(first[key], second[key]) for key in first)
    weights = [key for key, value in first.items() if value.ndim > 1]
    moved = [key for key in weights if not torch.equal(first[key], other[key])]
    zeros = [key for key in weights if not first[key].any()]
    assert set(moved) | set(zeros) == set(weights)


def test_tunable__leaves_the_random_generator_alone(small_model):
    before = torch.get_rng_state()
    models.tunable("bundled/tiny", THREE, seed=9)
    models.tunable("plain/lenet-5", THREE, seed=9)
    models.tunable("timm/test_vit", THREE, pretrained=False)
    assert torch.equal(torch.get_rng_state(), before)


@pytest.mark.parametrize("dropout", [0.0, 0.4])
@pytest.mark.parametrize("again", [0.0, 0.7])
def test_tunable__of_a_run(small_model, netlens_home, dropout, again):
    """A run's model is tuned further, and from scratch; its base need not be there any more."""
    first = models.tunable("bundled/tiny", THREE, dropout=dropout)
    through_a_run(netlens_home, first)
    small_model.unlink()
    second = models.tunable(f"run/{RUN}", THREE[:2], dropout=again)
    assert second.head == ("fc.1" if again else "fc")
    for key, value in first.module.state_dict().items():
        if not key.startswith("fc."):
            assert torch.equal(second.module.state_dict()[key], value), key
    size = second.preprocess.input_size
    back = through_a_run(netlens_home, second, "20260102-120000-abcdef")
    assert torch.equal(answer(back.module, size), answer(second.module, size))
    assert second.metadata["model"] == "bundled/tiny"
    scratch = models.tunable(f"run/{RUN}", THREE, pretrained=False).module.state_dict()
    assert scratch.keys() == models.tunable(f"run/{RUN}", THREE).module.state_dict().keys()
    assert not torch.equal(scratch["conv1.weight"], second.module.state_dict()["conv1.weight"])


def test_tunable__dropout_works_in_training_only(small_model):
    made = models.tunable("bundled/tiny", THREE, dropout=0.5)
    pixels = torch.randn(1, 3, 64, 64)
    made.module.eval()
    assert torch.equal(made.module(pixels), made.module(pixels))
    made.module.get_submodule(made.head.rpartition(".")[0]).train()
    assert not torch.equal(made.module(pixels), made.module(pixels))


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("torchvision/resnet18", ("layer4",)),
        ("torchvision/resnet50", ("layer4",)),
        ("bundled/small-resnet-tiny-imagenet", ("layer4",)),
        ("timm/resnet18.a1_in1k", ("layer4",)),
        # six of 32 equal blocks hold 18.75 % at most, two of 12 hold 16.7 %
        (
            "torchvision/vit_h_14",
            (*(f"encoder.layers.encoder_layer_{i}" for i in range(25, 32)), "encoder.ln"),
        ),
        ("timm/vit_tiny_patch16_224", ("blocks.9", "blocks.10", "blocks.11", "norm")),
        ("torchvision/vgg11", ("classifier.0", "classifier.3")),
        ("plain/lenet-5", ("classifier.dense1", "classifier.dense2")),
    ],
)
def test_last_stage__of_well_known_networks(name, expected):
    build = {"input_size": 32}
    if name.startswith("bundled"):
        build = header.read_metadata(models.on_machine(models.info(name)))
    with architectures.hollow():
        module = architectures.bare(name, 3, build)
    assert heads.last_stage(module) == expected


def test_last_stage__closed_form():
    """Layers of 100, 10, 10, 10 and 5 numbers and a head: 27 are enough, and 100 are less than
    80 % of the 135."""
    sizes = (100, 10, 10, 10, 5)
    net = nn.Sequential(*(nn.Linear(size, 1, bias=False) for size in sizes), nn.Linear(1, 9))
    assert heads.last_stage(net) == ("1", "2", "3", "4")
    deep = nn.Sequential(nn.Linear(20, 1, bias=False), nn.Sequential(*net))  # 135 of 155
    assert heads.last_stage(deep) == ("1.1", "1.2", "1.3", "1.4")


# --- sizes


@pytest.mark.parametrize("name", ["torchvision/resnet18", "bundled/tiny", "plain/lenet-5"])
def test_input_size__of_convolutional_networks(name, small_model, netlens_home, picture):
    made = models.tunable(name, THREE, pretrained=False, input_size=80)
    assert made.preprocess.input_size == made.metadata["input_size"] == 80
    back = through_a_run(netlens_home, made)
    assert back.info.input_size == 80
    pixels = made.preprocess(picture)
    assert pixels.shape == (3, 80, 80)
    assert torch.equal(back.preprocess(picture), pixels)
    assert torch.equal(answer(back.module, 80), answer(made.module, 80))


def test_input_size__keeps_the_share_that_is_cut_away():
    whole = models.preprocess_of("torchvision/squeezenet1_1")
    made = models.tunable("torchvision/squeezenet1_1", THREE, pretrained=False, input_size=112)
    assert (whole.input_size, whole.resize) == (224, 256)
    assert (made.preprocess.input_size, made.preprocess.resize) == (112, 128)
    assert made.preprocess.place((0, 0, 99, 99), 100, 100) == (0, 0, 112, 112)


@pytest.mark.parametrize(
    ("name", "size"),
    [
        ("timm/vit_tiny_patch16_224", 128),
        ("torchvision/alexnet", 32),
        ("plain/four-conv", 8),
        ("plain/lenet-5", 2048),
        ("bundled/tiny", 0),
        ("bundled/tiny", -5),
    ],
)
def test_input_size__that_cannot_be_is_said(name, size, small_model):
    with pytest.raises(ModelError, match=f"{size} pixels"):
        models.tunable(name, THREE, pretrained=False, input_size=size)


def test_input_size__of_a_run_of_a_plain_model_is_fixed(netlens_home):
    """Its dense layers have learnt one size; without what they learnt another can be chosen."""
    through_a_run(netlens_home, models.tunable("plain/lenet-5", THREE))
    with pytest.raises(ModelError, match="64 pixels"):
        models.tunable(f"run/{RUN}", THREE, input_size=64)
    made = models.tunable(f"run/{RUN}", THREE, input_size=64, pretrained=False)
    assert answer(made.module, 64).shape == (2, 3)


# --- what cannot be tuned


@pytest.mark.parametrize("name", ["timm/deit_tiny_distilled_patch16_224", "timm/levit_128"])
def test_tunable__two_heads_are_refused(name):
    with pytest.raises(ModelError, match="not made by one last layer"):
        models.tunable(name, THREE, pretrained=False)


def test_tunable__unknown_name():
    with pytest.raises(ModelError, match="There is no model"):
        models.tunable("torchvision/resnet1", THREE)


# --- features, classes, transforms without weights


@pytest.mark.parametrize(
    "name", ["bundled/tiny", "torchvision/mobilenet_v3_small", "timm/test_vit.r160_in1k"]
)
def test_feature_network__the_last_layer_makes_the_logits_of_them(name, small_model, checkpoints):
    if not name.startswith("bundled"):
        in_library(name, checkpoints)
    network = models.feature_network(name)
    model = models.load(name, device="cpu")
    size = model.preprocess.input_size
    pixels = torch.randn(3, 3, size, size)
    with torch.inference_mode():
        features, logits = network(pixels)
        assert torch.equal(logits, model.module(pixels))
        layer = model.module.get_submodule(heads.find_head(model.module).layer)
        assert torch.allclose(layer(features), logits, atol=1e-6)
    assert features.shape == (3, layer.in_features)
    assert not network.training
    assert not any(parameter.requires_grad for parameter in network.parameters())


def test_feature_network__of_a_run_with_dropout(small_model, netlens_home):
    made = models.tunable("bundled/tiny", THREE, dropout=0.5)
    through_a_run(netlens_home, made)
    features, logits = models.feature_network(f"run/{RUN}")(torch.randn(2, 3, 64, 64))
    assert torch.allclose(made.module.get_submodule(made.head)(features), logits)


def test_feature_network__threads_get_their_own_features(small_model):
    network = models.feature_network("bundled/tiny")
    pixels = torch.randn(40, 3, 64, 64)

    def ask(at):
        with torch.inference_mode():
            return [both.clone() for both in network(pixels[at : at + 1])]

    with ThreadPoolExecutor(4) as pool:
        together = list(pool.map(ask, range(40)))
    for at, (features, logits) in enumerate(together):
        alone = ask(at)
        assert torch.allclose(features, alone[0], atol=1e-5)
        assert torch.allclose(logits, alone[1], atol=1e-5)


def test_feature_network__without_vectors_is_refused(checkpoints):
    in_library("torchvision/squeezenet1_1", checkpoints)
    with pytest.raises(ModelError, match="takes no vector"):
        models.feature_network("torchvision/squeezenet1_1")


def test_classes_of__what_a_loaded_model_has(small_model, netlens_home):
    through_a_run(netlens_home, models.tunable("bundled/tiny", THREE))
    for name in ("bundled/tiny", f"run/{RUN}", "plain/lenet-5"):
        assert models.classes_of(name) == models.load(name, device="cpu").classes
    assert len(models.classes_of("torchvision/resnet50")) == 1000
    assert models.classes_of("torchvision/resnet50")[281].wnid == "n02123045"
    assert len(models.classes_of("timm/convnext_tiny.fb_in22k")) == 21841


@pytest.mark.parametrize("name", ["bundled/tiny", "plain/one-conv", "timm/test_vit.r160_in1k"])
def test_preprocess_of__what_a_loaded_model_has(name, small_model, checkpoints, picture):
    before = models.preprocess_of(name)  # no weights are needed
    if name.startswith("timm"):
        in_library(name, checkpoints)
    loaded = models.load(name, device="cpu").preprocess
    assert torch.equal(before(picture), loaded(picture))
    assert before.settings == loaded.settings


def test_save_tuned__weights_are_plain_float32(small_model, tmp_path):
    made = models.tunable("bundled/tiny", THREE)
    module = made.module.to(memory_format=torch.channels_last)
    for name in "ab":
        models.save_tuned(tmp_path / name, module, made.metadata)
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()
    tensors = load_file(tmp_path / "a")
    assert {t.dtype for t in tensors.values()} <= {torch.float32, torch.int64}
    for key, value in made.module.state_dict().items():
        assert torch.equal(tensors[key], value)
    assert re.search(rb'"format\\": \\"netlens-2', (tmp_path / "a").read_bytes())


def test_tunable__on_its_own_classes_goes_on_with_its_last_layer(netlens_home):
    first = models.tunable(models.DEFAULT_MODEL, TWO, seed=3)
    through_a_run(netlens_home, first)
    size = first.preprocess.input_size
    wanted = answer(first.module, size)
    for dropout in (0.0, 0.25):
        again = models.tunable(f"run/{RUN}", TWO, dropout=dropout, seed=4)
        assert torch.allclose(answer(again.module, size), wanted, atol=1e-5)
        assert all(parameter.requires_grad for parameter in again.module.parameters())
    relabelled = models.tunable(f"run/{RUN}", [("n02123045", "another word"), TWO[1]], seed=4)
    assert torch.allclose(answer(relabelled.module, size), wanted, atol=1e-5)


@pytest.mark.parametrize(
    "classes",
    [TWO[::-1], [*TWO, (None, "more")], [TWO[0], (None, "another")], TWO[:1] * 2],
)
def test_tunable__on_other_classes_or_in_another_order_begins_a_new_one(classes, netlens_home):
    first = models.tunable(models.DEFAULT_MODEL, TWO, seed=3)
    through_a_run(netlens_home, first)
    made = models.tunable(f"run/{RUN}", classes, seed=4)
    weight = made.module.get_submodule(made.head).weight
    old = first.module.get_submodule(first.head).weight
    assert not any(torch.equal(row, other) for row in weight for other in old)


def test_tunable__from_scratch_keeps_no_last_layer(netlens_home):
    first = models.tunable(models.DEFAULT_MODEL, TWO, seed=3)
    through_a_run(netlens_home, first)
    made = models.tunable(f"run/{RUN}", TWO, pretrained=False, seed=4)
    old = first.module.get_submodule(first.head).weight
    assert not torch.equal(made.module.get_submodule(made.head).weight, old)
