"""GeoPandas, alone or by dask-geopandas: as tutorials do it. Fewer places (COUNT), told scaled."""

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
count = int(os.environ["COUNT"])
asked = json.loads((work / "questions.json").read_text())
xy = np.load(work / "points_m.npy")[:count]
places = gpd.GeoDataFrame({"id": np.arange(len(xy))}, geometry=shapely.points(xy))
found = np.zeros((len(asked), len(xy)), dtype=bool)
begin = time.perf_counter()
if os.environ["HOW"] == "buffer":
    kept = work / "buffers.pickle"  # drawing them takes minutes: once for all turns
    if not kept.exists():
        whole = {
            name: shapely.from_wkb(held)
            for name, held in pickle.loads((work / "whole.pickle").read_bytes()).items()
        }
        zones = []
        for q in asked:
            own = gpd.GeoSeries(whole[q["layer"]][q["rows"]])
            zones.append(shapely.to_wkb((own.buffer(q["limit_m"]) if q["limit_m"] else own).union_all()))
        kept.write_bytes(pickle.dumps((zones, time.perf_counter() - begin)))
    zones, took = pickle.loads(kept.read_bytes())
    frames = [gpd.GeoDataFrame({}, geometry=[shapely.from_wkb(zone)]) for zone in zones]
    prepare_s, prepared = took, time.perf_counter()
    for number, frame in enumerate(frames):
        found[number, gpd.sjoin(places, frame)["id"]] = True
else:
    import dask
    import dask_geopandas

    pieces = {
        name: (np.array(owner), shapely.from_wkb(parts))
        for name, (owner, parts) in pickle.loads((work / "pieces.pickle").read_bytes()).items()
    }
    frames = []
    for q in asked:
        owner, parts = pieces[q["layer"]]
        frames.append(gpd.GeoDataFrame({}, geometry=parts[np.isin(owner, q["rows"])]))
        frames[-1].sindex  # noqa: B018
    parted = dask_geopandas.from_geopandas(places, npartitions=2)
    prepared = time.perf_counter()
    prepare_s = prepared - begin

    def join(own: gpd.GeoDataFrame, frame: gpd.GeoDataFrame, limit: float) -> gpd.GeoDataFrame:
        if limit == 0:
            return gpd.sjoin(own, frame)[["id"]]
        return gpd.sjoin(own, frame, predicate="dwithin", distance=limit)[["id"]]

    tasks = [
        parted.map_partitions(join, frame, q["limit_m"], meta={"id": "int64"})
        for q, frame in zip(asked, frames, strict=True)
    ]
    with dask.config.set(scheduler="threads", num_workers=2):
        for number, ids in enumerate(dask.compute(*tasks)):
            found[number, ids["id"]] = True
seconds = time.perf_counter() - prepared
with answer.open("wb") as file:
    np.save(file, np.packbits(found, axis=1))
print(json.dumps({"seconds": seconds, "prepare_s": prepare_s}))
