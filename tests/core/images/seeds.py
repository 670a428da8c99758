"""Small valid files of every readable format and kind, made here and now."""

import io
from typing import Any

import numpy as np
from PIL import Image

SIZE = (24, 16)


def encoded(image: Image.Image, kind: str, **options: Any) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()


def gradient() -> Image.Image:
    """Colours that vary in both directions, so that a turn or a swap of channels shows."""
    x, y = np.meshgrid(np.linspace(0, 255, SIZE[0]), np.linspace(0, 255, SIZE[1]))
    return Image.fromarray(np.stack([x, y, 255 - x], axis=-1).astype(np.uint8))


def seeds() -> dict[str, bytes]:
    rgb = gradient()
    rgba = rgb.copy()
    rgba.putalpha(rgb.getchannel("R"))
    grey, palette = rgb.convert("L"), rgb.quantize(16)
    deep = Image.fromarray(np.asarray(grey).astype(np.uint16) * 257)
    real = Image.fromarray(np.asarray(grey).astype(np.float32) / 255)
    whole = Image.fromarray(np.asarray(grey).astype(np.int32) - 50)
    frames = [palette, palette.rotate(180), palette.rotate(90)]
    exif = Image.Exif()
    exif[0x0112] = 6
    exif[0x010E] = "a description"
    many = {"save_all": True, "append_images": frames[1:]}
    return {
        "jpeg": encoded(rgb, "JPEG", exif=exif),
        "jpeg-progressive": encoded(rgb, "JPEG", progressive=True),
        "jpeg-cmyk": encoded(rgb.convert("CMYK"), "JPEG"),
        "jpeg-grey": encoded(grey, "JPEG"),
        "png": encoded(rgb, "PNG", exif=exif),
        "png-alpha": encoded(rgba, "PNG"),
        "png-palette": encoded(palette, "PNG", transparency=bytes(range(16))),
        "png-16": encoded(deep, "PNG"),
        "png-animated": encoded(rgb, "PNG", save_all=True, append_images=[rgb.rotate(180)]),
        "webp": encoded(rgb, "WEBP", exif=exif),
        "webp-lossless": encoded(rgba, "WEBP", lossless=True),
        "webp-animated": encoded(rgb, "WEBP", save_all=True, append_images=[rgb.rotate(180)]),
        "gif": encoded(palette, "GIF", transparency=3),
        "gif-animated": encoded(frames[0], "GIF", **many, disposal=2, duration=50),
        "bmp": encoded(rgb, "BMP"),
        "bmp-palette": encoded(palette, "BMP"),
        "bmp-one-bit": encoded(rgb.convert("1"), "BMP"),
        "tiff": encoded(rgb, "TIFF", exif=exif),
        "tiff-lzw": encoded(rgb, "TIFF", compression="tiff_lzw"),
        "tiff-jpeg": encoded(rgb, "TIFF", compression="jpeg"),
        "tiff-alpha": encoded(rgba, "TIFF", compression="tiff_adobe_deflate"),
        "tiff-float": encoded(real, "TIFF"),
        "tiff-16": encoded(deep, "TIFF"),
        "tiff-32": encoded(whole, "TIFF", compression="tiff_lzw"),
        "tiff-fax": encoded(rgb.convert("1"), "TIFF", compression="group4"),
        "tiff-lab": encoded(rgb.convert("LAB"), "TIFF"),
        "tiff-cmyk": encoded(rgb.convert("CMYK"), "TIFF", compression="packbits"),
        "tiff-pages": encoded(frames[0], "TIFF", **many),
    }
