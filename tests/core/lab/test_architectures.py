"""The architectures' file against the networks themselves, and what is told of them."""

import itertools
import subprocess
import sys

import pytest
import torch
from torch.utils.flop_counter import FlopCounterMode

from core import models, paths
from core.compat import mend_torchvision
from core.lab import architectures
from core.lab.building_blocks import drawing
from core.models import architectures as networks
from core.models.untrained import UNTRAINED
from core.models.zoo import library_models, plain_models
from tools import build_architectures

KNOWN = architectures.load()
PAPERS = [one for one in KNOWN.values() if one.paper]
every = pytest.mark.parametrize("key", KNOWN)


def hollow(key):
    """The network itself, with shapes and no memory."""
    mend_torchvision()
    info = models.info(f"{'plain' if not KNOWN[key].trained else 'torchvision'}/{key}")
    with networks.hollow():
        outputs = 10 if key == "lenet-5" else 1000
        return networks.bare(info.name, outputs, {"input_size": info.input_size}).to("meta").eval()


def test_load__is_what_the_tool_writes():
    keys = [*build_architectures.PLAIN_LAYERS, "resnet18", "resnet50", *build_architectures.STAGES]
    written = build_architectures.text({key: build_architectures.architecture(key) for key in keys})
    assert written == (paths.ASSETS / "architectures.json").read_text()
    assert set(KNOWN) == set(keys)


def test_load__needs_no_torch():
    code = "import sys; from core.lab.architectures import load; load(); print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "torch" not in done.stdout.split()


def test_load__every_untrained_and_plain_model_is_there_and_can_be_opened():
    assert {one.untrained for one in KNOWN.values()} == {*UNTRAINED, *plain_models()}
    for one in KNOWN.values():
        assert models.info(one.untrained).input_size == one.input_size


@every
def test_architecture__counts_are_torchs(key):
    """Parameters exactly, multiply-adds by torch's own counter, which counts two for each."""
    module = hollow(key)
    known = KNOWN[key]
    assert known.parameters == sum(parameter.numel() for parameter in module.parameters())
    if key != "lenet-5":  # which as a model has the outputs of ImageNet
        assert known.parameters == models.info(known.untrained).parameters
    size = known.input_size
    with FlopCounterMode(display=False) as counter, torch.no_grad():
        module(torch.zeros(1, 3, size, size, device="meta"))
    assert 2 * known.multiply_adds == counter.get_total_flops()


@pytest.mark.parametrize("key", [key for key, one in KNOWN.items() if one.trained])
def test_architecture__work_and_accuracies_are_those_that_torchvision_publishes(key):
    from torchvision.models import get_model_weights

    weights = get_model_weights(key).DEFAULT
    assert weights.meta["_ops"] == pytest.approx(KNOWN[key].multiply_adds / 1e9, abs=5e-4)
    listed = [one for one in library_models() if one.architecture == key and one.source != "timm"]
    assert [(one.weights, one.top1) for one in KNOWN[key].trained] == [
        (one.weights, one.accuracy) for one in listed
    ]
    assert KNOWN[key].trained[0].weights == weights.name


@every
def test_stages__follow_each_other_from_the_picture_to_the_logits(key):
    known = KNOWN[key]
    parts = dict(hollow(key).named_modules())
    assert all(stage.module in parts for stage in known.stages)
    assert all(layer.name in parts for layer in known.layers)
    assert known.stages[-1].shape == (10 if key == "lenet-5" else 1000,)
    assert known.stages[0].layers[0].inputs == (3, known.input_size, known.input_size)
    for which in (0, 1):
        assert sum(known.shares(stage)[which] for stage in known.stages) == pytest.approx(1)
    rows = [stage.rows for stage in known.stages if stage.rows]
    assert rows == sorted(rows, reverse=True)


