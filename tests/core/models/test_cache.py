"""The cache of loaded models, with values that are no models."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from core.models.cache import SharedCache


def test_get__makes_a_value_once():
    cache, made = SharedCache(2), []
    assert cache.get("a", lambda: made.append(1) or "A") == "A"
    assert cache.get("a", lambda: made.append(1) or "B") == "A"
    assert made == [1]


def test_get__least_recently_used_goes_first():
    cache = SharedCache(2)
    for key in ("a", "b", "a", "c"):
        cache.get(key, lambda key=key: key)
    assert len(cache) == 2
    assert cache.get("a", lambda: "new") == "a"
    assert cache.get("b", lambda: "new") == "new"


def test_get__several_threads_make_one():
    cache, made, barrier = SharedCache(2), [], threading.Barrier(8)

    def make():
        made.append(1)
        time.sleep(0.05)
        return object()

    def ask(_):
        barrier.wait()
        return cache.get("a", make)

    with ThreadPoolExecutor(8) as pool:
        assert len(set(map(id, pool.map(ask, range(8))))) == 1
    assert made == [1]


def test_get__making_one_keeps_nobody_from_another():
    cache, begun, go_on = SharedCache(2), threading.Event(), threading.Event()
    cache.get("ready", lambda: "ready")

    def slow():
        begun.set()
        go_on.wait(10)
        return "slow"

    with ThreadPoolExecutor(1) as pool:
        future = pool.submit(cache.get, "slow", slow)
        begun.wait(10)
        assert cache.get("ready", lambda: "again") == "ready"
        assert cache.get("other", lambda: "other") == "other"
        assert not future.done()
        go_on.set()
        assert future.result() == "slow"


def test_get__after_a_failure_the_next_tries():
    cache = SharedCache(2)
    with pytest.raises(ZeroDivisionError):
        cache.get("a", lambda: 1 // 0)
    assert cache.get("a", lambda: "made") == "made"
