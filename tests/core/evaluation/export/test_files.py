"""Places and names of exports."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest

from core.errors import EvaluationError
from core.evaluation.export.files import check_place, file_name, replaced


@pytest.mark.parametrize("name", ["x.parquet", "x.csv", "x.html", "X.CSV", "a.b.html"])
def test_check_place__takes_what_can_be_written(tmp_path, name):
    check_place(tmp_path / name)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("name", ["x", "x.json", "x.htm", ".csv", "x.csv.gz"])
def test_check_place__another_suffix_is_refused_with_those_that_are_known(tmp_path, name):
    with pytest.raises(EvaluationError, match=r"\.parquet, \.csv .*\.html"):
        check_place(tmp_path / name)


def test_check_place__neither_a_folder_nor_below_a_file(tmp_path):
    (tmp_path / "folder.csv").mkdir()
    (tmp_path / "file").touch()
    for place in ("folder.csv", "file/x.csv", "none/x.csv"):
        with pytest.raises(EvaluationError, match="cannot be written"):
            check_place(tmp_path / place)


@pytest.mark.parametrize(
    ("model", "data", "name"),
    [
        ("timm/convnext_tiny.fb_in1k", "flowers", "netlens-convnext_tiny.fb_in1k-on-flowers.csv"),
        ("run/2026", "/home/me/my pets/", "netlens-2026-on-my-pets.csv"),
        ("", "../../../etc", "netlens-unnamed-on-etc.csv"),
        ('a"\r\nb', "…", "netlens-a-b-on-unnamed.csv"),
        ("m" * 500, "\udcff", f"netlens-{'m' * 60}-on-unnamed.csv"),
    ],
)
def test_file_name__tells_model_and_data_in_harmless_letters(model, data, name):
    assert file_name({"model": model, "data": data}, ".csv") == name


def test_replaced__in_one_step_or_not_at_all(tmp_path):
    place = tmp_path / "x.csv"
    with replaced(place) as partial:
        partial.write_text("one")
        assert not place.exists()
    assert place.read_text() == "one"

    def fail():
        with replaced(place) as partial:
            partial.write_text("half")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fail()
    assert place.read_text() == "one"
    assert [file.name for file in tmp_path.iterdir()] == ["x.csv"]


def test_replaced__many_at_once_are_each_whole(tmp_path):
    place = tmp_path / "x.csv"
    begun, written = Barrier(8), Barrier(8)

    def export(number):
        with replaced(place) as partial:
            begun.wait(20)
            partial.write_text(f"{number}" * 1000)
            written.wait(20)
            return partial.read_text() == f"{number}" * 1000

    with ThreadPoolExecutor(8) as pool:
        assert all(pool.map(export, range(8)))
    text = place.read_text()
    assert len(text) == 1000 and len(set(text)) == 1
    assert [file.name for file in tmp_path.iterdir()] == ["x.csv"]


def test_replaced__leaves_what_lies_beside(tmp_path):
    (tmp_path / "x.csv.part").write_text("mine")
    with replaced(tmp_path / "x.csv") as partial:
        partial.write_text("one")
    assert (tmp_path / "x.csv.part").read_text() == "mine"


def test_replaced__the_longest_name_that_a_disk_takes(tmp_path):
    place = tmp_path / f"{'x' * 251}.csv"
    with replaced(place) as partial:
        partial.write_text("one")
    assert place.read_text() == "one"
