"""SedonaDB: a spatial join with the pieces of each rule, two threads."""

import json
import os
import pickle
import sys
import time
from pathlib import Path

os.environ["TOKIO_WORKER_THREADS"] = "2"

import geopandas as gpd
import numpy as np
import sedona.db
import shapely

work, answer = Path(sys.argv[1]), Path(sys.argv[2])
db = sedona.db.connect()
pieces = pickle.loads((work / "pieces.pickle").read_bytes())
asked = json.loads((work / "questions.json").read_text())
xy = np.load(work / "points_m.npy")
begin = time.perf_counter()
places = gpd.GeoDataFrame({"id": np.arange(len(xy))}, geometry=shapely.points(xy))
db.create_data_frame(places).to_memtable().to_view("places")
shapes = {name: (np.array(owner), shapely.from_wkb(parts)) for name, (owner, parts) in pieces.items()}
for number, q in enumerate(asked):
    owner, parts = shapes[q["layer"]]
    own = gpd.GeoDataFrame({}, geometry=parts[np.isin(owner, q["rows"])])
    db.create_data_frame(own).to_memtable().to_view(f"r{number}")
prepared = time.perf_counter()
found = np.zeros((len(asked), len(xy)), dtype=bool)
for number, q in enumerate(asked):
    one, other = "places.geometry", f"r{number}.geometry"
    test = (
        f"ST_Intersects({one}, {other})"
        if q["limit_m"] == 0
        else f"ST_DWithin({one}, {other}, {q['limit_m']})"
    )
    ids = db.sql(f"SELECT places.id FROM places JOIN r{number} ON {test}").to_pandas()["id"]
    found[number, ids.to_numpy()] = True
seconds = time.perf_counter() - prepared
with answer.open("wb") as file:
    np.save(file, np.packbits(found, axis=1))
print(json.dumps({"seconds": seconds, "prepare_s": prepared - begin}))
