"""Painting: what is painted cell by cell is what measuring each cell would say, by either engine."""

from __future__ import annotations

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from geo.index import Cells, ReferenceIndex
from geo.index.compiled import CompiledAreas, CompiledEdges
from geo.index.pieces import segments
from geo.index.planar import PlanarEdges

ENGINES = {"compiled": CompiledEdges, "planar": PlanarEdges}


@st.composite
def worlds(draw: st.DrawFn) -> tuple[np.ndarray, Cells]:
    """Some lines, rings and points about a grid of up to 40 by 40 cells, somewhere in the province."""
    west, north = draw(st.floats(110, 114)), draw(st.floats(35, 40))
    step = draw(st.sampled_from([1 / 10800, 1 / 3600, 0.003]))
    rows, columns = draw(st.integers(1, 40)), draw(st.integers(1, 40))
    place = st.tuples(st.floats(-20, 60), st.floats(-20, 60)).map(
        lambda xy: (west + xy[0] * step, north - xy[1] * step)
    )
    lines = draw(st.lists(st.lists(place, min_size=2, max_size=6), min_size=1, max_size=8))
    shapes = [shapely.LineString(xy) for xy in lines] + [shapely.Point(draw(place))]
    return np.array(shapes, dtype=object), Cells(west, north, step, step, rows, columns)


@pytest.mark.parametrize("engine", ENGINES)
@settings(deadline=None, max_examples=20)
@given(world=worlds(), share=st.floats(0, 2))
def test_painting_is_measuring_every_cell(engine: str, world: tuple[np.ndarray, Cells], share: float) -> None:
    shapes, cells = world
    row, column = (at.ravel() for at in np.indices(cells.shape))
    middles = shapely.points(cells.middles(row, column))
    measured = ReferenceIndex(shapes).nearest_edge(middles).distance_m.reshape(cells.shape)
    limit = share * float(np.median(measured))
    edges = ENGINES[engine](*segments(shapes))
    clear = np.abs(measured - limit) > 1e-3 + 1e-6 * measured  # on the limit itself a millimetre decides
    there = np.arange(measured.size).reshape(cells.shape) % 3 == 0
    assert (edges.within(cells, limit, there.copy()) == (edges.within(cells, limit) | there)).all()
    assert (edges.within(cells, limit) == (measured <= limit))[clear].all()
    # of a foot in the middle of a block of 16 by 16 cells one length of a degree is taken: it changes with latitude
    assert np.allclose(edges.distances(cells), measured, rtol=1e-5 + np.radians(8 * cells.step_y), atol=2e-3)


@settings(deadline=None, max_examples=60)
@given(world=worlds(), share=st.floats(0, 2), pick=st.integers(0, 10**6))
def test_runs_of_cells_are_the_cells_within_each_limit(
    world: tuple[np.ndarray, Cells], share: float, pick: int
) -> None:
    shapes, cells = world
    row, column = (at.ravel() for at in np.indices(cells.shape))
    measured = ReferenceIndex(shapes).nearest_edge(shapely.points(cells.middles(row, column))).distance_m
    edges = CompiledEdges(*segments(shapes))
    near_one = float(
        measured[pick % len(measured)]
    )  # limits so near to a cell's distance that a millimetre decides
    for limit in (share * float(np.median(measured)), near_one, near_one + 2e-3, max(0.0, near_one - 2e-3)):
        runs = edges.within_by_spans(cells, limit)
        assert (runs == edges.within_by_blocks(cells, limit)).all()
        clear = np.abs(measured - limit) > 1e-3 + 1e-6 * measured
        assert (runs.ravel() == (measured <= limit))[clear].all()


