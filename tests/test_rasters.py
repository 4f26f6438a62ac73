"""Rasters: a cell says what screening a surveyed point in its middle says; no strip is lost; areas are true."""

from __future__ import annotations

from datetime import date
from typing import Any

import numpy as np
import pytest
import shapely

from geo.assessment import assess
from geo.index import Cells
from geo.rasters.constraints import DEMO, NOTHING, Constraints
from geo.rasters.distance import Distances
from geo.rasters.grid import Grid, area_to_equator_m2
from geo.rasters.pieces import Pieces
from geo.rasters.resolution import resolution_of
from geo.rulebook import RuleBook
from geo.space import area_m2, metres_per_degree
from geo.terms import Outcome, strictness
from tests.worlds import DAY, Entry, entry, in_memory, rule, rulebook, site_frame, square_counties

BOX = (111.0, 35.5, 111.02, 35.516)
COUNTY = square_counties(c140882=(110.9, 35.4, 111.2, 35.7), c140881=(111.2, 35.4, 111.5, 35.7))
FEN = {"name": "汾河", "stem": "干流"}
ANY = {"developments": ["new"], "industries": "any"}
COVERED = {"covers": {"adcode": ["1408"]}}


def bank(at: float = 111.008, **manifest: Any) -> Entry:
    line = shapely.LineString([(at, 35.3), (at, 35.8)])
    return entry("river", (line, {"name": "汾河", "stem": "干流"}), **{**COVERED, **manifest})


def square(west: float, south: float, east: float, north: float) -> tuple[shapely.Geometry, dict[str, Any]]:
    return shapely.box(west, south, east, north), {"name": "甲"}


def near_river(rule_id: str = "AA-01", metres: int = 300, **changes: Any) -> Any:
    return rule(rule_id, distance={date(2021, 1, 1): f"{metres} m"}, applies_to=ANY, **changes)


def inside(rule_id: str, theme: str, **changes: Any) -> Any:
    return rule(
        rule_id, measure="inside", distance=None, measured_from={"theme": theme}, applies_to=ANY, **changes
    )


