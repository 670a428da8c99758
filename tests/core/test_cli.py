"""The command line: its exit codes, what it prints where, and that it goes on after bad files."""

import dataclasses
import io
import json
import sys

import numpy as np
import pytest
from PIL import Image

from core import cli, data, doctor, models
from core.doctor import Finding
from core.models.reject import RejectOption

SIZE = models.preprocess_of(models.DEFAULT_MODEL).input_size


def picture(path, colour=(10, 200, 30)):
    Image.new("RGB", (80, 60), colour).save(path)
    return str(path)


def run(capsys, *argv: str) -> tuple[int, str, str]:
    try:
        code = cli.main(list(argv))
    except SystemExit as exit_:
        code = exit_.code
    out, err = capsys.readouterr()
    return code, out, err


def test_classify__json_lines_with_an_error_among_them(tmp_path, capsys):
    good, bad = picture(tmp_path / "good.png"), tmp_path / "bad.jpg"
    bad.write_text("no picture")
    missing = str(tmp_path / "missing.jpg")
    code, out, _ = run(capsys, "classify", good, str(bad), missing, good, "--json", "--top", "3")
    lines = [json.loads(line) for line in out.splitlines()]
    assert code == 1
    assert [line["image"] for line in lines] == [good, str(bad), missing, good]
    assert [sorted(line) for line in lines] == [
        ["image", "model", "predictions"],
        ["error", "image"],
        ["error", "image"],
        ["image", "model", "predictions"],
    ]
    assert lines[0]["predictions"] == lines[3]["predictions"]
    assert len(lines[0]["predictions"]) == 3
    assert lines[0]["predictions"][0]["wnid"].startswith("n")
    assert lines[0]["model"] == "bundled/small-resnet-tiny-imagenet"


@pytest.mark.parametrize(("below", "said"), [(1.0, True), (0.0, False)])
def test_classify__says_where_it_is_perhaps_none_of_the_classes(
    tmp_path, capsys, monkeypatch, below, said
):
    model = dataclasses.replace(models.load(), reject=RejectOption(below, right=0.1, others=0.5))
    monkeypatch.setattr(models, "load", lambda *args, **options: model)
    code, out, _ = run(capsys, "classify", picture(tmp_path / "a.png"))
    assert code == 0
    assert ("perhaps none of the model's 200 classes; nearest:" in out) == said


def test_classify__a_folder_means_the_pictures_in_it(tmp_path, capsys):
    (tmp_path / "inner").mkdir()
    picture(tmp_path / "b.png")
    picture(tmp_path / "inner" / "a.jpg")
    (tmp_path / "notes.txt").write_text("x")
    code, out, _ = run(capsys, "classify", str(tmp_path), "--json")
    assert code == 0
    assert len(out.splitlines()) == 2


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--model", "torchvision/resnet5000"], "torchvision/resnet50"),
        (["--model", "../../etc/passwd"], "etc/passwd"),
        (["--device", "tpu"], "tpu"),
        (["--device", "cuda:99"], "cuda:99"),
        (["--half", "--device", "cpu"], "CUDA"),
    ],
)
def test_classify__bad_options_are_one_sentence(tmp_path, capsys, options, said):
    code, out, err = run(capsys, "classify", picture(tmp_path / "a.png"), *options)
    assert code == 1
    assert out == ""
    assert said in err
    assert "Traceback" not in err
    assert len(err.strip().splitlines()) == 1


@pytest.mark.parametrize("options", [["--top", "0"], ["--top", "many"], ["--sideways"]])
def test_classify__a_command_that_makes_no_sense_exits_2(tmp_path, capsys, options):
    code, _, err = run(capsys, "classify", picture(tmp_path / "a.png"), *options)
    assert code == 2
    assert "usage" in err


def test_classify__an_empty_folder(tmp_path, capsys):
    good = picture(tmp_path / "good.png")
    (tmp_path / "empty").mkdir()
    code, out, _ = run(capsys, "classify", good, str(tmp_path / "empty"), good, "--json")
    lines = [json.loads(line) for line in out.splitlines()]
    assert code == 1
    assert ["error" in line for line in lines] == [False, True, False]
    assert "without pictures" in lines[1]["error"]


@pytest.mark.parametrize("name", ["a" * 300 + ".png", "nul\0.png", "caf\udce9.png"])
def test_classify__names_that_no_file_can_have(capsys, name):
    code, out, _ = run(capsys, "classify", name, "--json")
    assert code == 1
    assert set(json.loads(out)) == {"image", "error"}


def test_classify__a_folder_leaves_out_hidden_files_and_folders_named_like_pictures(
    tmp_path, capsys
):
    picture(tmp_path / "a.png")
    picture(tmp_path / "._a.png")
    (tmp_path / "b.png").mkdir()
    code, out, _ = run(capsys, "classify", str(tmp_path), "--json")
    assert code == 0
    assert len(out.splitlines()) == 1


def test_classes__finds_and_prints(capsys):
    code, out, _ = run(capsys, "classes", "golden", "retreiver", "--json")
    first = json.loads(out.splitlines()[0])
    assert code == 0
    assert (first["wnid"], first["index"]) == ("n02099601", 207)
    code, out, _ = run(capsys, "classes", "tabby")
    assert out.startswith("n02123045   281  tabby")


def test_classes__nothing_found(capsys):
    code, out, err = run(capsys, "classes", "zzzzqqq")
    assert (code, out) == (1, "")
    assert "nothing found" in err


