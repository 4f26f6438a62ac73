"""Large runs: parts say what one piece says, a killed run goes on, work grows as the list does."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
import zipfile
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Self

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio
import pytest
import shapely
from seeded import parcels

from geo import LayerCatalog, RuleBook, load_layers, load_rulebook, read_sites, starter_folder
from geo.batches.arrow import unpacked
from geo.batches.engines import Files, Processes, in_this_process
from geo.batches.folder import PartsFolder
from geo.batches.intake import count_sites, keep_parts, sites_as_parts, take_in
from geo.batches.job import Job
from geo.batches.part import assess_part
from geo.batches.run import Large, screen_parts, write_large
from geo.batches.whole import Whole
from geo.contracts import conform
from geo.errors import RunError, SiteError
from geo.findings import measure_sites
from geo.frames import SITES
from geo.indexes import Indexes
from geo.runs.fingerprint import hash_sites
from geo.scope import match_sites
from geo.sites import read_pieces
from geo.verdicts import judge_findings
from geo.writers.contents import per_site_contents
from geo.zones import find_zones

pytest.importorskip("pyarrow")

DAY = date(2026, 1, 1)
RULES = ["YC-15", "YC-25", "TY-10", "TY-30", "YQ-26", "JZ-07", "TA-15", "YC-62"]


@pytest.fixture(scope="module")
def book() -> RuleBook:
    """Rules of every kind, few enough to be quick."""
    whole = load_rulebook()
    return whole.only([rule_id for rule_id in RULES if rule_id in whole.rules])


@pytest.fixture(scope="module")
def layers() -> LayerCatalog:
    return load_layers(starter_folder())


@pytest.fixture(scope="module")
def job(book: RuleBook, layers: LayerCatalog) -> Job:
    return Job(book, layers, DAY, 0.95, 5.0)


@pytest.fixture(scope="module")
def sites() -> gpd.GeoDataFrame:
    """The example sites and some parcels about them."""
    stated = {name: "" for name, column in SITES.items() if column.kind == "text"}
    some = parcels(60, seed=9, existing=0.3).assign(**{**stated, "purpose": "project"}, accuracy_m=5.0)
    fresh = parcels(60, seed=9, existing=0.3)
    for name in ("site_id", "name", "industry", "processes", "development", "datum"):
        some[name] = fresh[name].to_numpy()
    examples = read_sites(starter_folder() / "example_sites.csv").sites
    return conform(gpd.GeoDataFrame(pd.concat([examples, some], ignore_index=True), crs=4490), SITES)


def _screened(job: Job, sites: gpd.GeoDataFrame, target: Path, size: int, engine: object = None) -> Whole:
    folder = PartsFolder.open(target, "key")
    sites_as_parts(iter([sites]), folder, size)
    screen_parts(job, folder, engine or in_this_process, lambda text: None)  # type: ignore[arg-type]
    return Whole(job, folder, ("list",))


def _sorted(frame: pd.DataFrame) -> pd.DataFrame:
    plain = pd.DataFrame(frame).astype(object) if "geometry" in frame else frame.copy()
    if "geometry" in plain:
        plain["geometry"] = [shape.wkb_hex for shape in frame["geometry"]]
    return plain.sort_values(list(plain.columns), ignore_index=True)


def _told(whole: Whole, name: str) -> pd.DataFrame:
    return pd.concat(list(whole.frames(name)), ignore_index=True)


@pytest.fixture(scope="module")
def in_three(job: Job, sites: gpd.GeoDataFrame, tmp_path_factory: pytest.TempPathFactory) -> Whole:
    return _screened(job, sites, tmp_path_factory.mktemp("three") / "run", -(-len(sites) // 3))


def test_three_parts_say_to_the_byte_what_one_piece_says(
    job: Job, sites: gpd.GeoDataFrame, in_three: Whole
) -> None:
    assert in_three.parts == 3
    one = assess_part(job, sites)
    for content in per_site_contents(one):
        if not len(content.frame):
            assert not list(in_three.frames(content.name)), content.name
            continue
        told = _told(in_three, content.name)
        if "geometry" in told and content.kind != "":
            # parts hold every shape as one of several parts
            ours = gpd.GeoSeries(content.frame.geometry).to_numpy()
            assert len(told) == len(ours)
            told, plain = (pd.DataFrame(f.drop(columns="geometry")) for f in (told, content.frame))
            pd.testing.assert_frame_equal(_sorted(told), _sorted(plain))
        else:
            pd.testing.assert_frame_equal(_sorted(told), _sorted(content.frame))


def test_what_is_of_the_whole_is_counted_over_all_parts(
    job: Job, sites: gpd.GeoDataFrame, in_three: Whole
) -> None:
    from geo.runs.portfolio import count_rules

    one = assess_part(job, sites)
    unnamed = pd.Series("", range(100), dtype=object)  # which sites it is, is in the findings
    pd.testing.assert_frame_equal(in_three.portfolio(), count_rules(one).assign(site_ids=unnamed))
    pd.testing.assert_frame_equal(in_three.expiry(), one.expiry.assign(site_ids=unnamed))
    pd.testing.assert_frame_equal(
        pd.DataFrame(in_three.zones()).drop(columns="geometry"),
        pd.DataFrame(one.zones).drop(columns="geometry"),
    )
    assert in_three.hash_sites() == hash_sites(sites)
    assert sum(in_three.outcomes.values()) == len(sites)


def test_neighbours_share_a_part(in_three: Whole) -> None:
    boxes = [unpacked(in_three.folder.sites_of(number)).total_bounds for number in range(3)]  # type: ignore[operator]
    areas = [(east - west) * (north - south) for west, south, east, north in boxes]
    whole = np.array(boxes)
    span = (whole[:, 2].max() - whole[:, 0].min()) * (whole[:, 3].max() - whole[:, 1].min())
    assert min(areas) < 0.6 * span  # at random every part would span nearly all


def test_a_large_run_is_written_whole_and_can_be_read_back(in_three: Whole, tmp_path: Path) -> None:
    from geo.runs.stored import read_stored

    target = tmp_path / "run"
    record = write_large(in_three, target, Large(parquet=True), "EPSG:4546", {}, lambda text: None)
    run = read_stored(target)
    assert len(run.sites) == record["sites"]["read"] == sum(record["outcomes"].values())
    assert len(run.findings) == in_three.rows("findings")
    drawn = pyogrio.read_info(target / "screening.gpkg", layer="site_areas")
    assert drawn["crs"] == "EPSG:4546" and drawn["geometry_type"] == "MultiPolygon"
    with zipfile.ZipFile(target / "screening.qgz") as project:
        text = project.read(next(name for name in project.namelist() if name.endswith(".qgs"))).decode()
    assert f"共研判 {len(run.sites)} 个项目" in text
    for city in set(run.sites["city"]) - {""}:
        assert f"&quot;city&quot;='{city}'" in text or f"\"city\"='{city}'" in text, city
    held = gpd.read_parquet(target / "parquet" / "site_areas")
    assert len(held) == drawn["features"] and held.crs.to_epsg() == 4490
    assert json.loads((target / "run.json").read_text())["parts"] == 3


def _counting(numbers: list[int], stop_after: int = 1000) -> object:
    def engine(job: Job, wanted: Iterator[int], sites_of: object) -> Iterator[tuple[int, Files]]:
        for number, files in in_this_process(job, wanted, sites_of):  # type: ignore[arg-type]
            if len(numbers) == stop_after:
                raise KeyboardInterrupt
            numbers.append(number)
            yield number, files

    return engine


def test_a_run_broken_off_goes_on_after_the_last_part(
    job: Job, sites: gpd.GeoDataFrame, in_three: Whole, tmp_path: Path
) -> None:
    first: list[int] = []
    with pytest.raises(KeyboardInterrupt):
        _screened(job, sites, tmp_path / "run", 20, _counting(first, 2))
    folder = PartsFolder.open(tmp_path / "run", "key")
    assert first == [0, 1] and folder.is_finished(1) and not folder.is_finished(2)
    second: list[int] = []
    screen_parts(job, folder, _counting(second), lambda text: None)  # type: ignore[arg-type]
    whole = Whole(job, folder, ("list",))
    assert second == list(range(2, whole.parts))
    for name in ("sites", "findings"):
        one, other = (pd.DataFrame(_told(w, name)) for w in (whole, in_three))
        pd.testing.assert_frame_equal(
            _sorted(one.drop(columns="geometry", errors="ignore")),
            _sorted(other.drop(columns="geometry", errors="ignore")),
        )
    # another question: nothing of it can be used
    assert PartsFolder.open(tmp_path / "run", "other key").said is None


def test_a_folder_that_is_not_ours_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "run.parts").mkdir()
    (tmp_path / "run.parts" / "mine.txt").write_text("x")
    with pytest.raises(RunError, match="不是分批筛查"):
        PartsFolder.open(tmp_path / "run", "key")
    assert (tmp_path / "run.parts" / "mine.txt").read_text() == "x"


def test_several_processes_say_the_same(
    job: Job, sites: gpd.GeoDataFrame, in_three: Whole, tmp_path: Path
) -> None:
    whole = _screened(job, sites, tmp_path / "run", 40, Processes(2))
    for name in ("sites", "findings"):
        one, other = (pd.DataFrame(_told(w, name)) for w in (whole, in_three))
        pd.testing.assert_frame_equal(
            _sorted(one.drop(columns="geometry", errors="ignore")),
            _sorted(other.drop(columns="geometry", errors="ignore")),
        )


def _list(folder: Path, count: int, kind: str = "gpkg") -> Path:
    path = folder / f"list.{kind}"
    held = parcels(count, seed=2)
    if kind == "parquet":
        held.to_parquet(path)
    else:
        pyogrio.write_dataframe(held, path)
    return path


@pytest.mark.parametrize("kind", ["gpkg", "parquet", "geojson"])
def test_a_list_read_in_pieces_is_the_list_read_at_once(tmp_path: Path, kind: str) -> None:
    path = _list(tmp_path, 25, kind)
    pieces = list(read_pieces(path, size=10))
    assert [len(piece.rows) for piece in pieces if piece.rows] == [10, 10, 5]
    rows = [row for piece in pieces for row in piece.rows]
    together = conform(gpd.GeoDataFrame(rows, geometry="geometry", crs="EPSG:4490"), SITES)
    once = read_sites(_list(tmp_path, 25)).sites
    names = [name for name in SITES if name != "source"]
    pd.testing.assert_frame_equal(pd.DataFrame(together[names]), pd.DataFrame(once[names]))
    assert together["source"].str.endswith("第25个要素").iloc[-1]
    assert (together.geometry.to_wkb() == once.geometry.to_wkb()).all()


def test_faults_of_all_pieces_are_told_at_once(tmp_path: Path) -> None:
    held = parcels(25, seed=2)
    held.loc[[3, 17], "industry"] = "9999"
    held.loc[24, "site_id"] = held.loc[0, "site_id"]
    path = tmp_path / "list.gpkg"
    pyogrio.write_dataframe(held, path)
    folder = PartsFolder.open(tmp_path / "run", "key")
    with pytest.raises(SiteError) as told:
        take_in([path], {}, folder, 10, lambda text: None)
    assert [problem.where for problem in told.value.problems] == ["第4个要素", "第18个要素", "第25个要素"]
    take_in([path], {"keep_going": True}, folder, 10, lambda text: None)
    assert folder.said is not None and folder.said["sites"] == 22 and len(folder.said["rejected"]) == 3


def test_parquet_without_geometry_is_a_clear_fault(tmp_path: Path) -> None:
    path = tmp_path / "list.parquet"
    pd.DataFrame({"site_id": ["A"]}).to_parquet(path)
    with pytest.raises(SiteError, match="没有几何"):
        read_sites(path)


def _command(path: Path, out: Path, *more: str) -> list[str]:
    asked = ["screen", str(path), "--out", str(out), "--batch", "15", "--on", "2026-01-01", *more]
    return [sys.executable, "-m", "geo", *asked]


def _until(condition: object, seconds: float = 240.0) -> None:
    end = time.monotonic() + seconds
    while not condition():  # type: ignore[operator]
        assert time.monotonic() < end
        time.sleep(0.02)


def test_ctrl_c_and_a_kill_leave_what_is_finished_and_the_run_goes_on(tmp_path: Path) -> None:
    path, out = _list(tmp_path, 45), tmp_path / "run"
    parts = tmp_path / "run.parts"
    made: dict[str, int] = {}
    for number, signalled in enumerate((signal.SIGINT, signal.SIGKILL)):
        process = subprocess.Popen(
            _command(path, out),
            stderr=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # a shell may ignore it
        )
        this = parts / f"{number:06d}"
        _until(lambda this=this, process=process: this.is_dir() or process.poll() is not None)
        os.kill(process.pid, signalled)
        _, said = process.communicate(timeout=60)
        assert process.returncode != 0 and not out.exists()
        assert [held.name for held in tmp_path.iterdir() if held.name not in ("list.gpkg", "run.parts")] == []
        made[this.name] = (this / "tally.json").stat().st_mtime_ns
        assert all((parts / name / "tally.json").stat().st_mtime_ns == when for name, when in made.items())
        if signalled == signal.SIGINT:
            assert "已中断" in said and "Traceback" not in said
            # it stopped in the midst of a part, not after the next one
            assert not (parts / "000001").exists()
    folder = PartsFolder(parts, (parts / "key.txt").read_text())
    assert folder.said is not None and folder.is_finished(1) and not folder.is_finished(2)
    done = subprocess.run(
        _command(path, out, "--json"), capture_output=True, text=True, timeout=240, check=True
    )
    assert json.loads(done.stdout)["run"]["parts"] == 3 and not parts.exists()
    sites = pyogrio.read_dataframe(out / "screening.gpkg", layer="sites", read_geometry=False)
    assert sorted(sites["site_id"]) == sorted(parcels(45, seed=2)["site_id"])


class _Calls:
    """How many functions of Python are called: work that does not hang on the clock."""

    def __init__(self) -> None:
        self.count = 0

    def __enter__(self) -> Self:
        sys.setprofile(self._event)
        return self

    def _event(self, frame: object, event: str, arg: object) -> None:
        self.count += event == "call"

    def __exit__(self, *_: object) -> None:
        sys.setprofile(None)


def test_work_grows_no_faster_than_the_list(layers: LayerCatalog, book: RuleBook) -> None:
    def work(count: int) -> dict[str, int]:
        stated = {"purpose": "project", "facts": "", "evidence": "", "adcode": "", "basis": "", "source": ""}
        held = conform(parcels(count, seed=4).assign(**stated), SITES)
        found: dict[str, int] = {}
        with _Calls() as calls:
            scope = match_sites(held, book, layers, DAY)
        found["match"] = calls.count
        zones = find_zones([book[r] for r in dict.fromkeys(scope.rules["rule_id"])], layers, DAY, held)
        with _Calls() as calls:
            measured = measure_sites(held, scope, zones, book, layers, DAY, indexes=Indexes(layers))
        found["measure"] = calls.count
        with _Calls() as calls:
            judge_findings(held, scope, measured, book, DAY)
        found["judge"] = calls.count
        return found

    work(300)  # what is made once
    few, many = work(300), work(3000)
    for stage in few:
        # ten times the sites: texts of distinct numbers may be ten times as many, nothing more
        assert many[stage] < 10 * few[stage], (stage, few[stage], many[stage])
    assert many["match"] < 3 * few["match"]


def test_parts_leave_out_shapes_and_speak_english_as_one_piece_does(tmp_path: Path) -> None:
    path = _list(tmp_path, 40)
    asked = ["--on", "2026-01-01", "--redact", "red_line,fen-centreline-wdb", "--lang", "en"]
    runs = {}
    for name, size in (("parts", ["--batch", "15"]), ("one", ["--batch", "0", "--quick"])):
        runs[name] = tmp_path / name
        command = [sys.executable, "-m", "geo", "screen", str(path), "--out", str(runs[name]), *asked, *size]
        subprocess.run(command, check=True, capture_output=True, timeout=240)
    layers = {
        name: [str(layer) for layer, _ in pyogrio.list_layers(run / "screening.gpkg")]
        for name, run in runs.items()
    }
    assert "withheld" in layers["parts"]
    of_project = {"layer_styles", "qgis_projects", "places", "rivers", "lakes", "cities", "counties"}
    of_project |= {"moves", "moved_points", "moved_lines", "moved_areas", "stay"}  # none in either
    assert set(layers["parts"]) - set(layers["one"]) <= of_project
    for layer in ("sites", "site_areas", "findings", "survey_needed", "portfolio", "zones", "references"):
        one, parts = (
            pyogrio.read_dataframe(run / "screening.gpkg", layer=layer, fid_as_index=False)
            for run in (runs["one"], runs["parts"])
        )
        assert len(one) and list(one.columns) == list(parts.columns)
        if layer == "portfolio":  # which sites is in the findings
            one, parts = one.drop(columns="site_ids"), parts.drop(columns="site_ids")
        pd.testing.assert_frame_equal(_sorted(parts), _sorted(one), check_dtype=False)
    record = json.loads((runs["parts"] / "run.json").read_text())
    assert {held["theme"] for held in record["withheld"]} == {"red_line", "river"}
    zones = pyogrio.read_dataframe(runs["parts"] / "screening.gpkg", layer="zones", read_geometry=False)
    assert not zones["layer_key"].isin({held["key"] for held in record["withheld"]}).any()


def _screened_by(path: Path, out: Path, *more: str, lang: str = "zh") -> None:
    from typer.testing import CliRunner

    from geo.cli import app

    asked = ["screen", str(path), "--out", str(out), "--on", "2026-01-01", "--lang", lang]
    told = CliRunner().invoke(app, [*asked, *more])
    if told.exception is not None:
        raise told.exception


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_suppositions_and_decisions_are_told_in_parts_as_in_one_piece(tmp_path: Path, lang: str) -> None:
    path = _list(tmp_path, 40)
    _screened_by(path, tmp_path / "plain", "--batch", "0", "--quick")
    plain = pyogrio.read_dataframe(tmp_path / "plain" / "screening.gpkg", layer="findings")
    first, other = plain.iloc[0], plain[plain["site_id"] != plain["site_id"].iloc[0]].iloc[-1]
    decided = tmp_path / "decided.yaml"
    entry = (
        "  - {{site: {}, {}decision: {}, reason: 现场核实, who: 张三, date: 2026-01-05, evidence: [照片]}}\n"
    )
    decided.write_text(
        "overrides:\n"
        + entry.format(other["site_id"], f"rule: {other['rule_id']}, ", "未触及")
        + entry.format(first["site_id"], "", "禁止"),
        encoding="utf-8",
    )
    more = ["--what-if", "development=expand", "--what-if", f"site={first['site_id']},industry=3120"]
    more += ["--overrides", str(decided)]
    _screened_by(path, tmp_path / "one", "--batch", "0", "--quick", *more, lang=lang)
    _screened_by(path, tmp_path / "parts", "--batch", "15", *more, lang=lang)
    for layer, rows in (("what_if", 41), ("overrides", 2), ("sites", 40), ("findings", len(plain))):
        one, parts = (
            pyogrio.read_dataframe(tmp_path / run / "screening.gpkg", layer=layer) for run in ("one", "parts")
        )
        assert len(one) == len(parts) == rows and list(one.columns) == list(parts.columns)
        if layer == "overrides":  # in the order of the file
            pd.testing.assert_frame_equal(parts, one)
        pd.testing.assert_frame_equal(_sorted(parts), _sorted(one), check_dtype=False)
    noted = pyogrio.read_dataframe(tmp_path / "parts" / "screening.gpkg", layer="findings")
    assert set(noted.loc[noted["override"].fillna("") != "", "site_id"]) == {other["site_id"]}


def test_faults_of_what_is_said_of_single_sites_are_told_before_any_part_is_screened(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = _list(tmp_path, 12)
    monkeypatch.setattr("geo.batches.run.screen_parts", lambda *_: pytest.fail("a part was screened"))
    entry = (
        "  - {{site: {}, rule: {}, decision: 未触及, reason: r, who: w, date: 2026-01-05, evidence: [e]}}\n"
    )
    listed = pyogrio.read_dataframe(path)["site_id"]
    decided = tmp_path / "decided.yaml"
    faults = [entry.format("NOWHERE", "YC-15"), entry.format(listed[0], "YC-999")]
    decided.write_text("overrides:\n" + "".join(faults), encoding="utf-8")
    with pytest.raises(RunError) as caught:
        _screened_by(path, tmp_path / "run", "--batch", "5", "--overrides", str(decided))
    assert [(problem.field, problem.value) for problem in caught.value.problems] == [
        ("site", "NOWHERE"),
        ("rule", "YC-999"),
    ]
    decided.write_text("overrides:\n" + faults[0], encoding="utf-8")  # none of the sites it names is there
    with pytest.raises(RunError):
        _screened_by(path, tmp_path / "run", "--batch", "5", "--overrides", str(decided))
    with pytest.raises(RunError) as caught:
        _screened_by(path, tmp_path / "run", "--batch", "5", "--what-if", "site=NOWHERE,development=expand")
    assert caught.value.problems[0].value == "NOWHERE"
    assert not (tmp_path / "run").exists()


def test_no_process_outlives_the_one_that_asked(tmp_path: Path) -> None:
    path, out = _list(tmp_path, 45), tmp_path / "run"
    process = subprocess.Popen(
        _command(path, out, "--workers", "2"), stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL
    )
    _until(lambda: (tmp_path / "run.parts" / "000000").is_dir() or process.poll() is not None)
    children = Path(f"/proc/{process.pid}/task/{process.pid}/children")
    if not children.exists():
        process.kill()
        pytest.skip("the system does not list the children of a process")
    asked = [int(number) for number in children.read_text().split()]
    process.kill()
    process.wait(timeout=60)
    assert asked
    _until(lambda: not any(_runs(number) for number in asked), 30.0)


def _runs(number: int) -> bool:
    """Whether a process is at work: not gone, not waiting to be taken note of."""
    try:
        return Path(f"/proc/{number}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def test_cutting_into_parts_keeps_every_site_once(tmp_path: Path) -> None:
    from geo.batches.intake import _table

    stated = {"purpose": "project", "facts": "", "evidence": "", "adcode": "", "basis": "", "source": ""}
    held = conform(parcels(1003, seed=6).assign(**stated), SITES)
    folder = PartsFolder.open(tmp_path / "run", "key")
    assert keep_parts([_table(held)], folder, 100) == 11
    ids = [i for number in range(11) for i in unpacked(folder.sites_of(number))["site_id"]]
    assert sorted(ids) == sorted(held["site_id"]) and len(set(ids)) == 1003


def test_long_lists_are_told_without_reading_them(tmp_path: Path) -> None:
    rows = tmp_path / "rows.csv"
    rows.write_text(
        "编号,行业代码,建设性质,经度,纬度\n" + "A,2521,新建,110.7,35.6\n" * 30, encoding="gb18030"
    )
    corners = tmp_path / "corners.csv"
    corners.write_text("编号,拐点号,经度,纬度\n" + "A,J1,110.7,35.6\n" * 30, encoding="gb18030")
    broken = tmp_path / "broken.gpkg"
    broken.write_bytes(b"no database")
    assert [count_sites([path]) for path in (rows, corners, broken, _list(tmp_path, 25))] == [31, 0, 0, 25]


def test_what_a_large_run_does_not_do_is_refused_before_any_work(tmp_path: Path) -> None:
    from typer.testing import CliRunner

    from geo.cli import app

    path = _list(tmp_path, 5)
    asked = ["screen", str(path), "--out", str(tmp_path / "run")]
    for more, said in (
        (["--engine", "spark"], "不认识的 --engine"),
        (["--scheduler", "tcp://nowhere:1"], "只与 --engine dask"),
        (["--no-geopackage", "--workers", "2"], "--parquet"),
    ):
        told = CliRunner().invoke(app, [*asked, *more])
        assert isinstance(told.exception, RunError) and said in str(told.exception)
    assert [held.name for held in tmp_path.iterdir()] == ["list.gpkg"]


def test_a_layer_may_be_geoparquet(tmp_path: Path) -> None:
    shape = shapely.box(111.0, 35.0, 111.1, 35.1)
    frame = gpd.GeoDataFrame({"name": ["甲"]}, geometry=[shape], crs="EPSG:4490")
    frame.to_parquet(tmp_path / "parks.parquet")
    (tmp_path / "manifest.yaml").write_text(
        "layers:\n  - {key: parks, theme: park, path: parks.parquet, accuracy_m: 5, source: s, licence: l, demo: false}\n",
        encoding="utf-8",
    )
    held = load_layers(tmp_path)
    features = held.features(held.layers[0])
    assert features["name"].tolist() == ["甲"] and features.geometry.iloc[0].equals(shape)
