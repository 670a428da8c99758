"""An evaluation as one HTML file with its pictures: to be read offline, kept and handed on."""
