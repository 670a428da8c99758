"""What all tests share: a home of their own, the development data, and when long attacks run."""

import os
from pathlib import Path

import pytest
from hypothesis import settings

settings.register_profile("patient", deadline=None)  # no test is about time
settings.load_profile("patient")

os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")  # before torch: the cores are shared

SLOWEST = ("tests/browser/", "tests/core/training/", "tests/tools/")
SHARED = Path(__file__).resolve().parent.parent.parent / "shared"


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Run soak tests only where ``-m`` names them, or where one is asked for by its id.

    The slowest files come first, so that of several workers none is left alone with one at the end.
    """
    wanted = "soak" in config.getoption("markexpr") or any("::" in arg for arg in config.args)
    soaks = [] if wanted else [item for item in items if item.get_closest_marker("soak")]
    if soaks:
        config.hook.pytest_deselected(items=soaks)
        items[:] = [item for item in items if item not in soaks]
    items.sort(key=lambda item: not item.nodeid.startswith(SLOWEST))


@pytest.fixture(autouse=True)
def netlens_home(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A fresh NETLENS_HOME for every test, which does not exist yet."""
    folder = tmp_path_factory.mktemp("home") / "netlens"
    monkeypatch.setenv("NETLENS_HOME", str(folder))
    monkeypatch.delenv("NETLENS_DATA_ROOTS", raising=False)
    return folder


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The development data beside the checkout. Tests that use it are marked shared_data too."""
    data = SHARED / "data"
    if not data.is_dir():
        pytest.skip(f"there is no development data at {data}")
    return data
