"""The bundled model's card: everything about it, measured and written by one command."""

import textwrap
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from core import paths
from core.evaluation.answers import Answers
from core.evaluation.confusions import mutual
from core.models.header import read_metadata
from tools.bundled.measure import Measured, measure
from tools.bundled.places import RECIPES

_WORST = 15
_PER_LINE = 5
_WIDTH = 100
_SPLIT_BY = ("seed", "validation")


def write(file: Path, answers: Answers, data: str, photographs: Path | None) -> dict[str, Any]:
    """Write the card beside the model file; returns the headline figures. Raises NetlensError."""
    measured = measure(file, answers, data, photographs)
    path = file.with_suffix(".md")
    path.write_text(text(read_metadata(file), measured, file))
    headline = measured.answers.headline
    return {
        "card": str(path),
        "top1": headline.top1,
        "top5": headline.top5,
        "ece": headline.ece,
        "pointing": measured.pointing.rate,
        "centre": measured.pointing.centre_hits / measured.pointing.n,
        "forward_ms": measured.forward_ms,
    }


def text(metadata: Mapping[str, Any], measured: Measured, file: Path) -> str:
    """The card in Markdown."""
    headline, pointing = measured.answers.headline, measured.pointing
    classes, size = len(metadata["classes"]), metadata["input_size"]
    return f"""# {file.stem}

A small ResNet that Netlens trains itself, so that the first picture can be classified without a
connection. It knows {classes} of ImageNet's 1,000 classes. It is for teaching, not for work.

## Figures
On Tiny ImageNet's {headline.n:,} validation pictures, which chose nothing, measured on the file in
this folder through Netlens's own preprocessing:

| figure | | |
|---|---|---|
| top-1 | **{headline.top1:.2%}** | {_range(headline.top1_low, headline.top1_high)} |
| top-5 | **{headline.top5:.2%}** | {_range(headline.top5_low, headline.top5_high)} |
| log loss | {headline.log_loss:.3f} nats | |
| expected calibration error | {headline.ece:.3f} | over 15 bins |
| hottest point of Grad-CAM in the object's box | {pointing.rate:.1%} | \
{_range(*pointing.interval)} |
| middle of the picture in it | {pointing.centre_hits / pointing.n:.1%} | the same pictures |

{_photographs(measured)}
One forward pass takes {measured.forward_ms:.1f} ms on one core ({measured.processor}).

## What it is
- Basic blocks {_joined(metadata["blocks"])} with {_joined(metadata["widths"])} channels, a 3 x 3
  stem with stride 2, and a last stage of {size // 8} x {size // 8} cells;
  {metadata["parameters"] / 1e6:.2f} million parameters, stored in half precision
  ({file.stat().st_size / 1e6:.1f} MB).
- Input: the largest square in the middle, resized to {size} x {size} pixels
  ({metadata["resize"]}), ImageNet's mean and standard deviation.

## How it was made
Data: the training pictures of Tiny ImageNet (Stanford's CS231n,
http://cs231n.stanford.edu/tiny-imagenet-200.zip: {classes} classes, 64 x 64 pixels), without those
that are copies of validation pictures where fewer than 100,000 are told of; nothing else, no
weights of anyone else's, no teacher. One part after the other:

{_parts(metadata)}

### Then chosen
{_choices(metadata)}

### How to make it again
```
python -m core train --recipe {RECIPES[0].relative_to(paths.ROOT)} --data DIR
python -m core train --recipe {RECIPES[1].relative_to(paths.ROOT)} --data DIR --model run/ID
python -m tools.bundled weights RUN [--photographs DIR]      RUN: the folder of the last run
python -m tools.bundled answers DIR/val.parquet
python -m tools.bundled pictures
python -m tools.bundled card DIR/val.parquet [--photographs DIR]
```
DIR holds Tiny ImageNet as Parquet, photographs lie in a folder for each class named by its wnid
(those measured here are not in this repository). The second run goes on from the first, which
`--model` names; without, it would go on from the model that is shipped. The last command alone
measures, and writes this card again. Each run can be cancelled and resumed. What comes out is
another model of the same kind.

## Not one of its classes
{_rejects(metadata)}

## Calibration
Of its answers by how sure it was: how many there are, and how many of them are right.

| probability | answers | mean probability | right |
|---|---|---|---|
{_calibration(measured)}

## The worst confusions
| classes | pictures | |
|---|---|---|
{_confusions(measured)}

## Every class
Top-1 in percent, from the worst to the best; {int(measured.classes.support.max())} pictures each.

{_every_class(measured)}

## Limits
- It is wrong about {1 - headline.top1:.0%} of the small pictures, and it has seen 64 x 64 pixels
  alone, in which fine texture is lost, and small objects with it.
- It names one of its {classes} classes whatever it is shown.{_unsure(metadata)}
- It is trained on ImageNet's labels, with their errors and their view of the world.

## Licence
The weights are part of Netlens. Tiny ImageNet is a part of ImageNet, whose pictures belong to their
makers and are given for non-commercial research and education; whether weights that were learnt
from them may serve another purpose is not settled. No picture of it is in this repository. The
pictures of what the model looks for (`assets/looked_for`) were made from noise by
`core/inside/maximise.py`.
"""


