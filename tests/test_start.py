"""The command line answers at once: what only screening needs is loaded when something is screened."""

from __future__ import annotations

import subprocess
import sys

import pytest

#: What a verb may need and ``--help`` does not.
HEAVY = {"fiona", "folium", "geopandas", "matplotlib", "numba", "numpy", "openpyxl", "pandas", "pandera"} | {
    "pydantic", "pyogrio", "pyproj", "rasterio", "ruamel", "shapely", "topojson",
}  # fmt: skip


@pytest.mark.parametrize(
    "statement",
    [
        "import geo",
        "import geo.cli",
        "from typer.testing import CliRunner; from geo.cli import app; assert 'screen' in CliRunner().invoke(app, ['--help']).output",
    ],
)
def test_help_loads_nothing_heavy(statement: str) -> None:
    said = subprocess.run(
        [
            sys.executable,
            "-c",
            f"{statement}\nimport sys\nprint(*{{name.split('.')[0] for name in sys.modules}})",
        ],
        capture_output=True,
        text=True,
        check=True,
    )
    assert HEAVY & set(said.stdout.split()) == set()


def test_the_public_names_are_fetched_when_used() -> None:
    import geo

    assert set(geo.__all__) <= set(dir(geo))
    assert all(callable(getattr(geo, name)) for name in geo.__all__)
    with pytest.raises(AttributeError, match="no attribute 'nonsense'"):
        _ = geo.nonsense
