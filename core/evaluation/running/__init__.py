"""A model asked about every picture of a data set: a long job that can stop and go on."""
