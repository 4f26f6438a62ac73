"""The plans' restoration tasks: every row of the register has its place, key terms stand in the plans, real rasters."""

from __future__ import annotations

import csv
from dataclasses import replace
from pathlib import Path

import geopandas as gpd
import numpy as np
import pytest
import rasterio
import shapely

from geo.errors import RuleBookError
from geo.ledger import Use, load_ledger
from geo.restoration.indicators import measure_indicators
from geo.restoration.plan import RestorationOptions, plan_restoration
from geo.restoration.task_examples import in_words, lint_tasks, run_task_examples
from geo.rulebook import BUILT_IN, load_rulebook
from geo.task import Ground
from geo.terms import Treatment
from tests.test_rulebook import PLAN_TEXTS
from tests.worlds import DAY, counties_entry, entry, in_memory

SHARED = Path(__file__).parents[2] / "shared"
BOOK = load_rulebook()
LEDGER = load_ledger(BOOK)


def shared() -> Path:
    if not SHARED.is_dir():
        pytest.skip("the real test data are not beside this checkout")
    return SHARED


def register() -> list[dict[str, str]]:
    with (shared() / "reference" / "rule-register.csv").open(encoding="utf-8-sig", newline="") as table:
        return list(csv.DictReader(table))


@pytest.mark.shared
def test_all_76_restore_rows_of_the_register_are_accounted_for() -> None:
    rows = [row["id"] for row in register() if row["measure"] == "restore"]
    assert len(rows) == 76
    tasks = [row for row in rows if row in BOOK.tasks]
    others = [row for row in rows if row not in BOOK.tasks]
    for row in others:
        assert LEDGER[row].use in (Use.CONTEXT, Use.MEASURE, Use.SCREEN, Use.ZONE), row
        assert LEDGER[row].reason, row
    assert len(tasks) + len(others) == 76
    assert {row for row, held in LEDGER.items() if held.use is Use.RESTORE} == set(BOOK.tasks)


@pytest.mark.shared
@pytest.mark.parametrize("task_id", sorted(BOOK.tasks))
def test_key_terms_stand_together_in_the_plan(task_id: str) -> None:
    shared()
    task = BOOK.tasks[task_id]
    lines = (SHARED / "plans" / PLAN_TEXTS[task.plan]).read_text(encoding="utf-8").splitlines()
    number = next(int(row["line_in_joined_file"]) for row in register() if row["id"] == task_id)
    assert [term for term in task.key_terms if term not in lines[number - 1]] == []


def test_every_task_has_a_ground_and_strips_their_plan_width() -> None:
    assert len(BOOK.tasks) == 58
    drawn = [t for t in BOOK.tasks.values() if t.ground in (Ground.STRIP, Ground.AREA)]
    widths = {t.id: t.width_on(DAY) for t in drawn if t.ground is Ground.STRIP and t.width != "not_given"}
    assert widths == {"YC-62": 50, "YC-63": 30, "TY-49": 100, "TY-50": 50, "YQ-67": 1000, "YQ-92": 500}
    for task in BOOK.tasks.values():
        assert task.in_force.from_ <= DAY, task.id
        if task.ground is Ground.AREA or task.width_on(DAY) is not None:
            assert task.examples, task.id


def test_every_inline_example_of_a_task_passes() -> None:
    results = run_task_examples(BOOK)
    assert len(results) >= 40
    assert [in_words(result) for result in results if not result.passed] == []
    assert lint_tasks(BOOK) == []


def test_an_example_that_is_wrong_does_not_pass() -> None:
    task = BOOK.tasks["YC-63"]
    wrong = [
        task.examples[0].model_copy(update={"strip_ha": 3.1}),
        task.examples[0].model_copy(update={"deficit_ha": 0.0}),
        task.examples[0].model_copy(update={"treatment": Treatment.GRASS}),
    ]
    changed = replace(BOOK, tasks={"YC-63": task.model_copy(update={"examples": wrong})})
    assert [result.passed for result in run_task_examples(changed)] == [False, False, False]
    bare = replace(BOOK, tasks={"YC-63": task.model_copy(update={"examples": []})})
    assert len(lint_tasks(bare)) == 1


