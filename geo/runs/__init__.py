"""Runs beside runs: what changes if …, between two runs, when one is repeated, and until when one holds."""
