"""Hostile files: every reader, valid seeds, ways to spoil them, and what must hold whatever comes out."""
