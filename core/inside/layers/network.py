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
            if name in (layer.name, f"{layer.name}#1"):
                return layer
        calls = [layer for layer in self.layers if layer.name.partition("#")[0] == name]
        if calls:
            raise LayerError(
                f"{name} runs {len(calls)} times in a forward pass: choose {calls[0].name} to "
                f"{calls[-1].name}."
            )
        if name in self.silent:
            raise LayerError(f"{name} does not run when {self.model} classifies: choose another.")
        names = [layer.name for layer in self.with_maps or self.layers]
        near = difflib.get_close_matches(name, names, n=4, cutoff=0.4) or names[-4:]
        raise LayerError(
            f"{self.model} has no layer {name[:80]!r}. The nearest names: {', '.join(near)}."
        )

    def spatial(self, name: str) -> Layer:
        """The layer of that name, which has maps. Raises LayerError."""
        self._refuse_without_maps()
        layer = self.get(name)
        if layer.grid is None:
            what = (
                f"its output is one vector of {math.prod(layer.shape):,} numbers"
                if len(layer.shape) <= 1 or math.prod(layer.shape) == max(layer.shape)
                else f"its output, {' × '.join(map(str, layer.shape))}, is not laid out like the "
                "picture"
            )
            raise LayerError(
                f"{layer.name} of {self.model} has no maps: {what}. Choose another layer, such as "
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
        network knows. Where only pooling and one linear layer follow, the map sums to the logit
        minus the bias (a ReLU between them, as in DenseNet, is no layer and breaks that). Within an
        attention module only parts of the evidence pass by.
        """
        self._refuse_without_maps()
        inside = tuple(
            f"{layer.name}."
            for layer in self.layers
            if "attn" in layer.type.lower() or "attention" in layer.type.lower()
        )
        maps = [la for la in self._before_scores if not la.type.startswith("AdaptiveAvgPool")]
        carrying = [la for la in maps if la.evidence and not la.name.startswith(inside)]
        best = [la for la in carrying if la.channels == maps[-1].channels]
        return self._outermost((best or carrying or self.with_maps)[-1])

    @property
    def _before_scores(self) -> list[Layer]:
        """The layers with maps, without those whose channels are the classes themselves."""
        learned = [i for i, layer in enumerate(self.layers) if layer.leaf and layer.parameters]
        last = learned[-1] if learned else 0
        kept = [
            layer
            for i, layer in enumerate(self.layers)
            if layer.grid is not None and (i < last or layer.channels != self.classes)
        ]
        return kept or list(self.with_maps)

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
        alike = len({block.grid for block in self.blocks if block.grid is not None}) == 1
        why = (
            "every block has as many"
            if alike
            else "no block has about a quarter of the picture's rows"
        )
        return (
            f"{layer.name} is suggested: its {rows} × {columns} cells are in the middle of the "
            f"network, and {why}."
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
        return f"{layer.name} is suggested: the last layer with maps that the answer depends on."

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
