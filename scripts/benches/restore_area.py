"""One turn of the benchmark ``restore``: plan the divisions of the environment variable ``ADCODES``."""

from __future__ import annotations

import json
import os
import shutil
import sys
import time
from datetime import date
from pathlib import Path

from geo import load_layers, load_rulebook, starter_folder
from geo.restoration.indicators import measure_indicators
from geo.restoration.plan import RestorationOptions, plan_restoration
from geo.space import area_m2

_COVER = """
  - key: cover-10m
    theme: landcover
    path: {path}
    classes: worldcover
    accuracy_m: 0
    source: seeded
    licence: none
"""


def main(work: Path) -> None:
    """Plan, and say how long it took."""
    own = work / f"layers{os.getpid()}"
    shutil.copytree(starter_folder(), own)
    manifest = own / "manifest.yaml"
    text = manifest.read_text(encoding="utf-8") + _COVER.format(path=work / "cover.tif")
    manifest.write_text(text, encoding="utf-8")
    book, catalog = load_rulebook(), load_layers(manifest)
    codes = tuple(os.environ["ADCODES"].split(","))
    area = catalog.area_of(codes)
    start = time.perf_counter()
    options = RestorationOptions(adcodes=codes, indicators=False)
    found = plan_restoration(book, catalog, date(2026, 1, 1), options=options)
    seconds = time.perf_counter() - start
    start = time.perf_counter()
    measure_indicators(
        book, catalog, date(2026, 1, 1), codes
    )  # over whole cities, whatever part is asked for
    targets_s = time.perf_counter() - start
    shutil.rmtree(own)
    strips, km2 = float(found.strips["area_ha"].sum()), float(area_m2([area])[0]) / 1e6
    said = {"seconds": seconds, "targets_s": targets_s, "strips_ha": strips, "km2": km2}
    print(json.dumps({**said, "pieces": len(found.strip_cover)}))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
