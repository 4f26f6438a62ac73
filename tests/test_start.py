"""The command line answers at once: what only screening needs is loaded when something is screened."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
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


def test_compiled_code_runs_where_nothing_can_be_written(tmp_path: Path) -> None:
    """A read-only installation and no cache folder: compiled code is kept in a folder that the system gives."""
    shutil.copytree(
        ROOT / "geo", tmp_path / "geo", ignore=shutil.ignore_patterns("__pycache__", "*.yaml", "assets")
    )
    (tmp_path / "geo" / "index" / "__pycache__").touch()  # no folder can be made there, not even by root
    said = subprocess.run(
        [
            *(sys.executable, "-c"),
            "import geo.index.engines as e, geo; print(geo.__file__); print(e.compiled().CompiledEdges.__name__)",
        ],
        capture_output=True,
        text=True,
        cwd=tmp_path,
        env={
            **os.environ,
            "PYTHONPATH": str(tmp_path),
            "XDG_CACHE_HOME": "/proc/none",
            "TMPDIR": str(tmp_path),
        },
    )
    assert said.stdout.split() == [str(tmp_path / "geo" / "__init__.py"), "CompiledEdges"], said.stderr
    assert list(tmp_path.glob("hongxian-numba-*"))
