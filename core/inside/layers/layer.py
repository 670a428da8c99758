"""What is known of one layer of a network."""

import math
from dataclasses import dataclass

from core.inside.layers.receptive_field import ReceptiveField
from core.inside.layers.spatial import Layout


@dataclass(frozen=True, slots=True)
class Layer:
    """One call of a module in a forward pass over one picture."""

    name: str
    """The module's dotted name; ``name#k`` for the k-th call of one that runs several times."""
    type: str
    """The class of the module."""
    shape: tuple[int, ...]
    """Of its output, without the batch axis; empty if it gives no tensor."""
    calls: int
    """How often the module runs in one forward pass."""
    parameters: int
    """In the module and below it."""
    bytes: int
    """Memory of its output."""
    overwritten: bool
    """A later operation in place changes its output: who keeps it without a copy sees that."""
    storage: int
    """Layers with the same number gave the same piece of memory, seen through several modules."""
    leaf: bool
    """It holds no other module."""
    layout: Layout | None
    """Which axes of the output (with the batch axis) are rows and columns."""
    field: ReceptiveField | None
    """Theoretical receptive field; None where the cells have no fixed window (attention)."""
    evidence: bool
    """The logits depend on its cells. False for the last block of a ViT, whose patches nobody
    reads any more."""

    @property
    def grid(self) -> tuple[int, int] | None:
        """Rows and columns of its maps; None for what has no more than one cell."""
        if self.layout is None or math.prod(self.layout.grid) <= 1:
            return None
        return self.layout.grid

    @property
    def channels(self) -> int | None:
        """How many maps it has."""
        if self.grid is None:
            return None
        extra = self.layout.prefix if self.layout is not None else 0
        cells = math.prod(self.grid) + extra
        return math.prod(self.shape) // cells

    def stride(self, input_size: tuple[int, int]) -> tuple[float, float] | None:
        """Pixels of the network's input from one cell to the next, down and across."""
        if self.grid is None:
            return None
        if self.field is not None and not self.field.whole:
            return self.field.rows.stride, self.field.columns.stride
        return input_size[0] / self.grid[0], input_size[1] / self.grid[1]
