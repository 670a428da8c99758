"""ImageNet's archives, read in place."""

import os
import random
import tarfile
from pathlib import Path

import pytest

from core import data
from core.data.files import index, tars
from core.data.kinds.archive import ArchiveDataset
from core.errors import CancelledError, DataError
from tests.core.data.layouts import kits
from tests.core.data.layouts.kits import picture, shown
from tests.core.data.trees import LONG_AGO, grown

TRAIN, VAL = "ILSVRC2012_img_train.tar", "ILSVRC2012_img_val.tar"
NUMBERS = (3, 1, 50_000)  # not in order, as on disks


def train(form: int = tarfile.GNU_FORMAT) -> bytes:
    inner = {
        f"{wnid}.tar": kits.tar({f"{wnid}_{i}.JPEG": _content(wnid, i) for i in (10, 2)}, form=form)
        for wnid in kits.WNIDS
    }
    return kits.tar(inner, form=form)


def _content(wnid: str, i: int) -> bytes:
    return f"{wnid} {i} ".encode() * (100 * i + 1)


def val() -> bytes:
    return kits.tar({picture(k): str(k).encode() for k in NUMBERS})


@pytest.fixture
def root(tmp_path: Path) -> Path:
    root = grown(tmp_path / "imagenet", {TRAIN: train(), VAL: val()})
    kits.packed(root)
    for archive in (TRAIN, VAL):
        os.utime(root / archive, (LONG_AGO, LONG_AGO))
    return root


def test_open__both_archives(root: Path) -> None:
    opened = data.open(root)
    assert isinstance(opened, ArchiveDataset)
    assert [known.wnid for known in opened.classes] == sorted(kits.WNIDS)
    assert opened.parts == {"train": 6, "val": 3}
    assert opened.own_test is not None
    assert opened.own_test.tolist() == [False] * 6 + [True] * 3
    assert [opened.file(i) for i in (0, 1, 6, 8)] == [
        "train/n01440764/n01440764_10.JPEG",
        "train/n01440764/n01440764_2.JPEG",
        f"val/{picture(1)}",
        f"val/{picture(50_000)}",
    ]
    for at, wnid in enumerate(sorted(kits.WNIDS)):
        assert [opened.read(2 * at + i) for i in (0, 1)] == [_content(wnid, 10), _content(wnid, 2)]
    for i, k in enumerate(sorted(NUMBERS), 6):
        assert opened.read(i) == str(k).encode()
        assert opened.classes[opened.labels[i]].wnid == shown(k)
    assert opened.skipped == 0
    assert data.register(root).pictures == 9


@pytest.mark.parametrize("form", [tarfile.USTAR_FORMAT, tarfile.GNU_FORMAT, tarfile.PAX_FORMAT])
def test_open__all_kinds_of_tar(tmp_path: Path, form: int) -> None:
    root = grown(tmp_path, {TRAIN: train(form)})
    opened = data.open(root)
    assert opened.own_test is None
    assert [opened.read(i) for i in (0, 5)] == [
        _content("n01440764", 10),
        _content("n02123045", 2),
    ]


def test_open__val_alone_and_its_kit(root: Path) -> None:
    (root / TRAIN).unlink()
    assert data.open(root).parts == {"val": 3}
    (root / f"{kits.KIT}.tar.gz").unlink()
    with pytest.raises(DataError, match=f"put ILSVRC2012_devkit_t12.tar.gz .* into {root}"):
        data.open(root)


def test_open__folders_that_are_unpacked_come_first(root: Path) -> None:
    grown(root, {"train/n01440764/1.JPEG": b"unpacked"})
    assert [data.open(root).read(0)] == [b"unpacked"]


