"""The product: ReferenceIndex.within_each, all limits of a group of features at once, about the same Places for all rules."""

import json
import pickle
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import shapely

from geo.index import Places, ReferenceIndex, engine

work, answer = Path(sys.argv[1]), Path(sys.argv[2])
asked = json.loads((work / "questions.json").read_text())
shapes = {
    name: shapely.from_wkb(held) for name, held in pickle.loads((work / "drawn.pickle").read_bytes()).items()
}
sites = shapely.points(np.load(work / "points.npy"))
assert engine() == "compiled"
begin = time.perf_counter()
indexes = {}
for q in asked:
    key = (q["layer"], *q["rows"])
    indexes.setdefault(key, ReferenceIndex(shapes[q["layer"]][q["rows"]]))
with ThreadPoolExecutor(2) as threads:
    list(threads.map(lambda q: indexes[(q["layer"], *q["rows"])].prepare(q["limit_m"]), asked))
for q in asked:
    indexes[(q["layer"], *q["rows"])].within(sites[:10], q["limit_m"])
prepared = time.perf_counter()
places = Places(sites)
found = np.empty((len(asked), len(places)), dtype=bool)
numbers = {}
for number, q in enumerate(asked):
    numbers.setdefault((q["layer"], *q["rows"]), []).append(number)
for key, own in numbers.items():
    answers = indexes[key].within_each(places, [asked[number]["limit_m"] for number in own])
    for number, answer_of in zip(own, answers, strict=True):
        found[number] = answer_of
seconds = time.perf_counter() - prepared
with answer.open("wb") as file:
    np.save(file, np.packbits(found, axis=1))
print(json.dumps({"seconds": seconds, "prepare_s": prepared - begin}))
