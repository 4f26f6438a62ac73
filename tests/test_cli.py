"""The command line: every verb, its exit codes, and what a run leaves behind."""

from __future__ import annotations

import json
import re
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pyogrio
import pytest
from typer.main import get_command
from worlds import BANK_LON, east_of_bank, fen_bank, on_disk, paper_mill, the_rules, write_csv, yuncheng

from geo.cli import app, main
from geo.errors import PROBLEM_COLUMNS
from geo.frames import FINDINGS
from geo.rulebook import RuleBook, load_rulebook
from geo.starter import starter_folder

ROOT = Path(__file__).parents[1]
FILES = {
    "restoration.xlsx",
    "screening.gpkg",
    "screening.qgz",
    "map.html",
    "findings.csv",
    "findings.xlsx",
    "run.json",
}
PRINT = {"report.docx", "report.html", "figures"}
#: Report and figures have tests of their own; drawing them in each of these would take minutes.
BARE = ("--no-report", "--no-figures")


@dataclass(frozen=True)
class Ran:
    """What a command left: exit code, standard output, error stream without the frames of tables."""

    code: int
    out: str
    err: str


Hongxian = Callable[..., Ran]


def _plain(text: str) -> str:
    """A table folds long cells over several lines: without frames and blanks its words are whole again."""
    return re.sub(r"[\s│┃┏┓┗┛┡┩┳┻╇━─┌┐└┘├┤┬┴┼]+", " ", text)


def _load(folder: Path | None = None, overlay: Path | None = None) -> RuleBook:
    """Our own rule book is read once for all commands run here: reading takes seconds."""
    return the_rules() if folder is None and overlay is None else load_rulebook(folder, overlay)


def _run(capture: pytest.CaptureFixture[str] | None, *args: object) -> Ran:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "argv", ["hongxian", *map(str, args)])
        patch.setattr("geo.rulebook.load_rulebook", _load)
        code = 0
        try:
            main()
        except SystemExit as end:
            code = int(end.code or 0)
    streams = capture.readouterr() if capture is not None else ("", "")
    return Ran(code, streams[0], _plain(streams[1]))


@pytest.fixture
def hongxian(capsys: pytest.CaptureFixture[str]) -> Hongxian:
    """Runs a command in this process, through the same door as the installed one."""
    return lambda *args: _run(capsys, *args)


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """All of Yuncheng's layers, and three sites 1,999 m, 2,000 m and 2,001 m from the Fen's bank."""
    folder = tmp_path_factory.mktemp("workspace")
    on_disk(folder / "layers", *yuncheng(fen_bank()))
    rows = [paper_mill(str(metres), east_of_bank(metres)) for metres in (1999, 2000, 2001)]
    write_csv(folder / "sites.csv", rows)
    write_csv(
        folder / "faulty.csv",
        [*rows, paper_mill("bad", (35.59, 110.71)), paper_mill("worse", (0, 0), industry="x")],
    )
    return folder


def _screen(workspace: Path, out: Path, *more: object, sites: str = "sites.csv") -> list[object]:
    layers = workspace / "layers" / "manifest.yaml"
    where = ["--layers", layers, "--out", out, "--datum", "cgcs2000", "--on", "2026-01-01", *BARE]
    return ["screen", workspace / sites, *where, *more]


@pytest.fixture(scope="module")
def run(workspace: Path) -> Iterator[Path]:
    """A finished run of the three sites."""
    out = workspace / "outputs" / "first"
    assert _run(None, *_screen(workspace, out)).code == 0
    yield out


# screen: what a run leaves ------------------------------------------------------------------------------


def test_a_run_leaves_its_files_and_nothing_else(run: Path) -> None:
    assert {path.name for path in run.iterdir()} == FILES
    assert [path.name for path in run.parent.iterdir()] == ["first"]  # no temporary folder beside it


