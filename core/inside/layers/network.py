"""A network as its layers, in the order in which they run, and which of them to look at."""

import difflib
import math
from dataclasses import dataclass

from core.errors import LayerError
from core.inside.layers.layer import Layer


@dataclass(frozen=True, slots=True)
class Network:
    """The layers of one model for pictures of one size."""

    model: str
    layers: tuple[Layer, ...]
    """Every module but the root, each call by itself, in the order in which they end."""
    blocks: tuple[Layer, ...]
    """Few enough to draw: the network cut into pieces one after the other, down to the logits."""
    input_size: tuple[int, int]
    silent: tuple[str, ...]
    """Modules that exist and do not run in a forward pass."""
    classes: int

    def get(self, name: str) -> Layer:
        """The layer of that name. Raises LayerError, with the nearest names."""
        for layer in self.layers:
            if layer.name == name:
                return layer
        calls = [layer for layer in self.layers if layer.name.partition("#")[0] == name]
        if calls:
            raise LayerError(
                f"{name} runs {len(calls)} times in a forward pass: choose {calls[0].name} to "
                f"{calls[-1].name}."
            )
        if name in self.silent:
            raise LayerError(f"{name} does not run when {self.model} classifies: choose another.")
        names = [layer.name for layer in self.layers]
        near = difflib.get_close_matches(name, names, n=4, cutoff=0.4) or names[-4:]
        raise LayerError(
            f"{self.model} has no layer {name!r}. The nearest names: {', '.join(near)}."
        )

    def spatial(self, name: str) -> Layer:
        """The layer of that name, which has maps. Raises LayerError."""
        layer = self.get(name)
        if layer.grid is None:
            raise LayerError(
                f"{name} of {self.model} has no maps: its output is one vector of "
                f"{math.prod(layer.shape):,} numbers. Choose a layer before it, such as "
                f"{self.for_maps.name}."
            )
        return layer

    @property
    def with_maps(self) -> tuple[Layer, ...]:
        """The layers that have a grid of cells."""
        return tuple(layer for layer in self.layers if layer.grid is not None)

    @property
    def for_maps(self) -> Layer:
        """Where to begin to look at feature maps. Raises LayerError if nothing has a grid.

        The end of the last stage whose maps still have a quarter of the picture's rows: there a
        person recognises the picture in them. A network without such maps (a ViT) has one grid
        throughout; then it is the block in its middle.
        """
        self._refuse_without_maps()
        blocks = [block for block in self.blocks if block.grid is not None] or self.with_maps
        fine = [block for block in blocks if self._is_fine(block)]
        return self._outermost(fine[-1]) if fine else blocks[len(blocks) // 2]

    @property
    def for_attribution(self) -> Layer:
        """Where to ask for maps of evidence. Raises LayerError if nothing has a grid.

        The last layer whose cells the logits still depend on: its cells know most of what the
        network knows, and for a network that ends in pooling and one linear layer the map sums to
        the logit minus the bias. Within an attention module only parts of the evidence pass by.
        """
        self._refuse_without_maps()
        attention = tuple(f"{la.name}." for la in self.layers if "attn" in la.type.lower())
        attention += tuple(f"{la.name}." for la in self.layers if "attention" in la.type.lower())
        maps = [la for la in self.with_maps if not la.type.startswith("AdaptiveAvgPool")]
        width = next((la.channels for la in reversed(maps) if la.channels != self.classes), None)
        carrying = [la for la in maps if la.evidence and not la.name.startswith(attention)]
        best = [la for la in carrying if la.channels == width]
        return self._outermost((best or carrying or maps)[-1])

    @property
    def why_maps(self) -> str:
        """Why `for_maps`, in a sentence."""
        layer = self.for_maps
        rows, columns = layer.grid or (0, 0)
        if self._is_fine(layer):
            return (
                f"{layer.name} is suggested: the last layer whose maps have about a quarter of "
                f"the picture's rows ({rows} × {columns} cells): there it can still be recognised."
            )
        return (
            f"{layer.name} is suggested: every layer has about the same {rows} × {columns} cells, "
            "and this one is in the middle of the network."
        )

    @property
    def why_attribution(self) -> str:
        """Why `for_attribution`, in a sentence."""
        layer = self.for_attribution
        later = self.with_maps[-1]
        if not later.evidence and later.name != layer.name:
            return (
                f"{layer.name} is suggested: the last layer whose cells the answer depends on. "
                f"Of {later.name} only other tokens are read."
            )
        return f"{layer.name} is suggested: the last layer before space is pooled away."

    def _is_fine(self, layer: Layer) -> bool:
        """About a quarter of the picture's rows: 56 of 224, or 55 where there is no padding."""
        return layer.grid is not None and 4.2 * layer.grid[0] >= self.input_size[0]

    def _refuse_without_maps(self) -> None:
        if not self.with_maps:
            raise LayerError(
                f"No layer of {self.model} keeps a grid of cells, so there are no maps to show."
            )

    def _outermost(self, last: Layer) -> Layer:
        """The outermost of the layers that give the very same output as this one."""
        same = [
            layer
            for layer in self.with_maps
            if layer.storage == last.storage and layer.grid == last.grid and not layer.overwritten
        ]
        return min([*same, last], key=lambda layer: layer.name.count("."))
