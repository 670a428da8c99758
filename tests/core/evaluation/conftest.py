"""No deadline for single examples: the first may read the catalogue or import scikit-learn."""

from hypothesis import settings

settings.register_profile("patient", deadline=None)
settings.load_profile("patient")
