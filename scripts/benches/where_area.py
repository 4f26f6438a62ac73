"""One turn of the benchmark ``where``: paint the divisions ``ADCODES`` in cells of ``CELL_M`` metres for ``INDUSTRY``."""

from __future__ import annotations

import json
import os
import sys
import time
from datetime import date
from pathlib import Path

from geo import load_layers, load_rulebook, starter_folder
from geo.availability.area import find_area
from geo.availability.screening import Setting
from geo.availability.use import stated_use
from geo.writers.availability_raster import write_cells


def main(work: Path) -> None:
    """Paint, and say how long it took."""
    setting = Setting(load_rulebook(), load_layers(starter_folder()), date(2026, 1, 1), 0.95)
    use = stated_use(os.environ["INDUSTRY"], "new")
    area = find_area(setting.catalog, (), os.environ["ADCODES"].split(","), (), ())
    metres = float(os.environ["CELL_M"])
    start = time.perf_counter()
    said = write_cells(use, area, setting, work / f"out{os.getpid()}", metres, {})
    seconds = time.perf_counter() - start
    hectares = float(said["area_ha"].sum())
    rules = setting.scope(use.sites(area.geometry.to_numpy())).rules["rule_id"].nunique()
    cells = hectares * 10_000 / metres**2
    print(json.dumps({"seconds": seconds, "cells": cells, "kinds": len(said), "rules": rules}))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
