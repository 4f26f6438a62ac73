"""Painting: what is painted cell by cell is what measuring each cell would say, by either engine."""

from __future__ import annotations

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from geo.index import Cells, ReferenceIndex
from geo.index.compiled import CompiledEdges
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
    assert (edges.within(cells, limit) == (measured <= limit))[clear].all()
    # of a block of 4 by 4 cells one length of a degree is taken: it changes with latitude
    assert np.allclose(edges.distances(cells), measured, rtol=1e-5 + np.radians(4 * cells.step_y), atol=2e-3)


def test_a_limit_below_nothing_paints_nothing() -> None:
    cells = Cells(111, 35, 0.001, 0.001, 4, 4)
    line = ReferenceIndex(np.array([shapely.LineString([(111, 34.998), (112, 34.998)])]))
    assert not line.paint_within(cells, -1.0).any()
    nothing = ReferenceIndex(np.array([], dtype=object))
    assert not nothing.paint_within(cells, 1e6).any()
    assert np.isinf(nothing.paint_distance(cells)).all()
