"""An exported model, unpacked and used as its user will."""

import json
import subprocess
import sys
import zipfile
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from core import images, models, paths, predict
from core.errors import ModelError, PictureError, TrainingError
from core.training.export import onnx_file
from core.training.export import zipped as export
from core.training.export.zipped import export_zip
from tests.core.images.seeds import encoded, seeds

CLASSES = ((None, "Šálek, 杯"), ("n02123045", "tabby"), (None, "=1+1"))
RUN = "20261121-120000-abcdef"


def make_run(model: str = "bundled/small-resnet-tiny-imagenet", run: str = RUN, **how) -> Path:
    """A run's folder with a tuned model whose answers depend on the picture."""
    folder = paths.home() / "runs" / run
    folder.mkdir(parents=True)
    tuned = models.tunable(model, CLASSES, pretrained=False, seed=1, **how)
    _stir(tuned.module)
    models.save_tuned(folder / "model.safetensors", tuned.module, tuned.metadata)
    return folder


def _stir(module: torch.nn.Module) -> None:
    """Batch norms that have seen pictures, so that what they do is not the identity."""
    dice = torch.Generator().manual_seed(0)
    for part in module.modules():
        if isinstance(part, torch.nn.BatchNorm2d):
            part.running_mean += 0.1 * torch.rand(len(part.running_mean), generator=dice)
            part.running_var *= 0.5 + torch.rand(len(part.running_var), generator=dice)


def five() -> list[tuple[str, bytes]]:
    cat = images.read_file(images.sample("chelsea").path).image
    exif = Image.Exif()
    exif[0x0112] = 6
    deep = Image.fromarray(np.asarray(cat.convert("L")).astype(np.uint16) * 257)
    return [
        ("my cat.jpeg", encoded(cat, "JPEG", exif=exif)),
        ("../../etc/passwd", encoded(cat.convert("CMYK").resize((90, 200)), "JPEG")),
        ("猫.png", encoded(cat.quantize(32), "PNG", transparency=3)),
        ("my cat.jpeg", encoded(deep, "TIFF")),
        ("x" * 300 + ".webp", seeds()["webp-lossless"]),
    ]


