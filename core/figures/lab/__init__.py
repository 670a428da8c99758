"""The figures of the CNN lab, a file for each station that draws some."""
