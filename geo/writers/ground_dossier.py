"""What report and figures of a run of ``hongxian where`` are made from."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import geopandas as gpd
import pandas as pd

from geo.availability.classes import merge_pieces
from geo.availability.kinds import class_in, kind_in
from geo.availability.places import Availability
from geo.divisions import read_divisions
from geo.industries import industries
from geo.language import Lang
from geo.terms import Development
from geo.writers.content import Content
from geo.writers.dossier import Dossier, natural


@dataclass(frozen=True)
class GroundDossier(Dossier):
    """The candidates' assessment with its contents, and the ground that they were found on."""

    found: Availability | None = None

    @property
    def run(self) -> Availability:
        """What ``hongxian where`` found."""
        assert self.found is not None
        return self.found

    @cached_property
    def ground(self) -> gpd.GeoDataFrame:
        """The ground, what is alike joined (:data:`geo.availability.frames.AVAILABILITY`)."""
        held = self.spatial("availability")
        return merge_pieces(self.run.pieces) if held is None else held

    @cached_property
    def rule_ids(self) -> list[str]:
        """The rules that were checked anywhere on the ground, in the order of their ids."""
        return sorted(set(self.run.ground.screened.checks["rule_id"]), key=natural)

    @cached_property
    def place(self) -> str:
        """The area asked about in words: a city, counties, parks."""
        return place_of(self.run, self.lang)

    @cached_property
    def use(self) -> str:
        """The use in words: industry with its code, development."""
        return use_of(self.run, self.lang)

    @property
    def on_text(self) -> str:
        """The day of the run."""
        return f"{self.assessment.on:%Y-%m-%d}"

    def kind(self, kind: str) -> str:
        """A kind of ground in words."""
        return kind_in(self.lang, kind)

    def word(self, word: str) -> str:
        """A class of ground in words."""
        return class_in(self.lang, word)

    def hectares(self, classes: pd.DataFrame) -> pd.Series:
        """Hectares by class."""
        return classes.groupby("class")["area_ha"].sum()


def ground_dossier(found: Availability, contents: list[Content], lang: Lang) -> GroundDossier:
    """The dossier of a run."""
    return GroundDossier(found.assessment, contents, lang, found)


def place_of(found: Availability, lang: Lang) -> str:
    """The area asked about in words."""
    parks = [park for park in dict.fromkeys(found.area["park"]) if park]
    names = parks or list(dict.fromkeys(found.area["county"]))
    if parks or len(names) <= 3:
        return lang("、", ", ").join(names)
    known = read_divisions()
    codes = known["adcode"].str[:4]
    asked = found.area["adcode"].str[:4].value_counts()
    said = []
    for code in sorted(asked.index):
        city = known[(codes == code) & (known["level"] == "city")]["name"]
        name = str(city.iloc[0]) if len(city) else code
        whole = int(((codes == code) & (known["level"] == "county")).sum())
        part = int(asked[code])
        said.append(
            name if part >= whole else lang(f"{name} {part} 个县（市、区）", f"{part} counties of {name}")
        )
    return lang("、", ", ").join(said)


def use_of(found: Availability, lang: Lang) -> str:
    """The use in words."""
    names = industries()
    said = []
    for code in found.use.industry.split(";"):
        name = names[code].name if code in names else ""
        said.append(f"{name}（{code}）" if lang is Lang.ZH and name else code)
    kinds = lang("、", ", ").join(lang.of(Development(d)) for d in found.use.development.split(";"))
    return lang(f"{kinds} {'、'.join(said)}", f"{kinds}, industry {', '.join(said)}")
