"""The real app on a port of its own, and Debian's Chromium to drive it."""

import contextlib
import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlparse

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
ARGS = [
    "--no-sandbox",
    "--disable-dev-shm-usage",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]

# texts and buttons of the page that reach beyond the window, or out of the column that holds them
CUT = """() => [...document.querySelectorAll(
    '[data-testid=stMain] :is(p, h1, h2, h3, button, label, img)')].filter((e) => {
  const box = e.getBoundingClientRect()
  const column = e.closest('[data-testid=stColumn]')
  if (!box.width || !box.height || e.closest('[data-testid=stDataFrame]')) return false
  const right = column ? column.getBoundingClientRect().right : innerWidth
  return box.left < -1 || box.right > Math.min(right, innerWidth) + 1
}).map((e) => e.textContent || e.alt)"""


@contextlib.contextmanager
def running_app(home: Path) -> Iterator[str]:
    """A freshly started server; yields its address."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    url = f"http://127.0.0.1:{port}"
    command = [sys.executable, "-m", "streamlit", "run", "streamlit_app.py"]
    options = ["--server.headless", "true", "--server.port", str(port)]
    log = (home / "server.log").open("w+")
    server = subprocess.Popen(
        [*command, *options],
        cwd=ROOT,
        env={**os.environ, "NETLENS_HOME": str(home)},
        stdout=log,
        stderr=subprocess.STDOUT,
    )
    try:
        for _ in range(300):
            with contextlib.suppress(OSError):
                if urllib.request.urlopen(f"{url}/_stcore/health", timeout=1).status == 200:
                    break
            assert server.poll() is None, (home / "server.log").read_text()
            time.sleep(0.2)
        else:
            pytest.fail("the server did not come up: " + (home / "server.log").read_text())
        yield url
    finally:
        server.terminate()
        server.wait(20)
        log.close()


@pytest.fixture(scope="session")
def chromium():
    """The browser; without it these tests skip, but fail where CI promises one."""
    if CHROMIUM is None:
        reason = "no Chromium on the PATH (Debian: apt-get install chromium)"
        if os.environ.get("CI"):
            pytest.fail(reason)
        pytest.skip(reason)
    from playwright.sync_api import expect, sync_playwright

    expect.set_options(timeout=30_000)  # how long a busy machine takes is not what is tested
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGS)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def server(tmp_path_factory):
    with running_app(tmp_path_factory.mktemp("home")) as url:
        yield url


class Visitor:
    """One browser window on the app, which notes whatever should not happen."""

    def __init__(self, browser, url: str, width: int = 1280, scheme: str = "light") -> None:
        self.context = browser.new_context(
            viewport={"width": width, "height": 1600}, color_scheme=scheme
        )
        self.page = self.context.new_page()
        self.url = url
        self.problems: list[str] = []
        self.page.on("request", self._request)
        self.page.on("console", self._console)

    def _request(self, request) -> None:
        host = urlparse(request.url).hostname
        if host not in (None, "127.0.0.1") and not request.url.startswith(("data:", "blob:")):
            self.problems.append(f"asked for {request.url}")

    def _console(self, message) -> None:
        if message.type == "error" and not message.text.startswith("Failed to load resource"):
            self.problems.append(message.text)

    def open(self, path: str) -> None:
        self.page.goto(f"{self.url}/{path}", wait_until="domcontentloaded")
        self.rest()

    def rest(self) -> None:
        """Wait until the script has run and nothing follows."""
        resting = "[data-testid=stApp][data-test-script-state=notRunning]"
        for _ in range(2):
            self.page.wait_for_selector(resting, timeout=90_000)
            self.page.wait_for_timeout(400)

    def check(self) -> None:
        """Nothing left the machine, nothing failed, nothing is wider than its place."""
        assert self.problems == []
        assert self.page.locator("[data-testid=stException]").count() == 0
        wider = self.page.evaluate(
            "() => { const m = document.querySelector('[data-testid=stMain]');"
            " return m.scrollWidth - m.clientWidth }"
        )
        assert wider <= 1
        cut = self.page.evaluate(CUT)
        assert cut == []


@pytest.fixture
def visit(chromium):
    """Open visitors that are closed at the end of the test."""
    visitors = []

    def start(url: str, **options) -> Visitor:
        visitors.append(Visitor(chromium, url, **options))
        return visitors[-1]

    yield start
    for visitor in visitors:
        visitor.context.close()
