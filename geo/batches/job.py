"""What every part of a large run is screened against: the same for all parts, sent once to each worker."""

from __future__ import annotations

import hashlib
import json
import pickle
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import Any

from geo.catalog import LayerCatalog
from geo.indexes import Indexes
from geo.language import Lang
from geo.layer import Layer
from geo.rulebook import RuleBook
from geo.runs.fingerprint import layer_record, versions
from geo.runs.overrides import Decisions
from geo.runs.variants import Variant
from geo.runs.what_if import Laid
from geo.writers.redaction import layers_named


@dataclass
class Job:
    """Rules, layers and what else may change an answer. ``indexes`` are built once and serve all parts of a process."""

    rulebook: RuleBook
    catalog: LayerCatalog
    on: date
    confidence: float
    stale_after: float
    redact: tuple[str, ...] = ()  # keys or themes of layers whose shapes no part keeps
    lang: Lang = Lang.ZH  # of the layers and tables of single sites
    variants: tuple[Variant, ...] = ()
    laid: Laid = field(default_factory=dict)  # the rules that variants suppose
    decisions: Decisions | None = None  # of people, about single sites

    @cached_property
    def withheld(self) -> tuple[Layer, ...]:
        """The layers whose shapes are left out. Raises :class:`~geo.errors.RunError` for a name that is none."""
        return layers_named(self.redact, self.catalog)

    @cached_property
    def indexes(self) -> Indexes:
        """The indexes of layers that parts share."""
        return Indexes(self.catalog)

    @cached_property
    def record(self) -> dict[str, Any]:
        """All that an answer hangs on but the sites, by content."""
        layers = [layer_record(self.catalog, layer) for layer in self.catalog.used()]
        return {
            "on": self.on.isoformat(),
            "confidence": self.confidence,
            "stale_after": self.stale_after,
            "redact": [layer.key for layer in self.withheld],
            "lang": str(self.lang),
            "what_if": [[v.label, self.laid[v.rules].content_hash if v.rules else ""] for v in self.variants],
            "overrides": [] if self.decisions is None else self.decisions.frame.to_dict("records"),
            "rules": self.rulebook.content_hash,
            "layers": [{name: str(value) for name, value in layer.items()} for layer in layers],
            "set_aside": sorted(self.catalog.set_aside),
            "versions": versions(),
        }

    @cached_property
    def key(self) -> str:
        """Hash of :attr:`record`: workers keep what they were sent by it."""
        return digest(self.record)

    def packed(self) -> bytes:
        """The job as bytes, every layer with its features: a worker needs no file.

        Unpickle only what this program packed.
        """
        held = self.catalog
        vectors = [x for x in held.layers if not x.is_raster and x.key not in held.set_aside]
        frames = {layer.key: held.features(layer) for layer in vectors}
        for layer in vectors:
            held.coverage(layer)
        sent = LayerCatalog(
            list(held.layers),
            held.root,
            frames,
            log=list(held.log),
            keep_going=held.keep_going,
            set_aside=dict(held.set_aside),
        )
        sent._coverage, sent._extents = dict(held._coverage), dict(held._extents)
        stated = (
            *(self.on, self.confidence, self.stale_after, self.redact, self.lang),
            *(self.variants, self.laid, self.decisions),
        )
        return pickle.dumps((self.rulebook, sent, *stated), protocol=pickle.HIGHEST_PROTOCOL)

    def pack_into(self, path: Path) -> None:
        """Write :meth:`packed` into a file of one's own."""
        path.write_bytes(self.packed())

    @classmethod
    def unpacked_from(cls, path: Path) -> Job:
        """The job that :meth:`pack_into` wrote."""
        return cls.unpacked(path.read_bytes())

    @classmethod
    def unpacked(cls, content: bytes) -> Job:
        """The job that :meth:`packed` gave."""
        return cls(*pickle.loads(content))


def digest(record: Any) -> str:
    """SHA-256 of a record, whatever the order of its keys.

    >>> digest({"a": 1, "b": 2}) == digest({"b": 2, "a": 1})
    True
    """
    return hashlib.sha256(json.dumps(record, sort_keys=True, ensure_ascii=False).encode()).hexdigest()


def hash_files(paths: Iterable[Path]) -> list[str]:
    """SHA-256 of each file; of a folder (a file geodatabase) of all files in it, of a Shapefile of all its parts."""
    found = []
    for path in paths:
        held = sorted(p for p in path.rglob("*") if p.is_file()) if path.is_dir() else [path]
        if path.suffix.lower() == ".shp":
            held = sorted(p for p in path.parent.iterdir() if p.stem == path.stem and p.is_file())
        together = hashlib.sha256()
        for part in held:
            with part.open("rb") as file:
                together.update(hashlib.file_digest(file, "sha256").digest())
        found.append(together.hexdigest())
    return found
