"""Devices and what happens when one is full."""

import weakref

import pytest
import torch

from core import models
from core.errors import DeviceError


@pytest.fixture
def two_cuda(monkeypatch):
    """As if this machine had two CUDA devices."""
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 2)
    monkeypatch.setattr(torch.cuda, "get_device_name", lambda index: f"GPU {'AB'[index]}")
    monkeypatch.setattr(torch.cuda, "mem_get_info", lambda index: (5 + index, 10))


@pytest.fixture
def cpu_alone(monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: False)


def test_devices__cpu_says_its_threads(cpu_alone):
    (cpu,) = models.devices()
    assert cpu.id == "cpu"
    assert cpu.label.startswith(f"CPU, {torch.get_num_threads()} thread")


def test_devices__cuda_first_with_names_and_memory(two_cuda):
    first, second, *_ = models.devices()
    assert (first.id, first.label, first.free, first.total) == ("cuda:0", "GPU A", 5, 10)
    assert (second.id, second.label, second.free) == ("cuda:1", "GPU B", 6)


@pytest.mark.parametrize(
    ("name", "device"),
    [("auto", "cuda:0"), ("cuda", "cuda:0"), ("cuda:1", "cuda:1"), ("cpu", "cpu")],
)
def test_resolve__with_cuda(two_cuda, name, device):
    assert models.resolve_device(name) == torch.device(device)


def test_resolve__mps_before_cpu(cpu_alone, monkeypatch):
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: True)
    assert models.resolve_device("auto") == torch.device("mps")


def test_resolve__cpu_where_there_is_nothing_else(cpu_alone):
    assert models.resolve_device("auto") == torch.device("cpu")


@pytest.mark.parametrize("name", ["cuda", "cuda:0", "mps", "gpu", "", "cuda:x", "meta", "CPU"])
def test_resolve__unknown(cpu_alone, name):
    with pytest.raises(DeviceError, match="choose auto or cpu"):
        models.resolve_device(name)


def test_resolve__cuda_that_is_not_there(two_cuda):
    with pytest.raises(DeviceError, match="cuda:0, cuda:1, cpu"):
        models.resolve_device("cuda:2")


@pytest.mark.parametrize(
    "error",
    [
        torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 20.00 GiB."),
        RuntimeError("CUDA error: out of memory"),
        RuntimeError("MPS backend out of memory (MPS allocated: 9 GB)"),
        RuntimeError("[enforce fail at alloc_cpu.cpp:127] DefaultCPUAllocator: can't allocate"
                     " memory: you tried to allocate 4 bytes."),
        MemoryError(),
    ],
)  # fmt: skip
def test_guard__out_of_memory_becomes_a_sentence_and_frees(error):
    taken = []

    def forward():
        activations = torch.zeros(10)
        taken.append(weakref.ref(activations))
        raise error

    with (
        pytest.raises(DeviceError, match="has run out of memory: choose") as caught,
        models.guard(torch.device("cpu")),
    ):
        forward()
    assert taken[0]() is None  # though the error and its traceback are still held
    assert caught.value.__cause__ is error


def test_guard__real_allocation_failure():
    with (
        pytest.raises(DeviceError, match="This machine has run out of memory"),
        models.guard(torch.device("cpu")),
    ):
        torch.empty(2**55)


def test_guard__empties_cudas_cache(two_cuda, monkeypatch):
    emptied = []
    monkeypatch.setattr(torch.cuda, "empty_cache", lambda: emptied.append(True))
    monkeypatch.setattr(torch.cuda, "device", lambda _device: torch.inference_mode())
    with pytest.raises(DeviceError, match="cuda:1"), models.guard(torch.device("cuda:1")):
        raise torch.OutOfMemoryError
    assert emptied == [True]


def test_guard__leaves_other_errors_alone():
    with pytest.raises(RuntimeError, match="shape"), models.guard(torch.device("cpu")):
        raise RuntimeError("shape mismatch")
