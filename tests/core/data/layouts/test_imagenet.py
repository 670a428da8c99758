"""ImageNet's own layouts: the validation pictures in one folder, and who says what they show."""

import os
import random
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest

from core import data
from core.data.files import index
from core.data.layouts import devkit
from core.errors import DataError
from tests.core.data.layouts import kits
from tests.core.data.layouts.kits import picture, shown
from tests.core.data.trees import grown, settled

NUMBERS = (1, 2, 3, 10, 49_999, 50_000)


def pictures(part: str = "val") -> dict[str, str]:
    return {f"{part}/{picture(k)}": str(k) for k in NUMBERS}


def train() -> dict[str, str]:
    return {f"train/{wnid}/{wnid}_1.JPEG": wnid for wnid in kits.WNIDS}


def check(opened: data.Dataset, first: int = 0) -> None:
    """Each validation picture, those from ``first`` on, has the wnid that the kit tells."""
    for i, k in enumerate(NUMBERS, first):
        assert opened.read(i) == str(k).encode()
        assert opened.classes[opened.labels[i]].wnid == shown(k)


@pytest.mark.parametrize("where", [".", "ILSVRC", "ILSVRC/imagenet"])
@pytest.mark.parametrize("kit", [kits.unpacked, kits.packed])
def test_open__flat_val_with_the_kit_beside_it_or_above(tmp_path: Path, where: str, kit) -> None:
    root = grown(tmp_path / "ILSVRC" / "imagenet", train() | pictures())
    kit(tmp_path / where)
    opened = data.open(root)
    assert opened.parts == {"train": 3, "val": len(NUMBERS)}
    assert [known.wnid for known in opened.classes] == sorted(kits.WNIDS)
    check(opened, 3)
    check(data.open(root / "val"))


def test_open__the_nearest_kit_counts(tmp_path: Path) -> None:
    root = grown(tmp_path / "imagenet", pictures())
    kits.unpacked(tmp_path, truth=b"1\n" * 50_000)
    assert set(data.open(root / "val").labels) == {0}
    kits.unpacked(root)
    check(data.open(root / "val"))


def test_open__val_in_class_folders_needs_no_kit(tmp_path: Path) -> None:
    opened = data.open(grown(tmp_path, train() | {f"val/{kits.WNIDS[0]}/{picture(1)}": "x"}))
    assert opened.parts == {"train": 3, "val": 1}


def test_open__no_kit_says_what_to_put_where(tmp_path: Path) -> None:
    root = grown(tmp_path / "imagenet", train() | pictures())
    for path in (root, root / "val"):
        with pytest.raises(DataError) as error:
            data.open(path)
        assert "put ILSVRC2012_devkit_t12.tar.gz of image-net.org" in str(error.value)
        assert str(error.value).endswith(f"into {root}.")


def test_open__a_kit_outside_of_what_may_be_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = grown(tmp_path / "imagenet", pictures())
    kit = kits.unpacked(tmp_path)
    monkeypatch.setenv("NETLENS_DATA_ROOTS", str(root))
    with pytest.raises(DataError, match=f"into {root}"):
        data.open(root / "val")
    (root / kits.KIT).symlink_to(kit, target_is_directory=True)
    with pytest.raises(DataError, match=f"into {root}"):
        data.open(root / "val")
    monkeypatch.setenv("NETLENS_DATA_ROOTS", str(root / "val"))
    with pytest.raises(DataError, match=f"into {root / 'val'}"):
        data.open(root / "val")


def test_open__some_pictures_missing_and_some_that_are_none(tmp_path: Path) -> None:
    kits.packed(tmp_path)
    files = {f"val/{picture(k)}": str(k) for k in (0, 7, 50_001)} | {"val/a.jpg": "", "val/x": ""}
    opened = data.open(grown(tmp_path, files) / "val")
    assert opened.file(0) == picture(7)
    assert (len(opened), opened.skipped) == (1, 4)


def test_open__test_pictures_are_left_out(tmp_path: Path) -> None:
    kits.packed(tmp_path)
    tests = {f"test/ILSVRC2012_test_{k:08}.JPEG": "?" for k in range(1, 6)}
    opened = data.open(grown(tmp_path, train() | pictures() | tests))
    assert len(opened) == 3 + len(NUMBERS)
    assert opened.skipped == 5


