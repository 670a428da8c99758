"""ImageNet and its challenge: what is on record of them, and the arithmetic of how they counted."""
