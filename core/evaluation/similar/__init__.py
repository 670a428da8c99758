"""Pictures that a network finds alike: nearest neighbours, and near duplicates."""
