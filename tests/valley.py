"""A hand-made valley in metres about 111° E, 35.5° N: rivers, levees, lakes, counties, tasks."""

from __future__ import annotations

from datetime import date
from typing import Any

import shapely

from geo.restoration.strips import StripMaker
from geo.rulebook import RuleBook
from geo.space import LocalPlane
from geo.task import RestorationTask
from tests.worlds import DAY, Entry, entry, in_memory, rulebook
from tests.worlds import rule as plain_rule

PLANE = LocalPlane(111.0, 35.5)


def metres(shape: shapely.Geometry) -> shapely.Geometry:
    """A shape given in metres about 111° E, 35.5° N."""
    return PLANE.back(shapely.segmentize(shape, 200.0))


def line(*xy: tuple[float, float]) -> shapely.Geometry:
    return metres(shapely.LineString(xy))


def area(*xy: tuple[float, float]) -> shapely.Geometry:
    return metres(shapely.Polygon(xy))


def county(
    west: float = -5_000, east: float = 5_000, code: str = "140800"
) -> tuple[shapely.Geometry, dict[str, Any]]:
    """A county from west to east in metres, 20 km high."""
    square = area((west, -10_000), (east, -10_000), (east, 10_000), (west, 10_000))
    return square, {"adcode": code, "name": f"县{code}", "level": "county"}


def counties(*held: tuple[shapely.Geometry, dict[str, Any]]) -> Entry:
    return entry("admin", *held, key="counties", accuracy_m=0.1, covers=None)


def task(task_id: str = "AA-01", **changes: Any) -> RestorationTask:
    stated = {
        "id": task_id,
        "plan": "plan-1408",
        "title": {"zh": f"任务{task_id}", "en": task_id},
        "section": "一",
        "key_terms": ["词"],
        "strength": "mandatory",
        "jurisdiction": {"adcode": ["1408"]},
        "in_force": {"from": date(2021, 1, 1)},
        "ground": "strip",
        "place": {
            "theme": "river",
            "where": {"name": "汾河"},
            "line": "waterline",
            "accept": ["bank", "centreline"],
        },
        "width": {date(2021, 1, 1): "100 m"},
        "treatments": ["afforest"],
        **changes,
    }
    return RestorationTask.model_validate({k: v for k, v in stated.items() if v is not None})


def book(*tasks: RestorationTask) -> RuleBook:
    plain = rulebook(plain_rule("AA-99"))
    return RuleBook(plain.rules, plain.plans, plain.groups, plain.sources, {t.id: t for t in tasks})


def draw(tasks: list[RestorationTask], *layers: Entry, **options: Any) -> Any:
    held = layers if any(e.layer.theme == "admin" for e in layers) else (counties(county()), *layers)
    maker = StripMaker(book(*tasks), in_memory(*held), DAY, **options)
    return maker.draw(tasks)


def middles(strips: Any) -> Any:
    """The middle of each strip, longitude and latitude."""
    return shapely.get_coordinates(shapely.centroid(strips.geometry.to_numpy()))


def by_bank(strips: Any) -> dict[str, float]:
    return strips.groupby("bank")["area_ha"].sum().to_dict()


FEN = {"name": "汾河"}
#: A channel 200 m wide from 30 km west to 30 km east.
CHANNEL = area((-30_000, -100), (30_000, -100), (30_000, 100), (-30_000, 100))


def channel(**manifest: Any) -> Entry:
    return entry("river", (CHANNEL, FEN), **{"line": "waterline", "key": "water", **manifest})


def course(*points: tuple[float, float], **manifest: Any) -> Entry:
    """A centreline that flows as it is drawn."""
    return entry(
        "river",
        (line(*points), FEN),
        **{"line": "centreline", "key": "course", "flow": "digitised", **manifest},
    )


EASTWARD = ((-30_000, 0), (30_000, 0))
