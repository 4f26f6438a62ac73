"""Layers of the project out to a file that the command reads, and its results back in with their styles."""

import sqlite3
from pathlib import Path

from qgis.core import (
    QgsFeatureRequest,
    QgsField,
    QgsProcessingContext,
    QgsProcessingException,
    QgsRasterLayer,
    QgsVectorFileWriter,
    QgsVectorLayer,
)
from qgis.PyQt.QtCore import QVariant

#: Drawn from the ground up; what is not named lies between.
_LOW = (
    "counties",
    "availability",
    "cities",
    "lakes",
    "rivers",
    "places",
    "zones",
    "references",
    "reference_points",
)
_HIGH = ("site_areas", "site_lines", "sites")
#: Bookkeeping of a GeoPackage, not results.
_NOT_RESULTS = ("layer_styles", "qgis_projects")


def write_sites(source, folder, context, feedback):
    """The features of a source (only the selected ones, if the user says so) as a GeoPackage with their fields."""
    if source is None or source.featureCount() == 0:
        raise QgsProcessingException("场地图层里没有要素；请选一个有要素的图层")
    layer = source.materialize(QgsFeatureRequest(), feedback)
    path = str(Path(folder) / "sites.gpkg")
    options = QgsVectorFileWriter.SaveVectorOptions()
    options.driverName = "GPKG"
    options.layerName = "sites"
    # the number that a GeoPackage gives its rows is none of the user's; a field of that name would be in its way
    options.attributes = [
        number
        for number, field in enumerate(layer.fields())
        if field.name().lower() not in ("fid", "ogc_fid")
    ]
    result = QgsVectorFileWriter.writeAsVectorFormatV3(layer, path, context.transformContext(), options)
    if result[0] != QgsVectorFileWriter.NoError:
        raise QgsProcessingException(f"场地图层写不出：{result[1]}")
    return path


def fresh_folder(stated):
    """A folder that does not exist yet: the one asked for, or a numbered one in it where it does."""
    asked = Path(stated)
    if not asked.exists():
        asked.parent.mkdir(parents=True, exist_ok=True)
        return str(asked)
    number = 1
    while (asked / f"研判{number}").exists():
        number += 1
    return str(asked / f"研判{number}")


def load_results(folder, context):
    """Load the layers of a run with the styles stored in them; returns their ids, lowest first."""
    loaded = []
    for path in sorted(Path(folder).iterdir()):
        if path.suffix == ".gpkg":
            loaded += _vectors(str(path))
        elif path.suffix == ".tif":
            loaded.append((path.name, QgsRasterLayer(str(path), path.stem)))
    ids = []
    for _, layer in sorted(loaded, key=lambda pair: _rank(pair[0])):
        if layer.isValid():
            context.temporaryLayerStore().addMapLayer(layer)
            details = QgsProcessingContext.LayerDetails(layer.name(), context.project(), layer.name())
            context.addLayerToLoadOnCompletion(layer.id(), details)
            ids.append(layer.id())
    return ids


def _vectors(path):
    probe = QgsVectorLayer(path, "probe", "ogr")
    found = []
    for entry in probe.dataProvider().subLayers() if probe.isValid() else []:
        table = entry.split("!!::!!")[1]
        if table in _NOT_RESULTS:
            continue
        layer = QgsVectorLayer(f"{path}|layername={table}", table, "ogr")
        if layer.isValid() and layer.isSpatial() and layer.featureCount() > 0:
            layer.setName(_title(path, table))
            found.append((table, layer))
    return found


def _title(path, table):
    """The Chinese title that the GeoPackage gives a table."""
    with sqlite3.connect(f"file:{path}?mode=ro", uri=True) as file:
        row = file.execute("SELECT identifier FROM gpkg_contents WHERE table_name = ?", (table,)).fetchone()
    return row[0] if row and row[0] else table


def _rank(table):
    if table.endswith(".tif"):
        return len(_LOW) - 0.5
    if table in _LOW:
        return _LOW.index(table)
    return 100 + _HIGH.index(table) if table in _HIGH else 50


def text_field(name):
    """A field of text."""
    return QgsField(name, QVariant.String)
