"""Labelled pictures on their way into a network: decoded once, kept while memory allows."""

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from core.data import Dataset
from core.errors import DataError, PictureError
from core.images import read_image
from core.models import Preprocess
from core.training.material.augmenting import pipeline, seeded
from core.training.recipe import Augment

if TYPE_CHECKING:
    import torch
    from PIL import Image
    from torch import Tensor

Progress = Callable[[int, int], None]

_MEMORY_SHARE = 3
_MOST_WORKERS = 8


class Pictures:
    """The pictures of a data set as one model wants them; (3, H, W) uint8 each until `ready`.

    A picture that is to be augmented is kept with its shorter side at the size to which the model
    has pictures resized (smaller ones as they are), any other as the square that the model sees.
    """

    def __init__(
        self, dataset: Dataset, preprocess: Preprocess, augment: Augment | None, seed: int
    ) -> None:
        self.preprocess = preprocess
        self._dataset, self._augment = dataset, augment
        self._seed = seed
        self._crops: dict[int, Tensor] = {}
        self._whole: dict[int, Tensor] = {}

    def read(
        self, positions: np.ndarray, augmented: np.ndarray, progress: Progress | None = None
    ) -> dict[int, str]:
        """Decode all once; what cannot be read, with the sentence that says why.

        ``augmented`` are those of ``positions`` that will be learnt from. What fits into a third
        of the free memory is kept, the rest will be decoded again each time that it is shown.
        """
        import psutil

        room = psutil.virtual_memory().available // _MEMORY_SHARE
        changing = set(augmented.tolist()) if self._augment and self._augment.crop < 1 else set()
        unreadable = {}
        for done, at in enumerate(positions.tolist(), 1):
            shelf, make = (
                (self._whole, self._make_whole) if at in changing else (self._crops, self._make)
            )
            if at not in shelf:
                try:
                    pixels = make(at)
                except (DataError, PictureError) as error:
                    unreadable[at] = str(error)
                else:
                    room -= pixels.nbytes
                    if room > 0:
                        shelf[at] = pixels
            if progress:
                progress(done, len(positions))
        return unreadable

    def plain(self, at: int) -> "Tensor":
        """The square that the model sees of picture ``at``."""
        found = self._crops.get(at)
        return self._make(at) if found is None else found

    def shown(self, at: int, epoch: int, size: int | None = None) -> "Tensor":
        """Picture ``at`` as it is learnt from in an epoch, ``size`` pixels square."""
        if self._augment is None:
            return self.plain(at)
        size = size or self.preprocess.input_size
        if self._augment.crop < 1:
            found = self._whole.get(at)
            pixels = self._make_whole(at) if found is None else found
        else:
            pixels = self.plain(at)
        change = pipeline(self._augment, size, self.preprocess.interpolation)
        return seeded(change, pixels, self._seed, epoch, at)

    def batches(
        self,
        batches: Sequence[np.ndarray],
        device: "torch.device",
        epoch: int | None = None,
        size: Callable[[int], int | None] = lambda _: None,
    ) -> "Iterator[Tensor]":
        """The inputs of each batch of positions, on the device.

        With an ``epoch`` they are as they are learnt from then, and ``size`` gives the side of
        those of each batch; without, they are what the model sees.
        """
        from torch.utils.data import DataLoader

        items = [
            [(int(at), epoch, size(number)) for at in batch] for number, batch in enumerate(batches)
        ]
        # on a CPU other processes would only take the cores from the network
        workers = 0 if device.type == "cpu" else min(_MOST_WORKERS, os.cpu_count() or 1)
        loader = DataLoader(
            _Items(self),
            batch_sampler=items,
            num_workers=workers,
            collate_fn=_stack,
            pin_memory=device.type == "cuda",
        )
        for pixels in loader:
            yield self.ready(pixels, device)

    def ready(self, pixels: "Tensor", device: "torch.device") -> "Tensor":
        """(N, 3, H, W) uint8 -> float32, normalised, on the device, channels last in memory."""
        import torch

        mean, std = (
            torch.tensor(values, device=device)[:, None, None] * 255
            for values in (self.preprocess.mean, self.preprocess.std)
        )
        inputs = pixels.to(device, non_blocking=True).float().sub_(mean).div_(std)
        return inputs.contiguous(memory_format=torch.channels_last)

    def _make(self, at: int) -> "Tensor":
        return _tensor(self.preprocess.crop(self._image(at)))

    def _make_whole(self, at: int) -> "Tensor":
        from PIL import Image

        image = self._image(at)
        shorter, wanted = min(image.size), self.preprocess.resize
        if shorter > wanted:
            width, height = (max(1, round(side * wanted / shorter)) for side in image.size)
            how = getattr(Image.Resampling, self.preprocess.interpolation.upper())
            image = image.resize((width, height), how, reducing_gap=3.0)
        return _tensor(image)

    def _image(self, at: int) -> "Image.Image":
        return read_image(self._dataset.read(at), self._dataset.file(at)).image


class _Items:
    """What DataLoader asks of a data set."""

    def __init__(self, pictures: Pictures) -> None:
        self._pictures = pictures

    def __getitem__(self, item: tuple[int, int | None, int | None]) -> "Tensor":
        at, epoch, size = item
        return self._pictures.plain(at) if epoch is None else self._pictures.shown(at, epoch, size)


class Rows:
    """Features in the place of pictures: frozen layers have been through, once."""

    def __init__(self, features: np.ndarray, positions: np.ndarray) -> None:
        """(n, F) float32 of the pictures at these positions."""
        import torch

        self._features = torch.from_numpy(features)
        self._row = {int(at): row for row, at in enumerate(positions)}

    def batches(
        self,
        batches: Sequence[np.ndarray],
        device: "torch.device",
        epoch: int | None = None,
        size: Callable[[int], int | None] | None = None,
    ) -> "Iterator[Tensor]":
        """The features of each batch of positions, on the device."""
        for batch in batches:
            yield self._features[[self._row[int(at)] for at in batch]].to(device)


Source = Pictures | Rows


def _stack(items: "Iterable[Tensor]") -> "Tensor":
    import torch

    return torch.stack(list(items))


def _tensor(image: "Image.Image") -> Any:  # noqa: ANN401
    """(3, H, W) uint8; the channels last in memory, which makes resizing it fast."""
    import torch

    return torch.from_numpy(np.array(image, np.uint8)).permute(2, 0, 1)