@pytest.fixture(scope="module")
def unpacked(tmp_path_factory):
    """An export, made once: the folder of its run, and the one it was unpacked into."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("NETLENS_HOME", str(tmp_path_factory.mktemp("home")))
        folder = make_run()
        told = []
        packed = export_zip(folder, five(), told.append)
        assert len(told) == 4
        target = tmp_path_factory.mktemp("unpacked")
        with zipfile.ZipFile(packed) as file:
            file.extractall(target)
        yield folder, target


def run_predict(folder: Path, *arguments: str) -> subprocess.CompletedProcess:
    command = [sys.executable, "-I", str(folder / "predict.py"), *arguments]
    return subprocess.run(command, cwd="/", capture_output=True, text=True, check=False)


def test_export_zip__holds_what_it_says(unpacked):
    folder, target = unpacked
    found = {path.relative_to(target).as_posix() for path in target.rglob("*") if path.is_file()}
    assert found == {
        "predict.py", "requirements.txt", "model.onnx", "model.json", "model.safetensors",
        "expected.json", "pictures/1-my-cat.jpg", "pictures/2-passwd.jpg",
        "pictures/3-picture.png", "pictures/4-my-cat.tif", f"pictures/5-{'x' * 40}.webp",
    }  # fmt: skip
    model = (folder / "model.safetensors").read_bytes()
    assert (target / "model.safetensors").read_bytes() == model
    facts = json.loads((target / "model.json").read_text())
    assert facts["classes"] == [list(pair) for pair in CLASSES]
    assert sorted(path.name for path in folder.iterdir()) == ["export.zip", "model.safetensors"]


def test_export_zip__says_nothing_of_this_machine(unpacked):
    folder, target = unpacked
    for path in target.rglob("*.*"):
        content = path.read_bytes()
        for secret in (str(paths.ROOT), sys.prefix, str(folder), "site-packages"):
            assert secret.encode() not in content, path


def test_predict__check_passes(unpacked):
    done = run_predict(unpacked[1], "--check")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.count("as expected") == 5
    assert "NOT" not in done.stdout


def test_predict__says_of_new_pictures_what_netlens_says(unpacked, tmp_path, monkeypatch):
    folder, target = unpacked
    monkeypatch.setenv("NETLENS_HOME", str(folder.parent.parent))
    model = models.load(f"run/{folder.name}", "cpu")
    names = []
    for name, data in seeds().items():
        (tmp_path / name).write_bytes(data)
        names.append(str(tmp_path / name))
    done = run_predict(target, "--json", *names)
    assert (done.returncode, done.stderr) == (0, "")
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    assert [answer["image"] for answer in answers] == names
    for answer, data in zip(answers, seeds().values(), strict=True):
        expected = predict.read_and_classify(model, data, "x")[1].probabilities
        rows = sorted(answer["predictions"], key=lambda row: row["index"])
        assert [row["probability"] for row in rows] == pytest.approx(expected, abs=1e-4)
        assert [(row["wnid"], row["label"]) for row in rows] == list(CLASSES)
        ranked = [row["probability"] for row in answer["predictions"]]
        assert ranked == sorted(ranked, reverse=True)


def test_predict__in_words(unpacked, tmp_path):
    (tmp_path / "cat.png").write_bytes(seeds()["png"])
    done = run_predict(unpacked[1], str(tmp_path / "cat.png"))
    lines = done.stdout.splitlines()
    assert lines[0].endswith("cat.png")
    assert len(lines) == 1 + len(CLASSES)
    assert all("%" in line for line in lines[1:])


def test_predict__a_bad_picture_does_not_stop_the_others(unpacked, tmp_path):
    (tmp_path / "bad.jpg").write_bytes(b"no picture")
    (tmp_path / "cut.png").write_bytes(seeds()["png"][:100])
    (tmp_path / "good.png").write_bytes(seeds()["png"])
    names = ["bad.jpg", "cut.png", "absent.jpg", ".", "good.png"]
    done = run_predict(unpacked[1], "--json", *(str(tmp_path / name) for name in names))
    assert (done.returncode, done.stderr) == (1, "")
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    assert ["error" in answer for answer in answers] == [True] * 4 + [False]
    assert "not in one of the formats" in answers[0]["error"]
    assert "No such file" in answers[2]["error"]


def test_predict__without_pictures_says_how(unpacked):
    done = run_predict(unpacked[1])
    assert done.returncode == 2
    assert "give a picture, or --check" in done.stderr


def test_predict__imports_only_what_requirements_name(unpacked):
    required = (unpacked[1] / "requirements.txt").read_text().splitlines()
    assert [line.partition(">=")[0] for line in required] == ["numpy", "onnxruntime", "pillow"]
    code = (
        "import sys; sys.argv = ['predict.py', '--check']; import runpy\n"
        "try: runpy.run_path('predict.py', run_name='__main__')\n"
        "except SystemExit: pass\n"
        "print({'core', 'torch', 'torchvision', 'timm', 'onnx'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-I", "-c", code], cwd=unpacked[1], text=True,
                          capture_output=True, check=True)  # fmt: skip
    assert done.stdout.splitlines()[-1] == "set()"


def test_export_zip__twice_is_the_same(unpacked, monkeypatch):
    folder = unpacked[0]
    monkeypatch.setenv("NETLENS_HOME", str(folder.parent.parent))
    before = (folder / "export.zip").read_bytes()
    assert export_zip(folder, five()) == folder / "export.zip"
    assert (folder / "export.zip").read_bytes() == before


def never(*_):
    raise AssertionError("this must not be reached")


def test_export_zip__without_pictures(monkeypatch):
    monkeypatch.setattr(onnx_file, "write_onnx", never)
    with pytest.raises(TrainingError, match="Choose a picture"):
        export_zip(make_run(), [])


def test_export_zip__a_picture_that_cannot_be_read(monkeypatch):
    monkeypatch.setattr(onnx_file, "write_onnx", never)
    folder = make_run()
    with pytest.raises(PictureError, match=r"^bad\.jpg cannot be used as a picture"):
        export_zip(folder, [*five(), ("bad.jpg", b"nothing")])
    assert [path.name for path in folder.iterdir()] == ["model.safetensors"]


def test_export_zip__a_run_without_a_model():
    folder = paths.home() / "runs" / RUN
    folder.mkdir(parents=True)
    with pytest.raises(ModelError, match=RUN):
        export_zip(folder, five())
    assert not list(folder.iterdir())


def test_export_zip__what_predict_says_differently_is_refused(monkeypatch):
    """A network other than the run's in the zip: no file is left, and none is replaced."""
    folder = make_run()
    (folder / "export.zip").write_bytes(b"an earlier one")
    wrong = make_run(run="20261121-120001-abcdef")
    module, metadata = models.read_model(wrong / "model.safetensors")
    with torch.no_grad():
        for parameter in module.parameters():
            parameter.add_(0.05)
    models.save_tuned(wrong / "model.safetensors", module, metadata)
    write = onnx_file.write_onnx
    monkeypatch.setattr(
        onnx_file, "write_onnx", lambda _, target: write(wrong / "model.safetensors", target)
    )
    with pytest.raises(TrainingError, match=r"NOT as expected, largest difference"):
        export_zip(folder, five())
    assert (folder / "export.zip").read_bytes() == b"an earlier one"
    assert len(list(folder.iterdir())) == 2


def test_export_zip__the_disk_refuses(monkeypatch):
    folder = make_run()
    monkeypatch.setattr(onnx_file, "write_onnx", never)

    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(export.shutil, "copyfile", full)
    with pytest.raises(TrainingError, match="No space left on device"):
        export_zip(folder, five())
    assert [path.name for path in folder.iterdir()] == ["model.safetensors"]


def test_write_onnx__a_damaged_file_is_said_in_one_sentence(tmp_path):
    path = tmp_path / "model.safetensors"
    path.write_bytes(b"\0" * 100)
    with pytest.raises(ModelError, match=r"^\S*model\.safetensors is damaged or no model of ours"):
        onnx_file.write_onnx(path, tmp_path / "model.onnx")
    assert not (tmp_path / "model.onnx").exists()


MORE_MODELS = (
    "timm/vit_tiny_patch16_224", "torchvision/mobilenet_v3_small", "torchvision/squeezenet1_1",
    "torchvision/googlenet",
    "torchvision/densenet121", "torchvision/swin_v2_t", "timm/convnext_atto", "timm/hiera_tiny_224",
    "timm/beit_base_patch16_224", "timm/maxvit_nano_rw_256",
    "timm/swin_tiny_patch4_window7_224",
)  # fmt: skip


@pytest.mark.parametrize(
    "model",
    [
        "plain/three-conv",
        *(pytest.param(model, marks=pytest.mark.soak) for model in MORE_MODELS),
    ],
)
def test_export_zip__every_source(model):
    """Transforms of all kinds, and networks with attention of all kinds."""
    packed = export_zip(make_run(model), five())
    with zipfile.ZipFile(packed) as file:
        assert "model.onnx" in file.namelist()
