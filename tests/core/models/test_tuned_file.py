"""The file of a tuned model: whatever is wrong with one is said, and none takes much memory."""

import json
import os
import resource
import struct
import subprocess
import sys

import pytest
import torch
from safetensors.torch import load_file, save_file

from core import models, paths
from core.errors import ModelError
from core.models import header, saved

CLASSES = [("n02123045", "tabby"), (None, "a dog")]


@pytest.fixture
def tuned(tmp_path):
    """The file of a LeNet-5."""
    made = models.tunable("plain/lenet-5", CLASSES, dropout=0.2)
    models.save_tuned(tmp_path / "net.safetensors", made.module, {**made.metadata, "best": 0.5})
    return tmp_path / "net.safetensors"


def rewritten(path, **changes):
    metadata = {**header.read_metadata(path), **changes}
    save_file(load_file(path), path, {header.KEY: json.dumps(metadata)})
    return path


def test_read__what_was_saved(tuned):
    module, metadata = models.read_model(tuned)
    assert metadata["format"] == "netlens-2"
    assert metadata["model"] == "plain/lenet-5"
    assert metadata["best"] == 0.5
    assert metadata["classes"] == [list(pair) for pair in CLASSES]
    # 5 x 5 x 3 x 6 + 6, 5 x 5 x 6 x 16 + 16, 400 x 120 + 120, 120 x 84 + 84, 84 x 2 + 2
    assert metadata["parameters"] == 456 + 2416 + 48120 + 10164 + 170
    assert metadata["parameters"] == sum(p.numel() for p in module.parameters())
    assert models.saved_preprocess(metadata).input_size == 32


@pytest.mark.parametrize("length", [0, 7, 8, 100, 1500, -1])
def test_read__truncated(tuned, length):
    tuned.write_bytes(tuned.read_bytes()[:length])
    with pytest.raises(ModelError, match=r"net\.safetensors is damaged"):
        models.read_model(tuned)


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"format": ["netlens-2"]}, "format"),
        ({"format": "netlens-3"}, "format"),
        ({"model": "torchvision/../../etc"}, "model"),
        ({"model": "timm/hf-hub:somebody/something"}, "model"),
        ({"model": "run/20260101-000000-000000"}, "model"),
        ({"model": 5}, "model"),
        ({"build": None}, "build"),
        ({"build": {}}, "build's input_size"),
        ({"build": {"input_size": 10**9}}, "build's input_size"),
        ({"classes": []}, "classes"),
        ({"classes": [["a", "b", "c"]]}, "classes"),
        ({"input_size": 64}, "another size"),
        ({"dropout": 1.0}, "dropout"),
        ({"dropout": float("nan")}, "dropout"),
        ({"dropout": True}, "dropout"),
        ({"preprocess": []}, "preprocess"),
        ({"preprocess": {"kind": "other"}}, "preprocess's kind"),
        ({"preprocess": {"kind": "timm", "input_size": 32}}, "preprocess's resize"),
    ],
)
def test_read__metadata_make_no_sense(tuned, changes, named):
    with pytest.raises(ModelError, match=named):
        models.read_model(rewritten(tuned, **changes))


@pytest.mark.parametrize(
    "changes",
    [
        {"model": "plain/one-conv"},
        {"model": "torchvision/resnet18", "build": {}},
        {"model": "bundled/x", "build": {"blocks": [1] * 4, "widths": [4] * 4, "strides": [1] * 4}},
        {"build": {"input_size": 64}},
        {"build": {"input_size": 2}},
        {"dropout": 0},
        {"classes": [*CLASSES, [None, "a third"]]},
    ],
)
def test_read__weights_do_not_fit(tuned, changes):
    with pytest.raises(ModelError, match="do not fit its header"):
        models.read_model(rewritten(tuned, **changes))


@pytest.mark.parametrize("name", ["torchvision/raft_large", "timm/no_such_net", "plain/five-conv"])
def test_read__an_architecture_that_the_zoo_does_not_have(tuned, name):
    with pytest.raises(ModelError):
        models.read_model(rewritten(tuned, model=name))