def test_the_geopackage_holds_every_frame_as_a_layer(run: Path) -> None:
    package = run / "screening.gpkg"
    kinds = dict(pyogrio.list_layers(package).tolist())
    assert set(kinds) >= {"sites", "findings", "zones", "references", "coverage", "rejected"}
    assert kinds["findings"] is None  # a table
    sites = pyogrio.read_dataframe(package, layer="sites")
    wanted = [
        "site_id",
        "name",
        "outcome",
        "robustness",
        "deciding_rule_ids",
        "undetermined_rule_ids",
        "reasons",
    ]
    assert set(sites.columns) >= {*wanted, "geometry"}
    assert sites["outcome"].tolist() == ["prohibited", "prohibited", "clear"]
    assert sites["deciding_rule_ids"].fillna("").tolist() == ["YC-15", "YC-15", ""]
    findings = pyogrio.read_dataframe(package, layer="findings")
    wanted = [
        "site_id",
        "rule_id",
        "state",
        "distance_m",
        "limit_m",
        "margin_m",
        "layer_key",
        "line",
        "reason",
    ]
    assert set(findings.columns) >= set(wanted)
    row = findings.query("site_id == '1999' and rule_id == 'YC-15'").iloc[0]
    assert (row["state"], row["layer_key"], row["line"]) == ("hit", "river", "bank")
    assert (round(row["distance_m"], 2), row["limit_m"], row["margin_m"]) == (1999.0, 2000.0, -1.0)
    for layer in ("sites", "zones", "references"):
        assert pyogrio.read_info(package, layer=layer)["crs"] == "EPSG:4490"


def test_the_drawn_zone_is_the_two_kilometres_about_the_bank(run: Path) -> None:
    zones = pyogrio.read_dataframe(run / "screening.gpkg", layer="zones").set_index("rule_id")
    sites = pyogrio.read_dataframe(run / "screening.gpkg", layer="sites").set_index("site_id")
    zone = zones.loc["YC-15"].geometry
    assert zones.loc["YC-15", "limit_m"] == 2000
    assert zone.contains(sites.loc["1999"].geometry)
    assert not zone.intersects(sites.loc["2001"].geometry)


def test_the_references_are_what_was_measured_from(run: Path) -> None:
    references = pyogrio.read_dataframe(run / "screening.gpkg", layer="references")
    (bank,) = references[references["rule_ids"].str.contains("YC-15")].geometry
    assert bank.bounds == (BANK_LON, 35.60, BANK_LON, 35.70)  # whole, not cut to a buffer


def test_the_findings_table_opens_in_excel_and_lists_the_misses_too(run: Path) -> None:
    content = (run / "findings.csv").read_bytes()
    assert content.startswith(b"\xef\xbb\xbf")  # without it Excel reads Chinese as GBK
    header = content.decode("utf-8-sig").splitlines()[0].split(",")
    assert header == list(FINDINGS)
    assert content.decode("utf-8-sig").count(",miss,") > 30


def test_the_record_says_what_the_run_was_made_of(run: Path) -> None:
    record = json.loads((run / "run.json").read_text(encoding="utf-8"))
    assert record["on"] == "2026-01-01"
    assert record["sites"]["read"] == 3
    assert record["sites"]["inputs"][0].endswith("sites.csv")
    assert record["outcomes"]["prohibited"] == 2
    assert record["rules"]["content_sha256"] == the_rules().content_hash
    (bank,) = (layer for layer in record["layers"] if layer["key"] == "river")
    assert re.fullmatch("[0-9a-f]{64}", bank["content_sha256"])
    assert bank["source"] == "测量"


def test_the_map_is_one_page_that_names_the_sites(run: Path) -> None:
    page = (run / "map.html").read_text(encoding="utf-8")
    assert page.lstrip().lower().startswith("<!doctype html>")
    assert "1999" in page
    assert "初步研判" in page


def test_another_crs_is_written_when_asked_for(workspace: Path, tmp_path: Path, hongxian: Hongxian) -> None:
    assert hongxian(*_screen(workspace, tmp_path / "run", "--crs", "EPSG:4546")).code == 0
    package = tmp_path / "run" / "screening.gpkg"
    for layer in ("sites", "zones", "references"):
        assert pyogrio.read_info(package, layer=layer)["crs"] == "EPSG:4546"
    x, y = pyogrio.read_dataframe(package, layer="sites").geometry.iloc[0].centroid.coords[0]
    assert 400_000 < x < 600_000  # metres about the meridian 111° E, false easting 500 km
    assert 3_900_000 < y < 4_000_000