def _photographs(measured: Measured) -> str:
    found = measured.photographs
    if found is None:
        return ""
    interval = _range(found.low, found.high)
    return f"""On {found.n:,} photographs of its classes at larger sizes, which chose nothing:
top-1 {found.top1:.1%} ({interval}), top-5 {found.top5:.1%}. Some of them may be among the
pictures that Tiny ImageNet was made from.
"""


def _parts(metadata: Mapping[str, Any]) -> str:
    parts = metadata["training"]
    return "\n\n".join(
        f"{number}. {_part(part, before)}"
        for number, (part, before) in enumerate(zip(parts, [None, *parts], strict=False), 1)
    )


def _part(part: Mapping[str, Any], before: Mapping[str, Any] | None) -> str:
    recipe, counts = part["recipe"], part["counts"]
    start = "From random weights" if recipe["tune"] == "scratch" else "From the weights before it"
    told = (
        f"{start}: {len(part['epochs'])} epochs of {counts['train']:,} pictures in batches of "
        f"{recipe['batch']}, {_optimizer(part)}, label smoothing {recipe['label_smoothing']:g}, "
        f"{_augment(recipe)}. {_differs(part)}Seed {recipe['seed']}, "
        f"{_machine(part['environment'])}; {part['hours']:g} hours from beginning to end. "
        f"{_held_out(part, before)}"
    )
    measured_on = "top-1, held out" if counts["validation"] else "top-1"
    rows = "\n".join(
        f"   | {epoch} | {size} | {loss:.3f} | {_percent(right)} |"
        for epoch, size, loss, right in part["epochs"]
    )
    return f"""{textwrap.fill(told, _WIDTH, subsequent_indent="   ")}

   | epoch | pixels | training loss | {measured_on} |
   |---|---|---|---|
{rows}"""


def _augment(recipe: Mapping[str, Any]) -> str:
    augment = recipe["augment"]
    if augment is None:
        return "pictures as they are"
    told = f"random crops ({augment['crop']:.0%} to 100% of the area)"
    others = [key for key in ("flip", "rotate", "colour", "erase") if augment[key]]
    if others:
        told += f" and {', '.join(others)}"
    return told + (", small pictures first" if recipe["sizes"] else "")


def _held_out(part: Mapping[str, Any], before: Mapping[str, Any] | None) -> str:
    count = part["counts"]["validation"]
    if not count:
        return f"The last epoch was kept. {part.get('remark', '')}"
    return (
        f"{count:,} more pictures{_seen(part, before)} chose among the epochs, and give top-1 "
        f"below: kept are the weights after epoch {part['best_epoch']}."
    )


def _seen(part: Mapping[str, Any], before: Mapping[str, Any] | None) -> str:
    """Of pictures that were held out: whether an earlier part had learnt from them."""
    if before is None or all(before["recipe"][k] == part["recipe"][k] for k in _SPLIT_BY):
        return ""
    return ", which the part before had learnt from,"


def _optimizer(part: Mapping[str, Any]) -> str:
    recipe = part["recipe"]
    momentum = f" with momentum {recipe['momentum']:g}" if recipe["optimizer"] == "sgd" else ""
    return (
        f"{recipe['optimizer'].upper()}{momentum}, learning rate up to {part['learning_rate']:g} "
        f"({recipe['schedule']}, rising over the first {recipe['warm_up']:.0%}), weight decay "
        f"{recipe['weight_decay']:g} on weights only"
    )


def _differs(part: Mapping[str, Any]) -> str:
    if not part["differs"]:
        return ""
    told = ", ".join(
        f"{key} {after} in place of {before}" for key, (before, after) in part["differs"].items()
    )
    return f"Other than in the recipe: {told}. "


