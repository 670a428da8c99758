"""Make what is shipped of the bundled model, from a run that has trained it.

    python -m tools.bundled weights RUN [--photographs DIR]
    python -m tools.bundled answers VAL
    python -m tools.bundled pictures
    python -m tools.bundled card VAL [--photographs DIR]

RUN is the folder of a run by the recipes in ``assets/recipes``, VAL are Tiny ImageNet's validation
pictures (as Parquet with the columns ``image``, ``wnid`` and the box ``xmin, ymin, xmax, ymax``),
and the photographs lie in a folder for each class, named by its wnid, of the model's classes and of
others. Each step uses what those before it have written. The last one alone measures, and writes
the card again.
"""

import argparse
import json
import sys
from pathlib import Path

from core.errors import ModelError, NetlensError
from tools.bundled.places import MODEL


def main() -> None:
    """Print what was made."""
    parser = argparse.ArgumentParser(
        prog="python -m tools.bundled",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    steps = parser.add_subparsers(dest="step", required=True)
    weights = steps.add_parser("weights", help="the model file")
    weights.add_argument("run", type=Path, metavar="RUN")
    answers = steps.add_parser("answers", help="what it says of the validation pictures")
    steps.add_parser("pictures", help="what it looks for, a picture for each class")
    card = steps.add_parser("card", help="the model card")
    for step in (answers, card):
        step.add_argument("data", metavar="VAL")
    for step in (weights, card):
        step.add_argument("--photographs", type=Path, metavar="DIR")
    args = parser.parse_args()
    try:
        print(json.dumps(_do(args), indent=2))
    except (NetlensError, OSError) as error:
        sys.exit(f"\n{error}")


def _do(args: argparse.Namespace) -> object:
    if args.step == "weights":
        from tools.bundled.weights import export

        return export(args.run, MODEL, args.photographs)
    if args.step == "answers":
        from tools.bundled.answers import ask

        return ask(args.data)
    if args.step == "pictures":
        from tools.bundled.pictures import draw

        return draw()
    from core import models
    from core.evaluation.shipped import shipped
    from tools.bundled.card import write

    answers = shipped()
    if answers.table.meta["weights"] != models.weights_digest(models.DEFAULT_MODEL):
        raise ModelError("The answers are of another model: take the step `answers` first.")
    return write(MODEL, answers, args.data, args.photographs)


if __name__ == "__main__":
    main()
