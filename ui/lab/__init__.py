"""The CNN lab: station.py is the frame of every station, and each has a file of its own."""
