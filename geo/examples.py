"""The rules' inline examples, run as tests through the very stages that screen real sites.

An example's world is synthetic: the rule's reference runs along the meridian 111.5° E (or is a polygon
whose eastern edge does, or a point on it), and the site lies east of it by the offset, in true metres.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import geopandas as gpd
import shapely

from geo.catalog import LayerCatalog
from geo.contracts import conform, split
from geo.findings import measure_sites
from geo.frames import SITES
from geo.layer import Covers, Layer
from geo.rule import Bounds, Example, ExampleWorld, Reference, Rule
from geo.rulebook import RuleBook
from geo.scope import match_sites
from geo.space import WORKING_CRS, move
from geo.terms import PROXY_LINES, Line, Measure, Theme
from geo.verdicts import judge_findings
from geo.zones import find_zones

#: The day of examples that name none.
EXAMPLE_DAY = date(2026, 1, 1)
_LON, _LAT = 111.5, 36.0
_EVERYWHERE = shapely.box(100, 25, 125, 45)
_ELSEWHERE = shapely.box(60, 25, 61, 26)
_POINTS = frozenset({Theme.CHP_PLANT, Theme.SENSITIVE_POINT, Theme.OUTFALL, Theme.TAILINGS, Theme.WASTE_SITE})
_LINES = frozenset({Theme.RIVER, Theme.LEVEE, Theme.CANAL, Theme.RAILWAY, Theme.ROAD})
#: An industry that no group names: software.
_UNRELATED = "6513"


@dataclass(frozen=True)
class ExampleResult:
    """What an example expected and what it got."""

    rule_id: str
    number: int  # in the file, from 1
    example: Example
    outcome: str
    worst: str
    causes: tuple[str, ...]
    reasons: str

    @property
    def passed(self) -> bool:
        """Whether outcome, cause and words are as expected."""
        cause, says, worst = self.example.cause, self.example.says, self.example.worst
        return (
            self.outcome == self.example.expect
            and (cause is None or cause in self.causes)
            and (worst is None or self.worst == worst)
            and (says is None or says in self.reasons)
        )


def run_examples(
    rulebook: RuleBook, rule_ids: Iterable[str] | None = None, world_of: Rule | None = None
) -> list[ExampleResult]:
    """Run the inline examples of some or all rules.

    ``world_of``: build the synthetic worlds for this rule instead, to see what a changed rule makes of
    the examples of the unchanged one.
    """
    chosen = [rulebook[rule_id] for rule_id in (rule_ids or rulebook.rules)]
    return [result for rule in chosen for result in _run(world_of or rule, rulebook.only([rule.id]))]


def _run(rule: Rule, book: RuleBook) -> list[ExampleResult]:
    worlds: dict[str, list[int]] = {}
    for number, example in enumerate(rule.examples):
        key = f"{example.on}{example.world.model_dump_json()}"
        worlds.setdefault(key, []).append(number)
    results = [result for numbers in worlds.values() for result in _run_in_one_world(rule, book, numbers)]
    return sorted(results, key=lambda result: result.number)


def _run_in_one_world(rule: Rule, book: RuleBook, numbers: list[int]) -> list[ExampleResult]:
    examples = [rule.examples[number] for number in numbers]
    on = examples[0].on or EXAMPLE_DAY
    catalog = _world(rule, examples[0].world)
    sites = _sites(rule, examples)
    scope = match_sites(sites, book, catalog, on)
    zones = find_zones([book[rule_id] for rule_id in dict.fromkeys(scope.rules["rule_id"])], catalog, on)
    measured = measure_sites(sites, scope, zones, book, catalog, on)
    findings, verdicts = judge_findings(sites, scope, measured, book, on)
    causes = findings.groupby("site_id")["cause"].agg(lambda found: tuple(split(";".join(found))))
    reasons = findings.groupby("site_id")["reason"].agg("\n".join)
    return [
        ExampleResult(
            rule.id,
            number + 1,
            example,
            verdict.outcome,
            verdict.worst_case,
            causes.get(verdict.site_id, ()),
            reasons.get(verdict.site_id, verdict.reasons),
        )
        for number, example, verdict in zip(numbers, examples, verdicts.itertuples(), strict=True)
    ]


class _World(LayerCatalog):
    """A catalogue in memory without divisions: sites of examples declare theirs."""

    reach: shapely.Geometry = _EVERYWHERE

    def divisions(self) -> None:
        return None

    def area_of(self, adcodes: Iterable[str]) -> shapely.Geometry:
        """The reach a clause names: everywhere, or far away."""
        return self.reach


def _world(rule: Rule, world: ExampleWorld) -> LayerCatalog:
    catalog = _World([], Path())
    catalog.reach = _EVERYWHERE if world.in_reach else _ELSEWHERE
    near = world.theme or (rule.measured_from[0].theme if rule.measured_from else None)
    for number, reference in enumerate(rule.measured_from):
        is_near = reference.theme is near
        if world.missing and (is_near or world.theme is None):
            continue
        layer = Layer(
            key=f"例{number}",
            theme=reference.theme,
            path="例",
            line=(world.line if is_near else None) or reference.line,
            accuracy_m=world.accuracy,
            half_width_m=world.half_width,
            source="例",
            licence="例",
            covers=Covers(area="例") if world.covered else None,
            demo=world.demo,
        )
        catalog.layers.append(layer)
        catalog.frames[layer.key] = _features(rule, reference, world, layer.line, is_near)
        catalog._coverage[layer.key] = _EVERYWHERE if world.covered else None
    return catalog


def _features(
    rule: Rule, reference: Reference, world: ExampleWorld, line: Line | None, is_near: bool
) -> gpd.GeoDataFrame:
    """The reference's one feature at the meridian, or none where it is not near."""
    attributes: dict[str, object] = {"name": "例"}
    for attribute, condition in reference.where.items():
        if isinstance(condition, Bounds):
            attributes[attribute] = condition.min if condition.min is not None else condition.max
        else:
            attributes[attribute] = condition if isinstance(condition, str) else condition[0]
    attributes.update(world.feature)
    geometry = _geometry(rule, reference.theme, line)
    frame = gpd.GeoDataFrame([attributes], geometry=[geometry], crs=WORKING_CRS)
    return frame if is_near else frame.iloc[:0]


