"""Classify pictures with the model beside this file, without Netlens and without PyTorch.

    python -m pip install -r requirements.txt
    python predict.py PICTURE...            the most probable classes of each picture
    python predict.py --json PICTURE...     a JSON object a line, with all probabilities
    python predict.py --check               the pictures that came with the model, compared with
                                            what Netlens said of them

Beside it lie model.onnx (the network), model.json (its classes, and how pictures are brought to
its size), expected.json and pictures/ (for --check). Exit status: 0, or 1 if anything went wrong.
"""

import argparse
import io
import json
import struct
import sys
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
from PIL import Image, ImageFile
from PIL.BmpImagePlugin import BmpImageFile
from PIL.GifImagePlugin import GifImageFile
from PIL.JpegImagePlugin import JpegImageFile
from PIL.PngImagePlugin import PngImageFile
from PIL.TiffImagePlugin import TiffImageFile
from PIL.WebPImagePlugin import WebPImageFile

HERE = Path(__file__).resolve().parent
SHOWN = 5

READERS: tuple[tuple[bytes, type[ImageFile.ImageFile]], ...] = (
    (b"\xff\xd8\xff", JpegImageFile),
    (b"\x89PNG\r\n\x1a\n", PngImageFile),
    (b"RIFF", WebPImageFile),
    (b"GIF8", GifImageFile),
    (b"BM", BmpImageFile),
    (b"II", TiffImageFile),
    (b"MM", TiffImageFile),
)
MAX_PIXELS, MAX_JPEG_PIXELS = 50_000_000, 200_000_000
# a picture is cut to this ratio of its sides before it is resized by the shorter one
MAX_ASPECT = 32
# what Pillow raises on damaged files
MALFORMED = (
    OSError, SyntaxError, ValueError, TypeError, Image.DecompressionBombError, ArithmeticError,
    AssertionError, AttributeError, EOFError, LookupError, MemoryError, struct.error, zlib.error,
)  # fmt: skip

ORIENTATION = 0x0112
TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
# TIFF tags: https://www.loc.gov/preservation/digital/formats/content/tiff_tags.shtml
BITS_PER_SAMPLE, PHOTOMETRIC, SAMPLE_FORMAT = 258, 262, 339


class Classifier:
    """The network, its classes and its transform."""

    def __init__(self, folder: Path = HERE) -> None:
        facts = json.loads((folder / "model.json").read_text("utf-8"))
        self.classes: list[tuple[str | None, str]] = [tuple(pair) for pair in facts["classes"]]
        self.transform: dict[str, Any] = facts["transform"]
        self.session = onnxruntime.InferenceSession(
            folder / "model.onnx", providers=["CPUExecutionProvider"]
        )

    def probabilities(self, data: bytes) -> np.ndarray:
        """A picture file's bytes -> (classes,) probabilities."""
        pixels = prepare(read_picture(data), self.transform)
        (logits,) = self.session.run(["logits"], {"pixels": pixels[None]})
        exponents = np.exp(logits[0].astype(np.float64) - logits.max())
        return exponents / exponents.sum()


