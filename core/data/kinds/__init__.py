"""The kinds of data sets, by how their pictures are stored."""
