"""Whether the files that a run reads stay as they are while it goes: a result of half the old and half the new is none."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path

from geo.cache import content_of, stamp_of
from geo.catalog import PACKAGED_DIVISIONS, Layer, LayerCatalog, load_layers
from geo.errors import HongxianError, Problem, RunError


class Watch:
    """The inputs of a run as they were when it began: site lists, rules, manifest and layers.

    Layers are told by size and times, and where those changed, by their features: QGIS alters a GeoPackage by opening it.
    """

    def __init__(self, manifest: Path, files: Iterable[Path | None] = ()) -> None:
        self._manifest = manifest / "manifest.yaml" if manifest.is_dir() else manifest
        named = [self._manifest, *(path for path in files if path is not None)]
        parts = [part for path in named for part in (sorted(path.rglob("*")) if path.is_dir() else [path])]
        self._files = {path: content_of(path) for path in parts if path.is_file()}
        self._layers = {}
        if self._manifest.is_file():
            try:
                held = load_layers(self._manifest)
            except HongxianError:
                return  # told, with all its faults, by who reads it
            self._layers = {
                layer.key: (layer, path, stamp_of(path))
                for layer in held.layers
                for path in _sources(layer, held)
            }

    def refuse_changed(self, catalog: LayerCatalog) -> None:
        """Raise :class:`~geo.errors.RunError` with every file that ``catalog`` or the run read and that is another now."""
        problems = [
            _problem(path, "", "运行中被移走" if not path.exists() else "运行中内容被改动")
            for path, content in self._files.items()
            if not path.exists() or content_of(path) != content
        ]
        for key, (layer, path, stamp) in self._layers.items():
            if not path.exists():
                problems.append(_problem(path, key, "运行中被移走"))
            elif stamp_of(path) != stamp and self._differs(layer, catalog):
                problems.append(_problem(path, key, "运行中内容被改动"))
        if problems:
            raise RunError("运行中有输入文件变了，结果可能新旧混杂，没有写出", problems)

    def _differs(self, layer: Layer, catalog: LayerCatalog) -> bool:
        if layer.is_raster:
            return True
        if not catalog.has_read(layer):
            return False
        try:
            now = load_layers(self._manifest)
            return now.content_hash(layer) != catalog.content_hash(layer)
        except HongxianError:
            return True


def unchanged(watch: Watch | None, catalog: LayerCatalog) -> Callable[[], None]:
    """What is to be asked before a result takes its place."""
    return lambda: watch.refuse_changed(catalog) if watch is not None else None


def _sources(layer: Layer, catalog: LayerCatalog) -> list[Path]:
    paths = [] if layer.path == PACKAGED_DIVISIONS else [catalog.root / layer.path]
    return [path for path in paths if path.exists()]


def _problem(path: Path, key: str, what: str) -> Problem:
    return Problem(str(path), key, "", "", what, "等文件不再变动后重新运行")