def test_read__wild_bytes_are_an_error_or_a_model(tuned):
    """Single bytes of the header and of the weights, changed one at a time."""
    whole = tuned.read_bytes()
    generator = torch.Generator().manual_seed(0)
    for at in torch.randint(0, 3000, (150,), generator=generator).tolist():
        tuned.write_bytes(whole[:at] + bytes([whole[at] ^ 0x15]) + whole[at + 1 :])
        try:
            models.read_model(tuned)
        except ModelError as error:
            assert "net.safetensors" in str(error) or "There is no model" in str(error)


def test_read__runs_no_code(tuned, tmp_path):
    """A pickle under the name of a model is refused before anything of it is looked at."""

    class Attack:
        def __reduce__(self):
            return os.mkdir, (str(tmp_path / "pwned"),)

    torch.save({"x": Attack()}, tuned)
    with pytest.raises(ModelError, match="damaged"):
        models.read_model(tuned)
    assert not (tmp_path / "pwned").exists()


def test_read__a_small_file_takes_little_memory(tuned):
    for number, changes in enumerate(
        [
            {"model": "torchvision/vit_h_14", "build": {}},  # 2.5 GB
            {"model": "timm/vit_giant_patch14_dinov2.lvd142m", "build": {}},
            {"model": "plain/four-conv", "build": {"input_size": 4096}},  # 17 GB
            {"classes": [[None, ""]] * 400_000},
        ]
    ):
        tuned.with_name(f"bad{number}").write_bytes(tuned.read_bytes())
        rewritten(tuned.with_name(f"bad{number}"), **changes)
    code = (
        "import resource, sys, pathlib\n"
        "from core.compat import mend_torchvision; mend_torchvision()\n"
        "import torch, timm, torchvision\n"
        "from core import models\nfrom core.errors import ModelError\n"
        "used = lambda: resource.getrusage(resource.RUSAGE_SELF).ru_maxrss\n"
        "before = used()\n"
        "for file in pathlib.Path(sys.argv[1]).glob('bad*'):\n"
        "    try:\n        models.read_model(file)\n"
        "    except ModelError:\n        print(used() - before)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, tuned.parent], cwd=paths.ROOT, capture_output=True, text=True,
        check=True,
    )  # fmt: skip
    grown = [int(line) for line in done.stdout.split()]
    assert len(grown) == 4
    assert max(grown) < 350_000  # KiB; the longest header is 8 MB of JSON


def test_save__a_full_disk_leaves_what_was_there(tuned):
    """The largest file that this process may write is made smaller than the model."""
    before = tuned.read_bytes()
    made = models.tunable("plain/lenet-5", CLASSES)
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (10_000, hard))
    try:
        with pytest.raises(OSError, match="too large"):
            models.save_tuned(tuned, made.module, made.metadata)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert tuned.read_bytes() == before
    assert list(tuned.parent.glob("*.part")) == []


def test_save__refuses_what_could_not_be_read(tmp_path):
    made = models.tunable("plain/lenet-5", CLASSES)
    with pytest.raises(ModelError, match="dropout is not a number"):
        models.save_tuned(tmp_path / "net", made.module, {**made.metadata, "dropout": 7})
    assert list(tmp_path.iterdir()) == []


def test_read__header_alone_needs_no_torch(tuned):
    code = (
        "import sys, pathlib; from core.models.header import read_metadata;"
        "print(read_metadata(pathlib.Path(sys.argv[1]))['model'], 'torch' in sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, tuned], cwd=paths.ROOT, capture_output=True, text=True,
        check=True,
    )  # fmt: skip
    assert done.stdout.split() == ["plain/lenet-5", "False"]


def test_read__a_length_that_lies(tuned):
    tuned.write_bytes(struct.pack("<Q", 2**62) + tuned.read_bytes()[8:])
    with pytest.raises(ModelError, match="header is too long"):
        saved.read_metadata(tuned)
