"""What a run was made of, by content: two runs with the same fingerprint had the same inputs.

Hashes are of what rules, layers and sites say, not of files: QGIS alters a GeoPackage by opening it.
"""

from __future__ import annotations

import hashlib
import platform
from collections.abc import Iterable
from functools import lru_cache
from importlib.metadata import PackageNotFoundError, version
from typing import Any

import geopandas as gpd
import numpy as np
import shapely

from geo.assessment import Assessment
from geo.catalog import LayerCatalog
from geo.frames import SITES
from geo.layer import Layer
from geo.space import Geometries
from geo.terms import Theme

_LIBRARIES = ("geopandas", "shapely", "pyproj", "pyogrio", "numpy", "pandas", "pydantic", "folium")

#: Of a site, all but where it was read from.
SITE_CONTENT = tuple(name for name in SITES if name != "source")


def fingerprint(assessment: Assessment) -> dict[str, Any]:
    """Day, confidence, versions, and the content of sites, rules and layers, as ``run.json`` holds them."""
    book = assessment.rulebook
    return {
        "on": assessment.on.isoformat(),
        "confidence": assessment.confidence,
        "move_radius_m": assessment.move_radius_m,
        "sites": {
            "inputs": list(assessment.inputs),
            "read": len(assessment.sites),
            "rejected": len(set(assessment.rejected["file"] + assessment.rejected["where"])),
            "content_sha256": hash_sites(assessment.sites),
        },
        "rules": {
            "count": len(book),
            "content_sha256": book.content_hash,
            "by_id": {rule_id: book.hash_of(rule_id)[:16] for rule_id in book.rules},
        },
        "layers": [layer_record(assessment.catalog, layer) for layer in _speaking(assessment)],
        "versions": versions(),
    }


def versions() -> dict[str, str]:
    """Versions of the program, Python and the libraries that results hang on."""
    own = {"hongxian": _version("hongxian"), "python": platform.python_version()}
    return own | {name: _version(name) for name in _LIBRARIES}


def _speaking(assessment: Assessment) -> Iterable[Layer]:
    """The layers that a rule measured from or whose silence it heard, and those that bound jurisdictions."""
    used = set(assessment.zones["layer_key"]) | set(assessment.findings["layer_key"])
    if assessment.restoration is not None:
        used |= assessment.restoration.layer_keys
    return [layer for layer in assessment.catalog.used() if layer.key in used or layer.theme is Theme.ADMIN]


def layer_record(catalog: LayerCatalog, layer: Layer) -> dict[str, Any]:
    """A layer as ``run.json`` holds it: what the manifest says of it and the hashes of its content."""
    return {
        "key": layer.key,
        "theme": layer.theme,
        "source": layer.source,
        "licence": layer.licence,
        "as_of": layer.as_of.isoformat() if layer.as_of else None,
        "line": layer.line,
        "accuracy_m": layer.accuracy_m,
        "half_width_m": layer.half_width_m,
        "covers": layer.covers.model_dump(mode="json") if layer.covers is not None else None,
        "demo": layer.demo,
        "covers_sha256": _hash_extent(catalog.coverage(layer)),
        "content_sha256": catalog.content_hash(layer),
    }


def hash_sites(sites: gpd.GeoDataFrame) -> str:
    """SHA-256 of what sites state and where they lie, whatever file they came in and in which order.

    Positions count to 1e-9 degrees, a tenth of a millimetre.
    """
    ordered = sites.sort_values("site_id")
    digest = hashlib.sha256()
    for name in SITE_CONTENT:
        digest.update(f"{name}\n{chr(10).join(map(str, ordered[name]))}\n".encode())
    shapes = shapely.set_precision(ordered.geometry.to_numpy(), 1e-9, mode="pointwise")
    digest.update(hash_shapes([shapes]).encode())
    return digest.hexdigest()


@lru_cache(maxsize=64)  # many layers are complete for the same counties
def _hash_extent(extent: shapely.Geometry | None) -> str:
    return hash_shapes([np.array([extent], dtype=object)])


def hash_shapes(pieces: Iterable[Geometries]) -> str:
    """SHA-256 of shapes, piece after piece, whatever way their rings run and whether single ones are written as multi."""
    digest = hashlib.sha256()
    for shapes in pieces:
        held = shapes[~shapely.is_missing(shapes)]
        single = shapely.get_num_geometries(held) == 1
        plain = np.where(single, shapely.get_geometry(held, 0), held)
        digest.update(b"".join(shapely.to_wkb(shapely.normalize(plain), byte_order=1)))
    return digest.hexdigest()


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "未安装"
