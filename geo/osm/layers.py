"""An extract as layers of a workspace: a GeoPackage, and proposals for the manifest."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pyogrio

from geo.asides import aside, why_unwritten
from geo.errors import LayerError, Problem
from geo.manifest.add import propose_layers
from geo.manifest.proposal import Proposal, Stated
from geo.osm.extract import Extract
from geo.terms import Line, Theme

SOURCE = "OpenStreetMap"
LICENCE = "ODbL 1.0，© OpenStreetMap contributors（公开使用须注明，派生数据库同样开放）"

#: Layer → theme, line and standard error in metres. The figures are judgements: volunteers trace from imagery
#: that lies up to some tens of metres off, villages are points somewhere within. Industrial land has no theme:
#: it is no park in the sense of a rule, and is written for the eye only.
ENTRIES: Mapping[str, tuple[Theme, Line, float]] = {
    "river": (Theme.RIVER, Line.CENTRELINE, 50),
    "river_water": (Theme.RIVER, Line.WATERLINE, 50),
    "canal": (Theme.CANAL, Line.CENTRELINE, 50),
    "lake": (Theme.LAKE, Line.WATERLINE, 50),
    "railway": (Theme.RAILWAY, Line.CENTRELINE, 20),
    "school": (Theme.SENSITIVE_POINT, Line.BOUNDARY, 100),
    "hospital": (Theme.SENSITIVE_POINT, Line.BOUNDARY, 100),
    "settlement": (Theme.SENSITIVE_POINT, Line.BOUNDARY, 300),
}


def write_layers(extract: Extract, path: Path) -> None:
    """Write the layers that hold anything into a new GeoPackage, whole or not at all.

    Raises :class:`~geo.errors.LayerError` where it exists, cannot be written, or there is nothing to write.
    """
    held = {name: frame for name, frame in extract.layers.items() if len(frame)}
    problem = ""
    if path.exists():
        problem = "文件已存在，未覆盖"
    elif path.suffix.lower() != ".gpkg":
        problem = "须以 .gpkg 结尾"
    elif not held:
        problem = "数据里没有河流、湖库、铁路、学校、医院、工业用地或居民区"
    if problem:
        raise LayerError("没有写出图层", [Problem(str(path), "", "--out", "", problem, "换文件名或换数据")])
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with aside(path.parent, path.name) as folder:
            partial = folder / path.name
            for name, frame in held.items():
                pyogrio.write_dataframe(
                    frame,
                    partial,
                    layer=f"osm_{name}",
                    driver="GPKG",
                    geometry_type="Unknown",
                    promote_to_multi=False,
                    layer_options={"IDENTIFIER": f"osm_{name}", "DESCRIPTION": f"{SOURCE} {LICENCE}"},
                )
            partial.replace(path)
    except OSError as error:
        what = f"无法写入：{why_unwritten(error, path.parent)}"
        raise LayerError("没有写出图层", [Problem(str(path), "", "", "", what, "检查权限与磁盘")]) from error


def propose_osm(path: Path, manifest: Path, extract: Extract) -> list[Proposal]:
    """A manifest entry for each layer that a rule can measure from. Nothing is said to be complete anywhere."""
    dated = extract.as_of.isoformat() if extract.as_of is not None else "none"
    answers = {
        f"osm_{name}": Stated(
            theme=str(theme),
            line=str(line),
            accuracy_m=str(accuracy),
            as_of=dated,
            source=f"{SOURCE}（{dated if extract.as_of else '日期不明'}）",
            licence=LICENCE,
            covers="none",
        )
        for name, (theme, line, accuracy) in ENTRIES.items()
        if len(extract.layers[name])
    }
    return propose_layers(path, manifest, Stated(), list(answers), answers) if answers else []
