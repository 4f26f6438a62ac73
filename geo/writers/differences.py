"""What differs between two runs, as a GeoPackage, a workbook or a table."""

from __future__ import annotations

import csv
from datetime import date
from pathlib import Path

import geopandas as gpd
import pandas as pd

from geo.contracts import Contract
from geo.errors import RunError
from geo.frames import CHECK_CHANGES, FLIPS, RUN_CHANGES
from geo.runs.differences import Difference
from geo.writers.content import Content, Group, Kind
from geo.writers.folders import whole_file
from geo.writers.geopackage import write_geopackage
from geo.writers.tables import safe_text

#: Endings of the file and what it then holds.
FORMATS = (".gpkg", ".xlsx", ".csv")


def refuse_unwritable(path: Path) -> None:
    """Raise :class:`~geo.errors.RunError` for a file that exists or an ending that is none of :data:`FORMATS`."""
    if path.suffix.lower() not in FORMATS:
        raise RunError(f"不认识的文件类型 {path.name}；可写 {'、'.join(FORMATS)}")
    if path.exists():
        raise RunError(f"文件已存在，未覆盖：{path}；换一个名字")


def write_difference(difference: Difference, path: Path, on: date) -> None:
    """Write a difference whole or not at all.

    ``.gpkg``: layers ``flips`` (points), ``site_moves`` (lines) and tables ``check_changes``, ``run_changes``,
    EPSG:4490; ``.xlsx``: the tables as sheets; ``.csv``: the flips. Raises :class:`~geo.errors.RunError` where
    the file cannot be written.
    """
    refuse_unwritable(path)
    with whole_file(path) as made:
        if path.suffix.lower() == ".gpkg":
            write_geopackage(difference_contents(difference), made, on)
        elif path.suffix.lower() == ".xlsx":
            with pd.ExcelWriter(made, engine="openpyxl") as book:
                for content in difference_contents(difference):
                    _headed(content.frame, content.contract).to_excel(
                        book, sheet_name=content.zh, index=False, freeze_panes=(1, 1)
                    )
        else:
            table = _headed(difference.flips, FLIPS)
            table.to_csv(made, index=False, encoding="utf-8-sig", quoting=csv.QUOTE_MINIMAL)


def difference_contents(difference: Difference) -> list[Content]:
    """The layers and tables of a difference."""
    return [
        Content("flips", "结论变化", Group.OUTCOMES, Kind.POINT, FLIPS, difference.flips),
        Content("site_moves", "场地移动", Group.OUTCOMES, Kind.LINE, FLIPS, difference.moves),
        Content("check_changes", "检查变化", Group.OUTCOMES, Kind.TABLE, CHECK_CHANGES, difference.checks),
        Content("run_changes", "输入不同", Group.OUTCOMES, Kind.TABLE, RUN_CHANGES, difference.inputs),
    ]


def _headed(frame: pd.DataFrame, contract: Contract) -> pd.DataFrame:
    """A frame without its geometry under Chinese headings, safe for a spreadsheet."""
    plain = pd.DataFrame(frame.drop(columns="geometry")) if isinstance(frame, gpd.GeoDataFrame) else frame
    return safe_text(plain).rename(columns={name: column.heading for name, column in contract.items()})
