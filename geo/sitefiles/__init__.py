"""Site lists as planners have them: every kind of file to raw rows, and a row to a footprint."""
