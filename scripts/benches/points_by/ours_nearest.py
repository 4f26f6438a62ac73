"""The product: ReferenceIndex.nearest of the same Places, without any limit."""

import json
import os
import pickle
import sys
import time
from pathlib import Path

import numpy as np
import shapely

from geo.index import Places, ReferenceIndex, engine

work, answer = Path(sys.argv[1]), Path(sys.argv[2])
drawn = pickle.loads((work / "drawn.pickle").read_bytes())
sites = shapely.points(np.load(work / "points.npy"))
assert engine() == "compiled"
begin = time.perf_counter()
indexes = [ReferenceIndex(shapely.from_wkb(drawn[name])) for name in ("rivers", "areas")]
for index in indexes:
    index.nearest(sites[:100])
prepared = time.perf_counter()
places = Places(sites[: int(os.environ["COUNT"])])
found = np.array([index.nearest(places).distance_m for index in indexes])
seconds = time.perf_counter() - prepared
with answer.open("wb") as file:
    np.save(file, found)
print(json.dumps({"seconds": seconds, "prepare_s": prepared - begin}))
