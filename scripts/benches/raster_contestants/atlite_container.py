"""atlite's ExclusionContainer: geometries with a buffer, cells of 30 m; one shape over all of the work (HOW=whole), or county by county (HOW=counties),
as its matrix of availability asks it for shapes.

From files: of geometries in memory it forgets the buffer (``all_open`` holds at once, so ``open_files``, which draws buffers, is never called).
"""

import os
import sys
from pathlib import Path

import geopandas as gpd
import numpy as np
import shapely
from atlite.gis import ExclusionContainer, shape_availability
from metric import Clock, load, shapes_of, tell

folder, answer = Path(sys.argv[1]), Path(sys.argv[2])
work, shapes, transform, shape = load(folder)
crs, (rows, columns) = work["metric_crs"], shape
west, north = transform[2], transform[5]
box = shapely.box(west, north - rows * transform[0], west + columns * transform[0], north)
names = {}
for name, held in shapes.items():
    names[name] = folder / f"{name}_metric.fgb"
    if not names[name].exists():
        gpd.GeoDataFrame(geometry=held, crs=crs).to_file(names[name], driver="FlatGeobuf")
clock = Clock()
container = ExclusionContainer(crs=crs, res=transform[0])
container.add_geometry(str(names["rivers"]), buffer=work["river_m"])
container.add_geometry(str(names["polygons"]), buffer=work["polygon_m"])
if os.environ["HOW"] == "whole":
    free, where = shape_availability(gpd.GeoSeries([box], crs=crs), container)
    found, transform = (np.asarray(free) == 0).astype(np.uint8), list(where)[:6]
else:
    found = np.ones(shape, dtype=np.uint8)
    # its windows begin at multiples of the cell
    cell = transform[0]
    transform = [cell, 0, west // cell * cell, 0, -cell, -(-north // cell) * cell]
    for county in shapes_of(folder, "counties"):
        own = shapely.intersection(county, box)
        if own.is_empty:
            continue
        free, where = shape_availability(gpd.GeoSeries([own], crs=crs), container)
        row, column = round((transform[5] - where.f) / cell), round((where.c - transform[2]) / cell)
        top, left = max(0, -row), max(0, -column)
        part = np.asarray(free)[top : rows - row, left : columns - column]
        into = found[row + top : row + top + part.shape[0], column + left : column + left + part.shape[1]]
        into[part > 0] = 0
took = clock.read()
np.save(answer.with_suffix(".npy"), found)
answer.with_suffix(".npy").rename(answer)
tell(answer, crs, transform, took)
