"""gdal_proximity: burn, then GDAL's own raster of distances. For Debian's Python, which has osgeo."""

import json
import sys
import time
from pathlib import Path

import numpy as np
from osgeo import gdal, ogr, osr

gdal.UseExceptions()
CELL_M = 30.0
folder, answer = Path(sys.argv[1]), Path(sys.argv[2])
work = json.loads((folder / "work.json").read_text())
systems = []
for code in ("EPSG:4490", work["metric_crs"]):
    system = osr.SpatialReference()
    system.SetFromUserInput(code)
    system.SetAxisMappingStrategy(osr.OAMS_TRADITIONAL_GIS_ORDER)
    systems.append(system)
carry = osr.CoordinateTransformation(*systems)
source = ogr.GetDriverByName("Memory").CreateDataSource("rivers")
layer = source.CreateLayer("rivers", systems[1], ogr.wkbLineString)
for line in (folder / "rivers.wkb").read_text(encoding="ascii").split():
    feature, shape = ogr.Feature(layer.GetLayerDefn()), ogr.CreateGeometryFromWkb(bytes.fromhex(line))
    shape.Transform(carry)
    feature.SetGeometry(shape)
    layer.CreateFeature(feature)
outline = ogr.CreateGeometryFromWkt(
    "LINESTRING ({west} {south}, {east} {south}, {east} {north}, {west} {north}, {west} {south})".format(
        **work
    )
)
outline.Segmentize(0.1)
outline.Transform(carry)
west, east, south, north = outline.GetEnvelope()
columns, rows = int(np.ceil((east - west) / CELL_M)), int(np.ceil((north - south) / CELL_M))
transform = [CELL_M, 0, west, 0, -CELL_M, north]
began, cpu = time.perf_counter(), time.process_time()
memory = gdal.GetDriverByName("MEM")
burned = memory.Create("", columns, rows, 1, gdal.GDT_Byte)
burned.SetGeoTransform((west, CELL_M, 0, north, 0, -CELL_M))
burned.SetProjection(systems[1].ExportToWkt())
gdal.RasterizeLayer(burned, [1], layer, burn_values=[1], options=["ALL_TOUCHED=TRUE"])
metres = memory.Create("", columns, rows, 1, gdal.GDT_Float32)
gdal.ComputeProximity(burned.GetRasterBand(1), metres.GetRasterBand(1), ["DISTUNITS=PIXEL", "VALUES=1"])
found = metres.GetRasterBand(1).ReadAsArray() * np.float32(CELL_M)
took = {"seconds": time.perf_counter() - began, "cpu_s": time.process_time() - cpu}
with answer.open("wb") as file:
    np.save(file, found)
answer.with_suffix(".json").write_text(json.dumps({"crs": work["metric_crs"], "transform": transform}))
print(json.dumps(took))
