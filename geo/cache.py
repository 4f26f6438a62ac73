"""The cache: features of large layers, converted and repaired once, read by place ever after.

It lies in the user's cache folder, never beside the data. An entry is a folder with ``features.fgb``
(FlatGeobuf: GDAL brings it, it finds any feature by number or place, and QGIS opens it; GeoParquet would need
pyarrow, and reads by row group), ``attributes.npz`` (attributes and boxes of all features) and
``about.json``. Its name is a hash of the source's content and of how the manifest reads it, so that a
changed file or entry never meets an old copy. Entries are made aside and renamed whole.

A disk may damage what it holds. Whatever is read of an entry is compared with a checksum of its own, feature by feature;
an entry that differs goes, and the source is read again.
"""

from __future__ import annotations

import hashlib
import io
import json
import os
import shutil
import tempfile
import time
import zlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio
import shapely

from geo.asides import aside
from geo.errors import LayerError, Problem
from geo.features import FeaturesInMemory
from geo.index.kept import KEPT_IN, Kept
from geo.index.pieces import Ints
from geo.space import Floats, Geometries

#: Sources smaller than this are read as they are: quick, and no copy of them lies about.
LARGE_BYTES = 16_000_000
#: Folders of the cache; no user's own bear these names, so that clearing removes nothing else.
_LAYERS, _SOURCES = "hongxian-layer-copies", "hongxian-source-hashes"
#: Changes with the form of the entries.
_FORM = 2
#: A file changed less than this before it was hashed (nanoseconds) may change again unseen by its times.
_SETTLED_NS = 2_000_000_000


def source_files(path: Path) -> list[Path]:
    """The files that a source consists of: of a Shapefile all its parts, of a geodatabase its folder.

    Whatever lies beside it under the same name counts (``.cpg``, ``-wal``): a part too many only makes the
    layer be read anew.
    """
    if path.is_dir():
        return sorted(p for p in path.rglob("*") if p.is_file() and p.suffix != ".lock")
    if path.suffix.lower() == ".shp":
        return sorted(p for p in path.parent.iterdir() if p.stem == path.stem and p.is_file())
    return sorted(p for p in [path, *(Path(f"{path}{end}") for end in ("-wal", "-journal"))] if p.is_file())


def is_large(path: Path, from_bytes: int = LARGE_BYTES) -> bool:
    """Whether a source is one that is kept in the cache."""
    return sum(part.stat().st_size for part in source_files(path)) >= from_bytes


@dataclass(frozen=True)
class Entry:
    """One layer in the cache."""

    folder: Path
    about: Mapping[str, Any]

    @property
    def size(self) -> int:
        """Bytes on disk."""
        return sum(part.stat().st_size for part in self.folder.iterdir())


class CachedFeatures:
    """The features of an entry (:class:`~geo.features.Features`); shapes are read when asked for.

    ``again`` reads the source anew: what is done where the shapes of the entry prove damaged.
    """

    def __init__(
        self, entry: Entry, arrays: Mapping[str, np.ndarray], again: Callable[[], gpd.GeoDataFrame]
    ) -> None:
        self._entry, self._arrays, self._again = entry, arrays, again

    @property
    def log(self) -> list[dict[str, Any]]:
        """Every repair and drop of the conversion."""
        return [dict(row) for row in self._entry.about["log"]]

    @property
    def dimension(self) -> int:
        """The lowest dimension of any feature."""
        return int(self._entry.about["dimension"])

    @property
    def longest_edge_m(self) -> float:
        """The longest edge of any feature."""
        return float(self._entry.about["longest_edge_m"])

    @property
    def content_hash(self) -> str:
        """SHA-256 of all features."""
        return str(self._entry.about["content_sha256"])

    @cached_property
    def attributes(self) -> pd.DataFrame:
        """The theme's attributes of every feature, without geometry."""
        columns = {}
        for number, (name, words) in enumerate(self._entry.about["words"].items()):
            known = np.empty(len(words), dtype=object)
            known[:] = words
            columns[name] = pd.Series(known[self._arrays[f"codes{number}"]], dtype=object)
        return pd.DataFrame(columns, index=pd.RangeIndex(self._entry.about["features"]))

    @cached_property
    def boxes(self) -> Floats:
        """The box about every feature."""
        return self._arrays["boxes"]

    def shapes(self, rows: Ints) -> Geometries:
        """The geometries of some features, read by number: of a few only these, of many the whole copy."""
        if "_anew" in self.__dict__:
            return self._anew.shapes(rows)
        if len(rows) == 0:
            return np.array([], dtype=object)
        places = self._arrays["places"][rows]
        path = self._entry.folder / "features.fgb"
        try:
            if len(rows) > len(self.boxes) // 4:
                return _sound(_wkb(path), self._arrays["sums"])[places]
            wanted, back = np.unique(places, return_inverse=True)
            return _sound(_wkb(path, wanted), self._arrays["sums"][wanted])[back]
        except MemoryError:
            raise
        except Exception:  # what libraries say of a damaged file is of any kind
            return self._anew.shapes(rows)

    @cached_property
    def _anew(self) -> FeaturesInMemory:
        """The features as the source has them; the damaged entry goes."""
        shutil.rmtree(self._entry.folder, ignore_errors=True)
        features = FeaturesInMemory(self._again())
        if features.content_hash != self.content_hash:
            source = str(self._entry.about["source"])
            problem = Problem(source, "", "", "", "运行中内容被改动", "等文件不再变动后重新运行")
            raise LayerError("运行中有图层变了", [problem])
        return features