def read_picture(data: bytes) -> Image.Image:
    """The first picture in a file as upright RGB; colour profiles are not applied."""
    reader = next((reader for start, reader in READERS if data.startswith(start)), None)
    if reader is None:
        raise ValueError("it is not in one of the formats JPEG, PNG, WebP, GIF, BMP and TIFF")
    image = reader(io.BytesIO(data))
    width, height = image.size
    limit = MAX_JPEG_PIXELS if isinstance(image, JpegImageFile) else MAX_PIXELS
    if width * height > limit:
        raise ValueError(f"it has more than {limit // 10**6} million pixels")
    if isinstance(image, JpegImageFile):
        # a large one is decoded at a half of its size, or less
        scale = next(s for s in (1, 2, 4, 8) if -(-width // s) * -(-height // s) <= MAX_PIXELS)
        if scale > 1:
            image.draft(None, (width // scale, height // scale))
    image.load()
    if isinstance(image, PngImageFile):
        mend_transparency(image, depth=data[24])
    turn = TURNS.get(orientation(image))
    rgb = to_rgb(image)
    return rgb if turn is None else rgb.transpose(turn)


def orientation(image: Image.Image) -> int:
    """EXIF's, 1 to 8; 1 also where the EXIF is damaged, as it is in many good files."""
    try:
        return image.getexif().get(ORIENTATION, 1)
    except MALFORMED:
        return 1


def mend_transparency(image: Image.Image, depth: int) -> None:
    """Bring a PNG's transparent colour from the file's bit depth to the eight of the pixels."""
    value = image.info.get("transparency")
    if image.mode == "RGB" and depth == 16 and isinstance(value, tuple):
        image.info["transparency"] = tuple(part >> 8 for part in value)
    elif image.mode == "L" and depth < 8 and isinstance(value, int):
        image.info["transparency"] = (value * (255 // (2**depth - 1))) & 255


def to_rgb(image: Image.Image) -> Image.Image:
    """Pixels of any kind as RGB, what is transparent on white."""
    if image.mode.startswith(("I", "F")):
        image = grey_8_bit(image)
    if image.mode == "La":
        image = image.convert("LA")
    if image.mode not in ("LA", "PA", "RGBA", "RGBa") and "transparency" not in image.info:
        return image.convert("RGB")
    image = image.convert("RGBA")
    alpha = image.getchannel("A")
    if alpha.getextrema() == (255, 255):
        return image.convert("RGB")
    canvas = Image.new("RGB", image.size, "white")
    canvas.paste(image, mask=alpha)
    return canvas


def grey_8_bit(image: Image.Image) -> Image.Image:
    """Grey with more than eight bits as L, or as LA where one value means transparent.

    The range of the type is black to white, floats go from 0 to 1, and what has no range of its
    own goes from its smallest to its largest value.
    """
    tags: dict[int, Any] = getattr(image, "tag_v2", {})
    stored = np.asarray(image)
    if image.mode == "I" and first(tags.get(SAMPLE_FORMAT, 1)) == 1:
        stored = stored.view(np.uint32)  # Pillow keeps unsigned integers in signed ones
    if not np.isfinite(stored).all():
        raise ValueError("it holds values that are not numbers (NaN or infinity)")
    low, high = float(stored.min()), float(stored.max())
    if image.mode.startswith("I;16"):
        low, high = 0.0, float(2 ** first(tags.get(BITS_PER_SAMPLE, 16)) - 1)
    elif image.mode == "F" and low >= 0 and high <= 1:
        low, high = 0.0, 1.0
    levels = np.zeros(stored.shape)
    if low < high:
        levels = (stored.astype(np.float64) - low) * (255 / (high - low))
    grey = Image.fromarray(np.rint(levels).clip(0, 255).astype(np.uint8))
    if tags.get(PHOTOMETRIC) == 0:  # 0 is white
        grey = grey.point([255 - level for level in range(256)])
    transparent = image.info.get("transparency")
    if isinstance(transparent, int):
        opaque = Image.fromarray(np.where(stored == transparent, 0, 255).astype(np.uint8))
        grey = Image.merge("LA", (grey, opaque))
    return grey


def first(tag: Any) -> Any:  # noqa: ANN401
    """TIFF tags are values or tuples of them."""
    return tag[0] if isinstance(tag, tuple) else tag


def prepare(image: Image.Image, transform: dict[str, Any]) -> np.ndarray:
    """An RGB picture -> what the network gets: (3, size, size) float32."""
    size, resize = transform["input_size"], transform["resize"]
    resample = Image.Resampling[transform["interpolation"].upper()]
    if transform["kind"] == "own":  # the largest square in the middle
        side = min(image.size)
        left, top = (image.width - side) // 2, (image.height - side) // 2
        box = (left, top, left + side, top + side)
        image = image.resize((size, size), resample, box=box)
    elif transform["squash"]:
        image = middle(image.resize((resize, resize), resample), size)
    else:
        image = cut_to_aspect(image)
        if transform.get("crop_mode") == "border":  # all of the picture, framed
            ratio = max(image.size) / resize
            image = image.resize(tuple(round(side / ratio) for side in image.size), resample)
            image = middle(image, size, tuple(round(255 * v) for v in transform["mean"]))
        else:
            short = min(image.size)
            image = image.resize(tuple(int(resize * side / short) for side in image.size), resample)
            image = middle(image, size)
    levels = np.asarray(image, np.float32) / 255
    levels -= np.asarray(transform["mean"], np.float32)
    levels /= np.asarray(transform["std"], np.float32)
    return np.ascontiguousarray(levels.transpose(2, 0, 1))


def cut_to_aspect(image: Image.Image) -> Image.Image:
    """At most `MAX_ASPECT` times as long as wide; the centre stays where it is."""
    width, height = image.size
    limit = MAX_ASPECT * min(width, height)
    left, top = max(0, (width - limit) // 2), max(0, (height - limit) // 2)
    return image.crop((left, top, width - left, height - top)) if left or top else image


def middle(image: Image.Image, size: int, frame: tuple[int, ...] = (0, 0, 0)) -> Image.Image:
    """The middle ``size`` x ``size`` pixels; a smaller picture gets a frame of one colour."""
    width, height = image.size
    if min(width, height) < size:
        canvas = Image.new("RGB", (max(width, size), max(height, size)), frame)
        canvas.paste(image, (max(0, (size - width) // 2), max(0, (size - height) // 2)))
        image = canvas
    left, top = round((image.width - size) / 2), round((image.height - size) / 2)
    return image.crop((left, top, left + size, top + size))


def check(classifier: Classifier) -> bool:
    """Whether the pictures that came with the model get the probabilities that Netlens gave."""
    expected = json.loads((HERE / "expected.json").read_text("utf-8"))
    good = True
    for picture in expected["pictures"]:
        found = classifier.probabilities((HERE / picture["file"]).read_bytes())
        difference = float(np.abs(found - picture["probabilities"]).max())
        same = difference <= expected["tolerance"]
        good &= same
        said = "as expected" if same else "NOT as expected"
        print(f"{picture['file']}: {said}, largest difference {difference:.1e}")
    return good


def show(classifier: Classifier, name: str, as_json: bool) -> bool:
    """Print the classes of one picture, the most probable first; whether it could be read."""
    try:
        probabilities = classifier.probabilities(Path(name).read_bytes())
    except MALFORMED as error:
        problem = getattr(error, "strerror", None) or str(error) or type(error).__name__
        said = f"{name} cannot be used as a picture: {problem}"
        print(json.dumps({"image": name, "error": said}) if as_json else said)
        return False
    ranked = [
        {
            "index": int(at),
            "wnid": classifier.classes[at][0],
            "label": classifier.classes[at][1],
            "probability": float(probabilities[at]),
        }
        for at in np.argsort(-probabilities, kind="stable")
    ]
    if as_json:
        print(json.dumps({"image": name, "predictions": ranked}))
    else:
        print(name)
        for row in ranked[:SHOWN]:
            print(f"  {row['probability']:7.2%}  {row['label']}")
    return True


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("pictures", nargs="*", metavar="PICTURE")
    parser.add_argument("--json", action="store_true", help="print JSON, a line for each picture")
    parser.add_argument("--check", action="store_true", help="check the model and this program")
    arguments = parser.parse_args()
    if not arguments.pictures and not arguments.check:
        parser.error("give a picture, or --check")
    sys.stdout.reconfigure(errors="replace")  # a label may have letters that a console has not
    classifier = Classifier()
    good = check(classifier) if arguments.check else True
    for name in arguments.pictures:
        good &= show(classifier, name, arguments.json)
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
