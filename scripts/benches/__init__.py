"""Benchmarks, each a module with ``run``; and what they share: taking turns, other tools, results."""
