"""The rules of the house, checked on its imports."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
# from the bottom up; a room imports from its own floor and from those before it
FLOORS = (
    {"core.errors", "core.paths", "core.compat"},
    {"core.catalog", "core.images", "core.lab"},
    {"core.models"},
    {"core.data"},
    {"core.predict", "core.ensemble", "core.rollup", "core.export"},
    {"core.inside"},
    {"core.evaluation"},
    {"core.training"},
    {"core.runs"},
    {"core.figures"},
    {"core.doctor", "core.cli", "core.__main__"},
    {"ui"},
    {"pages", "streamlit_app"},
)
FILES = [
    *sorted((ROOT / "core").rglob("*.py")),
    *sorted((ROOT / "ui").rglob("*.py")),
    *sorted((ROOT / "pages").glob("*.py")),
    ROOT / "streamlit_app.py",
]


def floor(module: str) -> int | None:
    """The floor of a module's room; None for what is not ours."""
    for number, rooms in enumerate(FLOORS):
        if any(module == room or module.startswith(f"{room}.") for room in rooms):
            return number
    return None


def imported(file: Path) -> set[str]:
    names = set()
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names |= {f"{node.module}.{alias.name}" for alias in node.names}
    return names


@pytest.mark.parametrize("file", FILES, ids=lambda f: str(f.relative_to(ROOT)))
def test_rooms__import_only_from_below(file):
    own = ".".join(file.relative_to(ROOT).with_suffix("").parts)
    if own == "core.__init__":
        return
    own_floor = floor(own)
    assert own_floor is not None, f"{own} is in no room; name it in FLOORS"
    above = {name for name in imported(file) if (f := floor(name)) is not None and f > own_floor}
    assert not above


def test_core__imports_neither_streamlit_nor_heavy_libraries_unasked():
    code = (
        "import sys, pkgutil, importlib, core\n"
        "import core.catalog, core.images, core.lab, core.models\n"
        "import core.data, core.predict, core.cli\n"
        "import core.figures.class_map\n"
        "heavy = {'streamlit', 'torch', 'torchvision', 'timm', 'plotly', 'pandas', 'pyarrow'}\n"
        "print(sorted(heavy & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"


def test_core__never_names_streamlit():
    for file in FILES:
        if file.is_relative_to(ROOT / "core"):
            assert not any(name.split(".")[0] == "streamlit" for name in imported(file)), file
