"""Imagenette, without the network: what arrives is made here."""

import hashlib
from collections.abc import Callable
from pathlib import Path

import pytest

from core import cli, data
from core.data import access
from core.errors import DataError, WeightsUnavailableError
from core.models import download
from tests.core.data.layouts import kits
from tests.core.data.trees import grown

FILES = {
    f"imagenette2-320/{part}/{wnid}/{wnid}_1.JPEG": f"{part} {wnid}".encode()
    for part in ("train", "val")
    for wnid in ("n01440764", "n02102040")
}


@pytest.fixture
def arrives(monkeypatch: pytest.MonkeyPatch) -> Callable[..., list[str]]:
    """Says what arrives instead of the archive, whose hash is that of `FILES`; counts how often."""
    from core.compat import mend_torchvision

    mend_torchvision()
    import torchvision.datasets.utils
    from torchvision.datasets import Imagenette

    good = kits.tar(FILES, "w:gz")

    def set_up(content: bytes = good) -> list[str]:
        fetched = []

        def fetch(sources: list[tuple[str, Path]], progress: data.Progress | None = None) -> Path:
            ((address, place),) = sources
            fetched.append(address)
            place.write_bytes(content)
            if progress:
                progress(len(content), len(content))
            return place

        def offline(*_: object, **__: object) -> None:
            raise RuntimeError("File not found or corrupted.")

        address = "https://localhost/imagenette2-320.tgz"
        hashed = hashlib.md5(good).hexdigest()
        monkeypatch.setattr(Imagenette, "_ARCHIVES", {"320px": (address, hashed)})
        monkeypatch.setattr(torchvision.datasets.utils, "_get_redirect_url", offline)
        monkeypatch.setattr(download, "fetch", fetch)
        return fetched

    return set_up


def test_fetch_imagenette__is_registered_and_fetched_once(
    arrives: Callable[..., list[str]], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    fetched, told = arrives(), []
    monkeypatch.setenv("NETLENS_DATA_ROOTS", str(tmp_path))  # it may be read all the same
    entry = data.fetch_imagenette(progress=lambda done, of: told.append(done == of))
    assert (entry.name, entry.pictures, entry.classes) == ("imagenette", 4, 2)
    assert told == [True]
    opened = data.open("imagenette")
    assert opened.parts == {"train": 2, "val": 2}
    assert opened.classes[0].wnid == "n01440764"
    assert data.fetch_imagenette() == entry
    assert len(fetched) == 1
    assert sorted(path.name for path in access.downloads().iterdir()) == [
        ".lock",
        "imagenette2-320",
    ]


def test_fetch_imagenette__the_address_is_torchvisions() -> None:
    from core.compat import mend_torchvision

    mend_torchvision()
    from torchvision.datasets import Imagenette

    from core.data import fetch

    assert Imagenette._ARCHIVES["320px"][0] == fetch._ADDRESS


def test_fetch_imagenette__damaged_on_the_way(arrives: Callable[..., list[str]]) -> None:
    arrives(b"half of it")
    with pytest.raises(DataError, match=r"imagenette2-320\.tgz is damaged; try again"):
        data.fetch_imagenette()
    assert [path.name for path in access.downloads().iterdir()] == [".lock"]
    arrives()
    assert data.fetch_imagenette().pictures == 4


def test_fetch_imagenette__offline(monkeypatch: pytest.MonkeyPatch) -> None:
    def offline(*_: object) -> None:
        raise WeightsUnavailableError("imagenette2-320.tgz is not on this machine and cannot be …")

    monkeypatch.setattr(download, "fetch", offline)
    with pytest.raises(DataError, match="is not on this machine"):
        data.fetch_imagenette()
    assert data.registered() == ()


def test_fetch_imagenette__home_that_cannot_be_written(netlens_home: Path) -> None:
    netlens_home.write_text("a file where the folder would be")
    with pytest.raises(DataError, match="cannot be written"):
        data.fetch_imagenette()


def test_cli__import_imagenette(
    arrives: Callable[..., list[str]],
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    fetched = arrives()
    monkeypatch.chdir(tmp_path)
    assert cli.main(["data", "import", "imagenette", "--name", "easy"]) == 0
    assert capsys.readouterr().out.startswith("easy: 4 pictures of 2 classes in ")
    grown(tmp_path / "imagenette", {"cat/1.png": b"mine"})  # a folder of that name comes first
    assert cli.main(["data", "import", "imagenette"]) == 0
    assert capsys.readouterr().out.startswith("imagenette: 1 pictures of 1 classes in ")
    assert len(fetched) == 1
