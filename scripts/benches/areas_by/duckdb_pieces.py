"""DuckDB spatial: a spatial join with the pieces of the zones, intersections summed up, two threads."""

import json
import pickle
import sys
import time
from pathlib import Path

import duckdb
import duckdb_extension_spatial
import numpy as np
import pyarrow as pa

work, answer = Path(sys.argv[1]), Path(sys.argv[2])
extension = next(Path(duckdb_extension_spatial.__file__).parent.rglob("*.duckdb_extension"))
db = duckdb.connect(config={"allow_unsigned_extensions": "true", "threads": 2})
db.execute(f"LOAD '{extension}'")
flat = pickle.loads((work / "flat.pickle").read_bytes())
begin = time.perf_counter()
held = pa.table({"id": np.arange(len(flat["sites"])), "wkb": pa.array(flat["sites"], pa.binary())})
told = pa.table({"owner": pa.array(flat["owner"], pa.int32()), "wkb": pa.array(flat["pieces"], pa.binary())})
db.execute("CREATE TABLE sites AS SELECT id, ST_GeomFromWKB(wkb) AS geom FROM held")
db.execute("CREATE TABLE pieces AS SELECT owner, ST_GeomFromWKB(wkb) AS geom FROM told")
prepared = time.perf_counter()
rows = db.execute(
    "SELECT s.id, p.owner, sum(ST_Area(ST_Intersection(s.geom, p.geom))) AS area "
    "FROM sites s JOIN pieces p ON ST_Intersects(s.geom, p.geom) GROUP BY s.id, p.owner"
).fetchnumpy()
seconds = time.perf_counter() - prepared
found = np.zeros((len(flat["sites"]), len(flat["zones"])))
found[rows["id"], rows["owner"]] = rows["area"]
with answer.open("wb") as file:
    np.save(file, found)
print(
    json.dumps(
        {"seconds": seconds, "prepare_s": prepared - begin, "versions": f"duckdb {duckdb.__version__}"}
    )
)