def test_an_unknown_crs_ends_with_2_and_leaves_nothing(
    workspace: Path, tmp_path: Path, hongxian: Hongxian
) -> None:
    ran = hongxian(*_screen(workspace, tmp_path / "run", "--crs", "EPSG:999999"))
    assert ran.code == 2
    assert "--crs" in ran.err
    assert list(tmp_path.iterdir()) == []


def test_the_summary_counts_the_outcomes_and_says_it_is_preliminary(
    workspace: Path, tmp_path: Path, hongxian: Hongxian
) -> None:
    ran = hongxian(*_screen(workspace, tmp_path / "run"))
    assert "合计：禁止 2，未触及 1" in ran.out
    assert "初步研判" in ran.out
    assert "演示" not in ran.out  # every layer here is real
    assert "量算距离与重叠" in ran.err  # progress goes to the error stream


def test_two_runs_give_the_same_files(workspace: Path, tmp_path: Path, hongxian: Hongxian, run: Path) -> None:
    assert hongxian(*_screen(workspace, tmp_path / "again")).code == 0
    for name in FILES:
        assert (tmp_path / "again" / name).read_bytes() == (run / name).read_bytes(), name


# screen: refusals --------------------------------------------------------------------------------------


def test_an_existing_folder_is_refused_and_untouched(
    workspace: Path, tmp_path: Path, hongxian: Hongxian
) -> None:
    out = tmp_path / "run"
    out.mkdir()
    (out / "mine.txt").write_text("keep")
    ran = hongxian(*_screen(workspace, out))
    assert ran.code == 2
    assert "已存在，未覆盖" in ran.err
    assert [path.name for path in out.iterdir()] == ["mine.txt"]
    assert (out / "mine.txt").read_text() == "keep"


def test_bad_rows_end_with_2_a_table_and_no_folder(
    workspace: Path, tmp_path: Path, hongxian: Hongxian
) -> None:
    ran = hongxian(*_screen(workspace, tmp_path / "run", sites="faulty.csv"))
    assert ran.code == 2
    assert ran.out == ""
    for heading in PROBLEM_COLUMNS.values():
        assert heading in ran.err
    assert "第5行" in ran.err
    assert "颠倒" in ran.err
    assert "第6行" in ran.err
    assert "--keep-going" in ran.err
    assert list(tmp_path.iterdir()) == []


def test_keep_going_screens_the_rest_and_lists_the_rejected(
    workspace: Path, tmp_path: Path, hongxian: Hongxian
) -> None:
    ran = hongxian(*_screen(workspace, tmp_path / "run", "--keep-going", sites="faulty.csv"))
    assert ran.code == 0
    assert "未筛查的行" in ran.out
    assert "颠倒" in ran.out
    rejected = pyogrio.read_dataframe(tmp_path / "run" / "screening.gpkg", layer="rejected")
    assert set(rejected["where"]) == {"第5行", "第6行"}
    record = json.loads((tmp_path / "run" / "run.json").read_text(encoding="utf-8"))
    assert (record["sites"]["read"], record["sites"]["rejected"]) == (3, 2)


@pytest.mark.parametrize(
    ("option", "value", "said"),
    [
        ("--confidence", "95", "--confidence 95 不在 0.5–0.9999 之间；95% 写成 0.95"),
        ("--confidence", "0.4", "不在 0.5–0.9999 之间"),
        ("--confidence", "nan", "不在 0.5–0.9999 之间"),
        ("--move-radius", "0", "不要移动建议用 --no-moves"),
        ("--move-radius", "500", "不在 0–50 公里之间"),
    ],
)
def test_a_number_that_cannot_be_used_ends_with_2(
    option: str, value: str, said: str, workspace: Path, tmp_path: Path, hongxian: Hongxian
) -> None:
    ran = hongxian(*_screen(workspace, tmp_path / "run", option, value))
    assert ran.code == 2 and said in ran.err
    assert not (tmp_path / "run").exists()


