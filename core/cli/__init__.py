"""The same abilities without a browser: ``python -m core ...``.

Answers go to standard output, everything said to a person to standard error. Exit codes: 0 done,
1 something failed, 2 the command itself was not understood, or a run was cancelled.
"""

import argparse
import io
import sys
from collections.abc import Sequence

from core.cli import about, data, evaluate, pictures, runs, train
from core.errors import NetlensError


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit code."""
    args = _parser().parse_args(argv)
    if isinstance(sys.stdout, io.TextIOWrapper):  # a file's name may hold what no encoding has
        sys.stdout.reconfigure(errors="backslashreplace")
    try:
        return args.run(args)
    except NetlensError as error:
        print(f"netlens: {error}", file=sys.stderr)
        return 1
    except ModuleNotFoundError as error:
        print(
            f"netlens: the package {error.name} is missing: pip install -r requirements.txt",
            file=sys.stderr,
        )
        return 1
    except BrokenPipeError:  # the reader, such as `head`, has seen enough
        sys.stderr.close()
        return 1
    except KeyboardInterrupt:
        return 130


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m core", description="Netlens: what an image classifier sees."
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    for family in (about, pictures, data, train, evaluate, runs):
        family.add(commands)
    return parser
