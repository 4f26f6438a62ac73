"""The coverage certificate as a file: a CSV for a spreadsheet, or a GeoPackage with the cities drawn."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import pandas as pd
import pyogrio

from geo.certificate import count_by_city
from geo.errors import RunError
from geo.frames import CERTIFICATE, GAPS
from geo.writers.folders import whole_file
from geo.writers.tables import safe_text


def write_certificate(certificate: gpd.GeoDataFrame, gaps: pd.DataFrame, path: Path) -> None:
    """Write ``.gpkg`` (layers ``certificate`` with the cities in EPSG:4490, ``gaps``), ``.xlsx`` or ``.csv``.

    The workbook has the sheets 各市 (counts), 覆盖证明 and 先补哪个图层 under Chinese headings; the CSV the
    certificate alone.

    Raises :class:`~geo.errors.RunError` where the file exists, ends otherwise or cannot be written.
    """
    refuse_unfit(path)
    kind = path.suffix.lower()
    with whole_file(path) as partial:
        if kind == ".csv":
            table = safe_text(pd.DataFrame(certificate.drop(columns="geometry")))
            table.to_csv(partial, index=False, encoding="utf-8-sig", lineterminator="\r\n")
        elif kind == ".xlsx":
            _write_workbook(certificate, gaps, partial)
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


def _write_workbook(certificate: pd.DataFrame, gaps: pd.DataFrame, path: Path) -> None:
    plain = pd.DataFrame(certificate.drop(columns="geometry"))
    sheets = {
        "各市": count_by_city(certificate),
        "覆盖证明": plain.rename(columns={name: column.heading for name, column in CERTIFICATE.items()}),
        "先补哪个图层": gaps.rename(columns={name: column.heading for name, column in GAPS.items()}),
    }
    with pd.ExcelWriter(path, engine="openpyxl") as book:
        for name, frame in sheets.items():
            safe_text(frame).to_excel(book, sheet_name=name, index=False, freeze_panes=(1, 0))
            for number, column in enumerate(frame.columns, 1):
                widest = max([len(str(column)), *frame[column].astype(str).str.len()])
                letter = book.sheets[name].cell(1, number).column_letter
                book.sheets[name].column_dimensions[letter].width = min(2 * widest + 2, 60)


def refuse_unfit(path: Path) -> None:
    """Raise :class:`~geo.errors.RunError` where a certificate cannot be written to ``path``."""
    if path.suffix.lower() not in (".gpkg", ".xlsx", ".csv"):
        raise RunError(f"--out 须以 .gpkg、.xlsx 或 .csv 结尾：{path}；改正扩展名")
    if path.exists():
        raise RunError(f"输出文件已存在，未覆盖：{path}；换一个名字")
