"""What the families of commands share in reading their arguments."""

import argparse
from collections.abc import Callable

Commands = argparse._SubParsersAction
"""What `add` of each family gets its commands from."""


def command(
    commands: Commands, name: str, run: Callable[[argparse.Namespace], int], text: str
) -> argparse.ArgumentParser:
    """A new command, whose arguments are still to be added; ``run`` returns the exit code."""
    sub = commands.add_parser(name, help=text, description=text)
    sub.set_defaults(run=run)
    return sub


def positive(text: str) -> int:
    """A whole number from 1; ValueError for anything else."""
    number = int(text)
    if number < 1:
        raise ValueError(text)
    return number