def test_confidence_and_moves_are_recorded_and_the_moves_are_there(
    workspace: Path, tmp_path: Path, hongxian: Hongxian, run: Path
) -> None:
    record = json.loads((run / "run.json").read_text(encoding="utf-8"))
    assert (record["confidence"], record["move_radius_m"]) == (0.95, 10_000.0)
    assert record["advice"]["breached_sites_searched"] == record["advice"]["moves_found"] == 2
    moves = pyogrio.read_dataframe(run / "screening.gpkg", layer="moves").set_index("site_id")
    # 1,999 m and 2,000 m from the bank, the limit of 2 km itself counts: a metre and a centimetre
    assert moves["distance_m"].to_dict() == pytest.approx({"1999": 1.01, "2000": 0.01}, abs=0.006)
    assert moves["outcome"].tolist() == ["clear", "clear"]
    other = tmp_path / "run"
    assert hongxian(*_screen(workspace, other, "--confidence", "0.9", "--no-moves")).code == 0
    record = json.loads((other / "run.json").read_text(encoding="utf-8"))
    assert (record["confidence"], record["move_radius_m"]) == (0.9, 0.0)
    assert pyogrio.read_info(other / "screening.gpkg", layer="moves")["features"] == 0


@pytest.mark.parametrize(
    ("more", "said"),
    [
        (["--layers", "nowhere/manifest.yaml"], "没有图层清单"),
        (["--rules", "nowhere"], "规则册文件夹不存在"),
        (["--fail-on", "forbidden"], "不认识的结论"),
        (["--datum", "wgs72"], "不认识的坐标系"),
        (["--tiles", "osm"], "不认识的在线底图"),
    ],
)
def test_a_wrong_option_ends_with_2_and_leaves_nothing(
    workspace: Path, tmp_path: Path, hongxian: Hongxian, more: list[str], said: str
) -> None:
    ran = hongxian(*_screen(workspace, tmp_path / "run", *more))
    assert ran.code == 2
    assert said in ran.err
    assert list(tmp_path.iterdir()) == []


def test_a_layer_that_cannot_be_used_stops_the_run(tmp_path: Path, hongxian: Hongxian) -> None:
    manifest = on_disk(tmp_path / "layers", *yuncheng(fen_bank(crs="EPSG:4546")))
    sites = write_csv(tmp_path / "sites.csv", [paper_mill("A", east_of_bank(1999))])
    ran = hongxian("screen", sites, "--layers", manifest, "--out", tmp_path / "run", *BARE)
    assert ran.code == 2
    assert "river" in ran.err
    assert "坐标系" in ran.err
    assert not (tmp_path / "run").exists()


def test_fail_on_ends_with_3_after_writing_the_run(
    workspace: Path, tmp_path: Path, hongxian: Hongxian
) -> None:
    assert hongxian(*_screen(workspace, tmp_path / "run", "--fail-on", "prohibited")).code == 3
    assert {path.name for path in (tmp_path / "run").iterdir()} == FILES
    assert hongxian(*_screen(workspace, tmp_path / "calm", "--fail-on", "must_exit")).code == 0


def test_json_is_json_and_nothing_else(workspace: Path, tmp_path: Path, hongxian: Hongxian) -> None:
    ran = hongxian(*_screen(workspace, tmp_path / "run", "--json", "--keep-going", sites="faulty.csv"))
    assert ran.code == 0
    assert ran.err.strip() == ""
    said = json.loads(ran.out)
    assert [v["outcome"] for v in said["verdicts"]] == ["prohibited", "prohibited", "clear"]
    assert {r["where"] for r in said["rejected"]} == {"第5行", "第6行"}
    assert said["run"]["on"] == "2026-01-01"


# explain -----------------------------------------------------------------------------------------------