def _wkb(path: Path, fids: Ints | None = None) -> np.ndarray:
    """Shapes of a FlatGeobuf as they are written, all or those of some numbers."""
    shapes: np.ndarray = pyogrio.raw.read(path, columns=[], fids=fids)[2]
    return shapes


def _sound(shapes: np.ndarray, sums: np.ndarray) -> Geometries:
    """Shapes from what is written, if it is what was written."""
    if not np.array_equal(_sums(shapes), sums):
        raise ValueError("not what was written")
    found: Geometries = shapely.from_wkb(shapes)
    return found


def _sums(shapes: np.ndarray) -> np.ndarray:
    return np.fromiter((zlib.crc32(wkb) for wkb in shapes), dtype=np.uint32, count=len(shapes))


@dataclass(frozen=True)
class LayerCache:
    """A cache folder; sources of ``from_bytes`` and more are kept in it."""

    folder: Path
    from_bytes: int = LARGE_BYTES

    def takes(self, source: Path) -> bool:
        """Whether a source is large enough to be kept."""
        return is_large(source, self.from_bytes)

    def find(self, source: Path, spec: str, again: Callable[[], gpd.GeoDataFrame]) -> CachedFeatures | None:
        """The features of ``source`` as read by ``spec``, or None where they have not been kept as it is now.

        ``again`` reads them anew, where the copy proves damaged later.
        """
        held = _whole(self._place(self._content(source), spec))
        return CachedFeatures(*held, again) if held is not None else None

    def store(
        self,
        source: Path,
        spec: str,
        stamp: str,
        frame: gpd.GeoDataFrame,
        log: Sequence[Mapping[str, Any]],
        again: Callable[[], gpd.GeoDataFrame],
    ) -> CachedFeatures | None:
        """Keep features; older states of the same source and reading go. None where it cannot be kept.

        ``stamp`` is :func:`stamp_of` the source before it was read: a file that changed meanwhile is not kept.
        """
        content = self._content(source)
        if stamp_of(source) != stamp:
            return None
        target = self._place(content, spec)
        try:
            target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            with aside(target.parent) as folder:
                made = folder / "entry"
                made.mkdir(mode=0o700)
                _write(made, frame, log, {"source": str(source.resolve()), "spec": spec})
                if _whole(target) is None:
                    shutil.rmtree(target, ignore_errors=True)
                    made.rename(target)
        except (OSError, pyogrio.errors.DataSourceError):  # full, read-only, or another run was quicker
            if _whole(target) is None:
                return None
        for old in self.entries():
            same = (old.about["source"], old.about["spec"]) == (str(source.resolve()), spec)
            if same and old.folder != target:
                shutil.rmtree(old.folder, ignore_errors=True)
        return self.find(source, spec, again)

    def entries(self) -> list[Entry]:
        """Everything that is kept."""
        folders = sorted((self.folder / _LAYERS).glob("[!.]*"))
        return [entry for entry in map(_entry, folders) if entry is not None]

    def clear(self) -> int:
        """Remove everything that the cache holds, half-made entries too; returns how many layers went."""
        number = len(self.entries())
        for part in (_LAYERS, _SOURCES, KEPT_IN):
            shutil.rmtree(self.folder / part, ignore_errors=True)
        return number

    @property
    def trees(self) -> Kept:
        """Search trees of these layers, by their content."""
        return Kept(self.folder / KEPT_IN)

    def _place(self, content: str, spec: str) -> Path:
        name = hashlib.sha256(f"{_FORM}\n{content}\n{spec}".encode()).hexdigest()[:32]
        return self.folder / _LAYERS / name

    def _content(self, source: Path) -> str:
        """The hash of a source's content: remembered while size and times stay, else computed."""
        stamp = stamp_of(source)
        note = (
            self.folder / _SOURCES / f"{hashlib.sha256(str(source.resolve()).encode()).hexdigest()[:32]}.json"
        )
        try:
            held = json.loads(note.read_text(encoding="utf-8"))
            if held["stamp"] == stamp:
                return str(held["content"])
        except (OSError, ValueError, KeyError):
            pass
        content = content_of(source)
        newest = max(part.stat().st_mtime_ns for part in source_files(source))
        if stamp_of(source) == stamp and time.time_ns() - newest > _SETTLED_NS:
            try:
                note.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
                handle, aside = tempfile.mkstemp(dir=note.parent)
                with os.fdopen(handle, "w", encoding="utf-8") as file:
                    json.dump({"stamp": stamp, "content": content}, file)
                Path(aside).replace(note)
            except OSError:
                pass  # it is hashed again next time
        return content