def test_open__again_does_not_list_the_pictures(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kits.packed(tmp_path)
    tests = {f"test/ILSVRC2012_test_{k:08}.JPEG": "?" for k in range(1, 6)}
    root = settled(grown(tmp_path, train() | pictures() | tests))
    monkeypatch.setattr(index, "MIN_FILES", 1)
    first = data.open(root)
    seen, scandir = {"val": 0, "test": 0}, os.scandir

    @contextmanager
    def counted(path: Path) -> Iterator[Iterator[os.DirEntry[str]]]:
        def entries() -> Iterator[os.DirEntry[str]]:
            for entry in inside:
                if Path(path).name in seen:
                    seen[Path(path).name] += 1
                yield entry

        with scandir(path) as inside:
            yield entries()

    monkeypatch.setattr(os, "scandir", counted)
    assert (data.open(root).labels == first.labels).all()
    assert all(1 <= count < 5 for count in seen.values())


@pytest.mark.parametrize("lines", [0, 1, 49_999, 50_001])
def test_open__truth_of_the_wrong_length(tmp_path: Path, lines: int) -> None:
    root = grown(tmp_path, pictures())
    kits.unpacked(tmp_path, truth=b"1\n" * lines)
    with pytest.raises(DataError, match=f"is about {lines:,} pictures instead of 50,000"):
        data.open(root / "val")


@pytest.mark.parametrize("line", [b"0", b"5", b"-1", b"1.5", b"cat", b"\xff", b"9" * 5000])
def test_open__truth_that_no_synset_has(tmp_path: Path, line: bytes) -> None:
    root = grown(tmp_path, pictures())
    kits.unpacked(tmp_path, truth=b"1\n" * 49_999 + line)
    with pytest.raises(DataError, match=r"the file is damaged\. Download"):
        data.open(root / "val")


@pytest.mark.parametrize("name", ["data/meta.mat", kits.TRUTH])
def test_open__a_kit_without_its_files(tmp_path: Path, name: str) -> None:
    root = grown(tmp_path, pictures())
    (kits.unpacked(tmp_path) / name).unlink()
    with pytest.raises(DataError, match="cannot be read: No such file"):
        data.open(root / "val")


def test_open__archive_of_something_else(tmp_path: Path) -> None:
    root = grown(tmp_path, pictures())
    kits.packed(tmp_path).write_bytes(kits.tar({"a.txt": b"a"}, "w:gz"))
    with pytest.raises(DataError, match=r"devkit_t12\.tar\.gz.*damaged"):
        data.open(root / "val")


@pytest.mark.parametrize("seed", range(3))
def test_open__damaged_kit_is_one_sentence_or_still_right(tmp_path: Path, seed: int) -> None:
    chance = random.Random(seed)
    archive, good = kits.packed(tmp_path), kits.meta()
    packed = archive.read_bytes()
    for _ in range(12):
        for whole, read in ((good, _read_with_meta), (packed, _read_archive)):
            bad = bytearray(whole)
            if chance.random() < 0.3:
                del bad[chance.randrange(len(bad)) :]
            else:
                for _ in range(chance.choice([1, 20])):
                    bad[chance.randrange(len(bad))] = chance.randrange(256)
            try:
                read(tmp_path, bytes(bad))
            except DataError as error:
                assert "Download" in str(error) or "download" in str(error)


def _read_with_meta(folder: Path, meta: bytes) -> None:
    devkit.read_folder(kits.unpacked(folder, meta=meta, truth=b"1\n" * 50_000))


def _read_archive(folder: Path, content: bytes) -> None:
    path = folder / "bad.tar.gz"
    path.write_bytes(content)
    devkit.read_archive(path)


def solution(*rows: str) -> str:
    return "\n".join(("ImageId,PredictionString", *rows)) + "\n"


def test_open__kaggles_layout(tmp_path: Path) -> None:
    part = "ILSVRC/Data/CLS-LOC"
    files = {f"{part}/{name}": content for name, content in (train() | pictures()).items()}
    files[f"{part}/test/ILSVRC2012_test_00000001.JPEG"] = "?"
    rows = [f"ILSVRC2012_val_{k:08},{shown(k)} {k} 1 2.5 3 " for k in NUMBERS[1:]]
    two = f"ILSVRC2012_val_00000001,{shown(1)} 1 2 3 4 {shown(1)} 5 6 7 8 "
    unknown = "ILSVRC2012_val_00000099,n99999999 1 2 3 4"
    grown(tmp_path, files | {"LOC_val_solution.csv": solution(two, unknown, *rows)})
    opened = data.open(tmp_path / part)
    assert opened.parts == {"train": 3, "val": len(NUMBERS)}
    assert len(opened.classes) == 3
    check(opened, 3)
    assert opened.boxes is not None
    assert np.isnan(opened.boxes[:4]).all()
    assert opened.boxes[4].tolist() == [2, 1, 2.5, 3]
    check(data.open(tmp_path / part / "val"))


def test_open__solution_of_unknown_wnids(tmp_path: Path) -> None:
    rows = (f"ILSVRC2012_val_{k:08},n99999999 1 2 3 4" for k in NUMBERS)
    root = grown(tmp_path, pictures() | {"LOC_val_solution.csv": solution(*rows)})
    assert data.open(root / "val").classes == (data.DataClass("n99999999"),)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "ImageId\nILSVRC2012_val_00000001\n",
        solution("ILSVRC2012_val_00000001"),
        solution("ILSVRC2012_val_00000001,"),
        solution("ILSVRC2012_val_00000001,cat 1 2 3 4"),
        solution("ILSVRC2012_val_00000001,n01440764 1 2 3"),
        solution("ILSVRC2012_val_00000001,n01440764 1 2 3 four"),
        solution("ILSVRC2012_val_00000001,n01440764 1 2 3 4 n02084071 1 2 3 4"),
        solution('"ILSVRC2012_val_00000001'),
        solution("ILSVRC2012_val_00000001,\udcff"),
        "PK\x03\x04\0\0",
    ],
)
def test_open__damaged_solution(tmp_path: Path, text: str) -> None:
    root = grown(tmp_path, pictures())
    content = text.encode("utf-8", "surrogateescape")
    (tmp_path / "LOC_val_solution.csv").write_bytes(content)
    if text in ("", "PK\x03\x04\0\0"):  # a table without rows
        with pytest.raises(DataError):
            data.open(root / "val")
        return
    with pytest.raises(DataError, match=r"LOC_val_solution\.csv is damaged, or no LOC_val"):
        data.open(root / "val")
