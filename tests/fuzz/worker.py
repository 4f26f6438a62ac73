"""One process that spoils files of one reader until its time is up: ``python -m fuzz.worker READER SEED SECONDS FOLDER``.

Each input lies in ``FOLDER/current`` while it is tried, so that a crash of the process itself leaves it behind. What
fails is kept in the folder under the hash of where it failed. The last line printed is a JSON of the counts.
"""

from __future__ import annotations

import hashlib
import json
import sys
import time
import traceback
from collections import Counter
from pathlib import Path
from random import Random

from fuzz.readers import READERS, Reader


def work(reader: Reader, seed: int, seconds: float, folder: Path) -> dict[str, int]:
    """Try inputs made from ``seed`` and the numbers after it; counts by what became of them."""
    counts: Counter[str] = Counter()
    for content in reader.seeds:  # what is only made once is no part of an input's time
        reader.outcome(content, alarmed=False)
    until = time.monotonic() + seconds
    number = 0
    while time.monotonic() < until:
        content = reader.candidate(Random(f"{reader.name}/{seed}/{number}"))
        (folder / "current").write_bytes(content)
        try:
            counts[reader.outcome(content)] += 1
        except KeyboardInterrupt:
            raise
        except BaseException as error:  # a hang is none of Exception's kinds
            counts["failed"] += 1
            keep(reader, content, error, folder)
        number += 1
    (folder / "current").unlink(missing_ok=True)
    return dict(counts)


def keep(reader: Reader, content: bytes, error: BaseException, folder: Path) -> None:
    """Keep an input that failed, once for each place in the code, with the traceback beside it."""
    own = [f for f in traceback.extract_tb(error.__traceback__) if "site-packages" not in f.filename]
    place = (
        f"{type(error).__name__} {Path(own[-1].filename).name}:{own[-1].lineno} {str(error)[:60]}"
        if own
        else "?"
    )
    name = f"{reader.name.replace(' ', '-')}-{hashlib.sha256(place.encode()).hexdigest()[:10]}"
    target = folder / f"{name}.{reader.suffix}"
    if not target.exists():
        target.write_bytes(content)
        told = "".join(traceback.format_exception(error))
        target.with_suffix(".traceback").write_text(told, encoding="utf-8", errors="backslashreplace")


if __name__ == "__main__":
    _, name, seed, seconds, folder = sys.argv
    print(json.dumps(work(READERS[name], int(seed), float(seconds), Path(folder))))
