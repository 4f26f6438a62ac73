"""A town: layers, rules, one site and the answer; its files; what the product says of it.

Positions in a town are metres: ``x`` east and ``y`` north of its origin. A point is reached by going ``y`` along
the meridian of the origin and then ``x`` due east (geodesics, by pyproj). A line along the meridian, x = 0, is
therefore exactly ``x`` metres away from a point, on the ellipsoid and in no projection.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import shapely
from pydantic import BaseModel, ConfigDict
from pyproj import Geod
from ruamel.yaml import YAML
from worlds import Entry, entry, on_disk, rule, rulebook, write_csv

from geo import Assessment, RuleBook, assess, load_layers, read_sites
from geo.rule import Rule

FOLDER = Path(__file__).parent / "towns"
_GEOD = Geod(ellps="GRS80")

#: County polygons of a town that says nothing of them: the town lies in one county of 运城, 40 km across.
ONE_COUNTY = {"140882": "POLYGON ((-20000 -20000, 20000 -20000, 20000 20000, -20000 20000, -20000 -20000))"}
#: The columns of a site that says nothing else: a new coking works, its position surveyed.
PLAIN_SITE = {"site_id": "A", "name": "焦化厂", "industry": "2521", "development": "new"}


class Said(BaseModel):
    """A text in Chinese and English."""

    model_config = ConfigDict(extra="forbid")

    zh: str
    en: str


class Town(BaseModel):
    """A town as its YAML states it; see ``towns/README.md`` for every key."""

    model_config = ConfigDict(extra="forbid")

    id: str
    title: Said
    arithmetic: Said
    answer: str
    by: list[str] = []  # rules that decide, where the answer has any
    cause: str = ""  # what keeps an undetermined answer open
    needs: list[str] = []  # what a tool must be able to express to be asked at all
    origin: tuple[float, float] = (110.70, 35.65)
    counties: dict[str, str] = ONE_COUNTY
    layers: list[dict[str, Any]]
    rules: list[dict[str, Any]] = [{}]
    drafts: list[str] = []
    site: dict[str, Any]
    on: date = date(2026, 1, 1)

    def place(self, wkt: str) -> shapely.Geometry:
        """A geometry in metres of the town, in longitude and latitude."""
        return shapely.transform(shapely.from_wkt(wkt), self._lonlat)

    def _lonlat(self, metres: np.ndarray) -> np.ndarray:
        lon, lat = (np.full(len(metres), value) for value in self.origin)
        lon, lat, _ = _GEOD.fwd(lon, lat, np.zeros(len(metres)), metres[:, 1])
        lon, lat, _ = _GEOD.fwd(lon, lat, np.full(len(metres), 90.0), metres[:, 0])
        # 9 decimals, 0.1 mm: corners that two features share are the same numbers in both files
        return np.round(np.column_stack([lon, lat]), 9)

    def rulebook(self) -> RuleBook:
        """Its rules: the plain one (no new coking within 1 km of a bank) but for what they change."""
        return rulebook(*self.each_rule(), drafts=self.drafts)

    def each_rule(self) -> list[Rule]:
        """The rules in the town's order; those that state no id are YC-01, YC-02 …"""
        return [rule(**{"rule_id": f"YC-{n:02d}", **stated}) for n, stated in enumerate(self.rules, start=1)]

    def entries(self) -> list[Entry]:
        """Its layers, the counties first, each in the coordinate system it states."""
        counties = [
            (self.place(wkt), {"adcode": code, "name": code, "level": "county"})
            for code, wkt in self.counties.items()
        ]
        return [entry("admin", *counties, key="counties", covers=None), *map(self._entry, self.layers)]

    def _entry(self, stated: Mapping[str, Any]) -> Entry:
        manifest = {key: value for key, value in stated.items() if key not in ("features", "crs")}
        features = [
            (self.place(feature["at"]), {key: value for key, value in feature.items() if key != "at"})
            for feature in stated["features"]
        ]
        theme = manifest.pop("theme")
        made = entry(theme, *features, **{"covers": {"adcode": ["1408"]}, **manifest})
        return dataclasses.replace(made, frame=made.frame.to_crs(stated.get("crs", "EPSG:4490")))

    def site_row(self) -> dict[str, str]:
        """The row of its site list: ``at`` written as degrees of 9 decimals, other columns as stated."""
        columns = {key: str(value) for key, value in self.site.items() if key != "at"}
        row = {**PLAIN_SITE, "datum": "cgcs2000", "accuracy_m": "0", **columns}
        if "at" not in self.site:
            return row
        geometry = self.place(self.site["at"])
        if geometry.geom_type == "Point":
            return {**row, "lon": f"{geometry.x:.9f}", "lat": f"{geometry.y:.9f}"}
        return {**row, "wkt": shapely.to_wkt(geometry, rounding_precision=9)}

    def screen(self, folder: Path) -> Assessment:
        """Write its files into a folder, read them by the product's readers, and screen."""
        manifest = on_disk(folder / "layers", *self.entries())
        sites = write_csv(folder / "sites.csv", [self.site_row()])
        # where a site could move to is no part of the question
        return assess(self.rulebook(), load_layers(manifest), read_sites(sites), self.on, move_radius_m=0)


def load_towns() -> list[Town]:
    """All towns, in the order of their files."""
    yaml = YAML(typ="safe")
    return [
        Town.model_validate(stated) for path in sorted(FOLDER.glob("*.yaml")) for stated in yaml.load(path)
    ]
