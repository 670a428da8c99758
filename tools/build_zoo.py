"""Write ``assets/models.tsv.gz``: every classifier of torchvision and timm with weights.

    python tools/build_zoo.py [--fresh]

torchvision carries the numbers of parameters and the published accuracies itself. timm carries
neither: parameters are counted on the meta device, where a model has shapes but no memory, some
minutes for all. Counts that the table has already are kept, and the table is saved as they come
in, so that the script can be stopped and started again; ``--fresh`` counts them all anew.
"""

import argparse
import gzip
import math
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlsplit

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from core.compat import mend_torchvision  # noqa: E402
from core.models.model_info import ModelInfo  # noqa: E402
from core.models.weights import hub_file  # noqa: E402
from core.models.zoo import COLUMNS, TABLE, read_table  # noqa: E402

SAVE_EVERY_S = 30
# timm's image towers of CLIP and its kin end in an embedding of one of these widths: timm gives it
# as the number of classes, but its entries are no classes
EMBEDDING_WIDTHS = (384, 512, 640, 768, 1024, 1152, 1280)


def torchvision_models() -> Iterator[ModelInfo]:
    """The default weights of an architecture under its plain name, the others with their tag."""
    import torchvision
    from torchvision.models import get_model_weights, list_models

    for architecture in list_models(module=torchvision.models):
        tags = get_model_weights(architecture)
        for weights in sorted(tags, key=lambda tag: (tag is not tags.DEFAULT, tag.name)):
            accuracy = weights.meta["_metrics"]["ImageNet-1K"]["acc@1"]
            if math.isnan(accuracy):
                continue  # VGG-16's features alone, without a classifier
            name = f"torchvision/{architecture}"
            yield ModelInfo(
                name=name if weights is tags.DEFAULT else f"{name}.{weights.name}",
                source="torchvision",
                architecture=architecture,
                weights=weights.name,
                classes=len(weights.meta["categories"]),
                parameters=weights.meta["num_params"],
                accuracy=accuracy,
                input_size=weights.transforms().crop_size[0],
                file=Path(urlsplit(weights.url).path).name,
                url=weights.url,
                hub=None,
            )


def timm_models() -> Iterator[ModelInfo]:
    """Every tag with a classifier's head, an architecture's default tag first."""
    import timm
    from timm.models import get_pretrained_cfg

    def order(name: str) -> tuple[str, bool]:
        architecture, _, tag = name.partition(".")
        return architecture, get_pretrained_cfg(architecture).tag != tag

    for name in sorted(timm.list_models(pretrained=True), key=order):
        config = get_pretrained_cfg(name)
        if not config.num_classes or config.num_classes in EMBEDDING_WIDTHS:
            continue
        architecture, _, tag = name.partition(".")
        file = hub_file(config.hf_hub_id) if config.hf_hub_id else Path(config.url).name
        yield ModelInfo(
            name=f"timm/{name}",
            source="timm",
            architecture=architecture,
            weights=tag,
            classes=config.num_classes,
            parameters=None,
            accuracy=None,
            input_size=config.input_size[-1],
            file=file,
            url=None if config.hf_hub_id else config.url,
            hub=config.hf_hub_id,
        )


def count_parameters(name: str) -> int:
    """Of a timm model, without its weights."""
    import timm
    import torch

    with torch.device("meta"):
        module = timm.create_model(name.removeprefix("timm/"), pretrained=False)
    return sum(parameter.numel() for parameter in module.parameters())


def write(models: list[ModelInfo]) -> None:
    """Write the table; the same models give the same bytes."""
    import timm
    import torchvision

    versions = [f"{module.__name__} {module.__version__}" for module in (torchvision, timm)]
    made_from = ", ".join(version.partition("+")[0] for version in versions)
    lines = [f"# {made_from}", "# " + "\t".join(COLUMNS)]
    for model in models:
        cells = (getattr(model, column) for column in COLUMNS)
        lines.append("\t".join("" if cell is None else str(cell) for cell in cells))
    text = "\n".join(lines) + "\n"
    partial = TABLE.with_suffix(".part")
    partial.write_bytes(gzip.compress(text.encode(), 9, mtime=0))
    partial.replace(TABLE)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--fresh", action="store_true", help="count all parameters anew")
    args = parser.parse_args()
    mend_torchvision()

    counts: dict[str, int | None] = {}
    if TABLE.exists() and not args.fresh:
        table = read_table(gzip.decompress(TABLE.read_bytes()).decode())
        counts = {model.name: model.parameters for model in table}
    models = [*torchvision_models()]
    models += [replace(model, parameters=counts.get(model.name)) for model in timm_models()]
    saved = time.monotonic()
    for position, model in enumerate(models):
        if model.parameters is None:
            models[position] = replace(model, parameters=count_parameters(model.name))
            if time.monotonic() - saved > SAVE_EVERY_S:
                write(models)
                saved = time.monotonic()
                print(f"{position} of {len(models)} models", file=sys.stderr)
    write(models)


if __name__ == "__main__":
    main()