def test_explain_gives_rule_clause_metres_arithmetic_and_reading(run: Path, hongxian: Hongxian) -> None:
    ran = hongxian("explain", run, "1999")
    assert ran.code == 0
    assert "造纸1999：禁止（稳健）" in ran.out
    rule = the_rules()["YC-15"]
    assert f"YC-15 {rule.title.zh}" in ran.out
    assert f"《{the_rules().plan_of(rule).title.zh}》{rule.section}" in ran.out
    assert "1,999.00 − 2 公里 = 余量 -1.00 米" in ran.out
    assert "读法：自河岸量起，图层 river" in ran.out
    assert rule.remedy.zh in ran.out


def test_explain_says_what_would_settle_an_open_check(
    workspace: Path, tmp_path: Path, hongxian: Hongxian
) -> None:
    sites = write_csv(tmp_path / "sites.csv", [paper_mill("A", east_of_bank(2300))])
    layers = workspace / "layers" / "manifest.yaml"
    hongxian("screen", sites, "--layers", layers, "--out", tmp_path / "run", "--on", "2026-01-01", *BARE)
    ran = hongxian("explain", tmp_path / "run", "A")
    assert "待核实" in ran.out
    assert "坐标系未申报" in ran.out
    assert "申报坐标系（--datum 或 datum 列）" in ran.out
    assert "最好情形 未触及，最坏情形 禁止" in ran.out


def test_explain_prints_the_paragraph_from_the_users_own_text(
    run: Path, tmp_path: Path, hongxian: Hongxian
) -> None:
    """The package holds no sentence of a plan: it finds the paragraph by the rule's key terms."""
    paragraph = "，".join(the_rules()["YC-15"].key_terms)
    (tmp_path / "规划.txt").write_text(f"第一段\n{paragraph}。\n", encoding="utf-8")
    ran = hongxian("explain", run, "1999", "--plans", tmp_path)
    assert f"原文（规划.txt 第 2 行）：{paragraph}。" in ran.out


def test_explain_as_json(run: Path, hongxian: Hongxian) -> None:
    said = json.loads(hongxian("explain", run, "2001", "--json").out)
    assert said["site_id"] == "2001"
    assert "未触及" in said["lines"][0]


def test_explain_knows_neither_other_sites_nor_other_folders(
    run: Path, tmp_path: Path, hongxian: Hongxian
) -> None:
    unknown = hongxian("explain", run, "S-99")
    assert unknown.code == 2
    assert "没有场地 S-99" in unknown.err
    assert "1999" in unknown.err  # what there is
    empty = hongxian("explain", tmp_path, "1999")
    assert empty.code == 2
    assert "不是一次筛查的结果文件夹" in empty.err


# rules, layers, industries, init -----------------------------------------------------------------------


def test_rules_list(hongxian: Hongxian) -> None:
    ran = hongxian("rules", "list")
    assert ran.code == 0
    assert f"规则册：{len(the_rules())} 条" in ran.out
    listed = json.loads(hongxian("rules", "list", "--json").out)
    assert [rule["id"] for rule in listed] == list(the_rules().rules)


def test_rules_show(hongxian: Hongxian) -> None:
    ran = hongxian("rules", "show", "YC-15")
    assert ran.code == 0
    assert the_rules()["YC-15"].title.zh in ran.out
    assert "distance: {2021-01-01: 2 km}" in ran.out
    unknown = hongxian("rules", "show", "YC-999")
    assert unknown.code == 2
    assert "没有 YC-999" in unknown.err


def test_rules_lint_of_our_own_book_finds_nothing(hongxian: Hongxian) -> None:
    ran = hongxian("rules", "lint")
    assert ran.code == 0, ran.out
    assert json.loads(hongxian("rules", "lint", "--json").out) == []


def test_an_unreadable_rule_stops_every_verb(tmp_path: Path, hongxian: Hongxian) -> None:
    """A rule is never skipped: without it a site would pass."""
    (tmp_path / "yuncheng-14fyp").mkdir()
    text = the_rules().sources["YC-15"].read_text(encoding="utf-8")
    bad = text.replace("distance: {2021-01-01: 2 km}", "distance: {2021-01-01: 2}")
    assert bad != text
    (tmp_path / "yuncheng-14fyp" / "YC-15.yaml").write_text(bad, encoding="utf-8")
    line = 1 + next(n for n, row in enumerate(bad.splitlines()) if row.startswith("distance:"))
    for verb in ("list", "lint", "test"):
        ran = hongxian("rules", verb, "--rules", tmp_path)
        assert ran.code == 2
        assert "距离须带单位" in ran.err
        assert f"第{line}行" in ran.err


