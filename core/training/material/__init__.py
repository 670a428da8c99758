"""The labelled pictures of a run: shared out, decoded, changed, seen by a frozen network."""
