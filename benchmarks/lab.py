"""What a change of a slider costs at each station of the CNN lab.

    python benchmarks/lab.py [ADDRESS ...]

An address is a station's name, or more of it, such as "losses&loss=binary"; without any, it is all
stations as they open. The first slider on the page is moved by a step, with the keyboard of a real
Chromium; what is changed is the bench alone, which is a fragment. In milliseconds:

    server     processor time of the app's process in all its threads
    sent       from the key press until the browser sends it to the server, whatever the page
    answered   from then until the page has changed for the last time: the bench, what Streamlit
               does around it, the way to the browser, and the drawing there
    in all     sent and answered

The first is the mean of all moves, the others are medians.
"""

import os
import statistics
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import psutil
from playwright.sync_api import TimeoutError, sync_playwright

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
HOME = tempfile.TemporaryDirectory()
os.environ["NETLENS_HOME"] = HOME.name

from tests.browser.conftest import ARGS, CHROMIUM, Visitor, running_app  # noqa: E402
from ui.lab.stations import STATIONS  # noqa: E402

TIMES = 9
WARM_UP = 2  # moves before; the first one imports what the station needs
MOST = 200
SLIDERS = "[data-testid=stMain] input[type=range]"

# notes when a key is pressed, when it is first sent, and when something last came and changed
WATCH = """(() => {
  const seen = window.seen = {pressed: 0, sent: 0, received: 0, changed: 0}
  const note = (what) => () => { seen[what] = performance.now() }
  const send = WebSocket.prototype.send
  const known = new WeakSet()
  WebSocket.prototype.send = function (...data) {
    if (!known.has(this)) this.addEventListener('message', note('received'))
    known.add(this)
    seen.sent ||= performance.now()
    return send.apply(this, data)
  }
  addEventListener('keydown', () => {
    Object.assign(seen, {pressed: performance.now(), sent: 0, received: 0, changed: 0})
  }, true)
  const isContent = ({target}) => (target.closest ? target : target.parentElement)
    ?.closest('[data-testid=stMain]')
  const watch = new MutationObserver((all) => { if (all.some(isContent)) note('changed')() })
  addEventListener('DOMContentLoaded', () => watch.observe(
    document.body, {subtree: true, childList: true, characterData: true, attributes: true}))
})()"""
# once nothing has come or changed for a while, which does not count
STILL = "() => performance.now() - Math.max(seen.received, seen.changed) > 500"
ANSWERED = f"() => seen.sent && seen.received > seen.sent && ({STILL})()"
SPENT = "() => ({sent: seen.sent - seen.pressed, answered: seen.changed - seen.sent})"


def main() -> None:
    """Print the table."""
    print(f"{'':28}{'server':>8}{'sent':>8}{'answered':>10}{'in all':>8}   (at most {MOST})")
    with window() as (visitor, app):
        for name in sys.argv[1:] or STATIONS:
            visitor.open(f"CNN_lab?view={name}")
            with suppress(TimeoutError):  # a station's first network takes its time
                visitor.page.locator(SLIDERS).first.wait_for(timeout=20_000)
            if visitor.page.locator(SLIDERS).count() == 0:
                print(f"{name:28}{'no slider':>16}")
                continue
            server, sent, answered = measure(visitor, app)
            total = sent + answered
            print(f"{name:28}{server:8.0f}{sent:8.0f}{answered:10.0f}{total:8.0f}", flush=True)


@contextmanager
def window() -> Iterator[tuple[Visitor, psutil.Process]]:
    """A window of the browser on a fresh server, and the server's process."""
    with running_app(Path(HOME.name)) as url, sync_playwright() as playwright:
        (app,) = (one for one in psutil.Process().children() if "streamlit" in one.cmdline())
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGS)
        visitor = Visitor(chromium, url)
        visitor.context.add_init_script(WATCH)
        yield visitor, app
        visitor.context.close()
        chromium.close()


def measure(visitor: Visitor, app: psutil.Process) -> tuple[float, float, float]:
    """Of one slider: what the server spent, until it was sent, and until it was answered."""
    for _ in range(WARM_UP):
        move(visitor)
    before = spent(app)
    times = [move(visitor) for _ in range(TIMES)]
    server = (spent(app) - before) / TIMES
    return server, *(statistics.median(one[what] for one in times) for what in times[0])


def move(visitor: Visitor) -> dict[str, float]:
    """Move the first slider by a step, to the left where it has reached its end."""
    page = visitor.page
    page.wait_for_function(STILL)
    slider = page.locator(SLIDERS).first
    slider.focus()
    has_room = slider.evaluate("one => Number(one.value) < Number(one.max)")
    page.keyboard.press("ArrowRight" if has_room else "ArrowLeft")
    page.wait_for_function(ANSWERED, timeout=60_000)
    return page.evaluate(SPENT)


def spent(app: psutil.Process) -> float:
    """Milliseconds of all processors, as finely as the system counts them."""
    times = app.cpu_times()
    return 1000 * (times.user + times.system)


if __name__ == "__main__":
    main()
