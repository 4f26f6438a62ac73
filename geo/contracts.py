"""What a frame's contract is, and how frames are shaped to one and checked: column, type, unit, meaning.

``text`` columns hold an empty string where there is nothing to say; lists are joined by ``;``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any, TypeVar

import geopandas as gpd
import numpy as np
import pandas as pd

from geo.space import WORKING_CRS

if TYPE_CHECKING:
    import pandera.pandas as pa

Frame = TypeVar("Frame", pd.DataFrame, gpd.GeoDataFrame)

TEXT = "text"
NUMBER = "number"
FLAG = "flag"


@dataclass(frozen=True)
class Column:
    """One column: ``kind`` is text, number (nullable) or flag; ``zh`` is its heading on screen."""

    kind: str
    zh: str
    en: str
    unit: str = ""

    @property
    def heading(self) -> str:
        """The Chinese heading with its unit.

        >>> Column(NUMBER, "余量", "margin", "米").heading
        '余量（米）'
        """
        return f"{self.zh}（{self.unit}）" if self.unit else self.zh


Contract = Mapping[str, Column]


@cache
def _schema(names: tuple[tuple[str, str], ...], spatial: bool) -> pa.DataFrameSchema:
    import pandera.pandas as pa  # long to import: only where there is a fault to name

    kinds = {
        TEXT: pa.Column(None, pa.Check(lambda s: _is_text(s.array), element_wise=False, error="须为文字")),
        NUMBER: pa.Column(float, nullable=True),
        FLAG: pa.Column(bool),
    }
    columns = {name: kinds[kind] for name, kind in names}
    if spatial:
        columns["geometry"] = pa.Column(None)
    return pa.DataFrameSchema(columns, strict=True, ordered=True)


def conform(frame: Frame, contract: Contract) -> Frame:
    """The frame with the contract's columns, in its order and types; missing text becomes empty.

    Texts are plain Python texts (:func:`texts`), whatever the version of pandas. Raises KeyError where a column is
    missing: a fault of the program, not of the user's data.

    >>> contract = {"rule_id": Column(TEXT, "规则", "rule"), "layers": Column(TEXT, "图层", "layers")}
    >>> conform(pd.DataFrame({"layers": [None], "rule_id": ["YC-15"]}), contract).to_dict("records")
    [{'rule_id': 'YC-15', 'layers': ''}]
    """
    columns = {name: _typed(frame[name].array, column.kind) for name, column in contract.items()}
    if isinstance(frame, gpd.GeoDataFrame):
        return gpd.GeoDataFrame(columns, geometry=frame.geometry.to_numpy(), crs=WORKING_CRS)
    return pd.DataFrame(columns)


def texts(values: Any, index: Any = None) -> pd.Series:
    """A column of plain Python texts. Left to itself pandas makes an Arrow array of them whenever a frame is made, and texts
    again whenever it is looked at; a few words held a million times are sooner taken and compared by reference.

    >>> pd.DataFrame({"state": texts(["hit", "miss"])})["state"].dtype
    dtype('O')
    """
    return pd.Series(values, index, dtype=object, copy=False)


def framed(columns: Mapping[str, Any], index: Any = None) -> dict[str, Any]:
    """The columns of a frame, arrays of objects as :func:`texts`.

    >>> pd.DataFrame(framed({"state": np.array(["hit"], dtype=object), "share": np.zeros(1)})).dtypes.tolist()
    [dtype('O'), dtype('float64')]
    """
    return {
        name: texts(values, index) if getattr(getattr(values, "dtype", None), "kind", "") == "O" else values
        for name, values in columns.items()
    }


def _typed(values: Any, kind: str) -> Any:
    if kind == NUMBER:
        return np.asarray(pd.to_numeric(np.asarray(values)), dtype=float)
    if kind == FLAG:
        return np.asarray(values, dtype=bool)
    if len(values) and _is_text(values):  # no values have no type
        return texts(values)
    plain = np.empty(len(values), dtype=object)
    held = np.asarray(values, dtype=object)
    plain[:] = ["" if gone else str(value) for value, gone in zip(held, pd.isna(held), strict=True)]
    return texts(plain)


def _is_text(values: Any) -> bool:
    """Whether all values are plain texts: words of a vocabulary, or nothing, are not."""
    if getattr(values.dtype, "storage", "") == "pyarrow":
        return not values.isna().any()
    if values.dtype.kind != "O":
        return len(values) == 0  # without rows a column may be of any type
    return set(map(type, np.asarray(values, dtype=object))) <= {str}


def check(frame: Frame, contract: Contract) -> Frame:
    """The frame itself, if it keeps to its contract; where it does not, pandera says in what, all at once.

    Raises pandera's SchemaErrors with every failure: a fault of the program.

    >>> contract = {"rule_id": Column(TEXT, "规则", "rule")}
    >>> check(empty(contract), contract).columns.tolist()
    ['rule_id']
    """
    if not _keeps_to(frame, contract):
        names = tuple((name, column.kind) for name, column in contract.items())
        _schema(names, isinstance(frame, gpd.GeoDataFrame)).validate(frame, lazy=True)
    return frame


def _keeps_to(frame: Frame, contract: Contract) -> bool:
    """What the schema asks, answered at once and without a reason: loading pandera takes longer than ten sites do."""
    expected = [*contract, "geometry"] if isinstance(frame, gpd.GeoDataFrame) else [*contract]
    if list(frame.columns) != expected:
        return False
    kept = {
        TEXT: lambda column: _is_text(column.array),
        NUMBER: lambda column: column.dtype == float,
        FLAG: lambda column: column.dtype == bool,
    }
    return all(kept[column.kind](frame[name]) for name, column in contract.items()) and not (
        "geometry" in expected and frame["geometry"].isna().any()
    )


def empty(contract: Contract, spatial: bool = False) -> pd.DataFrame:
    """A frame of a contract without rows."""
    columns: dict[str, list[object]] = {name: [] for name in contract}
    if spatial:
        return conform(gpd.GeoDataFrame(columns, geometry=[], crs=WORKING_CRS), contract)
    return conform(pd.DataFrame(columns), contract)


def split(value: str) -> list[str]:
    """The items of a joined list.

    >>> split("2521;2614"), split("")
    (['2521', '2614'], [])
    """
    return [item for item in value.split(";") if item]
