"""Draw ``assets/favicon.png``: a lens over a grid of cells.

python tools/draw_favicon.py
"""

from pathlib import Path

from PIL import Image, ImageDraw

SIDE = 64
SCALE = 4  # drawn larger and reduced, for smooth edges
BLUE = (11, 87, 208, 255)
CELLS = (
    "#123570",
    "#575d6d",
    "#a59c74",
    "#3b496c",
    "#fee838",
    "#c3b369",
    "#00224e",
    "#8a8678",
    "#707173",
)


def main() -> None:
    side = SIDE * SCALE
    image = Image.new("RGBA", (side, side))
    draw = ImageDraw.Draw(image)
    centre, radius = side * 0.42, side * 0.36
    cell = radius * 2 / 3
    for i, colour in enumerate(CELLS):
        x = centre - radius + (i % 3) * cell
        y = centre - radius + (i // 3) * cell
        draw.rectangle((x, y, x + cell, y + cell), fill=colour)
    mask = Image.new("L", (side, side))
    box = (centre - radius, centre - radius, centre + radius, centre + radius)
    ImageDraw.Draw(mask).ellipse(box, fill=255)
    image.putalpha(mask)
    draw.ellipse(box, outline=BLUE, width=side // 14)
    end = centre + radius * 0.72
    draw.line((end, end, side * 0.95, side * 0.95), fill=BLUE, width=side // 8)
    target = Path(__file__).resolve().parent.parent / "assets" / "favicon.png"
    image.resize((SIDE, SIDE), Image.Resampling.LANCZOS).save(target, optimize=True)


if __name__ == "__main__":
    main()