def _machine(environment: Mapping[str, Any]) -> str:
    if not environment:
        return "on a machine that was not written down"
    devices = ", ".join(environment["devices"].values())
    packages = ", ".join(
        f"{name} {version}"
        for name, version in environment["packages"].items()
        if name in ("torch", "torchvision", "numpy", "pillow")
    )
    return f"{packages}, {devices}, {environment['threads']} threads"


def _choices(metadata: Mapping[str, Any]) -> str:
    tried, parts = metadata["sizes"], metadata["training"]
    seen = _seen(parts[-1], parts[-2] if len(parts) > 1 else None)
    photographs = tried[0].get("photographs", 0)
    if not tried[0]["held_out"]:
        return "Nothing: there were no pictures to choose by."
    beside = f" and on {photographs} photographs, each set counting once" if photographs else ""
    told = (
        f"The size of the input, by the loss on {tried[0]['held_out']:,} training pictures that "
        f"the last part held out{seen}{beside}; and the temperature by which the logits are "
        "divided (it is in the last layer's weights), by the held-out pictures. A larger input can "
        "be better, since pictures in training show a part, enlarged, and so make objects look "
        'larger than they are later (Touvron et al. 2019, "Fixing the train-test resolution '
        'discrepancy").'
    )
    rows = "\n".join(
        f"| {one['size']} | {one['top1']:.1%} | {_percent(one.get('photographs_top1'))} "
        f"| {one['loss']:.3f} | {one['temperature']:.2f} |"
        for one in tried
    )
    return f"""{textwrap.fill(told, _WIDTH)}

| input | top-1, held out | top-1, photographs | losses, added | temperature |
|---|---|---|---|---|
{rows}"""


def _rejects(metadata: Mapping[str, Any]) -> str:
    reject, told = metadata["reject"], metadata.get("familiarity")
    if reject is None or not told:
        return "It has no threshold below which its answer is taken for none."
    return textwrap.fill(
        f'Netlens says "perhaps none of its classes" where the largest probability is below '
        f"{reject['below']:.1%}, which costs a tenth of the right answers on about half of the "
        f"photographs, which chose it. Of the others it says so for **{reject['others']:.0%} of "
        f"{told['others']:,} photographs of other classes**, for {reject['right']:.0%} of the "
        f"{told['right']:,} of its own classes that it names rightly, and for "
        f"{told['own_rejected']:.0%} of all {told['own']:,} of its own. The largest probability is "
        f"higher for one of its own than for one of another class {told['auroc']:.1%} of the time "
        "(area under the ROC curve; 50% is chance); for the energy (Liu et al. 2020) that is "
        f"{told['auroc_energy']:.1%}.",
        _WIDTH,
    )


def _calibration(measured: Measured) -> str:
    bins = measured.answers.reliability
    return "\n".join(
        f"| {bins.edges[at]:.0%} to {bins.edges[at + 1]:.0%} | {bins.n[at]:,} "
        f"| {bins.confidence[at]:.1%} | {bins.accuracy[at]:.1%} |"
        for at in np.flatnonzero(bins.n)
    )


def _confusions(measured: Measured) -> str:
    titles = measured.answers.titles
    return "\n".join(
        f"| {titles[pair.a]} and {titles[pair.b]} | {pair.count} | {pair.forth} of the first for "
        f"the second, {pair.back} the other way |"
        for pair in mutual(measured.answers.counts, _WORST)
    )


def _every_class(measured: Measured) -> str:
    titles, classes = measured.answers.titles, measured.classes
    told = [f"{titles[at]} {classes.recall[at]:.0%}" for at in classes.worst_first]
    return "\n".join(f"{', '.join(some)}," for some in _chunks(told)).rstrip(",") + "."


def _chunks(items: Sequence[str]) -> Iterable[Sequence[str]]:
    return (items[at : at + _PER_LINE] for at in range(0, len(items), _PER_LINE))


def _range(low: float, high: float) -> str:
    return f"{low:.1%} to {high:.1%}"


def _percent(share: float | None) -> str:
    return "" if share is None else f"{share:.1%}"


def _unsure(metadata: Mapping[str, Any]) -> str:
    if metadata["reject"] is None:
        return ""
    return (
        ' Netlens says "perhaps none of its\n  classes" where it is unsure, which it is of some '
        "pictures of other things, and not of all: of\n  some it is as sure as can be."
    )


def _joined(numbers: list[int]) -> str:
    return "-".join(map(str, numbers))
