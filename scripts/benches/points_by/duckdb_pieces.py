"""DuckDB spatial: a spatial join with the pieces of each rule, two threads; the extension comes from its package."""

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
pieces = pickle.loads((work / "pieces.pickle").read_bytes())
asked = json.loads((work / "questions.json").read_text())
xy = np.load(work / "points_m.npy")
begin = time.perf_counter()
held = pa.table({"id": np.arange(len(xy)), "x": xy[:, 0].copy(), "y": xy[:, 1].copy()})
db.execute("CREATE TABLE places AS SELECT id, ST_Point(x, y) AS geom FROM held")
db.execute("CREATE TABLE pieces (layer VARCHAR, owner INTEGER, wkb BLOB)")

for layer, (owner, parts) in pieces.items():
    told = pa.table(
        {
            "layer": [layer] * len(owner),
            "owner": pa.array(owner, pa.int32()),
            "wkb": pa.array(parts, pa.binary()),
        }
    )
    db.execute("INSERT INTO pieces SELECT * FROM told")
for number, q in enumerate(asked):
    rows = ",".join(map(str, q["rows"]))
    db.execute(
        f"CREATE TABLE r{number} AS SELECT ST_GeomFromWKB(wkb) AS geom FROM pieces "
        f"WHERE layer = '{q['layer']}' AND owner IN ({rows})"
    )
prepared = time.perf_counter()
found = np.zeros((len(asked), len(xy)), dtype=bool)
for number, q in enumerate(asked):
    test = (
        "ST_Intersects(p.geom, r.geom)"
        if q["limit_m"] == 0
        else f"ST_DWithin(p.geom, r.geom, {q['limit_m']})"
    )
    ids = db.execute(f"SELECT p.id FROM places p JOIN r{number} r ON {test}").fetchnumpy()["id"]
    found[number, ids] = True
seconds = time.perf_counter() - prepared
with answer.open("wb") as file:
    np.save(file, np.packbits(found, axis=1))
print(
    json.dumps(
        {"seconds": seconds, "prepare_s": prepared - begin, "versions": f"duckdb {duckdb.__version__}"}
    )
)
