"""A network cut into pieces, few enough to draw as a row."""

from collections.abc import Iterator

from core.inside.layers.layer import Layer

_NO_WORK = {"Identity", "Dropout", "Dropout2d", "StochasticDepth", "DropPath", "Flatten", "Permute"}
_EXPANDED = 0.6  # a module that holds more of all leaves than this is opened
_DEPTH = 4


def blocks(layers: tuple[Layer, ...]) -> tuple[Layer, ...]:
    """Modules one after the other: the outermost ones, opened where that shows more.

    A plain sequence is opened where its parts have more than two grids (two are a stage with its
    reduction), and any module that holds most of the network.
    """
    leaves = sum(layer.leaf for layer in layers)
    parts: dict[str, list[Layer]] = {}
    ran = {layer.name.partition("#")[0] for layer in layers}
    for layer in layers:
        parts.setdefault(_parent(layer.name.partition("#")[0], ran), []).append(layer)

    def open_up(layer: Layer, depth: int) -> Iterator[Layer]:
        inside = [] if layer.calls > 1 else parts.get(layer.name, [])
        count = sum(la.leaf and la.name.startswith(f"{layer.name}.") for la in layers)
        most = count > _EXPANDED * leaves
        several = layer.type == "Sequential" and len({la.grid for la in inside}) > 2
        if inside and depth < _DEPTH and (several or most):
            for part in inside:
                yield from open_up(part, depth + 1)
        elif layer.shape and layer.type not in _NO_WORK:
            yield layer

    return tuple(block for layer in parts.get("", []) for block in open_up(layer, 0))


def _parent(name: str, ran: set[str]) -> str:
    """The nearest module around one that runs itself; empty where only the network is."""
    while name:
        name = name.rpartition(".")[0]
        if name in ran:
            break
    return name
