"""Real QGIS opens the GeoPackage of a run: every layer valid, nothing empty that should not be, Chinese intact."""

from __future__ import annotations

import json
import os
import subprocess
from datetime import date
from pathlib import Path

import pytest

from geo import assess, load_layers, load_rulebook, read_sites, starter_folder
from geo.writers import write_run
from geo.writers.outputs import Outputs

_PYTHON = "/usr/bin/python3"  # the interpreter that Debian's python3-qgis belongs to
_SCRIPT = """
import json, os, sys
from qgis.core import QgsApplication, QgsProviderRegistry, QgsVectorLayer
QgsApplication.setPrefixPath("/usr", True)
application = QgsApplication([], False)
application.initQgis()
found = []
for sub in QgsProviderRegistry.instance().querySublayers(sys.argv[1]):
    layer = QgsVectorLayer(sub.uri(), sub.name(), "ogr")
    first = next(layer.getFeatures(), None)
    found.append({
        "name": sub.name(), "valid": layer.isValid(), "features": layer.featureCount(), "crs": layer.crs().authid(),
        "fields": [field.name() for field in layer.fields()],
        "first": {field.name(): str(first[field.name()]) for field in layer.fields()} if first else {},
    })
print(json.dumps(found), flush=True)
del layer, first
os._exit(0)  # QGIS may crash while it takes itself down: what counts is printed
"""


@pytest.fixture(scope="module")
def qgis() -> str:
    available = Path(_PYTHON).exists() and (
        subprocess.run([_PYTHON, "-c", "import qgis.core"], capture_output=True).returncode == 0
    )
    if not available:
        reason = "python3-qgis is not installed (Debian: apt-get install python3-qgis)"
        if os.environ.get("HONGXIAN_REQUIRE_QGIS") == "1":
            pytest.fail(reason)
        pytest.skip(reason)
    return _PYTHON


@pytest.mark.qgis
def test_qgis_opens_every_layer(qgis: str, tmp_path: Path) -> None:
    starter = starter_folder()
    sites = read_sites(starter / "example_sites.csv", starter / "example_sites.geojson")
    result = assess(load_rulebook(), load_layers(starter), sites, on=date(2026, 1, 1))
    run = write_run(result, tmp_path / "run", outputs=Outputs(report=False, figures=False))
    environment = {**os.environ, "QT_QPA_PLATFORM": "offscreen", "XDG_RUNTIME_DIR": str(tmp_path)}
    opened = subprocess.run(
        [qgis, "-c", _SCRIPT, str(run / "screening.gpkg")], env=environment, capture_output=True, text=True
    )
    assert opened.returncode == 0, opened.stderr
    layers = json.loads(opened.stdout.splitlines()[-1])
    assert all(layer["valid"] for layer in layers)
    held: dict[str, int] = {}
    for layer in layers:
        held[layer["name"]] = held.get(layer["name"], 0) + layer["features"]
    assert held["sites"] == 40
    assert held["findings"] == len(result.findings)
    assert held["zones"] > 20
    assert held["references"] > 10
    assert held["coverage"] == len(result.coverage)
    spatial = [layer for layer in layers if layer["name"] in ("sites", "zones", "references")]
    assert {layer["crs"] for layer in spatial} == {"EPSG:4490"}
    names = {layer["first"]["name"] for layer in layers if layer["name"] == "sites"}
    assert any("示例" in name for name in names)
