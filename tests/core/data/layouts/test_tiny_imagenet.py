"""Tiny ImageNet as it is distributed."""

from pathlib import Path

import numpy as np
import pytest

from core import data
from core.errors import DataError
from tests.core.data.trees import grown

WNIDS = ("n01440764", "n02084071")
ANNOTATIONS = (
    "val_0.JPEG\tn02084071\t0\t32\t44\t62\n"
    "val_1.JPEG\tn01440764\t52\t55\t57\t59\n"
    "val_2.JPEG\tn02084071\t4\t0\t60\t55\n"
)


def tiny(root: Path, annotations: str = ANNOTATIONS) -> Path:
    files: dict[str, bytes | str] = {
        "wnids.txt": "\n".join(WNIDS),
        "words.txt": "n00001740\tentity\n",
        "val/val_annotations.txt": annotations,
    }
    for wnid in WNIDS:
        files[f"train/{wnid}/{wnid}_boxes.txt"] = "".join(
            f"{wnid}_{i}.JPEG\t{i}\t1\t60\t63\n" for i in range(2)
        )
        files |= {f"train/{wnid}/images/{wnid}_{i}.JPEG": f"{wnid} {i}" for i in range(3)}
    files |= {f"val/images/val_{i}.JPEG": f"val {i}" for i in range(3)}
    files |= {f"test/images/test_{i}.JPEG": "unknown" for i in range(4)}
    return grown(root, files)


def test_open__train_and_val(tmp_path: Path) -> None:
    opened = data.open(tiny(tmp_path / "tiny-imagenet-200"))
    assert [known.wnid for known in opened.classes] == list(WNIDS)
    assert opened.labels.tolist() == [0, 0, 0, 1, 1, 1, 1, 0, 1]
    assert opened.parts == {"train": 6, "val": 3}
    assert opened.own_test is not None
    assert opened.own_test.tolist() == [False] * 6 + [True] * 3
    assert [opened.read(i) for i in (0, 8)] == [b"n01440764 0", b"val 2"]
    assert opened.file(0) == "train/n01440764/images/n01440764_0.JPEG"
    assert opened.skipped == 4 + 3  # the test's pictures, and files of text beside pictures


def test_boxes__of_both_parts(tmp_path: Path) -> None:
    opened = data.open(tiny(tmp_path))
    assert opened.boxes is not None
    assert opened.boxes.dtype == np.float32
    train = [[0, 1, 60, 63], [1, 1, 60, 63], [np.nan] * 4]
    val = [[0, 32, 44, 62], [52, 55, 57, 59], [4, 0, 60, 55]]
    np.testing.assert_array_equal(opened.boxes, [*train, *train, *val])


def test_open__val_alone(tmp_path: Path) -> None:
    opened = data.open(tiny(tmp_path) / "val")
    assert [opened.file(i) for i in range(3)] == [f"images/val_{i}.JPEG" for i in range(3)]
    assert opened.labels.tolist() == [1, 0, 1]
    assert opened.own_test is None
    assert opened.boxes is not None


def test_open__train_alone(tmp_path: Path) -> None:
    assert len(data.open(tiny(tmp_path) / "train")) == 6


def test_open__missing_files_and_missing_lines(tmp_path: Path) -> None:
    root = tiny(tmp_path, ANNOTATIONS.replace("val_1", "val_9"))
    (root / "val/images/val_0.JPEG").unlink()
    opened = data.open(root)
    assert opened.parts == {"train": 6, "val": 1}
    assert opened.file(6) == "val/images/val_2.JPEG"
    assert opened.skipped == 4 + 3 + 1


def test_open__no_annotations_leaves_val_out(tmp_path: Path) -> None:
    root = tiny(tmp_path)
    (root / "val/val_annotations.txt").unlink()
    opened = data.open(root)
    assert opened.parts == {"train": 6}
    assert opened.boxes is None


@pytest.mark.parametrize(
    "line",
    [
        "val_1.JPEG",
        "val_1.JPEG\tn01440764",
        "val_1.JPEG\tcat\t1\t2\t3\t4",
        "val_1.JPEG\tn01440764\t1\t2\t3\tfour",
        "val_1.JPEG\tn01440764\t1\t2\t3\t4\t5",
        "\0",
    ],
)
def test_open__damaged_annotations(tmp_path: Path, line: str) -> None:
    root = tiny(tmp_path, ANNOTATIONS.replace("val_1.JPEG\tn01440764\t52\t55\t57\t59", line))
    with pytest.raises(DataError, match=r"Line 2 of .*val_annotations\.txt is damaged"):
        data.open(root)


def test_boxes__damaged(tmp_path: Path) -> None:
    root = tiny(tmp_path)
    (root / "train/n01440764/n01440764_boxes.txt").write_text("n01440764_0.JPEG\t1\t2\n")
    opened = data.open(root)
    with pytest.raises(DataError, match=r"Line 1 of .*_boxes\.txt is damaged"):
        _ = opened.boxes


@pytest.mark.shared_data
def test_open__the_same_as_in_parquet(tmp_path: Path, shared_data: Path) -> None:
    parquet = data.open(shared_data / "tiny-imagenet-200" / "val.parquet")
    assert parquet.boxes is not None
    lines, files = [], {}
    for i in range(0, len(parquet), 100):
        name = f"val_{i}.JPEG"
        sides = "\t".join(str(int(side)) for side in parquet.boxes[i])
        lines.append(f"{name}\t{parquet.classes[parquet.labels[i]].wnid}\t{sides}\n")
        files[f"images/{name}"] = parquet.read(i)
    opened = data.open(grown(tmp_path, files | {"val_annotations.txt": "".join(lines)}))
    assert opened.boxes is not None
    for i in range(len(opened)):
        of = int(opened.file(i).partition("_")[2].removesuffix(".JPEG"))
        assert opened.read(i) == parquet.read(of)
        assert opened.classes[opened.labels[i]] == parquet.classes[parquet.labels[of]]
        assert (opened.boxes[i] == parquet.boxes[of]).all()