def stamp_of(source: Path) -> str:
    """What a look at the folder tells of a source: names, sizes, times."""
    looks = [(part.name, part.stat()) for part in source_files(source)]
    return json.dumps([[name, s.st_size, s.st_mtime_ns, s.st_ctime_ns, s.st_ino] for name, s in looks])


def content_of(source: Path) -> str:
    """SHA-256 of all files of a source."""
    digest = hashlib.sha256()
    for part in source_files(source):
        digest.update(f"{part.suffix.lower()} {part.stat().st_size}\n".encode())
        with part.open("rb") as file:
            while block := file.read(1 << 20):
                digest.update(block)
    return digest.hexdigest()


def _entry(folder: Path) -> Entry | None:
    """The entry in a folder, if it is there and whole."""
    try:
        told, _, text = (folder / "about.json").read_text(encoding="utf-8").partition("\n")
        if hashlib.sha256(text.encode()).hexdigest() != told:
            return None
        about = json.loads(text)
        whole = all((folder / name).stat().st_size == size for name, size in about["sizes"].items())
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return Entry(folder, about) if whole else None


def _whole(folder: Path) -> tuple[Entry, Mapping[str, np.ndarray]] | None:
    """The entry in a folder with its arrays, if they are as they were written; shapes are looked at when they are read."""
    entry = _entry(folder)
    if entry is None:
        return None
    try:
        content = (folder / "attributes.npz").read_bytes()
    except OSError:
        return None
    if hashlib.sha256(content).hexdigest() != entry.about["attributes_sha256"]:
        return None
    with np.load(io.BytesIO(content), allow_pickle=False) as held:
        return entry, dict(held)


def _write(
    folder: Path, frame: gpd.GeoDataFrame, log: Sequence[Mapping[str, Any]], origin: Mapping[str, str]
) -> None:
    features = FeaturesInMemory(frame)
    shapes = gpd.GeoDataFrame(
        {"row": np.arange(len(frame))}, geometry=frame.geometry.to_numpy(), crs=frame.crs
    )
    pyogrio.write_dataframe(
        shapes, folder / "features.fgb", driver="FlatGeobuf", geometry_type="Unknown", promote_to_multi=False
    )
    # FlatGeobuf orders features by place: where does each row lie?
    held = pyogrio.read_dataframe(folder / "features.fgb", columns=["row"], read_geometry=False)
    places = np.empty(len(frame), dtype=np.int64)
    places[held["row"].to_numpy()] = np.arange(len(frame))
    words: dict[str, list[Any]] = {}
    codes: dict[str, Any] = {}
    for number, name in enumerate(features.attributes.columns):
        known, codes[f"codes{number}"] = _coded(features.attributes[name])
        words[str(name)] = known
    codes.update(boxes=features.boxes, places=places, sums=_sums(_wkb(folder / "features.fgb")))
    np.savez(folder / "attributes.npz", **codes)
    about = {
        **origin,
        "features": len(frame),
        "dimension": features.dimension,
        "longest_edge_m": features.longest_edge_m,
        "content_sha256": features.content_hash,
        "log": list(log),
        "words": words,
        "attributes_sha256": hashlib.sha256((folder / "attributes.npz").read_bytes()).hexdigest(),
        "sizes": {name: (folder / name).stat().st_size for name in ("features.fgb", "attributes.npz")},
    }
    text = json.dumps(about, ensure_ascii=False)
    told = hashlib.sha256(text.encode()).hexdigest()
    (folder / "about.json").write_text(f"{told}\n{text}", encoding="utf-8")


def _coded(values: pd.Series) -> tuple[list[Any], Ints]:
    """The distinct values of a column and which of them each row has; 1, 1.0 and "1" stay apart."""
    known: dict[tuple[type, Any], int] = {}
    words: list[Any] = []
    codes = np.empty(len(values), dtype=np.int64)
    for row, value in enumerate(values):
        plain = value.item() if isinstance(value, np.generic) else value
        if not isinstance(plain, str | int | float | bool | None):
            plain = str(plain)  # a date: compared and hashed as text anyhow
        code = known.setdefault((type(plain), plain), len(known))
        if code == len(words):
            words.append(plain)
        codes[row] = code
    return words, codes
