"""``--quick``: the same verdicts, layers and tables only; nothing that draws or prints is loaded for them."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pandas as pd
import pyogrio
import pytest
import shapely
from typer.testing import CliRunner

from geo import starter_folder
from geo.cli import app
from geo.counties import united
from geo.errors import RunError

EXAMPLES = starter_folder() / "example_sites.csv"
#: What takes long to load and is of no use to a short list.
HEAVY = (
    "numba",
    "matplotlib",
    "folium",
    "docx",
    "rasterio",
    "openpyxl",
    "geo.restoration.plan",
    "geo.writers.qgis",
)


@pytest.fixture(scope="module")
def ten(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("ten") / "ten.csv"
    lines = EXAMPLES.read_text(encoding="utf-8").splitlines()[:11]
    path.write_text("\n".join(lines), encoding="utf-8")
    return path


def test_quick_says_what_the_whole_run_says_and_loads_nothing_that_draws(ten: Path, tmp_path: Path) -> None:
    asked = ["screen", str(ten), "--on", "2026-01-01"]
    told = (
        "import sys\nfrom geo.cli import app\n"
        "app(sys.argv[1:], standalone_mode=False)\n"
        f"print([name for name in {HEAVY!r} if name in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", told, *asked, "--quick", "--out", str(tmp_path / "quick")],
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.splitlines()[-1] == "[]"
    held = sorted(path.name for path in (tmp_path / "quick").iterdir())
    assert held == ["findings.csv", "run.json", "screening.gpkg"]
    whole = CliRunner().invoke(
        app,
        [
            *asked,
            "--no-report",
            "--no-figures",
            "--no-moves",
            "--no-restoration",
            "--out",
            str(tmp_path / "whole"),
        ],
    )
    assert whole.exit_code == 0, whole.output
    for table in ("sites", "findings", "existing", "survey_needed"):
        quick, same = (
            pyogrio.read_dataframe(tmp_path / run / "screening.gpkg", layer=table)
            for run in ("quick", "whole")
        )
        assert len(same)
        pd.testing.assert_frame_equal(pd.DataFrame(quick), pd.DataFrame(same))
    quick_csv, whole_csv = ((tmp_path / run / "findings.csv").read_bytes() for run in ("quick", "whole"))
    assert quick_csv == whole_csv


@pytest.mark.parametrize("more", [["--shapefile"], ["--rasters"], ["--tiles", "gaode"]])
def test_quick_with_an_output_that_it_does_not_write_is_refused(
    ten: Path, tmp_path: Path, more: list[str]
) -> None:
    told = CliRunner().invoke(app, ["screen", str(ten), "--out", str(tmp_path / "run"), "--quick", *more])
    assert isinstance(told.exception, RunError) and more[0] in str(told.exception)
    assert not (tmp_path / "run").exists()


SQUARE = shapely.box(0, 0, 1, 1)


@pytest.mark.parametrize(
    "other",
    [
        shapely.box(1, 0, 2, 1),
        shapely.box(0.9, 0, 2, 1),
        shapely.box(1, 0.5, 2, 1),
        shapely.box(1.0000001, 0, 2, 1),
        shapely.Polygon([(1, 0), (2, 0), (2, 1), (1, 1), (1.0001, 0.5)]),
        shapely.Polygon([(1, 0), (2, 0), (2, 1), (1, 1), (0.9999, 0.5)]),
        SQUARE,
        shapely.box(0.2, 0.2, 0.4, 0.4),
    ],
    ids=["beside", "overlapping", "half a side", "a hair apart", "sliver", "lens", "twice", "within"],
)
def test_counties_are_joined_rightly_whether_or_not_their_edges_fit(other: shapely.Polygon) -> None:
    pair = shapely.from_wkb(shapely.to_wkb([SQUARE, other]))
    joined, true = united(pair), shapely.union_all(pair)
    assert joined.is_valid
    assert shapely.symmetric_difference(joined, true).area == pytest.approx(0.0, abs=1e-15)
