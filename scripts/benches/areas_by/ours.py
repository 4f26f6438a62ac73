"""The product: ReferenceIndex.common_m2 of the same Places, zone by zone."""

import json
import pickle
import sys
import time
from pathlib import Path

import numpy as np
import shapely

from geo.index import Places, ReferenceIndex, engine

work, answer = Path(sys.argv[1]), Path(sys.argv[2])
drawn = pickle.loads((work / "drawn.pickle").read_bytes())
sites = shapely.from_wkb(drawn["sites"])
assert engine() == "compiled"
begin = time.perf_counter()
indexes = [ReferenceIndex(zone) for zone in map(shapely.from_wkb, drawn["zones"])]
for index in indexes:  # a small plot on the border: whatever is built once is built now
    x, y = shapely.get_coordinates(index.geometries[0])[0]
    assert index.common_m2(np.array([shapely.box(x - 0.001, y - 0.001, x + 0.001, y + 0.001)]))[0] > 0
prepared = time.perf_counter()
places = Places(sites)
found = [index.common_m2(places) for index in indexes]
seconds = time.perf_counter() - prepared
with answer.open("wb") as file:
    np.save(file, np.array(found).T)
print(json.dumps({"seconds": seconds, "prepare_s": prepared - begin}))