CASES: dict[str, tuple[RuleBook, list[Entry]]] = {
    "within a distance of a bank": (rulebook(near_river()), [bank()]),
    "of a poor line": (rulebook(near_river()), [bank(accuracy_m=60)]),
    "of a stand-in": (
        rulebook(near_river()),
        [bank(line="centreline", accuracy_m=20, half_width_m=150)],
    ),
    "of two lines that disagree": (
        rulebook(near_river(measured_from={"theme": "river", "line": "bank", "accept": ["waterline"]})),
        [bank(), bank(111.006, key="water", line="waterline")],
    ),
    "of demonstration data": (rulebook(near_river()), [bank(demo=True)]),
    "without a layer": (
        rulebook(
            near_river(),
            inside("AA-02", "reserve", effect="restrict"),
            inside("AA-03", "farmland_permanent", effect="inform"),
        ),
        [bank()],
    ),
    "incomplete": (rulebook(near_river()), [bank(covers=None)]),
    "complete in one county": (
        rulebook(near_river()),
        [
            bank(covers={"adcode": ["140881"]}),
            square_counties(c140881=(110.9, 35.4, 111.013, 35.7), c140882=(111.013, 35.4, 111.5, 35.7)),
        ],
    ),
    "inside a red line of 40 m": (
        rulebook(inside("AA-02", "red_line"), near_river(effect="restrict")),
        [
            entry(
                "red_line",
                square(111.004, 35.502, 111.012, 35.508),
                square(111.012, 35.502, 111.016, 35.508),
                accuracy_m=40,
                **COVERED,
            ),
            bank(),
        ],
    ),
    "outside parks": (
        rulebook(
            rule(
                "AA-04",
                effect="require",
                strength="in_principle",
                measure="outside",
                distance=None,
                measured_from={"theme": "park"},
                applies_to=ANY,
            )
        ),
        [entry("park", square(111.004, 35.502, 111.012, 35.508), accuracy_m=30, **COVERED)],
    ),
    "a draft": (rulebook(near_river(), drafts=["plan-1408"]), [bank()]),
    "no distance given": (
        rulebook(
            rule("AA-05", distance="not_given", applies_to=ANY, effect="restrict"),
            near_river(),
        ),
        [bank()],
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_a_cell_says_what_screening_its_middle_says(case: str) -> None:
    book, layers = CASES[case]
    held = layers if any(e.layer.theme == "admin" for e in layers) else [COUNTY, *layers]
    catalog, area = in_memory(*held), shapely.box(*BOX)
    grid = Grid.over(area, 62)
    (tile,) = grid.tiles()
    constraints = Constraints(book.rules.values(), book, catalog, DAY, area, grid)
    painted = constraints.paint(tile)
    row, column = (at.ravel() for at in np.indices(tile.cells.shape))
    middles = tile.cells.middles(row, column)
    rows = [
        {"at": tuple(at), "industry": "2521", "development": "new", "adcode": "", "accuracy_m": 0.0}
        for at in middles
    ]
    result = assess(book, catalog, site_frame(*rows), DAY, move_radius_m=0.0)
    verdicts = result.verdicts
    said = [strictness(Outcome(outcome)) for outcome in verdicts["outcome"]]
    # where demonstration data add something a cell tells what; to screening it is undetermined
    got = painted.outcome.ravel()
    plain = np.where((got > DEMO) & (got < NOTHING), strictness(Outcome.UNDETERMINED), got)
    assert len(set(said)) > 1 or case in ("of demonstration data", "incomplete", "a draft")
    assert plain.tolist() == said
    demo = [DEMO + strictness(Outcome(o)) if o else 0 for o in verdicts["demo_outcome"]]
    assert [code if code > DEMO else 0 for code in got] == demo
    best = [strictness(Outcome(outcome)) for outcome in verdicts["best_case"]]
    assert painted.known.ravel().tolist() == best
    for number, deciding in zip(painted.rule.ravel(), verdicts["deciding_rule_ids"], strict=True):
        assert (number == 0 and not deciding) or constraints.rules[number - 1].id in deciding.split(";")


def test_what_lies_outside_the_area_is_nothing_and_without_a_plan_says_so() -> None:
    book, area = rulebook(near_river()), shapely.box(111.002, 35.502, 111.2, 35.51)
    foreign = square_counties(c140882=(110.9, 35.4, 111.1, 35.7), c140101=(111.1, 35.4, 111.5, 35.7))
    grid = Grid.over(shapely.box(*BOX).union(area), 62)
    (tile,) = grid.tiles()
    painted = Constraints(book.rules.values(), book, in_memory(foreign, bank()), DAY, area, grid).paint(tile)
    assert painted.outcome[0, 0] == NOTHING == painted.known[0, 0]
    assert painted.outcome[-6, -2] == strictness(Outcome.NOT_COVERED)


def test_hectares_of_the_raster_are_those_of_the_vector() -> None:
    # 300 m on either side of a meridian, 1775 m high
    book, catalog, area = rulebook(near_river()), in_memory(COUNTY, bank()), shapely.box(*BOX)
    grid = Grid.over(area, 10)
    (tile,) = grid.tiles()
    hit = Constraints(book.rules.values(), book, catalog, DAY, area, grid).paint(tile).outcome == 7
    hectares = float((hit * grid.cell_areas_m2[:, None]).sum()) / 1e4
    _, north = metres_per_degree(35.508)
    vector = 600 * 0.016 * float(north) / 1e4
    assert hectares == pytest.approx(vector, rel=0.01)  # half a cell of 8 m on each of two sides of 600 m


def test_distances_are_true_and_nothing_within_water() -> None:
    lake = shapely.box(111.0, 35.5, 111.004, 35.503)
    catalog = in_memory(COUNTY, entry("lake", (lake, {"name": "湖"}), line="waterline", **COVERED), bank())
    book = rulebook(near_river(), near_river("AA-02", measured_from={"theme": "lake"}))
    area = shapely.box(*BOX)
    grid = Grid.over(area, 62)
    (tile,) = grid.tiles()
    constraints = Constraints(book.rules.values(), book, catalog, DAY, area, grid)
    metres = Distances(constraints.rules, constraints.cells).paint(tile)
    assert metres.dtype == np.float32 and metres[-1, 0] == 0.0
    east, _ = metres_per_degree(35.515)
    assert metres[2, -1] == pytest.approx(float(east) * (0.012 - grid.step_deg / 2), abs=1.0)
    shown = in_memory(COUNTY, bank(demo=True))
    pretended = Constraints(book.rules.values(), book, shown, DAY, area, grid)
    assert not Distances(pretended.rules, pretended.cells)


def test_a_strip_of_five_metres_survives_in_cells_of_thirty() -> None:
    diagonal = shapely.LineString([(111.0005, 35.5005), (111.019, 35.513)])
    strip = shapely.buffer(diagonal, 2.5 / 100_000)
    grid = Grid.over(shapely.box(*BOX), 30)
    (tile,) = grid.tiles()
    wide = shapely.box(*BOX).difference(strip)  # its neighbours hold every middle about it
    painted = Pieces(np.array([strip, wide], dtype=object), np.array([2.0, 1.0]), grid).paint(
        tile, 0, "uint8"
    )
    touched = np.unique(painted, return_counts=True)
    assert touched[0].tolist() == [1, 2]
    middles = shapely.points(shapely.get_coordinates(shapely.segmentize(diagonal, grid.step_deg / 4)))
    column = np.floor((shapely.get_x(middles) - tile.cells.west) / tile.cells.step_x).astype(int)
    row = np.floor((tile.cells.north - shapely.get_y(middles)) / tile.cells.step_y).astype(int)
    assert (painted[row, column] == 2).all()  # without a gap


def test_a_rule_of_five_metres_survives_in_cells_of_thirty() -> None:
    book, area = rulebook(near_river(metres=5)), shapely.box(*BOX)
    grid = Grid.over(area, 30)
    (tile,) = grid.tiles()
    constraints = Constraints(book.rules.values(), book, in_memory(COUNTY, bank()), DAY, area, grid)
    assert (constraints.paint(tile).outcome == 7).any(axis=1).all()


def _work(side: float) -> tuple[float, float, int]:
    """Painting work a cell, kinds judged a cell, and cells, of a square of so many degrees full of rivers and red lines."""
    west, south = 110.95, 35.45
    at = np.arange(0, side, 0.01)
    winding = np.linspace(0, side, int(side * 2_000))
    rivers = [
        (
            shapely.LineString(np.column_stack([west + x + 0.002 * np.sin(winding * 900), south + winding])),
            FEN,
        )
        for x in at[::2] + 0.005
    ]
    red = [
        square(west + x, south + y, west + x + 0.003, south + y + 0.003) for x in at[1::3] for y in at[::3]
    ]
    catalog = in_memory(
        square_counties(c140882=(110.9, 35.4, 111.9, 36.4)),
        entry("river", *rivers, accuracy_m=20, **COVERED),
        entry("red_line", *red, accuracy_m=40, **COVERED),
    )
    book = rulebook(near_river(), near_river("AA-03", 600), inside("AA-02", "red_line"))
    area = shapely.box(west, south, west + side, south + side)
    grid = Grid.over(area, 30)
    constraints = Constraints(book.rules.values(), book, catalog, DAY, area, grid)
    tiles = list(grid.tiles(area))
    kinds = sum(constraints.kinds(tile).count for tile in tiles)
    cells = sum(tile.cells.rows * tile.cells.columns for tile in tiles)
    return constraints.cells.painting_work / cells, kinds / cells, cells


def test_work_grows_in_proportion_to_area(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("numba", reason="only compiled code counts its work")
    monkeypatch.setenv("HONGXIAN_ENGINE", "compiled")
    small, large = _work(0.14), _work(0.56)
    assert large[2] > 15 * small[2]
    assert 0 < large[0] < 1.3 * small[0]  # segments, runs and crossings a cell
    assert large[0] < 1.5  # of a river every two kilometres
    assert large[1] < small[1] < 1e-3  # rules are worked out for kinds of cells, not for cells


def test_tiles_cover_the_grid_once_and_only_where_asked() -> None:
    grid = Grid.over(shapely.box(111, 35, 112, 36), 30)
    tiles = list(grid.tiles())
    assert sum(tile.cells.rows * tile.cells.columns for tile in tiles) == 3600 * 3600
    assert len(tiles) == 16
    corner = list(grid.tiles(shapely.box(111.01, 35.99, 111.02, 35.995)))
    assert [tile.window.col_off for tile in corner] == [0]
    assert all(isinstance(tile.cells, Cells) and tile.cells.rows <= 1024 for tile in tiles)


def test_cells_of_a_row_have_their_true_area() -> None:
    grid = Grid.over(shapely.box(111, 35, 111.01, 36), 30)
    whole = float((grid.cell_areas_m2 * grid.columns).sum())
    assert whole == pytest.approx(float(area_m2(np.array([shapely.box(111, 35, 111.01, 36)]))[0]), rel=1e-9)
    assert area_to_equator_m2(np.array([0.0]), 1.0)[0] == 0


def test_grids_of_one_resolution_lie_on_one_another() -> None:
    one, other = Grid.over(shapely.box(111, 35, 111.3, 35.2), 10), Grid.over(shapely.box(*BOX), 10)
    assert one.step_deg == other.step_deg
    apart = (other.transform.c - one.transform.c) / one.step_deg
    assert apart == pytest.approx(round(apart), abs=1e-6)


@pytest.mark.parametrize("text", ["ten", "0m", "-10m", "10 km"])
def test_an_unreadable_resolution_is_told(text: str) -> None:
    with pytest.raises(Exception, match="--resolution"):
        resolution_of(text, 1)