def test_rules_test_runs_the_inline_examples(hongxian: Hongxian) -> None:
    ran = hongxian("rules", "test", "YC-15")
    assert ran.code == 0, ran.out
    count = len(the_rules()["YC-15"].examples)
    assert f"1 条规则，{count} 个例子：{count} 个通过，0 个不符" in ran.out
    results = json.loads(hongxian("rules", "test", "YC-15", "--json").out)
    assert len(results) == count
    assert all(result["passed"] for result in results)
    assert hongxian("rules", "test", "YC-999").code == 2


def test_layers_list(workspace: Path, hongxian: Hongxian) -> None:
    manifest = workspace / "layers" / "manifest.yaml"
    ran = hongxian("layers", "list", "--layers", manifest)
    assert ran.code == 0
    assert "±0.1 米" in ran.out
    listed = json.loads(hongxian("layers", "list", "--layers", manifest, "--json").out)
    assert {layer["key"] for layer in listed} >= {"counties", "river", "red_line"}
    assert hongxian("layers", "list", "--layers", workspace / "none.yaml").code == 2


def test_layers_check_reads_all_and_says_what_rules_lack(workspace: Path, hongxian: Hongxian) -> None:
    manifest = workspace / "layers" / "manifest.yaml"
    ran = hongxian("layers", "check", "--layers", manifest)
    assert ran.code == 0, ran.err
    said = json.loads(hongxian("layers", "check", "--layers", manifest, "--json").out)
    status = {(row["rule_id"], row["theme"]): row["status"] for row in said["coverage"]}
    assert status["YC-15", "river"] == "present"
    assert status["TY-05", "park"] == "absent"


def test_layers_check_lists_a_layer_that_cannot_be_used(tmp_path: Path, hongxian: Hongxian) -> None:
    manifest = on_disk(tmp_path, *yuncheng(fen_bank(fields={"name": "河名"})))
    ran = hongxian("layers", "check", "--layers", manifest)
    assert ran.code == 2
    assert "没有这个字段" in ran.err
    assert "河名" in ran.err


def test_industries_finds_codes_by_word(hongxian: Hongxian) -> None:
    assert "2521" in hongxian("industries", "炼焦").out
    assert json.loads(hongxian("industries", "C2521", "--json").out) == [{"code": "2521", "name": "炼焦"}]
    nothing = hongxian("industries", "炼丹术")
    assert nothing.code == 0
    assert "没有找到" in nothing.out


