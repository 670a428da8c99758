"""The photographs that come with packages."""

import subprocess
import sys

import pytest

from core.errors import PictureError
from core.images import read_file, sample, samples

pytest.importorskip("skimage", reason="scikit-image is not installed")


def test_samples__are_readable_and_described() -> None:
    found = samples()
    assert {"chelsea", "coffee", "rocket", "astronaut", "motorcycle_left"} <= {s.id for s in found}
    assert len({each.id for each in found}) == len(found)
    for each in found:
        assert read_file(each.path).width >= 400
        assert all((each.title, each.alt, each.source, each.license))


def test_samples__do_not_import_their_packages() -> None:
    code = (
        "import sys; from core.images import samples; assert samples(); "
        "print(*(m for m in ('skimage', 'sklearn', 'matplotlib', 'numpy') if m in sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == ""


def test_samples__without_the_packages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    assert samples() == ()
    with pytest.raises(PictureError, match="install scikit-image"):
        sample("chelsea")


def test_sample__by_id() -> None:
    assert sample("chelsea").title == "Cat"
    with pytest.raises(PictureError, match=r"no sample called dog.*chelsea, coffee"):
        sample("dog")
