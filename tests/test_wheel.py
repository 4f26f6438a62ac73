"""The wheel holds all that the package needs: it works outside the checkout."""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


def tracked() -> list[str]:
    """The files that git holds: what a fresh clone has."""
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True).stdout
    return [name for name in listed.decode().split("\0") if name and (ROOT / name).is_file()]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    source = folder / "source"
    for name in tracked():  # from a copy: building in the checkout would leave build/ behind
        (source / name).parent.mkdir(parents=True, exist_ok=True)
        (source / name).write_bytes((ROOT / name).read_bytes())
    command = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation"]
    subprocess.run([*command, "--wheel-dir", str(folder), str(source)], check=True)
    return next(folder.glob("hongxian-*.whl"))


def test_the_wheel_holds_rules_layers_and_assets(wheel: Path) -> None:
    held = set(zipfile.ZipFile(wheel).namelist())
    wanted = [
        name
        for name in tracked()
        if name.startswith(("geo/rulebook/", "geo/writers/assets/", "geo/writers/figures/font/", "geo/data/"))
    ]
    assert len(wanted) > 80
    assert [name for name in wanted if name not in held] == []
    for name in ("manifest.yaml", "base.gpkg", "demo.gpkg", "example_sites.csv", "NOTICE.md"):
        assert f"hongxian_layers/{name}" in held


def test_a_workspace_of_the_installed_wheel_screens(wheel: Path, tmp_path: Path) -> None:
    target = tmp_path / "installed"
    install = [
        sys.executable,
        "-m",
        "pip",
        "install",
        "--quiet",
        "--no-deps",
        "--target",
        str(target),
        str(wheel),
    ]
    subprocess.run(install, check=True)
    environment = {**os.environ, "PYTHONPATH": str(target)}

    def python(*arguments: str) -> str:
        command = [sys.executable, *arguments]
        run = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True)
        assert run.returncode == 0, run.stderr
        return run.stdout

    assert str(target) in python("-c", "import geo; print(geo.__file__)")
    python("-m", "geo", "init", "work")
    screen = ["screen", "work/example_sites.csv", "--layers", "work/layers/manifest.yaml"]
    python("-m", "geo", *screen, "--out", "work/outputs/first", "--no-figures", "--report-sites", "1")
    assert (tmp_path / "work/outputs/first/screening.gpkg").is_file()
    assert (tmp_path / "work/outputs/first/report.docx").is_file()  # font, style sheet and page came along
    assert "依据" in python("-m", "geo", "explain", "work/outputs/first", "S-03")