def test_init_lays_out_a_workspace_in_which_screen_works(
    tmp_path: Path, hongxian: Hongxian, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "工作"
    ran = hongxian("init", folder)
    assert ran.code == 0
    assert (folder / "layers" / "manifest.yaml").is_file()
    assert (folder / "example_sites.csv").is_file()
    monkeypatch.chdir(folder)
    command = ran.out.split("hongxian ", 1)[1].split()  # the very command it suggests
    screened = hongxian(*command, "--no-figures", "--report-sites", "1")
    assert screened.code == 0, screened.err
    assert {path.name for path in (folder / "outputs" / "first").iterdir()} == FILES | PRINT - {"figures"}
    assert "含演示数据" in screened.out

    again = hongxian("init", folder)
    assert again.code == 2
    assert "不是空的" in again.err


def test_layers_of_the_working_folder_are_used_where_no_option_names_others(
    workspace: Path, hongxian: Hongxian, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def keys() -> set[str]:
        return {layer["key"] for layer in json.loads(hongxian("layers", "list", "--json").out)}

    monkeypatch.chdir(workspace)
    assert "fen-centreline-wdb" not in keys()
    monkeypatch.chdir(tmp_path)
    assert "fen-centreline-wdb" in keys()  # the starter layers
    assert (starter_folder() / "manifest.yaml").is_file()


# help and the module -----------------------------------------------------------------------------------


def verbs() -> list[list[str]]:
    """Every verb that the program has, those of its groups too."""
    found: list[list[str]] = [[]]
    for name, command in sorted(get_command(app).commands.items()):  # type: ignore[attr-defined]
        found.append([name])
        found += [[name, verb] for verb in sorted(getattr(command, "commands", {}))]
    return found


@pytest.mark.parametrize("verb", verbs(), ids=" ".join)
def test_every_verb_helps_in_chinese_and_english(verb: list[str], hongxian: Hongxian) -> None:
    ran = hongxian(*verb, "--help")
    assert ran.code == 0
    purpose = ran.out.split("\n\n")[1]
    assert re.search("[一-鿿]{2}", purpose)
    assert re.search("[A-Za-z]{3}", purpose)


def test_no_verb_shows_the_help(hongxian: Hongxian) -> None:
    ran = hongxian()
    assert "screen" in ran.out + ran.err


def _module(*args: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "geo", *args]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, encoding="utf-8")


def test_the_module_does_the_same_as_the_command(run: Path, hongxian: Hongxian) -> None:
    ran = _module("explain", str(run), "1999")
    assert (ran.returncode, ran.stderr) == (0, "")
    assert ran.stdout == hongxian("explain", run, "1999").out
    refused = _module("explain", str(run), "S-99")
    assert refused.returncode == 2
    assert "没有场地 S-99" in refused.stderr
    assert "Traceback" not in refused.stderr


def test_an_unknown_coordinate_system_is_told_before_any_work(tmp_path: Path, hongxian: Hongxian) -> None:
    out = tmp_path / "out"
    ran = hongxian("screen", tmp_path / "nothing.csv", "--crs", "EPSG:99999", "--out", out)
    assert ran.code == 2
    assert "EPSG:99999" in ran.err
    assert not out.exists()


# diff, rerun, portfolio ----------------------------------------------------------------------------------


def test_a_run_repeats_itself_until_something_in_it_changes(
    workspace: Path, tmp_path: Path, hongxian: Hongxian
) -> None:
    moved = tmp_path / "moved"
    shutil.copytree(workspace, moved, ignore=shutil.ignore_patterns("outputs"))
    assert hongxian(*_screen(moved, moved / "a", "--what-if", "development=expand")).code == 0
    moved = moved.rename(tmp_path / "elsewhere")  # a workspace that was moved as a whole
    with sqlite3.connect(moved / "layers" / "river.gpkg") as package:
        package.execute(
            "CREATE TABLE layer_styles (styleQML TEXT)"
        )  # as QGIS does: other bytes, same features
    package.close()
    same = hongxian("rerun", moved / "a")
    assert (same.code, "相同" in same.out) == (0, True), same.out
    sites = moved / "sites.csv"
    sites.write_text(sites.read_text().replace("1999,造纸1999,2221,new", "1999,造纸1999,2221,expand"))
    other = hongxian("rerun", moved / "a", "--out", moved / "b")
    assert other.code == 3 and "建设性质 新建 → 扩建" in other.out
    again = [sorted(path.name for path in (moved / run).iterdir()) for run in ("a", "b")]
    assert again[0] == again[1]  # what was left out of the run is left out of its repetition
    told = hongxian("diff", moved / "a", moved / "b", "--out", tmp_path / "d.gpkg", "--json")
    (flip,) = [f for f in json.loads(told.out)["flips"] if f["change"] == "milder"]
    assert (flip["site_id"], flip["rule_ids"], flip["causes"]) == ("1999", "YC-15", "site_facts")
    flips = pyogrio.read_dataframe(tmp_path / "d.gpkg", layer="flips").set_index("site_id")
    assert flips.loc["1999", "outcome_b"] == "clear" and flips.crs == "EPSG:4490"
    seen = json.loads(hongxian("portfolio", moved / "a", "--json").out)
    assert next((row["rule_id"], row["stops"]) for row in seen["portfolio"]) == ("YC-15", 2)
