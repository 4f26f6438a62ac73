"""Trees and planted ground kept in a folder, by what they were built from, and memory-mapped when read back.

A second run about the same large layer builds nothing, and processes on one machine share the pages. What is kept is found by
a hash of the segments themselves, so that a changed layer never meets an older tree; each is made aside and renamed whole.

>>> import tempfile
>>> kept = Kept(Path(tempfile.mkdtemp()))
>>> content = [np.arange(3.0)]
>>> for _ in range(2):
...     kept.arrays("doubled", content, lambda: print("made") or {"twice": 2 * content[0]})["twice"].tolist()
made
[0.0, 2.0, 4.0]
[0.0, 2.0, 4.0]
"""

from __future__ import annotations

import hashlib
import json
import shutil
import tempfile
import zlib
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

#: The folder of the cache that they lie in, and what changes with the form of what is kept.
KEPT_IN, _FORM = "hongxian-index-trees", "3"
#: No more than this many are kept: the ones made longest ago go.
_MOST = 64
Arrays = dict[str, npt.NDArray[Any]]


@dataclass(frozen=True)
class Kept:
    """A folder of arrays; where it cannot be written, all is built anew each time."""

    folder: Path

    def arrays(self, what: str, content: Iterable[npt.NDArray[Any]], make: Callable[[], Arrays]) -> Arrays:
        """The arrays that ``make`` makes of ``content``, from the folder if they are there."""
        digest = hashlib.blake2b(f"{_FORM} {what}".encode(), digest_size=16)
        for array in content:
            digest.update(f" {array.dtype} {array.shape} ".encode())
            digest.update(np.ascontiguousarray(array).tobytes())
        target = self.folder / digest.hexdigest()
        found = _mapped(target)
        if found is None:
            found = make()
            with suppress(OSError):
                self._store(target, found)
        return found

    def _store(self, target: Path, arrays: Arrays) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        aside = Path(tempfile.mkdtemp(dir=self.folder, prefix="."))
        try:
            for name, array in arrays.items():
                np.save(aside / f"{name}.npy", array)
            sums = {name: _sum(aside / f"{name}.npy") for name in arrays}
            (aside / "whole.json").write_text(json.dumps(sums), encoding="utf-8")
            if target.exists():  # damaged, or another process was quicker
                shutil.rmtree(target, ignore_errors=True)
            aside.rename(target)
        finally:
            shutil.rmtree(aside, ignore_errors=True)
        oldest = sorted(self.folder.glob("[!.]*"), key=lambda path: path.stat().st_mtime)[:-_MOST]
        for path in oldest:
            shutil.rmtree(path, ignore_errors=True)


def _mapped(folder: Path) -> Arrays | None:
    try:
        sums = json.loads((folder / "whole.json").read_text(encoding="utf-8"))
        if not sums or any(_sum(folder / f"{name}.npy") != held for name, held in sums.items()):
            return None  # a disk may damage what it holds, and compiled code trusts what it is given
        # of copy on write: compiled code takes it as it takes an array of its own
        return {name: np.asarray(np.load(folder / f"{name}.npy", mmap_mode="c")) for name in sums}
    except (OSError, ValueError, TypeError, AttributeError):
        return None


def _sum(path: Path) -> list[int]:
    """Size and checksum of a file."""
    size = total = 0
    with path.open("rb") as file:
        while block := file.read(1 << 22):
            size, total = size + len(block), zlib.crc32(block, total)
    return [size, total]
