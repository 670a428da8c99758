"""No deadline for single examples: the first may build the search index."""

from hypothesis import settings

settings.register_profile("patient", deadline=None)
settings.load_profile("patient")
