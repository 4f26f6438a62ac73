"""A seeded province: rivers, polygons with holes, counties, forty rules about them, and places to ask about.

43 rivers with some 300,000 vertices, 3,000 polygons with holes and some 600,000 vertices, 117 counties. Of the places the first 2,000 are
the sample that is also measured by brute force (:func:`truth`), half of it put within some metres of a limit.
"""

from __future__ import annotations

import json
import pickle
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import shapely
from pyproj import Geod, Transformer

WEST, SOUTH, EAST, NORTH = 110.2, 34.6, 114.5, 40.7
SAMPLE = 2_000
GEOD = Geod(ellps="GRS80")
#: What other tools measure in: metres of the zone that the province lies in.
PLANE = "EPSG:32649"
_TO_PLANE = Transformer.from_crs("EPSG:4326", PLANE, always_xy=True)


@dataclass(frozen=True)
class Question:
    """A rule: which features of a layer, and how near counts (0: inside)."""

    layer: str
    rows: list[int]
    limit_m: float


def layers(seed: int = 20260101, share: float = 1.0) -> dict[str, list[shapely.Geometry]]:
    """Features of each layer; ``share`` of the vertices."""
    rng = np.random.default_rng(seed)
    return {"rivers": _rivers(rng, share), "areas": _areas(rng, share), "counties": _counties(rng)}


def questions(seed: int = 20260101) -> list[Question]:
    """Forty rules: of single rivers and groups of them, of kinds of areas, of groups of counties."""
    rng = np.random.default_rng(seed + 1)
    found = []
    for limit in (50.0, 100.0, 500.0, 1000.0, 1000.0, 2000.0, 2000.0, 5000.0):
        found.append(Question("rivers", [int(rng.integers(43))], limit))
        found.append(Question("rivers", sorted(rng.choice(43, 6, replace=False).tolist()), limit))
    for kind in range(8):
        rows = list(range(kind, 3000, 10))
        found.append(Question("areas", rows, 0.0))
        found.append(
            Question("areas", rows, [50.0, 100.0, 200.0, 500.0, 500.0, 1000.0, 1000.0, 2000.0][kind])
        )
    for group in range(8):
        found.append(Question("counties", list(range(group * 14, group * 14 + 14)), 0.0))
    return found


