"""Which layers a project shows: each content of the run once, and the parts of it that a planner asks for."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import geopandas as gpd
import pandas as pd

from geo.terms import Effect, Outcome, Term
from geo.writers.content import Content, Group, Kind
from geo.writers.qgis.looks import look_of
from geo.writers.qgis.looks.look import Look
from geo.writers.qgis.looks.sites import ringed
from geo.writers.styles import EFFECTS, OUTCOMES
from geo.writers.subject import SITES, About, Subject

DEMO_GROUP = ("演示数据（程序生成，不作数）", "Demonstration data (generated, does not count)")
CITY_GROUP = ("分市", "By city")

#: Outcomes of sites that surely conflict with a rule.
CONFLICTING = (Outcome.PROHIBITED, Outcome.MUST_EXIT, Outcome.RESTRICTED, Outcome.CONDITIONAL)


class Question(Term):
    """What a planner opens the project for; each is a map theme."""

    OVERVIEW = "研判总图", "研判总图", "Overview"
    CONFLICTS = "选址冲突", "选址冲突", "Conflicts of sites"
    RESTORATION = "生态修复", "生态修复", "Restoration"
    COVERAGE = "数据覆盖", "数据覆盖", "Data coverage"
    GROUND = "可选址范围", "可选址范围", "Ground left for the use"
    LIMITS = "管控范围与备选地", "管控范围与备选地", "Zones and candidates"


_ALL = frozenset({Question.OVERVIEW, Question.CONFLICTS, Question.RESTORATION, Question.COVERAGE})
_CONFLICTS = frozenset({Question.OVERVIEW, Question.CONFLICTS})
_NEAR = frozenset({Question.CONFLICTS})  # too small for a sheet of the whole
_RESTORATION = frozenset({Question.RESTORATION})
_COVERAGE = frozenset({Question.COVERAGE})


@dataclass(frozen=True)
class MapLayer:
    """One layer of a project: a content, the rows of it that are shown, and how."""

    key: str
    title: str
    path: tuple[str, ...]
    content: Content
    frame: pd.DataFrame
    look: Look
    subset: str = ""
    questions: frozenset[Question] = frozenset()
    city: str = ""
    file: str = SITES.geopackage
    opens_with: Question = Question.CONFLICTS

    @property
    def id(self) -> str:
        """Fixed, so that the same run gives the same file."""
        return f"hongxian_{self.key}"

    @property
    def visible(self) -> bool:
        """Whether the project opens with it."""
        return self.opens_with in self.questions


def plan_layers(contents: Sequence[Content], subject: Subject = SITES) -> list[MapLayer]:
    """The layers of a project, in the order of its tree; a content without rows is left out."""
    layers = [layer for content in contents for layer in _parts(content) if len(layer.frame)]
    if subject.about is About.RESTORATION:
        layers = [dataclasses.replace(layer, opens_with=Question.RESTORATION) for layer in layers]
    if subject.about is About.GROUND:
        layers = [
            _about_ground(layer) for layer in layers if layer.path[1:] not in {(t,) for t in CITY_GROUP}
        ]
    layers = [dataclasses.replace(layer, file=subject.geopackage) for layer in layers]
    return sorted(layers, key=lambda layer: (group_rank(layer.path[0]), layer.path[1:] != ()))


def group_rank(title: str) -> int:
    """The place of a group in the tree, by its title in either language."""
    return next(number for number, group in enumerate(Group) if title in (group.zh, group.en))


def _about_ground(layer: MapLayer) -> MapLayer:
    """The layer in a project about the ground left for a use, which opens with that ground; zones are a theme apart."""
    shown = {
        Group.OUTCOMES: {Question.GROUND, Question.LIMITS},
        Group.GROUND: {Question.GROUND, Question.LIMITS}
        if layer.key != "availability"
        else {Question.GROUND},
        Group.ZONES: {Question.LIMITS} if layer.questions else set(),
        Group.BASE: {Question.GROUND, Question.LIMITS, Question.COVERAGE},
        Group.REFERENCES: {Question.COVERAGE} if layer.questions else set(),
        Group.COVERAGE: {Question.COVERAGE},
    }
    questions = frozenset(shown.get(layer.content.group, set()))
    return dataclasses.replace(layer, questions=questions, opens_with=Question.GROUND)


def drawing_order(layers: Sequence[MapLayer]) -> list[MapLayer]:
    """Points above lines above areas, whatever their group; the base map lowest."""
    rank = {Kind.POINT: 0, Kind.LINE: 1, Kind.AREA: 2, Kind.TABLE: 3}

    def place(layer: MapLayer) -> tuple[int, int, int]:
        base = layer.content.group is Group.BASE
        ringed_below = layer.key in ("sites_open", "sites_conflicting", "conflict_points")
        kind = rank[layer.content.kind]
        if layer.content.name == "cities":  # outlines: on the zones, under every line
            return (2, -1, 0)
        ground = base and layer.content.kind is Kind.AREA
        if layer.key == "availability":  # the ground told apart: under all but the base map's ground
            return (2, 2, 0)
        return (3 if ground else kind, int(ringed_below or base), 0)

    return sorted(layers, key=place)


def _parts(content: Content) -> Iterator[MapLayer]:
    if content.name == "sites":
        yield from _of_sites(content)
    elif content.name == "zones":
        yield from _of_zones(content)
    elif content.group is Group.REFERENCES and "demo" in content.contract:
        yield from _of_references(content)
    else:
        yield _whole(content)


def _whole(content: Content, **changes: object) -> MapLayer:
    made = MapLayer(
        content.name,
        content.title,
        (content.lang.of(content.group),),
        content,
        content.frame,
        look_of(content.name, content, content.frame),
        questions=_QUESTIONS.get(content.name, _BY_GROUP[content.group]),
    )
    return dataclasses.replace(made, **changes) if changes else made  # type: ignore[arg-type]


#: Which themes show a layer: by its name, else by its group.
_QUESTIONS: dict[str, frozenset[Question]] = {
    "findings": frozenset(),
    "rejected": frozenset(),
    "set_aside": frozenset(),
    "deficit": _RESTORATION,
    "zone_stack": frozenset(),
}
_BY_GROUP: dict[Group, frozenset[Question]] = {
    Group.OUTCOMES: _ALL,
    Group.GROUND: frozenset({Question.GROUND}),
    Group.TO_SETTLE: _NEAR,
    Group.CONFLICTS: _NEAR,
    Group.ZONES: _CONFLICTS,
    Group.RESTORATION: _RESTORATION,
    Group.REFERENCES: _COVERAGE,
    Group.BASE: _ALL,
    Group.COVERAGE: _COVERAGE,
}


def _of_sites(content: Content) -> Iterator[MapLayer]:
    frame = content.frame
    yield _whole(content)
    for city in sorted(set(frame["city"]) - {""}):
        chosen = frame["city"] == city
        yield _part(
            content,
            f"sites_{city}",
            content.lang(f"{city}项目", f"Sites in {city}"),
            f"\"city\"='{city}'",
            chosen,
            (content.lang(*CITY_GROUP),),
            city=city,
        )
    undetermined = OUTCOMES[Outcome.UNDETERMINED].colour
    yield _part(
        content,
        "sites_open",
        content.lang("待核实项目", "Undetermined sites"),
        f"\"outcome\"='{Outcome.UNDETERMINED}'",
        frame["outcome"] == Outcome.UNDETERMINED,
        group=Group.TO_SETTLE,
        look=ringed("sites_open", content, undetermined),
    )
    listed = ",".join(f"'{outcome}'" for outcome in CONFLICTING)
    yield _part(
        content,
        "sites_conflicting",
        content.lang("有冲突的项目", "Sites in conflict"),
        f'"outcome" IN ({listed})',
        frame["outcome"].isin([str(outcome) for outcome in CONFLICTING]),
        group=Group.CONFLICTS,
        look=ringed("sites_conflicting", content, "#A50F15"),
        questions=_CONFLICTS,
    )


def _of_zones(content: Content) -> Iterator[MapLayer]:
    frame = content.frame
    shown = {
        Effect.RESTORE: _RESTORATION,
        Effect.PROTECT: _RESTORATION,
        Effect.INFORM: frozenset(),
    }
    for demo in (False, True):
        for effect in EFFECTS:
            yield _part(
                content,
                f"zones_{effect}" + ("_demo" if demo else ""),
                content.lang.of(effect).capitalize()
                + (content.lang("（演示）", " (demonstration)") if demo else ""),
                f'"effect"=\'{effect}\' AND "demo"={int(demo)}',
                (frame["effect"] == effect) & (frame["demo"] == demo),
                (content.lang(*DEMO_GROUP),) if demo else (),
                questions=frozenset() if demo else shown.get(effect, _CONFLICTS),
            )


def _of_references(content: Content) -> Iterator[MapLayer]:
    for demo in (False, True):
        yield _part(
            content,
            content.name + ("_demo" if demo else ""),
            content.title + (content.lang("（演示）", " (demonstration)") if demo else ""),
            f'"demo"={int(demo)}',
            content.frame["demo"] == demo,
            (content.lang(*DEMO_GROUP),) if demo else (),
            questions=frozenset() if demo else _COVERAGE,
        )


def _part(
    content: Content,
    key: str,
    title: str,
    subset: str,
    chosen: pd.Series,
    under: tuple[str, ...] = (),
    group: Group | None = None,
    look: Look | None = None,
    questions: frozenset[Question] = frozenset(),
    city: str = "",
) -> MapLayer:
    frame = content.frame[chosen.to_numpy(bool)]
    return MapLayer(
        key,
        title,
        (content.lang.of(group or content.group), *under),
        content,
        frame,
        look or look_of(key, content, frame),
        subset,
        questions,
        city,
    )


def extent_of(frame: pd.DataFrame) -> tuple[float, float, float, float] | None:
    """West, south, east, north of a layer's rows, in EPSG:4490."""
    if not isinstance(frame, gpd.GeoDataFrame) or frame.empty:
        return None
    west, south, east, north = frame.total_bounds
    return float(west), float(south), float(east), float(north)