def test_open__from_the_index(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(index, "MIN_FILES", 2)
    listed, original = [], tars.list_archive

    def watched(*args: object) -> object:
        listed.append(args[1])
        return original(*args)

    monkeypatch.setattr(tars, "list_archive", watched)

    def stop(done: int, of: int) -> None:
        if done == 2:
            raise CancelledError("enough")

    with pytest.raises(CancelledError):
        data.open(root, stop)
    assert len(listed) == 4  # those that were begun
    first = data.open(root)
    listed.clear()
    second = data.open(root)
    assert listed == []
    assert [second.read(i) for i in range(9)] == [first.read(i) for i in range(9)]
    os.utime(root / VAL, (LONG_AGO + 9, LONG_AGO + 9))
    data.open(root)
    assert listed == [VAL]


def test_changed__archives(root: Path) -> None:
    opened = data.open(root)
    assert not data.changed(opened)
    (root / VAL).unlink()
    assert data.changed(opened).missing == (6, 7, 8)
    content = (root / TRAIN).read_bytes()
    (root / TRAIN).write_bytes(content[:-1024])
    assert data.changed(opened).different == tuple(range(6))


def test_read__an_archive_that_became_shorter(root: Path) -> None:
    opened = data.open(root)
    (root / TRAIN).write_bytes((root / TRAIN).read_bytes()[:600])
    with pytest.raises(DataError, match=r"img_train\.tar has become shorter since"):
        opened.read(5)
    (root / VAL).unlink()
    with pytest.raises(DataError, match=r"img_val\.tar cannot be read: No such file"):
        opened.read(6)


@pytest.mark.parametrize("archive", [TRAIN, VAL])
def test_open__truncated_anywhere(root: Path, archive: str) -> None:
    whole = (root / archive).read_bytes()
    content = len(whole.rstrip(b"\0"))
    for end in (*range(0, content, 700), content):
        (root / archive).write_bytes(whole[:end])
        with pytest.raises(DataError, match=r"is damaged, or its end is missing"):
            data.open(root)


@pytest.mark.parametrize("seed", range(3))
def test_open__damaged_anywhere_is_one_sentence_or_opens(root: Path, seed: int) -> None:
    chance, whole = random.Random(seed), (root / TRAIN).read_bytes()
    for _ in range(25):
        bad = bytearray(whole)
        for _ in range(chance.choice([1, 1, 30])):
            bad[chance.randrange(len(bad))] = chance.randrange(256)
        (root / TRAIN).write_bytes(bad)
        try:
            opened = data.open(root)
        except DataError:
            continue
        for i in range(len(opened)):
            assert len(opened.read(i)) < len(whole)


def test_open__members_with_names_that_lead_out(root: Path, tmp_path: Path) -> None:
    names = ("../evil.JPEG", "/etc/evil.JPEG", "a/../../evil.JPEG", ".evil.JPEG", "notes.txt", ".")
    inner = kits.tar(dict.fromkeys(names, b"evil") | {"./n01440764_1.JPEG": b"good"})
    (root / TRAIN).write_bytes(kits.tar({"n01440764.tar": inner}))
    opened = data.open(root)
    assert opened.parts == {"train": 1, "val": 3}
    assert opened.file(0) == "train/n01440764/n01440764_1.JPEG"
    assert opened.skipped == 6
    assert not list(tmp_path.rglob("evil*"))


def test_open__archives_that_are_links_out(root: Path, tmp_path: Path) -> None:
    for name in (TRAIN, VAL):
        (root / name).rename(tmp_path / name)
        (root / name).symlink_to(tmp_path / name)
    with pytest.raises(DataError, match="links that lead out of it, which are not followed"):
        data.open(root)
    (tmp_path / TRAIN).rename(root / "moved.tar")
    (root / TRAIN).unlink()
    (root / TRAIN).symlink_to("moved.tar")
    assert data.open(root).parts == {"train": 6}


def test_open__links_and_devices_are_no_pictures(root: Path) -> None:
    import io

    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode="w") as archive:
        for kind in (tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.CHRTYPE, tarfile.DIRTYPE):
            info = tarfile.TarInfo(f"{picture(1)}")
            info.type, info.linkname = kind, "/etc/passwd"
            archive.addfile(info)
        info = tarfile.TarInfo(picture(2))
        info.size = 3
        archive.addfile(info, io.BytesIO(b"two"))
    (root / VAL).write_bytes(made.getvalue())
    opened = data.open(root)
    assert opened.parts["val"] == 1
    assert opened.read(6) == b"two"


@pytest.mark.parametrize("content", [b"", b"no tar", b"\0" * 10240, kits.tar({"x.txt": b"x"})])
def test_open__archives_of_nothing(tmp_path: Path, content: bytes) -> None:
    with pytest.raises(DataError, match="download"):
        data.open(grown(tmp_path, {TRAIN: content}))


def test_open__archives_within_that_are_none(root: Path) -> None:
    (root / TRAIN).write_bytes(kits.tar({"n01440764.tar": b"no tar" * 200}))
    with pytest.raises(DataError, match=r"img_train\.tar is damaged"):
        data.open(root)


def test_members__beyond_the_archive_that_holds_them(tmp_path: Path) -> None:
    # The header of the inner archive's member says that it is larger than the archive.
    inner = bytearray(kits.tar({"n01440764_1.JPEG": b"x" * 100}))
    info = tarfile.TarInfo("n01440764_1.JPEG")
    info.size = 20_000
    inner[:512] = info.tobuf(tarfile.GNU_FORMAT)
    whole = kits.tar({"n01440764.tar": bytes(inner), "n02084071.tar": b"\0" * 30_000})
    with pytest.raises(DataError, match=r"img_train\.tar is damaged"):
        data.open(grown(tmp_path, {TRAIN: whole}))
