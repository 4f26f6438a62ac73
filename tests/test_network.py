"""Nothing leaves the machine, and nothing of the user's data stays in the folder for temporary files."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import zipfile
from pathlib import Path

import geopandas as gpd
import pyogrio
import pyproj
import pytest
import shapely
from conftest import ReachedOut
from kills import left_over

from geo.asides import MARK
from tests.worlds import coking, east_of_bank, entry, fen_bank, on_disk, square_counties, write_csv

ROOT = Path(__file__).resolve().parents[1]


def workspace(folder: Path) -> Path:
    """Layers, and the same sites as CSV, KML and a zipped Shapefile."""
    held = {"covers": {"adcode": ["1408"]}}
    on_disk(
        folder / "layers",
        square_counties(c140882=(110.6, 35.55, 110.85, 35.75)),
        fen_bank(**held),
        entry("farmland_permanent", (shapely.box(110.71, 35.60, 110.73, 35.62), {}), **held),
    )
    at = [east_of_bank(500), east_of_bank(1800)]
    write_csv(folder / "sites.csv", [coking("A", at[0]), coking("B", at[1])])
    frame = gpd.GeoDataFrame(
        {"Name": ["A", "B"], "site_id": ["A", "B"]}, geometry=shapely.points(at), crs=4326
    )
    pyogrio.write_dataframe(frame, folder / "sites.kml", driver="KML")
    shapes = folder / "shp"
    shapes.mkdir()
    pyogrio.write_dataframe(frame.drop(columns="Name").to_crs(4490), shapes / "sites.shp")
    with zipfile.ZipFile(folder / "sites.zip", "w") as archive:
        for path in sorted(shapes.iterdir()):
            archive.write(path, path.name)
    return folder


def environment(folder: Path) -> dict[str, str]:
    """Own folders for temporary files, cache and home."""
    for name in ("tmp", "home"):
        (folder / name).mkdir(exist_ok=True)
    own = {
        "TMPDIR": str(folder / "tmp"),
        "HOME": str(folder / "home"),
        "XDG_CACHE_HOME": str(folder / "home" / "cache"),
    }
    paths = f"{ROOT}{os.pathsep}{ROOT / 'tests'}"
    return {**os.environ, **own, "PYTHONPATH": paths, "PYTHONWARNINGS": "ignore"}


def test_no_verb_needs_a_network_or_leaves_a_copy(tmp_path: Path) -> None:
    cut_off = ["unshare", "-n"]
    if subprocess.run([*cut_off, "true"], capture_output=True, check=False).returncode != 0:
        pytest.skip("cutting off the network needs root (unshare -n)")
    work = workspace(tmp_path / "in")
    (tmp_path / "out").mkdir()
    done = subprocess.run(
        [*cut_off, sys.executable, str(ROOT / "tests" / "no_network.py"), str(work), str(tmp_path / "out")],
        capture_output=True,
        text=True,
        check=False,
        env=environment(tmp_path),
    )
    assert done.returncode == 0, done.stderr[-3000:]
    told = json.loads(done.stdout.splitlines()[-1])
    assert {name for name, code in told["codes"].items() if code != 0} == set(), done.stderr[-3000:]
    assert told["left"] == []
    assert left_over(tmp_path / "out") == []
    # the cache holds copies of large layers only, and none was large
    kept = [
        p for p in (tmp_path / "home").rglob("*") if p.suffix in (".fgb", ".npz", ".gpkg", ".shp", ".kml")
    ]
    assert kept == []


def test_the_guard_lets_nothing_out_and_the_machine_itself_in() -> None:
    with socket.socket() as held, pytest.raises(ReachedOut):
        held.connect(("192.0.2.1", 80))
    with pytest.raises(ReachedOut):
        socket.getaddrinfo("example.invalid", 80)
    with socket.socket() as server, socket.socket() as client:
        server.bind(("127.0.0.1", 0))
        server.listen(1)
        client.connect(server.getsockname())


def test_proj_asks_nobody_for_grids() -> None:
    assert not pyproj.network.is_network_enabled()


def test_a_copy_that_a_kill_left_goes_with_the_next_run(tmp_path: Path) -> None:
    """A zipped list is read from a copy; killed while it reads, the copy stays until any verb runs again."""
    work = workspace(tmp_path / "in")
    code = (
        "import os, signal, sys; import geo.sitefiles.vectors as v, geo.cli\n"
        "v.open_layer = lambda *a, **k: os.kill(os.getpid(), signal.SIGKILL)\n"
        f"sys.argv = ['hongxian', 'sites', 'check', {str(work / 'sites.zip')!r}, '--industry', '2521', '--development', 'new']\n"
        "geo.cli.main()"
    )
    place = environment(tmp_path)
    done = subprocess.run(
        [sys.executable, "-c", code], env=place, capture_output=True, text=True, check=False
    )
    assert done.returncode == -9, done.stderr
    (left,) = (tmp_path / "tmp").iterdir()
    assert MARK in left.name and left.stat().st_mode & 0o077 == 0  # recognisable, and the user's alone
    again = [sys.executable, "-m", "geo", "industries", "炼焦"]
    assert subprocess.run(again, env=place, capture_output=True, check=False).returncode == 0
    assert list((tmp_path / "tmp").iterdir()) == []
