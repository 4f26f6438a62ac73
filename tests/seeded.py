"""The seeded parcels of the benchmarks, for tests."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "scripts"))

from benches.parcels import parcels

__all__ = ["parcels"]
