"""Real QGIS opens what a run writes: every layer valid and styled, themes, relations, atlases; Chinese intact.

What is judged: the project beside the GeoPackage, the one stored in it, both after the folder was moved.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from worlds import coking, from_point, write_csv

from geo import assess, load_layers, load_rulebook, read_sites, starter_folder
from geo.terms import Outcome
from geo.writers import write_run
from geo.writers.outputs import Outputs

_PYTHON = "/usr/bin/python3"  # the interpreter that Debian's python3-qgis belongs to
_READER = Path(__file__).with_name("qgis_reader.py")
_CHECKER = Path(__file__).parents[2] / "shared" / "tools" / "check_qgis.py"
_ASKED = [
    "--layers-min",
    "8",
    "--groups-min",
    "5",
    "--labels-min",
    "3",
    "--styled-min",
    "6",
    "--layouts-min",
    "2",
    "--require-cjk",
]

#: Neither report nor figures: other tests look at those.
PLAIN = Outputs(report=False, figures=False)


@pytest.fixture(scope="module")
def qgis() -> str:
    available = Path(_PYTHON).exists() and (
        subprocess.run([_PYTHON, "-c", "import qgis.core"], capture_output=True).returncode == 0
    )
    if not available:
        reason = "python3-qgis is not installed (Debian: apt-get install python3-qgis)"
        if os.environ.get("HONGXIAN_REQUIRE_QGIS") == "1":
            pytest.fail(reason)
        pytest.skip(reason)
    return _PYTHON


@pytest.fixture(scope="module")
def starter_run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    starter = starter_folder()
    sites = read_sites(starter / "example_sites.csv", starter / "example_sites.geojson")
    result = assess(load_rulebook(), load_layers(starter), sites, on=date(2026, 1, 1))
    return write_run(result, tmp_path_factory.mktemp("starter") / "run", outputs=PLAIN)


def in_qgis(python: str, folder: Path, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "QT_QPA_PLATFORM": "offscreen", "XDG_RUNTIME_DIR": str(folder)}
    command = [python, *[str(argument) for argument in arguments]]
    return subprocess.run(command, env=environment, capture_output=True, text=True)


@pytest.fixture(scope="module")
def opened(qgis: str, starter_run: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What QGIS says of a copy of the run, its atlases exported."""
    folder = tmp_path_factory.mktemp("opened")
    copy = shutil.copytree(starter_run, folder / "改了名的 文件夹")
    said = in_qgis(qgis, folder, _READER, copy / "screening.qgz", folder)
    assert said.returncode == 0, said.stderr
    found: dict[str, Any] = json.loads(said.stdout.splitlines()[-1])
    return found


@pytest.mark.qgis
def test_the_project_opens_in_the_zone_of_its_sites_with_valid_layers(opened: dict[str, Any]) -> None:
    assert opened["read"] and opened["crs"] == "EPSG:4546"
    assert all(layer["valid"] and layer["features"] for layer in opened["layers"].values())
    assert opened["layers"]["hongxian_sites"]["features"] == 40
    assert opened["layers"]["hongxian_zones_prohibit_demo"]["name"] == "禁止（演示）"


@pytest.mark.qgis
def test_points_and_lines_are_drawn_above_areas(opened: dict[str, Any]) -> None:
    kinds = [opened["layers"][key]["geometry"] for key in opened["order"]]
    spatial = [kind for kind in kinds if kind in (0, 1, 2)]
    assert spatial == sorted(spatial)
    assert opened["order"][0] == "hongxian_sites" and "hongxian_counties" in opened["order"][-4:]


@pytest.mark.qgis
def test_every_field_has_a_chinese_heading_and_codes_their_words(opened: dict[str, Any]) -> None:
    for layer in opened["layers"].values():
        assert all(re.search(r"[\u3400-\u9fff]", alias) for alias in layer["aliases"].values()), layer["name"]
    sites = opened["layers"]["hongxian_sites"]
    assert sites["aliases"]["accuracy_m"] == "位置精度（米）"
    assert sites["widgets"]["development"] == "ValueMap"
    assert sites["widgets"]["fid"] == sites["widgets"]["outcome"] == "Hidden"


@pytest.mark.qgis
def test_a_site_knows_its_findings(opened: dict[str, Any]) -> None:
    assert opened["relations"]["sites_findings"] is True
    assert all(opened["relations"].values())
    assert opened["form"][:2] == ["结论", "逐条检查"]
    tip = opened["tips"]["S-10"]
    for said in ("S-10 示例焦化沿黄项目", "YC-23", "三（二）", "初步研判"):
        assert said in tip
    assert "YC-15" not in opened["tips"]["S-01"]  # a rule of another site


@pytest.mark.qgis
def test_there_is_a_theme_for_every_question_and_city(opened: dict[str, Any]) -> None:
    assert {"选址冲突", "生态修复", "数据覆盖", "太原市", "阳泉市", "晋中市", "运城市"} <= set(
        opened["themes"]
    )
    shown = opened["shown"]
    assert "hongxian_sites_运城市" in shown["运城市"] and "hongxian_sites" not in shown["运城市"]
    assert "hongxian_zones_restore" in shown["生态修复"] and "hongxian_zones_restore" not in shown["选址冲突"]
    assert not [key for key in shown["选址冲突"] if key.endswith("_demo")]
    assert "运城市" in opened["bookmarks"]


