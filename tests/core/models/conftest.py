"""A home of its own for each test's weights, a server to fetch them from, and a tiny model."""

import http.server
import threading
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from core import paths
from core.models import loading, zoo

SHARED = paths.ROOT.parent / "shared"


@pytest.fixture(autouse=True)
def homes(tmp_path, monkeypatch):
    """Empty torch hub and Hugging Face folders, no proxies, nothing loaded."""
    monkeypatch.setenv("TORCH_HOME", str(tmp_path / "torch"))
    monkeypatch.setenv("HF_HOME", str(tmp_path / "hf"))
    for name in ("HF_HUB_CACHE", "HUGGINGFACE_HUB_CACHE", "HF_HUB_OFFLINE", "HF_ENDPOINT"):
        monkeypatch.delenv(name, raising=False)
    for name in ("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY", "all_proxy"):
        monkeypatch.delenv(name, raising=False)
    yield
    loading._cache.clear()


@pytest.fixture
def checkpoints(tmp_path) -> Path:
    """Torch hub's folder of weights."""
    folder = tmp_path / "torch" / "hub" / "checkpoints"
    folder.mkdir(parents=True)
    return folder


@pytest.fixture
def mobilenet(monkeypatch):
    """A torch home with real weights of torchvision's MobileNetV2."""
    home = SHARED / "torch_home"
    if not home.is_dir():
        pytest.skip("needs the development data beside the checkout")
    monkeypatch.setenv("TORCH_HOME", str(home))


class Server(http.server.ThreadingHTTPServer):
    """Serves `files`; `answers` may replace the answer of a path by a function of the handler."""

    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), _Handler)
        self.files: dict[str, bytes] = {}
        self.headers: dict[str, str] = {}
        self.answers = {}
        self.log: list[str] = []

    @property
    def url(self):
        return f"http://127.0.0.1:{self.server_port}"

    def handle_error(self, request, client_address):
        pass  # clients may leave early


class _Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.server.log.append(f"{self.command} {self.path}")
        answer = self.server.answers.get(f"{self.command} {self.path}")
        if answer is not None:
            answer(self)
        elif self.path in self.server.files:
            content = self.server.files[self.path]
            self.send_response(200)
            self.send_header("Content-Length", str(len(content)))
            for name, value in self.server.headers.items():
                self.send_header(name, value)
            self.end_headers()
            if self.command == "GET":
                self.wfile.write(content)
        else:
            self.send_error(404)

    do_HEAD = do_GET  # noqa: N815

    def log_message(self, *_):
        pass


@pytest.fixture
def server():
    with Server() as running:
        threading.Thread(target=running.serve_forever, args=(0.01,), daemon=True).start()
        yield running
        running.shutdown()


@pytest.fixture
def picture() -> Image.Image:
    """Coloured noise over a gradient, 173 x 131 pixels."""
    rng = np.random.default_rng(0)
    y, x = np.mgrid[:131, :173]
    pixels = np.stack([x, y, x + y], -1) % 256 * 0.7 + rng.integers(0, 76, (131, 173, 3))
    return Image.fromarray(pixels.astype(np.uint8))


SMALL = {
    "architecture": "small_resnet",
    "classes": [["n02123045", "tabby"], ["n02099601", "golden retriever"], [None, "a blue circle"]],
    "blocks": [1, 1, 1, 1],
    "widths": [4, 4, 8, 8],
    "strides": [1, 2, 2, 1],
    "input_size": 64,
    "resize": "bilinear",
    "mean": [0.485, 0.456, 0.406],
    "std": [0.229, 0.224, 0.225],
    "top1": 0.4321,
}


@pytest.fixture
def small_model(tmp_path, monkeypatch) -> Path:
    """An assets folder with one tiny model, ``bundled/tiny``; returns its file."""
    import torch

    import core.catalog  # noqa: F401 (it learns at import where the real assets are)
    from core.models import save_model
    from core.models.small_resnet import SmallResNet

    folder = tmp_path / "assets" / "models"
    folder.mkdir(parents=True)
    monkeypatch.setattr(paths, "ASSETS", folder.parent)
    zoo.library_models()  # read from the real assets
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        module = SmallResNet(3, SMALL["blocks"], SMALL["widths"], SMALL["strides"])
    save_model(folder / "tiny.safetensors", module, SMALL)
    return folder / "tiny.safetensors"
