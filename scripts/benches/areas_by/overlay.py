"""GeoPandas: overlay of polygons and whole zones. Fewer polygons (COUNT), told scaled."""

import json
import os
import pickle
import sys
import time
from pathlib import Path

import geopandas as gpd
import numpy as np
import shapely

work, answer = Path(sys.argv[1]), Path(sys.argv[2])
flat = pickle.loads((work / "flat.pickle").read_bytes())
count = int(os.environ["COUNT"])
sites = gpd.GeoDataFrame({"id": np.arange(count)}, geometry=shapely.from_wkb(flat["sites"][:count]))
zones = gpd.GeoDataFrame({"owner": np.arange(len(flat["zones"]))}, geometry=shapely.from_wkb(flat["zones"]))
begin = time.perf_counter()
common = gpd.overlay(sites, zones, how="intersection")
areas = common.area.to_numpy()
seconds = time.perf_counter() - begin
found = np.zeros((count, len(zones)))
np.add.at(found, (common["id"].to_numpy(), common["owner"].to_numpy()), areas)
with answer.open("wb") as file:
    np.save(file, found)
print(json.dumps({"seconds": seconds, "prepare_s": 0.0}))
