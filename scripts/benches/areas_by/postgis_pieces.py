"""PostGIS: pieces of the zones with a spatial index, intersections summed up, two processes."""

import json
import pickle
import sys
import time
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
from benches.postgis_server import postgis

work, answer = Path(sys.argv[1]), Path(sys.argv[2])
flat = pickle.loads((work / "flat.pickle").read_bytes())
with postgis() as database:
    version = database.execute("SELECT postgis_lib_version()").fetchone()[0]
    begin = time.perf_counter()
    for table, owners, shapes in (
        ("sites", range(len(flat["sites"])), flat["sites"]),
        ("pieces", flat["owner"], flat["pieces"]),
    ):
        database.execute(f"CREATE TABLE {table} (id integer, geom geometry)")
        with (
            database.cursor() as cursor,
            cursor.copy(f"COPY {table} (id, geom) FROM STDIN") as copy,
        ):
            for owner, shape in zip(owners, shapes, strict=True):
                copy.write_row((int(owner), shape.hex()))
        database.execute(f"CREATE INDEX ON {table} USING gist (geom)")
    database.execute("VACUUM ANALYZE")
    prepared = time.perf_counter()
    rows = database.execute(
        "SELECT s.id, p.id, sum(ST_Area(ST_Intersection(s.geom, p.geom))) "
        "FROM sites s JOIN pieces p ON ST_Intersects(s.geom, p.geom) GROUP BY s.id, p.id"
    ).fetchall()
    seconds = time.perf_counter() - prepared
    found = np.zeros((len(flat["sites"]), len(flat["zones"])))
    for site, zone, area in rows:
        found[site, zone] = area
with answer.open("wb") as file:
    np.save(file, found)
print(json.dumps({"seconds": seconds, "prepare_s": prepared - begin, "versions": f"PostGIS {version}"}))
