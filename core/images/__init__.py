"""Bytes -> a safe picture; sample photographs; thumbnails."""

from core.images.box import Box
from core.images.decode import MAX_JPEG_PIXELS, MAX_PIXELS
from core.images.formats import SUFFIXES
from core.images.read import MAX_BYTES, Picture, file_bytes, picture_files, read_file, read_image
from core.images.samples import Sample, sample, samples
from core.images.thumbnails import cached_thumbnail, enlarge, thumbnail

__all__ = [
    "MAX_BYTES",
    "MAX_JPEG_PIXELS",
    "MAX_PIXELS",
    "SUFFIXES",
    "Box",
    "Picture",
    "Sample",
    "cached_thumbnail",
    "enlarge",
    "file_bytes",
    "picture_files",
    "read_file",
    "read_image",
    "sample",
    "samples",
    "thumbnail",
]