def test_a_task_that_cannot_be_read_stops_the_run_with_every_fault(tmp_path: Path) -> None:
    plan = tmp_path / "yuncheng-14fyp"
    plan.mkdir()
    for path in (BUILT_IN / "yuncheng-14fyp").glob("*.yaml"):
        (plan / path.name).write_text(path.read_text(encoding="utf-8"), encoding="utf-8")
    tasks = plan / "restoration.yaml"
    text = tasks.read_text(encoding="utf-8")
    text = text.replace("YC-63:\n  ground: rule", "YC-630:\n  ground: rule")
    text = text.replace("YC-66:\n", "YC-66:\n  colour: green\n").replace("ground: area", "ground: strip", 1)
    tasks.write_text(text, encoding="utf-8")
    with pytest.raises(RuleBookError) as caught:
        load_rulebook(tmp_path)
    said = "\n".join(f"{p.where} {p.field} {p.what}" for p in caught.value.problems)
    assert "没有这个编号的规则文件" in said
    assert "不认识的键" in said
    faulty = next(p for p in caught.value.problems if p.field == "YC-66.colour")
    line = text.splitlines()[int(faulty.where.strip("第行")) - 1]
    assert "colour" in line


@pytest.mark.shared
def test_real_rasters_say_what_they_cannot_decide() -> None:
    """MCD12C1 has cells of 5.5 km: it cannot describe 100 m beside the Fen, and slopes of ETOPO5 mean nothing."""
    data = shared() / "data"
    rivers = gpd.read_file(data / "mainstem_open.geojson")
    fen = rivers[(rivers["name_zh"] == "汾河") if "name_zh" in rivers else rivers["name"] == "汾河"]
    features = [(shape, {"name": "汾河", "stem": "干流"}) for shape in fen.geometry.head(1)]
    catalog = in_memory(
        counties_entry(),
        entry("river", *features, line="centreline", accuracy_m=600, key="fen"),
        entry(
            "landcover",
            path=str(data / "landcover_mcd12c1_2019_0p05deg.tif"),
            classes="mcd12",
            accuracy_m=500,
        ),
        entry("dem", path=str(data / "dem_etopo5_5arcmin.tif"), accuracy_m=5000),
    )
    result = plan_restoration(
        BOOK.only(["TY-49"]), catalog, DAY, options=RestorationOptions(adcodes=("140121",))
    )
    ledger = result.ledger
    assert set(ledger["state"]) == {"undetermined"}
    assert ledger["cause"].str.contains("base_line").all()
    assert ledger["cause"].str.contains("accuracy").all()
    assert ledger["note"].str.contains("不能判断").all()
    assert (ledger["deficit_low_ha"] == 0).all()
    assert ledger["deficit_high_ha"].to_numpy() == pytest.approx(ledger["counted_ha"].to_numpy(), rel=1e-6)
    assert result.treatment["slope_deg"].isna().all()
    assert ledger["unknown_ha"].sum() == pytest.approx(0, abs=1e-3)
    held = shapely.union_all(result.strips.geometry.to_numpy())
    assert not held.is_empty


@pytest.mark.shared
def test_forest_cover_of_a_city_from_a_real_raster() -> None:
    """The share by cell middles, a cell weighing as the cosine of its latitude, is near ours."""
    path = shared() / "data" / "landcover_mcd12c1_2019_0p05deg.tif"
    layer = entry("landcover", path=str(path), classes="mcd12", accuracy_m=500)
    catalog = in_memory(counties_entry(), layer)
    row = measure_indicators(BOOK, catalog, DAY, ("1408",)).set_index("rule_id").loc["YC-04"]
    with rasterio.open(path) as source:
        values = source.read(1)
        rows, columns = np.indices(values.shape)
        x, y = rasterio.transform.xy(source.transform, rows.ravel(), columns.ravel())
    middles = shapely.points(np.column_stack([x, y]))
    area = catalog.area_of(["1408"])
    shapely.prepare(area)
    inside = shapely.contains(area, middles)
    weight = np.cos(np.radians(np.asarray(y)))[inside]
    forest = np.isin(values.ravel()[inside], [1, 2, 3, 4, 5, 6, 7, 8])
    assert row["value"] == pytest.approx((weight * forest).sum() / weight.sum(), abs=0.01)
    assert 0 < row["value"] < 1
    assert row["layers"] == "landcover"
