"""The one slow look at every picture."""

import hashlib
import time

import numpy as np
import pytest

from core import images
from core.data import stock
from core.data.splits import digests
from core.data.stock import Stock, take_stock
from tests.core.data.memory import MemoryDataset
from tests.core.data.test_check import pets, png


def test_take_stock__digests_and_what_cannot_be_read() -> None:
    dataset = MemoryDataset([png(1), None, b"broken", png(1)], ["a"] * 4)
    found = take_stock(dataset)
    assert list(found.digests) == digests(dataset)
    assert found.digests[2] == hashlib.sha256(b"broken").hexdigest()
    assert sorted(found.unreadable) == [1, 2]
    assert found.unreadable[1] == "1.png of pets cannot be read: it is gone."
    assert found.unreadable[2].startswith("2.png cannot be used as a picture")


def test_take_stock__a_jpeg_that_is_cut_off() -> None:
    whole = next(s.path.read_bytes() for s in images.samples() if s.path.suffix == ".jpg")
    found = take_stock(MemoryDataset([whole, whole[: len(whole) // 2]], ["a", "b"]))
    assert sorted(found.unreadable) == [1]
    assert "cut off" in found.unreadable[1]


def test_take_stock__what_was_read_before_is_not_decoded_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked = []
    monkeypatch.setattr(stock, "_readable", set())
    decode = stock.read_small
    monkeypatch.setattr(stock, "read_small", lambda *args: asked.append(args[1]) or decode(*args))
    take_stock(MemoryDataset([png(1), png(2), b"bad"], ["a"] * 3))
    take_stock(MemoryDataset([png(1), png(2), b"bad", png(3)], ["a"] * 4))
    assert sorted(asked) == ["0.png", "1.png", "2.png", "2.png", "3.png"]


def test_take_stock__memory_has_an_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stock, "_readable", set())
    monkeypatch.setattr(stock, "_MOST_KNOWN", 5)
    take_stock(pets(cat=12))
    assert 0 < len(stock._readable) <= 5


def test_take_stock__progress_and_stop() -> None:
    seen: list[tuple[int, int]] = []
    take_stock(pets(cat=1, dog=2), lambda *done: seen.append(done))
    assert seen == [(1, 3), (2, 3), (3, 3)]

    def stop(*_: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        take_stock(pets(cat=1, dog=2), stop)


def test_take_stock__stopped_is_stopped_at_once() -> None:
    class Slow(MemoryDataset):
        def _read(self, i: int) -> bytes:
            time.sleep(0.01)
            return super()._read(i)

    def stop(*_: int) -> None:
        raise KeyboardInterrupt

    begun = time.monotonic()
    with pytest.raises(KeyboardInterrupt):
        take_stock(Slow([png(1)] * 5000, ["a"] * 5000), stop)
    assert time.monotonic() - begun < 2


def test_take_stock__nothing() -> None:
    assert take_stock(MemoryDataset([], [])) == Stock((), {})


def test_of__a_view() -> None:
    whole = Stock(("a", None, "c", "d"), {1: "gone", 3: "bad"})
    assert whole.of(np.array([3, 0])) == Stock(("d", "a"), {0: "bad"})
