"""Photograph the running app for the README and for Home's cards: assets/screenshot.png, cards/.

    make run                                              (in another terminal)
    python tools/draw_pictures.py [--url http://127.0.0.1:8501]

Needs the development requirements, Debian's Chromium, and a run, such as ``python -m core train
--data shapes`` makes. Only views without photographs are taken.
"""

import argparse
import io
import shutil
import sys
from pathlib import Path

from PIL import Image
from playwright.sync_api import Page, sync_playwright

ASSETS = Path(__file__).resolve().parent.parent / "assets"
CARD = (480, 400)


def settle(page: Page, url: str) -> None:
    """Open an address and wait until everything is drawn."""
    page.goto(url, wait_until="domcontentloaded")
    for _ in range(3):
        page.wait_for_selector("[data-testid=stApp][data-test-script-state=notRunning]")
        page.wait_for_timeout(1500)


def save(png: bytes, path: Path, size: tuple[int, int]) -> None:
    """Reduce to the width, cut or pad with white to the height, and keep few colours."""
    with Image.open(io.BytesIO(png)) as image:
        height = round(image.height * size[0] / image.width)
        small = image.convert("RGB").resize((size[0], height), Image.Resampling.LANCZOS)
    framed = Image.new("RGB", size, "white")
    framed.paste(small)
    path.parent.mkdir(exist_ok=True)
    framed.quantize(256, Image.Quantize.FASTOCTREE).save(path, optimize=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--url", default="http://127.0.0.1:8501")
    args = parser.parse_args()
    chromium = shutil.which("chromium") or sys.exit("Chromium is not on the PATH.")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=chromium, args=["--no-sandbox", "--disable-gpu"]
        )
        page = browser.new_page(viewport={"width": 1280, "height": 900}, device_scale_factor=2)
        settle(
            page, f"{args.url}/Classes?wnid=n04524313"
        )  # vehicle: enough to see, few enough to read
        save(page.screenshot(), ASSETS / "screenshot.png", (1280, 900))
        map_ = page.locator("[data-testid=stPlotlyChart]").first
        save(map_.screenshot(), ASSETS / "cards" / "classes.png", CARD)
        settle(page, f"{args.url}/Classify?sample=coffee")
        bars = page.locator("[class*=st-key-rows-]").first
        save(bars.screenshot(), ASSETS / "cards" / "classify.png", CARD)
        settle(page, f"{args.url}/Feature_maps?sample=chelsea")
        channels = page.locator("[class*=st-key-channel_gallery]").first
        save(channels.screenshot(), ASSETS / "cards" / "feature-maps.png", CARD)
        settle(page, f"{args.url}/Grad-CAM?sample=chelsea&view=by-hand")
        sums = page.locator("[data-testid=stPlotlyChart]").first
        save(sums.screenshot(), ASSETS / "cards" / "grad-cam.png", CARD)
        settle(page, f"{args.url}/Fine-tune?view=run")
        curves = page.locator("[data-testid=stPlotlyChart]").filter(has_text="accuracy").last
        save(curves.screenshot(), ASSETS / "cards" / "fine-tune.png", CARD)
        settle(page, f"{args.url}/CNN_lab?view=descent&surface=minima")
        paths = page.locator("[data-testid=stPlotlyChart]").first
        save(paths.screenshot(), ASSETS / "cards" / "cnn-lab.png", CARD)
        settle(page, f"{args.url}/Mistakes?run=bundled")
        bars = page.locator("[data-testid=stPlotlyChart]").last
        save(bars.screenshot(), ASSETS / "cards" / "mistakes.png", CARD)
        browser.close()


if __name__ == "__main__":
    main()
