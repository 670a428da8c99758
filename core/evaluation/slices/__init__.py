"""On which pictures is a model worse: measurable properties of pictures, and slices by them."""
