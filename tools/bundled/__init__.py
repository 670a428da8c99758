"""The bundled model: from the run that trained it to all that is shipped of it."""
