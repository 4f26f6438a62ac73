"""atlite's ExclusionContainer: geometries with a buffer, cells of 30 m, one shape over all of the work.

From files: of geometries in memory it forgets the buffer (``all_open`` holds at once, so ``open_files``, which draws buffers, is never called).
"""

import sys
from pathlib import Path

import geopandas as gpd
import numpy as np
import shapely
from atlite.gis import ExclusionContainer, shape_availability
from metric import Clock, load, tell

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
free, where = shape_availability(gpd.GeoSeries([box], crs=crs), container)
took = clock.read()
np.save(answer.with_suffix(".npy"), (np.asarray(free) == 0).astype(np.uint8))
answer.with_suffix(".npy").rename(answer)
tell(answer, crs, list(where)[:6], took)