def test_stages__of_the_textbooks():
    lenet = KNOWN["lenet-5"]
    convolutions = (5 * 5 * 3 + 1) * 6 + (5 * 5 * 6 + 1) * 16
    assert lenet.parameters == convolutions + (400 + 1) * 120 + (120 + 1) * 84 + (84 + 1) * 10
    assert 900 < KNOWN["alexnet"].parameters / lenet.parameters < 1100  # "a thousand times"
    vgg, alexnet, vit = KNOWN["vgg16"], KNOWN["alexnet"], KNOWN["vit_b_16"]
    fc6 = next(stage for stage in vgg.stages if stage.name == "fc6")
    assert fc6.parameters == (512 * 7 * 7 + 1) * 4096
    assert sum(layer.kind == "conv" for layer in vgg.layers) == 13
    assert len(vgg.layers) == 16
    assert [stage.rows for stage in alexnet.stages][:3] == [55, 27, 27]
    assert vit.stages[0].shape == (14 * 14 + 1, 768)
    assert vit.stages[0].rows == 14
    main = [layer for layer in KNOWN["resnet50"].layers if "downsample" not in layer.name]
    assert len(main) == 50
    assert [stage.blocks for stage in KNOWN["resnet50"].stages] == [0, 0, 3, 4, 6, 3, 0, 0]
    assert [s.blocks for s in KNOWN["densenet121"].stages if s.blocks] == [6, 12, 24, 16]


@every
def test_drawing__widths_fit_along_each_branch_and_where_branches_join(key):
    known = KNOWN[key]
    for part in drawing(known.kind, known.layers, known.example):
        branches = [[s.layer for s in steps if s.layer] for steps in part.branches]
        for one, other in itertools.pairwise(itertools.chain(*branches[:1])):
            assert one.width[1] == other.width[0]
        for layers in filter(None, branches):
            assert layers[0].inputs == branches[0][0].inputs
            if part.join:
                assert layers[-1].places == layers[0].places  # maps that join have one size
        if part.join == "sum":
            first, last = branches[0][0], branches[0][-1]
            assert first.width[0] == last.width[1]
            assert branches[1:] == [[]]


def test_drawing__what_is_concatenated_is_what_comes_next():
    for key, after in (
        ("googlenet", "inception3b.branch1.conv"),
        ("inception_v3", "Mixed_6c.branch1x1.conv"),
        ("densenet121", "features.denseblock1.denselayer3.conv1"),
    ):
        known = KNOWN[key]
        (part,) = drawing(known.kind, known.layers, known.example)
        assert part.join == "concatenate"
        first = part.branches[0]
        came = next(step.layer.width[0] for step in first if step.layer)
        widths = [
            [s.layer.width[1] for s in steps if s.layer][-1] if steps else came
            for steps in part.branches
        ]
        following = next(layer for layer in known.layers if layer.name == after)
        assert sum(widths) == following.width[0]


@pytest.mark.parametrize("known", PAPERS, ids=lambda one: one.key)
def test_facts__have_their_source(known):
    assert known.authors
    assert known.venue
    assert known.url.startswith("https://")
    assert 1998 <= known.year <= 2022
    assert (known.published is not None) == bool(known.trained)
    if known.published:
        assert known.published.how
        for share in (known.published.top1, known.published.top5):
            assert share is None or 50 < share < 100


def test_facts__of_what_only_teaches_claim_no_paper():
    assert {key for key, one in KNOWN.items() if not one.paper} == {
        "one-conv",
        "three-conv",
        "four-conv",
    }


@every
def test_question__is_answered_by_the_work_for_each_weight(key):
    question = architectures.sharing_question(KNOWN[key])
    name = question.text.split("`")[1]
    layer = next(layer for layer in KNOWN[key].layers if layer.name == name)
    weights = layer.parameters - layer.bias * layer.width[1]
    assert question.accepts(layer.multiply_adds / weights)
    assert not question.accepts(layer.multiply_adds / weights + 1)
