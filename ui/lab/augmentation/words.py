"""Each change of a picture as a formula with its numbers, and as torchvision has it."""

import math
from collections.abc import Callable

from PIL import Image, ImageStat

from core.images import Box
from core.lab.augmentation import FLIPS

_BILINEAR = "v2.InterpolationMode.BILINEAR"
_FLIPS = {
    "none": "v2.Identity()",
    "horizontal": "v2.RandomHorizontalFlip(1.0)",
    "vertical": "v2.RandomVerticalFlip(1.0)",
    "both": "v2.Compose([v2.RandomHorizontalFlip(1.0), v2.RandomVerticalFlip(1.0)])",
}
_CODE: dict[str, Callable[[float], str]] = {
    "flip": lambda which: _FLIPS[FLIPS[int(which)]],
    "rotation": lambda a: f"v2.RandomRotation(({a:g}, {a:g}), {_BILINEAR})",
    "scale": lambda a: f"v2.RandomAffine(0, scale=({a:g}, {a:g}), interpolation={_BILINEAR})",
    "shear": lambda a: f"v2.RandomAffine(0, shear=({a:g}, {a:g}), interpolation={_BILINEAR})",
    **{
        kind: lambda a, kind=kind: f"v2.ColorJitter({kind}=({a:g}, {a:g}))"
        for kind in ("brightness", "contrast", "saturation", "hue")
    },
}


def code(kind: str, amount: float) -> str:
    """Lines that make `change`, which takes a picture of Pillow's."""
    return (
        "from torchvision.transforms import v2\n\n"
        "# random in training; from an amount to the same amount it is always that\n"
        f"change = {_CODE[kind](amount)}"
    )


def crop_code(edges: tuple[int, int, int, int], size: int, area: float) -> str:
    """The crop at this place, and the random one of a training."""
    return (
        "from torchvision.transforms import v2\n\n"
        f"change = v2.Lambda(lambda picture: picture.crop({edges}))\n"
        f"in_training = v2.RandomResizedCrop({size}, scale=({area:g}, 1.0))"
    )


def erasing_code(where: Box, area: float) -> str:
    """The rectangle at this place, and the random one of a training; both take a tensor."""
    place = f"{where.top}, {where.left}, {where.height}, {where.width}"
    return (
        "from torchvision.transforms import v2\n"
        "from torchvision.transforms.v2 import functional\n\n"
        f"change = v2.Lambda(lambda pixels: functional.erase(pixels, {place}, torch.zeros(1)))\n"
        f"in_training = v2.RandomErasing(0.5, scale=(0.02, {max(area, 0.02):g}))"
    )


def formulas(kind: str, amount: float, before: Image.Image, after: Image.Image) -> tuple[str, str]:
    """In LaTeX: the change, and the same with numbers, of the middle pixel's red for colours."""
    if kind == "flip":
        return _flip(FLIPS[int(amount)], before)
    if kind in ("rotation", "scale", "shear"):
        return _warp(kind, amount)
    return _colour(kind, amount, before, after)


def _flip(which: str, image: Image.Image) -> tuple[str, str]:
    row = "i" if which in ("none", "horizontal") else f"{image.height - 1} - i"
    column = "j" if which in ("none", "vertical") else f"{image.width - 1} - j"
    general = r"x'_{i,j} = x_{i,\,W-1-j} \;\text{(horizontal)} \qquad "
    general += r"x'_{i,j} = x_{H-1-i,\,j} \;\text{(vertical)}"
    return general, rf"x'_{{i,j}} = x_{{{row},\,{column}}}"


def _warp(kind: str, amount: float) -> tuple[str, str]:
    general = r"\begin{pmatrix} u \\ v \end{pmatrix} = M \begin{pmatrix} u' \\ v' \end{pmatrix}"
    angle = math.radians(amount)
    if kind == "rotation":
        named = r"\begin{pmatrix} \cos\theta & -\sin\theta \\ \sin\theta & \cos\theta \end{pmatrix}"
        cells = (math.cos(angle), -math.sin(angle), math.sin(angle), math.cos(angle))
    elif kind == "scale":
        named = r"\begin{pmatrix} 1/s & 0 \\ 0 & 1/s \end{pmatrix}"
        cells = (1 / amount, 0.0, 0.0, 1 / amount)
    else:
        named = r"\begin{pmatrix} 1 & \tan\theta \\ 0 & 1 \end{pmatrix}"
        cells = (1.0, math.tan(angle), 0.0, 1.0)
    a, b, c, d = (f"{cell + 0.0:.3f}" for cell in cells)
    filled_in = rf"M = \begin{{pmatrix}} {a} & {b} \\ {c} & {d} \end{{pmatrix}}"
    return rf"{general}, \quad M = {named}", filled_in


def _colour(kind: str, amount: float, before: Image.Image, after: Image.Image) -> tuple[str, str]:
    middle = before.width // 2, before.height // 2
    old, new = before.getpixel(middle), after.getpixel(middle)
    if kind == "hue":
        hues = [image.convert("HSV").getpixel(middle)[0] / 255 for image in (before, after)]
        return (
            r"h' = (h + t) \bmod 1",
            rf"h' = ({hues[0]:.3f} + {amount:g}) \bmod 1 \approx {hues[1]:.3f}",
        )
    if kind == "brightness":
        return r"x' = f x", rf"x' = {amount:g} \cdot {old[0]} \to {new[0]}"
    grey = before.convert("L")
    if kind == "contrast":
        mean = round(ImageStat.Stat(grey).mean[0])
        return (
            r"x' = m + f (x - m), \quad m = \text{mean grey}",
            rf"x' = {mean} + {amount:g} \cdot ({old[0]} - {mean}) \to {new[0]}",
        )
    own = grey.getpixel(middle)
    return (
        r"x' = g + f (x - g), \quad g = \text{its grey}",
        rf"x' = {own} + {amount:g} \cdot ({old[0]} - {own}) \to {new[0]}",
    )
