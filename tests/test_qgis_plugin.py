"""The QGIS plugin: packaged by one command; its algorithms run in real QGIS and call the installed command."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import geopandas as gpd
import pytest
import shapely
from test_qgis import qgis  # noqa: F401 a fixture
from worlds import east_of_bank, fen_bank, on_disk, yuncheng

ROOT = Path(__file__).parents[1]
_RUNNER = Path(__file__).with_name("plugin_runner.py")


@pytest.fixture
def command(tmp_path: Path) -> Path:
    """The command as an installation has it."""
    path = tmp_path / "bin" / "hongxian"
    path.parent.mkdir()
    path.write_text(
        f'#!/bin/sh\ncd {tmp_path} && PYTHONPATH={ROOT} exec {sys.executable} -m geo "$@"\n', encoding="utf-8"
    )
    path.chmod(0o755)
    return path


def stand_in(folder: Path, verbs: str) -> Path:
    """A command that knows some verbs and writes down what it is asked."""
    path = folder / "stand_in"
    path.write_text(
        f"""#!{sys.executable}
import json, pathlib, sys
if sys.argv[1:] == ["--help"]:
    print("Commands:\\n" + "\\n".join(f"  {{verb}}  says" for verb in {verbs.split()!r}))
    sys.exit()
out = pathlib.Path(sys.argv[sys.argv.index("--out") + 1])
out.mkdir()
(out / "asked.json").write_text(json.dumps(sys.argv[1:]))
print("读取规则册", file=sys.stderr)
""",
        encoding="utf-8",
    )
    path.chmod(0o755)
    return path


def run(python: str, command: Path, folder: Path, **asked: Any) -> dict[str, Any]:
    environment = {
        **os.environ,
        "QT_QPA_PLATFORM": "offscreen",
        "XDG_RUNTIME_DIR": str(folder),
        "HONGXIAN_COMMAND": str(command),
    }
    done = subprocess.run(
        [python, str(_RUNNER)], input=json.dumps(asked), env=environment, capture_output=True, text=True
    )
    assert done.returncode == 0 and done.stdout, done.stderr
    said: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return said


def sites_layer(folder: Path) -> Path:
    """A layer as a planner has it: Chinese field names, a zone of CGCS2000."""
    frame = gpd.GeoDataFrame(
        {
            "编号": ["A-1", "A-2"],
            "项目名称": ["造纸甲", "造纸乙"],
            "行业代码": ["2221", "2221"],
            "建设性质": ["新建", "新建"],
        },
        geometry=[shapely.Point(east_of_bank(1500)), shapely.Point(east_of_bank(2500))],
        crs="EPSG:4490",
    )
    path = folder / "拟选址.gpkg"
    frame.to_crs("EPSG:4546").to_file(path, layer="拟选址", driver="GPKG")
    return path


@pytest.mark.qgis
def test_sites_of_the_project_are_screened_and_the_results_loaded_with_their_styles(
    qgis: str,  # noqa: F811
    command: Path,
    tmp_path: Path,
) -> None:
    manifest = on_disk(tmp_path / "layers", *yuncheng(fen_bank()))
    said = run(
        qgis,
        command,
        tmp_path,
        algorithm="hongxian:screen",
        layers={"拟选址": str(sites_layer(tmp_path))},
        parameters={
            "SITES": "拟选址",
            "MANIFEST": str(manifest),
            "ON": "2026-01-01",
            "OUT": str(tmp_path / "结果" / "一"),
        },
    )
    assert said["algorithms"] == {
        "hongxian:screen": "项目选址筛查",
        "hongxian:restore": "生态修复台账",
        "hongxian:where": "可选址范围",
        "hongxian:rules": "规则查询",
    }
    assert said.get("ok"), said.get("error")
    out = Path(said["results"]["RUN"])
    assert (out / "screening.qgz").exists() and (out / "map.html").exists()
    assert "量算距离与重叠" in said["log"] and len(set(said["progress"])) > 4
    loaded = {layer["name"]: layer for layer in said["loaded"]}
    assert loaded["项目选址结论"]["features"] == 2
    assert loaded["项目选址结论"]["renderer"] == "categorizedSymbol" and loaded["项目选址结论"]["labels"]
    assert "layer_styles" not in loaded


@pytest.mark.qgis
def test_faults_of_the_input_are_told_in_the_command_s_own_words(
    qgis: str,  # noqa: F811
    command: Path,
    tmp_path: Path,
) -> None:
    said = run(
        qgis,
        command,
        tmp_path,
        algorithm="hongxian:screen",
        layers={"拟选址": str(sites_layer(tmp_path))},
        parameters={
            "SITES": "拟选址",
            "MANIFEST": str(tmp_path / "没有.yaml"),
            "OUT": str(tmp_path / "结果"),
        },
    )
    assert "没有.yaml" in said["error"] and not (tmp_path / "结果").exists()


@pytest.mark.qgis
def test_rules_are_looked_up_by_word(qgis: str, command: Path, tmp_path: Path) -> None:  # noqa: F811
    said = run(
        qgis,
        command,
        tmp_path,
        algorithm="hongxian:rules",
        parameters={"WORD": "YC-15", "TABLE": "memory:"},
    )
    rows = {row[0]: row for row in said["table"]}
    assert "汾河" in rows["YC-15"][1] and rows["YC-15"][4] == "禁止"
    assert said["results"]["COUNT"] == str(len(rows))


@pytest.mark.qgis
def test_a_verb_that_the_installed_version_lacks_is_named(qgis: str, tmp_path: Path) -> None:  # noqa: F811
    command = stand_in(tmp_path, "screen explain")
    for verb, more in (("restore", {}), ("where", {"INDUSTRY": "2521", "CITY": "运城"})):
        parameters = {"MANIFEST": str(tmp_path / "manifest.yaml"), "OUT": str(tmp_path / "out"), **more}
        said = run(qgis, command, tmp_path, algorithm=f"hongxian:{verb}", parameters=parameters)
        assert f"没有 {verb} 这项功能" in said["error"]
        assert not (tmp_path / "out").exists()


@pytest.mark.qgis
def test_restore_and_where_hand_on_what_was_asked(qgis: str, tmp_path: Path) -> None:  # noqa: F811
    command = stand_in(tmp_path, "restore where")
    manifest = str(tmp_path / "manifest.yaml")
    where = {"MANIFEST": manifest, "INDUSTRY": "2521", "DEVELOPMENT": 1, "CITY": "运城", "MIN_AREA": 20}
    said = run(
        qgis,
        command,
        tmp_path,
        algorithm="hongxian:where",
        parameters={**where, "ON": "2026-01-01", "OUT": str(tmp_path / "w")},
    )
    assert said.get("ok"), said
    asked = json.loads((tmp_path / "w" / "asked.json").read_text(encoding="utf-8"))
    assert asked[0] == "where" and asked[asked.index("--development") + 1] == "rebuild"
    assert asked[asked.index("--min-area") + 1] == "20ha" and asked[asked.index("--city") + 1] == "运城"
    said = run(
        qgis,
        command,
        tmp_path,
        algorithm="hongxian:restore",
        layers={"已建": str(sites_layer(tmp_path))},
        parameters={"MANIFEST": manifest, "SITES": "已建", "OUT": str(tmp_path / "r")},
    )
    asked = json.loads((tmp_path / "r" / "asked.json").read_text(encoding="utf-8"))
    assert asked[:3] == ["restore", "--layers", manifest]
    assert asked[asked.index("--sites") + 1].endswith("sites.gpkg")


@pytest.mark.qgis
def test_a_cancelled_run_leaves_nothing(qgis: str, command: Path, tmp_path: Path) -> None:  # noqa: F811
    manifest = on_disk(tmp_path / "layers", *yuncheng(fen_bank()))
    said = run(
        qgis,
        command,
        tmp_path,
        algorithm="hongxian:screen",
        cancel=True,
        layers={"拟选址": str(sites_layer(tmp_path))},
        parameters={"SITES": "拟选址", "MANIFEST": str(manifest), "OUT": str(tmp_path / "结果")},
    )
    assert "已取消" in said["error"] and not (tmp_path / "结果").exists()


def test_the_plugin_is_packaged_by_one_command_the_same_every_time(tmp_path: Path) -> None:
    built = []
    for name in ("a", "b"):
        done = subprocess.run(
            [sys.executable, str(ROOT / "scripts" / "build_plugin"), str(tmp_path / name)],
            capture_output=True,
            text=True,
            check=True,
        )
        built.append(Path(done.stdout.strip()))
    assert built[0].read_bytes() == built[1].read_bytes()
    held = zipfile.ZipFile(built[0]).namelist()
    assert {"hongxian_qgis/metadata.txt", "hongxian_qgis/__init__.py", "hongxian_qgis/LICENSE"} <= set(held)
    assert {name.split("/")[0] for name in held} == {"hongxian_qgis"}