@pytest.mark.qgis
def test_an_atlas_has_a_page_for_every_conflicting_site_strictest_first(
    opened: dict[str, Any], starter_run: Path
) -> None:
    verdicts = {
        feature["site_id"]: feature["outcome"]
        for feature in json.loads(
            subprocess.run(
                [_PYTHON, "-c", _OUTCOMES, str(starter_run / "screening.gpkg")],
                capture_output=True,
                text=True,
                check=True,
            ).stdout
        )
    }
    conflicting = {"prohibited", "must_exit", "restricted", "conditional"}
    pages = [page["site_id"] for page in opened["atlases"]["冲突项目图册（A4）"]]
    assert sorted(pages) == sorted(site for site, outcome in verdicts.items() if outcome in conflicting)
    order = [str(outcome) for outcome in Outcome]
    assert pages == sorted(pages, key=lambda site: (order.index(verdicts[site]), site))
    scales = {page["site_id"]: page["scale"] for page in opened["atlases"]["冲突项目图册（A4）"]}
    assert scales["S-10"] == 50_000  # 1 km of the Yellow River is at issue
    assert scales["S-15"] == 300_000  # a clause for the whole city
    code, pdf = opened["exported"]["冲突项目图册（A4）"]
    assert code == 0
    assert len(re.findall(rb"/Type\s*/Page\b", Path(pdf).read_bytes())) == len(pages) == 8


_OUTCOMES = """
import json, sqlite3, sys
file = sqlite3.connect(f"file:{sys.argv[1]}?immutable=1", uri=True)
rows = file.execute("select site_id, outcome from sites")
print(json.dumps([{"site_id": site, "outcome": outcome} for site, outcome in rows]))
"""


# ---- the checker that the deliverable is judged by ----


def judge(qgis: str, path: Path, folder: Path, *more: str) -> str:
    if not _CHECKER.exists():
        pytest.skip(f"the checker of deliverables is not beside the checkout: {_CHECKER}")
    outputs = ["--png", folder / "map.png", "--pdf", folder / "map.pdf"]
    said = in_qgis(qgis, folder, _CHECKER, path, *outputs, *_ASKED, *more)
    assert said.returncode == 0, said.stdout
    assert "WARN" not in said.stdout
    assert (folder / "map.png").stat().st_size > 20_000 and (folder / "map.pdf").stat().st_size > 20_000
    return said.stdout


@pytest.mark.qgis
@pytest.mark.shared
@pytest.mark.slow
@pytest.mark.parametrize("name", ["screening.qgz", "screening.gpkg"])
def test_the_checker_accepts_the_starter_run(qgis: str, starter_run: Path, tmp_path: Path, name: str) -> None:
    copy = shutil.copytree(starter_run, tmp_path / "别处" / "二〇二六 一月")
    judge(qgis, copy / name, tmp_path)


@pytest.mark.qgis
@pytest.mark.shared
@pytest.mark.slow
def test_the_checker_accepts_two_thousand_sites(qgis: str, tmp_path: Path) -> None:
    rows = [
        coking(f"P-{number:04d}", from_point(111.0 + 0.02 * (number % 50), 35.0, 0.0, 900.0 * (number // 50)))
        for number in range(2000)
    ]
    listed = write_csv(tmp_path / "sites.csv", [{**row, "datum": "cgcs2000"} for row in rows])
    result = assess(load_rulebook(), load_layers(starter_folder()), read_sites(listed), date(2026, 1, 1))
    run = write_run(result, tmp_path / "run", outputs=PLAIN)
    said = judge(qgis, run / "screening.qgz", tmp_path)
    assert "2000 features" in said


@pytest.mark.qgis
def test_the_project_opens_from_a_folder_that_nobody_may_write(
    qgis: str, starter_run: Path, tmp_path: Path
) -> None:
    if os.geteuid() != 0:
        pytest.skip("needs root, to read as somebody else")
    open_to_all = Path("/var/tmp") / f"hongxian-{tmp_path.name}"
    try:
        shutil.copytree(starter_run, open_to_all)
        shutil.copy(_READER, open_to_all)
        for path in (open_to_all, *open_to_all.iterdir()):
            path.chmod(0o555 if path.is_dir() else 0o444)
        said = subprocess.run(
            [qgis, str(open_to_all / _READER.name), str(open_to_all / "screening.qgz")],
            env={"PATH": os.environ["PATH"], "QT_QPA_PLATFORM": "offscreen", "HOME": "/nonexistent"},
            capture_output=True,
            text=True,
            user="nobody",
            cwd="/",
        )
        assert said.returncode == 0, said.stderr
        layers = json.loads(said.stdout.splitlines()[-1])["layers"]
        assert all(layer["valid"] and layer["features"] for layer in layers.values())
        assert sorted(path.name for path in open_to_all.glob("screening*")) == [
            "screening.gpkg",
            "screening.qgz",
        ]
    finally:
        open_to_all.chmod(0o755)
        shutil.rmtree(open_to_all)
