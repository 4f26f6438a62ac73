"""Rasters of a run: constraints and distances cell by cell, treatment and priority painted from their shapes."""
