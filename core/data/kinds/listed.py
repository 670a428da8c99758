"""What data sets have in common whose pictures were listed: folders and archives."""

from abc import abstractmethod
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path

import numpy as np

from core.data.dataset import Dataset, Progress, named_classes
from core.data.files import index
from core.data.files.listing import Listing
from core.data.layouts.layout import Layout, PictureFolder, stem


class ListedDataset(Dataset):
    """Pictures in the order of the layout's folders, and in each by the names of their files.

    Classes are sorted by their folders' names or wnids; those without pictures are passed over.
    """

    def __init__(
        self, root: Path, name: str, layout: Layout, progress: Progress | None = None
    ) -> None:
        self._root, self._layout = root, layout
        folders = [folder.path for folder in layout.folders]
        self._listing = index.listed(root, folders, self._list, progress)
        keys, labels = _labelled(layout, self._listing)
        self._rows = np.flatnonzero(labels >= 0)
        """(N,) int64: where each picture is in the listing."""
        super().__init__(name, named_classes(map(layout.label_of, keys)), labels[self._rows])
        heads = self._listing.heads
        self._links = layout.links + sum(head.links for head in heads)
        others = sum(head.others for head in heads)
        self.skipped = self._links + others + len(labels) - len(self._rows)

    @property
    def parts(self) -> Mapping[str, int]:
        counts = dict.fromkeys((folder.part for folder in self._layout.folders), 0)
        ends = np.searchsorted(self._rows, self._listing.bounds)
        for folder, count in zip(self._layout.folders, np.diff(ends).tolist(), strict=True):
            counts[folder.part] += count
        return {part: count for part, count in counts.items() if part and count}

    @cached_property
    def own_test(self) -> np.ndarray | None:
        if len(self.parts) < 2 or not any(map(_is_train, self.parts)):
            return None
        tested = [not _is_train(folder.part) for folder in self._layout.folders]
        return np.repeat(tested, np.diff(self._listing.bounds))[self._rows]

    @cached_property
    def boxes(self) -> np.ndarray | None:
        known = {**self._layout.more_boxes(), **self._layout.answers.boxes}
        if not known:
            return None
        none = (np.nan,) * 4
        names = map(self._listing.names.__getitem__, self._rows)
        return np.array([known.get(stem(name), none) for name in names], np.float32)

    def _file(self, i: int) -> str:
        folder, name = self._place(i)
        return f"{folder.path}/{name}" if folder.path else name

    def _place(self, i: int) -> tuple[PictureFolder, str]:
        """The folder of a picture, and its name there."""
        row = self._rows[i]
        return self._layout.folders[self._listing.folder_of(row)], self._listing.names[row]

    @abstractmethod
    def _list(self, folder: str) -> Listing: ...


def _labelled(layout: Layout, listing: Listing) -> tuple[list[str], np.ndarray]:
    """The sorted keys of classes with pictures, and each file's position there, -1 without one."""
    found: list[list[str | None]] = []
    for at, (folder, head) in enumerate(zip(layout.folders, listing.heads, strict=True)):
        if folder.key is not None:
            found.append([folder.key] if head.files else [])
        else:
            answers = layout.answers.keys
            found.append([answers.get(stem(name)) for name in listing.names_in(at)])
    keys = sorted({key for keys in found for key in keys if key is not None})
    number: dict[str | None, int] = {key: at for at, key in enumerate(keys)}
    labels = [np.empty(0, np.int64)]
    for folder, head, own in zip(layout.folders, listing.heads, found, strict=True):
        each = np.array([number.get(key, -1) for key in own], np.int64)
        labels.append(each if folder.key is None else np.repeat(each, head.files))
    return keys, np.concatenate(labels)


def _is_train(part: str) -> bool:
    return part.lower() == "train"
