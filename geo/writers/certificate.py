"""The coverage certificate as a file: a CSV for a spreadsheet, or a GeoPackage with the cities drawn."""

from __future__ import annotations

import tempfile
from pathlib import Path

import geopandas as gpd
import pandas as pd
import pyogrio

from geo.errors import RunError
from geo.writers.tables import safe_text


def write_certificate(certificate: gpd.GeoDataFrame, gaps: pd.DataFrame, path: Path) -> None:
    """Write ``.gpkg`` (layers ``certificate`` with the cities in EPSG:4490, ``gaps``) or ``.csv`` (the first).

    Raises :class:`~geo.errors.RunError` where the file exists, ends otherwise or cannot be written.
    """
    refuse_unfit(path)
    kind = path.suffix.lower()
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=f".{path.name}.", dir=path.parent) as folder:
            partial = Path(folder) / path.name
            if kind == ".csv":
                table = safe_text(pd.DataFrame(certificate.drop(columns="geometry")))
                table.to_csv(partial, index=False, encoding="utf-8-sig", lineterminator="\r\n")
            else:
                pyogrio.write_dataframe(
                    certificate,
                    partial,
                    layer="certificate",
                    driver="GPKG",
                    geometry_type="MultiPolygon",
                    promote_to_multi=True,
                    dataset_options={"VERSION": "1.2"},
                )
                pyogrio.write_dataframe(gaps, partial, layer="gaps", driver="GPKG")
            partial.replace(path)
    except OSError as error:
        raise RunError(f"无法写入 {path}：{error.strerror or error}") from error


def refuse_unfit(path: Path) -> None:
    """Raise :class:`~geo.errors.RunError` where a certificate cannot be written to ``path``."""
    if path.suffix.lower() not in (".gpkg", ".csv"):
        raise RunError(f"--out 须以 .gpkg 或 .csv 结尾：{path}")
    if path.exists():
        raise RunError(f"输出文件已存在，未覆盖：{path}；换一个名字")
