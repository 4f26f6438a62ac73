"""What to survey: for every check that accuracy, the base line or the datum leaves open, the stretch of the
reference line that decides it, and the accuracy at which it would.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from geo.catalog import LayerCatalog
from geo.contracts import conform, empty, split
from geo.datums import UNDECLARED_SHIFT_M
from geo.doubt import CONFIDENCE, SURVEY_GRADE_M, WIDEST_HALF_M, Interval, accuracy_that_settles, quantile
from geo.frames import SURVEY_NEEDED
from geo.ground import STEP_DEG, plane_about, rooms_about
from geo.rulebook import RuleBook
from geo.scope import SiteScope
from geo.space import GEOD, WORKING_CRS, Geometries
from geo.terms import Cause, Datum, Line, Measure, State, Theme
from geo.wording import metres_text

#: At this standard error the surveyed figure decides whatever it is (at 95 %).
_ALWAYS_M = SURVEY_GRADE_M / quantile(CONFIDENCE)
#: Stretches drawn at once: each has a plane of its own, of some kilobytes.
_AT_ONCE = 1_000
_OPEN = {Cause.ACCURACY, Cause.BASE_LINE, Cause.DATUM}


def list_surveys(
    sites: gpd.GeoDataFrame,
    scope: SiteScope,
    findings: pd.DataFrame,
    zones: gpd.GeoDataFrame,
    rulebook: RuleBook,
    catalog: LayerCatalog,
    confidence: float,
) -> gpd.GeoDataFrame:
    """A row an open check that a survey would settle (columns: :data:`geo.frames.SURVEY_NEEDED`), EPSG:4490.

    The geometry is the part of the line measured from that lies, the doubt counted, within the limit of the
    site: only there could the true line turn the answer. Demonstration layers need no survey, nor does a
    check on which two lines disagree: that is for the authority to decide.
    """
    rows = [
        *_of_findings(sites, findings, zones, rulebook, confidence),
        *_of_borders(sites, scope, findings, rulebook, catalog, confidence),
    ]
    if not rows:
        return gpd.GeoDataFrame(empty(SURVEY_NEEDED, spatial=True), geometry="geometry", crs=WORKING_CRS)
    order = {site_id: number for number, site_id in enumerate(sites["site_id"])}
    rows.sort(key=lambda row: (order[row["site_id"]], row["rule_id"], row["layer_key"]))
    return conform(gpd.GeoDataFrame(rows, geometry="geometry", crs=WORKING_CRS), SURVEY_NEEDED)


def _of_findings(
    sites: gpd.GeoDataFrame,
    findings: pd.DataFrame,
    zones: gpd.GeoDataFrame,
    rulebook: RuleBook,
    confidence: float,
) -> list[dict[str, Any]]:
    """Checks whose measured interval straddles the limit, by the reading that decides."""
    state, ground, layer = (findings[name].to_numpy() for name in ("state", "ground", "layer_key"))
    chosen = findings[
        (findings["reading"].to_numpy() == 1)
        & (ground == State.UNDETERMINED)
        & (state == State.UNDETERMINED)
        & (layer != "")
        & ~findings["demo"].to_numpy(dtype=bool)
        & ~np.isnan(findings["margin_low_m"].to_numpy())
        & ~np.isnan(findings["limit_m"].to_numpy())
    ]
    chosen = chosen[
        np.array([bool(_OPEN.intersection(split(cause))) for cause in chosen["cause"]], dtype=bool)
    ]
    lines = _lines_of(zones)
    by_id = _by_id(sites, chosen["site_id"])
    asked = []
    for row in chosen.to_dict("records"):
        held = lines.get((row["rule_id"], row["theme"], row["layer_key"]))
        if held is None:
            continue
        rule = rulebook[row["rule_id"]]
        doubt = row["margin_m"] - row["margin_low_m"]
        reach = doubt + (row["limit_m"] if rule.measure is Measure.WITHIN_DISTANCE else 0.0)
        wanted = next((r.line for r in rule.measured_from if r.theme == row["theme"] and r.line), None)
        stands_in = row["half_width_m"] != 0.0
        row["line"] = str(wanted) if stands_in and wanted is not None else row["line"]
        asked.append(_Asked(row, by_id[row["site_id"]], held, reach, _expected_m(row)))
    return _rows(asked, confidence)


@dataclass(frozen=True)
class _Lines:
    """The lines of some features, looked up by place."""

    lines: Geometries
    tree: shapely.STRtree

    @classmethod
    def of(cls, features: Geometries) -> _Lines:
        """Of areas their borders."""
        lines = np.where(shapely.get_dimensions(features) == 2, shapely.boundary(features), features)
        return cls(lines, shapely.STRtree(lines))

    def within(self, rooms: Geometries) -> Geometries:
        """What of them lies in each of some boxes, joined."""
        found = np.full(len(rooms), shapely.GeometryCollection(), dtype=object)
        # cut first: joining whole rivers and borders costs more than all else here
        room, number = self.tree.query(rooms, predicate="intersects")
        order = np.lexsort([number, room])
        room, number = room[order], number[order]
        cut = shapely.intersection(self.lines[number], rooms[room])
        shapely.geometrycollections(cut, indices=room, out=found)
        return np.asarray(shapely.union_all(found[:, None], axis=1), dtype=object)


@dataclass(frozen=True)
class _Asked:
    """A check that a survey would settle, its lines as far as they may decide it, and the margin that one would find."""

    row: dict[str, Any]
    site: dict[str, Any]
    lines: _Lines
    reach_m: float
    margin_m: float


def _lines_of(zones: gpd.GeoDataFrame) -> dict[tuple[str, str, str], _Lines]:
    """The lines of what is surely meant, by rule, theme and layer."""
    sure = zones["doubt"].to_numpy() == ""
    shapes = zones.geometry.to_numpy()[sure]
    plain = pd.DataFrame({name: zones[name].to_numpy()[sure] for name in ("rule_id", "theme", "layer_key")})
    grouped = plain.groupby(["rule_id", "theme", "layer_key"]).indices
    return {key: _Lines.of(shapes[rows]) for key, rows in grouped.items()}


def _of_borders(
    sites: gpd.GeoDataFrame,
    scope: SiteScope,
    findings: pd.DataFrame,
    rulebook: RuleBook,
    catalog: LayerCatalog,
    confidence: float,
) -> list[dict[str, Any]]:
    """Sites of which nobody knows on which side of a border they lie: the border itself."""
    unsure = scope.rules[~scope.rules["in_jurisdiction"] & scope.rules["border_m"].notna()]
    of_these = findings[findings["site_id"].isin(unsure["site_id"])]
    open_ = of_these.loc[of_these["state"] == State.UNDETERMINED, ["site_id", "rule_id"]].drop_duplicates()
    unsure = unsure.merge(open_)
    by_id = _by_id(sites, unsure["site_id"])
    admin = [layer.key for layer in catalog.of_theme(Theme.ADMIN)]
    places = [";".join(rulebook[rule_id].jurisdiction.adcode) for rule_id in unsure["rule_id"]]
    asked = []
    borders: dict[str, _Lines] = {}
    for (site_id, adcodes), group in unsure.assign(place=places).groupby(["site_id", "place"], sort=False):
        place = str(adcodes)
        site, area = by_id[str(site_id)], catalog.area_of(split(place))
        if area is None:
            continue
        margin, accuracy = (float(group[name].iat[0]) for name in ("border_m", "border_accuracy_m"))
        shift = UNDECLARED_SHIFT_M if site["datum"] == Datum.UNDECLARED else 0.0
        interval = Interval.of(np.array([margin]), np.array([accuracy]), shift, confidence=confidence)
        if place not in borders:
            borders[place] = _Lines.of(np.array([area], dtype=object))
        row = {
            "site_id": site_id,
            "rule_id": ";".join(sorted(group["rule_id"])),
            "feature_name": "辖区界",
            "line": str(Line.BOUNDARY),
            "layer_key": ";".join(admin),
            "probability": float(interval.probability(inclusive=True)[0]),
        }
        asked.append(_Asked(row, site, borders[place], margin - float(interval.low_m[0]), margin))
    return _rows(asked, confidence)


def _by_id(sites: gpd.GeoDataFrame, ids: pd.Series) -> dict[str, dict[str, Any]]:
    """The rows of the sites with these ids."""
    return {row["site_id"]: row for row in sites[sites["site_id"].isin(ids)].to_dict("records")}


def _expected_m(row: dict[str, Any]) -> float:
    """The margin that a survey would find, as far as the model of :mod:`geo.doubt` tells: of a stand-in the
    true line lies half its bound nearer."""
    nearer = WIDEST_HALF_M if np.isnan(row["half_width_m"]) else row["half_width_m"]
    return float(row["margin_m"] - nearer / 2)


def _rows(asked: Sequence[_Asked], confidence: float) -> list[dict[str, Any]]:
    """A row of each whose stretch is not empty."""
    return [
        _row(held.row, held.site, stretch, held.margin_m, confidence)
        for some in (asked[first : first + _AT_ONCE] for first in range(0, len(asked), _AT_ONCE))
        for held, stretch in zip(some, _stretches(some), strict=True)
        if not stretch.is_empty
    ]


def _stretches(asked: Sequence[_Asked]) -> Geometries:
    """The part of the lines within reach of each footprint, all at once but for the planes: each has its own."""
    footprints = np.array([held.site["geometry"] for held in asked], dtype=object)
    reach = np.array([held.reach_m for held in asked], dtype=float)
    about = shapely.segmentize(_about(asked, rooms_about(footprints, reach + 100.0)), STEP_DEG)
    planes = [plane_about(footprint) for footprint in footprints]
    drawn = [
        plane.there(pair) for plane, pair in zip(planes, np.stack([about, footprints], axis=1), strict=True)
    ]
    there, ground = np.array(drawn, dtype=object).reshape(-1, 2).T
    # drawn about the outside of the circle: nothing that matters is left out
    wide = reach / np.cos(np.pi / 256) + 0.01
    cut = shapely.intersection(there, shapely.buffer(ground, wide, quad_segs=64))
    parts, of = shapely.get_parts(cut, return_index=True)
    line = shapely.get_dimensions(parts) == 1
    merged = np.full(len(asked), shapely.MultiLineString(), dtype=object)
    shapely.multilinestrings(parts[line], indices=of[line], out=merged)
    return np.array(
        [plane.back(held) for plane, held in zip(planes, shapely.line_merge(merged), strict=True)],
        dtype=object,
    )


def _about(asked: Sequence[_Asked], rooms: Geometries) -> Geometries:
    """What lies in the room of each, of its own lines."""
    found = np.empty(len(asked), dtype=object)
    by_lines: dict[int, list[int]] = {}
    for number, held in enumerate(asked):
        by_lines.setdefault(id(held.lines), []).append(number)
    for numbers in by_lines.values():
        found[numbers] = asked[numbers[0]].lines.within(rooms[numbers])
    return found


def _row(
    row: dict[str, Any],
    site: dict[str, Any],
    stretch: shapely.Geometry,
    margin_m: float,
    confidence: float,
) -> dict[str, Any]:
    length = float(GEOD.geometry_length(stretch))
    combined = accuracy_that_settles(margin_m, confidence) if quantile(confidence) > 0 else SURVEY_GRADE_M
    own = float(site["accuracy_m"])
    too_rough = own >= combined
    # independent errors: what the site's own position leaves for the line
    needed = combined / np.sqrt(2) if too_rough else float(np.sqrt(combined**2 - own**2))
    place = f"{row['feature_name']}{Line(row['line']).zh if row['line'] != Line.BOUNDARY else '边界'}"
    what = f"测量{place} {metres_text(length)}一段，中误差不大于 {_finer(needed)}（按预期余量 {metres_text(abs(margin_m))}；实测更近限值时须更细，{_finer(_ALWAYS_M)}以内总能定）"
    if too_rough:
        what += f"；场地位置（现 ±{metres_text(own)}）也须测到 {_finer(needed)}"
    if site["datum"] == Datum.UNDECLARED:
        what = f"先申报坐标系；仍待核实时，{what}"
    return {
        **{
            name: row[name]
            for name in ("site_id", "rule_id", "feature_name", "line", "layer_key", "probability")
        },
        "length_m": length,
        "accuracy_needed_m": needed,
        "what": what,
        "geometry": stretch,
    }


def _finer(metres: float) -> str:
    """An accuracy, never told coarser than asked: rounded down."""
    digits = 2 if metres < 1 else 1 if metres < 100 else 0
    return f"{np.floor(metres * 10**digits) / 10**digits:,.{digits}f} 米"


def told_surveys(surveys: pd.DataFrame) -> dict[str, list[str]]:
    """Per site what to survey, in words, each once."""
    told: dict[str, dict[str, list[str]]] = {}
    for site_id, rule_id, what in surveys[["site_id", "rule_id", "what"]].itertuples(index=False):
        told.setdefault(site_id, {}).setdefault(what, []).append(rule_id)
    return {
        site_id: [f"{what}（{'、'.join(';'.join(ids).split(';'))}）" for what, ids in whats.items()]
        for site_id, whats in told.items()
    }
