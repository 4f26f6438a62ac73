"""PostGIS: pieces of each rule with a spatial index, ST_DWithin in a plane, two processes. Fewer places (COUNT), told scaled."""

import json
import os
import pickle
import sys
import time
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
from benches.postgis_server import postgis

work, answer = Path(sys.argv[1]), Path(sys.argv[2])
pieces = pickle.loads((work / "pieces.pickle").read_bytes())
asked = json.loads((work / "questions.json").read_text())
xy = np.load(work / "points_m.npy")[: int(os.environ["COUNT"])]
with postgis() as database:
    version = database.execute("SELECT postgis_lib_version()").fetchone()[0]
    begin = time.perf_counter()
    database.execute("CREATE TABLE places (id integer, geom geometry)")
    with (
        database.cursor() as cursor,
        cursor.copy("COPY places (id, geom) FROM STDIN") as copy,
    ):
        for number, (x, y) in enumerate(xy.tolist()):
            copy.write_row((number, f"POINT({x!r} {y!r})"))
    database.execute("CREATE INDEX ON places USING gist (geom)")
    database.execute("CREATE TABLE pieces (layer text, owner integer, geom geometry)")
    with (
        database.cursor() as cursor,
        cursor.copy("COPY pieces (layer, owner, geom) FROM STDIN") as copy,
    ):
        for layer, (owner, parts) in pieces.items():
            for row, part in zip(owner, parts, strict=True):
                copy.write_row((layer, int(row), part.hex()))
    for number, q in enumerate(asked):
        rows = ",".join(map(str, q["rows"]))
        database.execute(
            f"CREATE TABLE r{number} AS SELECT geom FROM pieces WHERE layer = '{q['layer']}' AND owner IN ({rows})"
        )
        database.execute(f"CREATE INDEX ON r{number} USING gist (geom)")
    database.execute("VACUUM ANALYZE")
    prepared = time.perf_counter()
    found = np.zeros((len(asked), len(xy)), dtype=bool)
    for number, q in enumerate(asked):
        test = (
            "ST_Intersects(p.geom, r.geom)"
            if q["limit_m"] == 0
            else f"ST_DWithin(p.geom, r.geom, {q['limit_m']})"
        )
        rows = database.execute(f"SELECT p.id FROM places p JOIN r{number} r ON {test}").fetchall()
        found[number, [row[0] for row in rows]] = True
    seconds = time.perf_counter() - prepared
with answer.open("wb") as file:
    np.save(file, np.packbits(found, axis=1))
print(json.dumps({"seconds": seconds, "prepare_s": prepared - begin, "versions": f"PostGIS {version}"}))
