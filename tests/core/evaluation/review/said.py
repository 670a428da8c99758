"""Claims that are made up, and a process that writes until it is killed.

Run as a script with a number of its own, it votes, takes notes and tags, and prints how often each
was kept.
"""

import hashlib
import sys

from core.evaluation.review import notes
from core.evaluation.review.remarks import VOTES, Claim


def claim(number: int, wnid: str | None = "n02123045", label: str = "tabby", **met: str) -> Claim:
    return Claim(hashlib.sha256(str(number).encode()).hexdigest(), wnid, label, **met)


def write(writer: int, times: int) -> None:
    """Each writer has a claim of its own, and adds its tags to one that all of them share."""
    for time in range(times):
        notes.vote(claim(writer), VOTES[time % len(VOTES)])
        notes.note(claim(writer), f"note {time}")
        notes.tag(claim(-1), [f"tag {writer}"], remove=[] if time % 2 == 0 else [f"tag {writer}"])
        print(time, flush=True)


if __name__ == "__main__":
    write(int(sys.argv[1]), int(sys.argv[2]))