@pytest.mark.parametrize("seed", range(8))
def test_runs_over_many_rows_are_the_cells_of_blocks(seed: int) -> None:
    # rows are taken sixteen at once, and what neighbours leave in a row is joined: rings and chains that come back to their rows
    rng = np.random.default_rng(seed)
    step = [1 / 10800, 1 / 3600, 0.003, 0.02][seed % 4]
    cells = Cells(rng.uniform(110, 114), [39.0, 0.3, -20.0, 71.0][seed // 2], step, step, 170, 230)
    middle = np.array([cells.west + 115 * step, cells.north - 85 * step])
    turn = np.linspace(0, 2 * np.pi, 90)
    shapes: list[shapely.Geometry] = []
    for _ in range(8):
        at = middle + rng.normal(0, 60 * step, 2)
        shapes.append(
            shapely.LineString(at + 40 * rng.random() * step * np.column_stack([np.cos(turn), np.sin(turn)]))
        )
        shapes.append(shapely.LineString(at + np.cumsum(rng.normal(0, step, (120, 2)), axis=0)))
        shapes.append(shapely.LineString([at, at + np.array([0.0, 30 * step])]))  # upright
        shapes.append(shapely.LineString([at, at + np.array([90 * step, 0.0])]))  # level
    edges = CompiledEdges(*segments(np.array(shapes, dtype=object)))
    for rows in (0.0, 0.4, 3.3, 17.0):
        limit = rows * cells.height_m
        runs = edges.within_by_spans(cells, limit)
        assert rows < 1 or 0 < runs.sum() < runs.size
        assert (runs == edges.within_by_blocks(cells, limit)).all()


def _checked_distances(shapes: list[shapely.Geometry], cells: Cells, seed: int) -> tuple[np.ndarray, int]:
    """Painted distances of all cells, compared at 2,000 of them and all corners with measuring; and the work."""
    rng = np.random.default_rng(seed)
    index = ReferenceIndex(np.array(shapes, dtype=object))
    painted = index.paint_distance(cells)
    row = np.append(rng.integers(0, cells.rows, 2_000), [0, 0, cells.rows - 1, cells.rows - 1])
    column = np.append(rng.integers(0, cells.columns, 2_000), [0, cells.columns - 1, 0, cells.columns - 1])
    measured = index.nearest_edge(shapely.points(cells.middles(row, column))).distance_m
    assert np.allclose(painted[row, column], measured, rtol=1e-5 + np.radians(8 * cells.step_y), atol=2e-3)
    return painted, index.painting_work


@pytest.mark.parametrize("seed", range(4))
def test_distances_over_many_blocks(seed: int) -> None:
    rng = np.random.default_rng(seed)
    step = [1 / 3600, 1 / 10800, 1 / 3600, 0.003][seed]
    cells = Cells(111.3, 37.2, step, step, 530, 790)  # blocks of 256, cut short at two edges
    middle = np.array([111.3 + 395 * step, 37.2 - 265 * step])
    shapes: list[shapely.Geometry] = [shapely.Point(middle + np.array([0, 300 * step]))]
    for _ in range(6):  # winding ones, long straight ones
        steps = rng.normal(0, step, (2_000, 2))
        shapes.append(shapely.LineString(middle + rng.normal(0, 300 * step, 2) + np.cumsum(steps, axis=0)))
        shapes.append(shapely.LineString(middle + rng.normal(0, 400 * step, (2, 2))))
    _, work = _checked_distances(shapes, cells, seed)
    assert work < 1.5 * cells.rows * cells.columns  # of 12,000 segments; with blocks, parts and rows of them


def test_many_lines_as_near_as_one_another() -> None:
    # from the middle of a ring every part of it is the nearest; 20,000 of them are more than a block has room for at first
    turn = np.linspace(0, 2 * np.pi, 20_001)
    ring = np.column_stack([111.5 + 0.25 * np.cos(turn), 37.0 + 0.2 * np.sin(turn)])
    cells = Cells(111.5 - 0.02, 37.0 + 0.02, 1 / 3600, 1 / 3600, 144, 144)
    _checked_distances([shapely.LineString(ring)], cells, 5)


def test_no_cell_is_left_out_however_far_off_everything_is() -> None:
    cells = Cells(111.0, 0.5, 0.02, 0.02, 300, 300)  # 650 km either way, where no plane is true
    far = [shapely.LineString([(120.0 + k, -10.0), (120.3 + k, -9.5)]) for k in range(4)]
    painted = ReferenceIndex(np.array(far, dtype=object)).paint_distance(cells)
    row, column = (at.ravel()[::997] for at in np.indices(cells.shape))
    measured = ReferenceIndex(np.array(far, dtype=object)).nearest_edge(
        shapely.points(cells.middles(row, column))
    )
    assert np.allclose(painted[row, column], measured.distance_m, rtol=5e-3)


def test_a_long_segment_is_painted_to_the_millimetre() -> None:
    # over 60 km a degree of longitude changes by half a per cent: one plane for all of it would be metres off
    line = np.array([shapely.LineString([(111.2, 35.0), (111.6, 35.5)])], dtype=object)
    edges, index = CompiledEdges(*segments(line)), ReferenceIndex(line)
    cells = Cells(111.3, 35.35, 1 / 3600, 1 / 3600, 300, 600)
    row, column = (at.ravel() for at in np.indices(cells.shape))
    measured = index.nearest_edge(shapely.points(cells.middles(row, column))).distance_m
    for limit in (500.0, 2_000.0, 6_000.0):
        painted = edges.within_by_spans(cells, limit)
        assert 0 < painted.sum() < painted.size
        assert (painted == edges.within_by_blocks(cells, limit)).all()
        clear = np.abs(measured - limit) > 2e-3
        assert (painted.ravel() == (measured <= limit))[clear].all()


@settings(deadline=None, max_examples=40)
@given(
    seed=st.integers(0, 10**6),
    step=st.sampled_from([1 / 10800, 1 / 3600, 0.003]),
    shape=st.tuples(st.integers(1, 60), st.integers(1, 60)),
)
def test_cells_inside_polygons_with_holes(seed: int, step: float, shape: tuple[int, int]) -> None:
    rng = np.random.default_rng(seed)
    cells = Cells(rng.uniform(110, 114), rng.uniform(35, 40), step, step, *shape)
    polygons = []
    for _ in range(rng.integers(1, 6)):  # they overlap, reach beyond the cells, may hold them all
        at = (cells.west + rng.uniform(-20, 60) * step, cells.north - rng.uniform(-20, 60) * step)
        turn = np.sort(rng.uniform(0, 2 * np.pi, rng.integers(3, 12)))
        ring = np.column_stack([np.cos(turn), np.sin(turn)]) * rng.uniform(2, 60) * step
        shell = shapely.Polygon(at + ring)
        hole = shapely.Polygon(np.array(at) + ring * rng.uniform(0.1, 0.7))
        polygons.append(shell.difference(hole) if rng.random() < 0.5 else shell)
    held = np.array([p for p in polygons if shapely.area(p) > 0], dtype=object)
    row, column = (at.ravel() for at in np.indices(cells.shape))
    middles = shapely.points(cells.middles(row, column))
    expected = np.zeros(len(middles), dtype=bool)
    expected[shapely.STRtree(held).query(middles, predicate="within")[0]] = True
    areas = CompiledAreas(held)
    assert (areas.inside(cells).ravel() == expected).all()
    assert areas.work <= len(segments(held)[0]) * cells.rows


def test_rows_that_many_edges_cross() -> None:
    # 40 bars that overlap here and there: 80 crossings a row of 60 cells, more than are sorted or have room at first
    rng = np.random.default_rng(3)
    cells = Cells(111.0, 36.0, 1 / 3600, 1 / 3600, 30, 60)
    west = 111.0 + rng.uniform(-5, 60, 40) / 3600
    bars = shapely.box(west, 35.98, west + rng.uniform(0.1, 2.0, 40) / 3600, 36.01)
    areas = CompiledAreas(bars)
    painted = areas.inside(cells)
    row, column = (at.ravel() for at in np.indices(cells.shape))
    held = shapely.STRtree(bars).query(shapely.points(cells.middles(row, column)), predicate="within")[0]
    expected = np.isin(np.arange(row.size), held).reshape(cells.shape)
    assert (painted == expected).all() and 0 < expected.sum() < expected.size
    assert areas.work > 30 * 70


def test_a_limit_below_nothing_paints_nothing() -> None:
    cells = Cells(111, 35, 0.001, 0.001, 4, 4)
    line = ReferenceIndex(np.array([shapely.LineString([(111, 34.998), (112, 34.998)])]))
    assert not line.paint_within(cells, -1.0).any()
    nothing = ReferenceIndex(np.array([], dtype=object))
    assert not nothing.paint_within(cells, 1e6).any()
    assert np.isinf(nothing.paint_distance(cells)).all()