def test_models__every_line_is_a_model(capsys):
    code, out, _ = run(capsys, "models", "--json")
    records = {r["name"]: r for r in map(json.loads, out.splitlines())}
    assert code == 0
    assert len(records) > 1500
    resnet = records["torchvision/resnet50"]
    assert (resnet["classes"], resnet["parameters"]) == (1000, 25557032)
    assert resnet["accuracy"] == pytest.approx(80.858)
    assert records["bundled/small-resnet-tiny-imagenet"]["on_machine"] is True
    assert run(capsys, "models")[1].count("\n") == len(records)


def test_data__import_list_show(tmp_path, capsys):
    for wnid in ("n02123045", "n02099601"):
        (tmp_path / "pets" / wnid).mkdir(parents=True)
        picture(tmp_path / "pets" / wnid / "a.png")
    code, out, _ = run(capsys, "data", "import", str(tmp_path / "pets"), "--name", "my pets")
    assert (code, out.split(":")[0]) == (0, "my pets")
    assert "my pets" in run(capsys, "data", "list")[1]
    shown = run(capsys, "data", "show", "my pets")[1]
    assert "2 pictures of 2 classes" in shown
    assert "n02123045" in shown
    assert [entry.name for entry in data.registered()] == ["my pets"]


@pytest.mark.parametrize("argv", [("import", "/no/such"), ("show", "nothing")])
def test_data__unknown_is_one_sentence(capsys, argv):
    code, _, err = run(capsys, "data", *argv)
    assert code == 1
    assert len(err.strip().splitlines()) == 1


def test_doctor__all_is_well_here(capsys):
    code, out, _ = run(capsys, "doctor")
    assert code == 0
    assert "bundled model" in out
    assert "FAIL" not in out


def test_doctor__a_fatal_finding_makes_it_fail(capsys, monkeypatch):
    monkeypatch.setattr(doctor, "examine", lambda: [Finding("torch", "missing", ok=False)])
    assert run(capsys, "doctor")[0] == 1
    note = Finding("pyarrow", "missing", ok=False, fatal=False)
    monkeypatch.setattr(doctor, "examine", lambda: [note])
    assert run(capsys, "doctor")[0] == 0


def test_doctor__a_damaged_bundled_model_is_fatal(monkeypatch):
    from core import models
    from core.errors import ModelError

    def damaged(**_options):
        raise ModelError("small-resnet is damaged")

    monkeypatch.setattr(models, "load", damaged)
    finding = next(f for f in doctor.examine() if f.what == "bundled model")
    assert (finding.ok, finding.fatal) == (False, True)
    assert finding.text == "small-resnet is damaged"


def test_main__a_closed_pipe_is_no_traceback(monkeypatch):
    class Closed(io.StringIO):
        def write(self, *_args):
            raise BrokenPipeError

    monkeypatch.setattr("sys.stdout", Closed())
    monkeypatch.setattr("sys.stderr", io.StringIO())
    assert cli.main(["classes", "tabby"]) == 1


def test_main__a_missing_package_is_named(tmp_path, capsys, monkeypatch):
    monkeypatch.setitem(sys.modules, "core.models", None)
    monkeypatch.delattr("core.models", raising=False)
    code, out, err = run(capsys, "classify", picture(tmp_path / "a.png"))
    assert (code, out) == (1, "")
    assert "core.models is missing: pip install" in err


def test_explain__writes_signed_and_positive_maps(tmp_path, capsys):
    file, out_file = picture(tmp_path / "a.png"), tmp_path / "map.npz"
    code, out, _ = run(capsys, "explain", file, "--target", "7", "--output", str(out_file))
    assert (code, out.startswith(str(out_file))) == (0, True)
    with np.load(out_file) as saved:
        assert saved["raw"].shape == saved["native"].shape == (SIZE // 8, SIZE // 8)
        assert saved["raw"].dtype == saved["full"].dtype == np.float32
        np.testing.assert_array_equal(saved["native"], np.maximum(saved["raw"], 0))
        assert saved["full"].shape == (SIZE, SIZE)
        assert str(saved["model"]) == "bundled/small-resnet-tiny-imagenet"
        assert (str(saved["layer"]), str(saved["method"])) == ("layer4", "gradcam")
        assert int(saved["target"]) == 7


def test_features__writes_the_activations(tmp_path, capsys):
    file, out_file = picture(tmp_path / "a.png"), tmp_path / "features"
    code, _, _ = run(capsys, "features", file, "--layer", "layer2", "--output", str(out_file))
    assert code == 0
    with np.load(out_file) as saved:
        assert saved["activations"].shape == (64, SIZE // 4, SIZE // 4)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--layer", "layer9"], "The nearest names: layer4"),
        (["--layer", "fc"], "fc of bundled/small-resnet-tiny-imagenet has no maps"),
        (["--target", "200"], "has the classes 0 to 199, not 200"),
        (["--target", "dog"], "'dog' is no target"),
        (["--target", "n99999999"], "n99999999"),
        (["--method", "cam"], "no method 'cam'"),
        (["--method", "occlusion", "--layer", "layer4"], "leave the layer out"),
        (["--output", "/nowhere/at/all.npz"], "/nowhere/at/all.npz cannot be written"),
    ],
)
def test_explain__bad_requests_get_a_sentence(tmp_path, capsys, options, said):
    file = picture(tmp_path / "a.png")
    output = ["--output", str(tmp_path / "map.npz")]
    code, out, err = run(capsys, "explain", file, *output, *options)
    assert (code, out) == (1, "")
    assert said in err
    assert not (tmp_path / "map.npz").exists()