def points(count: int, features: dict[str, list[shapely.Geometry]], seed: int = 20260101) -> np.ndarray:
    """Places (n, 2): the sample first, then anywhere in the province."""
    rng = np.random.default_rng(seed + 2)
    anywhere = np.column_stack([rng.uniform(WEST, EAST, count), rng.uniform(SOUTH, NORTH, count)])
    asked = questions(seed)
    for k in range(SAMPLE // 2):  # beside the middle of an edge, at the limit give or take some metres
        question = asked[k % len(asked)]
        shape = features[question.layer][question.rows[int(rng.integers(len(question.rows)))]]
        xy = shapely.get_coordinates(shapely.boundary(shape) if shapely.get_dimensions(shape) == 2 else shape)
        at = int(rng.integers(len(xy) - 1))
        azimuth, _, _ = GEOD.inv(*xy[at], *xy[at + 1])
        middle = (xy[at] + xy[at + 1]) / 2
        side = 90 if rng.random() < 0.5 else -90
        away = max(question.limit_m + rng.normal(0, 1.5), 0.01)
        anywhere[k] = GEOD.fwd(*middle, azimuth + side, away)[:2]
    return anywhere


def lay_out(folder: Path, count: int, share: float = 1.0) -> dict[str, Any]:
    """Write the work for contestants: as drawn, and for other tools in metres of one zone, cut small."""
    features = layers(share=share)
    asked = questions()
    at = points(count, features)
    np.save(folder / "points.npy", at)
    np.save(folder / "points_m.npy", np.column_stack(_TO_PLANE.transform(*at.T)))
    (folder / "questions.json").write_text(json.dumps([vars(q) for q in asked]), encoding="utf-8")
    drawn = {name: [shapely.to_wkb(f) for f in shapes] for name, shapes in features.items()}
    (folder / "drawn.pickle").write_bytes(pickle.dumps(drawn))
    pieces: dict[str, tuple[list[int], list[bytes]]] = {}
    whole: dict[str, list[bytes]] = {}
    for name, shapes in features.items():
        owner, parts = [], []
        flat = [shapely.transform(s, lambda xy: np.column_stack(_TO_PLANE.transform(*xy.T))) for s in shapes]
        whole[name] = [shapely.to_wkb(f) for f in flat]
        for row, shape in enumerate(flat):
            for part in subdivided(shape):
                owner.append(row)
                parts.append(shapely.to_wkb(part))
        pieces[name] = (owner, parts)
    (folder / "pieces.pickle").write_bytes(pickle.dumps(pieces))
    (folder / "whole.pickle").write_bytes(pickle.dumps(whole))
    return {
        "points": count,
        "vertices": {
            name: int(shapely.get_num_coordinates(shapes).sum()) for name, shapes in features.items()
        },
        "pieces": {name: len(held[0]) for name, held in pieces.items()},
    }


def subdivided(shape: shapely.Geometry, segments: int = 32, vertices: int = 64) -> list[shapely.Geometry]:
    """Lines in runs of segments, polygons cut into parts of few vertices, as ST_Subdivide does."""
    if shapely.get_dimensions(shape) == 1:
        xy = shapely.get_coordinates(shape)
        runs = [xy[k : k + segments + 1] for k in range(0, len(xy) - 1, segments)]
        return [shapely.LineString(run) for run in runs]
    if shapely.get_num_coordinates(shape) <= vertices:
        return [p for p in shapely.get_parts(shape) if p.geom_type == "Polygon"]
    west, south, east, north = shapely.bounds(shape)
    if east - west > north - south:
        middle = (west + east) / 2
        boxes = [(west, south, middle, north), (middle, south, east, north)]
    else:
        middle = (south + north) / 2
        boxes = [(west, south, east, middle), (west, middle, east, north)]
    return [
        part
        for box in boxes
        for cut in [shapely.clip_by_rect(shape, *box)]
        if not shapely.is_empty(cut)
        for part in subdivided(cut, segments, vertices)
    ]


def truth(folder: Path) -> tuple[np.ndarray, np.ndarray]:
    """By brute force: which of the sample each rule bites, (rules, SAMPLE), and how far each is from its limit, metres.

    Edges near enough are searched for their nearest point by geodesics; independent of the product.
    """
    drawn = pickle.loads((folder / "drawn.pickle").read_bytes())
    shapes = {name: shapely.from_wkb(held) for name, held in drawn.items()}
    asked = [Question(**q) for q in json.loads((folder / "questions.json").read_text(encoding="utf-8"))]
    at = np.load(folder / "points.npy")[:SAMPLE]
    bites = np.zeros((len(asked), len(at)), dtype=bool)
    room = np.full((len(asked), len(at)), np.inf)
    dots = shapely.points(at)
    for number, question in enumerate(asked):
        own = shapes[question.layer][question.rows]
        if shapely.get_dimensions(own).max() == 2:
            held = np.unique(shapely.STRtree(own).query(dots, predicate="intersects")[0])
            bites[number, held] = True
        metres = _brute(own, at, question.limit_m)
        if question.limit_m > 0:
            bites[number] |= metres <= question.limit_m
        room[number] = np.abs(metres - question.limit_m)
    return bites, room


def _brute(shapes: np.ndarray, at: np.ndarray, limit_m: float) -> np.ndarray:
    """Geodesic distance to the lines and rings; infinite where far beyond the limit."""
    rings = shapely.get_parts(
        np.array([shapely.boundary(s) if shapely.get_dimensions(s) == 2 else s for s in shapes])
    )
    xy, ring = shapely.get_coordinates(rings, return_index=True)
    same = np.flatnonzero(ring[1:] == ring[:-1])
    start, end = xy[same], xy[same + 1]
    lowest = np.minimum(start, end)
    highest = np.maximum(start, end)
    reach = np.array([1.0 / 80_000, 1.0 / 110_000]) * (limit_m + 50.0)
    tree = shapely.STRtree(shapely.box(*lowest.T, *highest.T))
    place, edge = tree.query(shapely.box(*(at - reach).T, *(at + reach).T))
    p, a, b = at[place], start[edge], end[edge]
    low, high = np.zeros(len(p)), np.ones(len(p))

    def metres(t: np.ndarray) -> np.ndarray:
        on = a + t[:, None] * (b - a)
        return GEOD.inv(*p.T, *on.T)[2]

    for _ in range(40):  # the distance along an edge falls, then rises
        one, two = low + (high - low) / 3, high - (high - low) / 3
        nearer = metres(one) < metres(two)
        high, low = np.where(nearer, two, high), np.where(nearer, low, one)
    found = np.full(len(at), np.inf)
    np.minimum.at(
        found, place, np.minimum(metres((low + high) / 2), np.minimum(metres(low * 0), metres(low * 0 + 1)))
    )
    return found


def _rivers(rng: np.random.Generator, share: float) -> list[shapely.Geometry]:
    found = []
    count = int(6_977 * share)
    for _ in range(43):
        along = np.linspace(0, 1, count)
        start = rng.uniform((WEST + 0.3, SOUTH + 0.3), (EAST - 0.3, NORTH - 0.3))
        heading = rng.uniform(0, 2 * np.pi) + sum(
            rng.uniform(0.2, 0.8) * np.sin(2 * np.pi * (along * turns + rng.random()))
            for turns in (1, 3, 11, 47, 160)
        )
        step = rng.uniform(0.8, 2.0) / count
        xy = start + np.cumsum(np.column_stack([np.cos(heading), 0.8 * np.sin(heading)]) * step, axis=0)
        found.append(shapely.LineString(xy))
    return found


def _areas(rng: np.random.Generator, share: float) -> list[shapely.Geometry]:
    found = []
    outer, inner = int(150 * share), max(int(49 * share), 5)
    for _ in range(3_000):
        middle = rng.uniform((WEST, SOUTH), (EAST, NORTH))
        size = rng.uniform(0.003, 0.03)
        turn = np.sort(rng.uniform(0, 2 * np.pi, outer))
        wave = 1 + 0.25 * np.sin(3 * turn + rng.uniform(0, 6)) + 0.05 * rng.random(outer)
        ring = middle + size * np.column_stack([wave * np.cos(turn), 0.8 * wave * np.sin(turn)])
        turn = np.linspace(0, 2 * np.pi, inner, endpoint=False)
        hole = middle + 0.3 * size * np.column_stack([np.cos(turn), 0.8 * np.sin(turn)])
        whole = shapely.Polygon(ring, [hole])
        found.append(whole if whole.is_valid else shapely.Polygon(ring).buffer(0))
    return found


def _counties(rng: np.random.Generator) -> list[shapely.Geometry]:
    province = shapely.box(WEST, SOUTH, EAST, NORTH)
    seats = shapely.MultiPoint(rng.uniform((WEST, SOUTH), (EAST, NORTH), (117, 2)))
    cells = shapely.get_parts(shapely.voronoi_polygons(seats, extend_to=province))
    return [shapely.segmentize(shapely.intersection(cell, province), 0.005) for cell in cells]
