"""Is it the model that is wrong, or the label? Reassessed labels, and labels to look at again."""