def _geometry(rule: Rule, theme: Theme, line: Line | None) -> shapely.Geometry:
    if rule.measure is Measure.WITHIN_DISTANCE:
        if theme in _POINTS:
            return shapely.Point(_LON, _LAT)
        is_line = theme in _LINES
    else:
        is_line = line in PROXY_LINES
    if is_line:
        return shapely.LineString([(_LON, _LAT - 1), (_LON, _LAT + 1)])
    return shapely.box(_LON - 1, _LAT - 1, _LON, _LAT + 1)


def _sites(rule: Rule, examples: list[Example]) -> gpd.GeoDataFrame:
    home = rule.jurisdiction.adcode[0].ljust(6, "0")
    rows = []
    for number, example in enumerate(examples):
        site = example.site
        offset = site.offset
        if offset is None:
            offset = {Measure.WITHIN_DISTANCE: 0.0, Measure.OUTSIDE: 1000.0}.get(rule.measure, -1000.0)
        rows.append(
            {
                "site_id": str(number),
                "name": site.name,
                "industry": site.industry or _UNRELATED,
                "processes": ";".join(site.processes),
                "facts": ";".join(f"{fact}={value:g}" for fact, value in site.facts.items()),
                "development": site.development,
                "purpose": site.purpose,
                "adcode": site.adcode or home,
                "datum": site.datum,
                "accuracy_m": site.accuracy or 0.0,
                "evidence": ";".join(site.evidence),
                "basis": "",
                "source": "例",
                "geometry": shapely.Point(move(_LON, _LAT, 90.0, offset)),
            }
        )
    return conform(gpd.GeoDataFrame(rows, geometry="geometry", crs=WORKING_CRS), SITES)
