"""Folders with an index, however small they are."""

from pathlib import Path

import pytest

from core.data.files import disk, index
from tests.core.data.files.indexed import CLASSES, EACH
from tests.core.data.trees import grown, settled


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Eight files are enough for an index."""
    monkeypatch.setattr(index, "MIN_FILES", 8)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    files = {f"c{at}/{i}.png": f"{at} {i}" for at in range(CLASSES) for i in range(EACH)}
    return settled(grown(tmp_path / "pets", files))


@pytest.fixture
def listed(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The folders that were listed, in this order or another."""
    found, original = [], disk.list_folder

    def watched(root: Path, folder: str) -> object:
        found.append(folder)
        return original(root, folder)

    monkeypatch.setattr(disk, "list_folder", watched)
    return found
