"""Which pictures come when: a function of the recipe, the epoch and the step alone."""

from dataclasses import dataclass

import numpy as np

from core.errors import TrainingError
from core.training.recipe import Recipe

_REPORTS = 400


@dataclass(frozen=True)
class Plan:
    """The steps of a run, for one of the processes that share them."""

    recipe: Recipe
    positions: np.ndarray
    """(n,) of the pictures to learn from."""
    rank: int = 0
    world: int = 1

    def __post_init__(self) -> None:
        # batches differ by one at most, are shared out in pairs, and nobody goes without
        smallest = len(self.positions) // self.steps
        if smallest < 2 * self.world - 1:
            raise TrainingError(
                f"Batches of {self.recipe.batch} from {len(self.positions)} pictures cannot be "
                f"shared by {self.world} processes: raise batch to {2 * self.world} or more, or "
                "use fewer processes."
            )

    @property
    def steps(self) -> int:
        """Of an epoch."""
        return -(-len(self.positions) // self.recipe.batch)

    @property
    def total(self) -> int:
        """Of the run."""
        return self.steps * self.recipe.epochs

    def batches(self, epoch: int) -> list[np.ndarray]:
        """The positions of an epoch's batches, whole, in an order of its own.

        Every picture comes once. The batches are about equally large, so that none is too small
        to normalise over.
        """
        dice = np.random.default_rng([self.recipe.seed, epoch])
        return np.array_split(dice.permutation(self.positions), self.steps)

    def share(self, batch: np.ndarray) -> np.ndarray:
        """What this process gets of a batch: neighbours in pairs, for `mixing`."""
        pairs = np.array_split(np.arange(-(-len(batch) // 2)), self.world)[self.rank]
        return batch[2 * pairs[0] : 2 * pairs[-1] + 2]

    def size(self, step: int) -> int | None:
        """The side of the pictures at a step of the run; None for the model's own."""
        done = step / self.total
        return next((side for until, side in self.recipe.sizes if done < until), None)

    def is_told(self, step: int) -> bool:
        """Whether a step of the run is reported: the first, the last, and some hundreds between."""
        every = max(1, self.total // _REPORTS)
        return step % every == 0 or step == self.total - 1
