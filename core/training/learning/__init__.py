"""Teaching a network, step by step; `loop.train` is the part that can be put on a slide."""
