"""GeoParquet that is spoiled: as a site list at once and in pieces, and as a layer, a fault with its cure each time."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from conftest import FINDING
from fuzz import seeds
from fuzz.readers import READERS

from geo.catalog import LayerCatalog
from geo.errors import LayerError
from geo.layer import Layer
from geo.sites import read_files, read_pieces

pa = pytest.importorskip("pyarrow")
pq = pytest.importorskip("pyarrow.parquet")

GIVEN = {"industry": "2521", "development": "new"}


def written(change: Callable[[Any, dict[str, Any]], Any], geo: bytes | None = None) -> bytes:
    """The seed with its table or its metadata ``geo`` changed; ``geo``: bytes in its place."""
    table = pq.read_table(io.BytesIO(seeds.parquet()))
    said = json.loads(table.schema.metadata[b"geo"])
    table = change(table, said)
    told = geo if geo is not None else json.dumps(said).encode()
    out = io.BytesIO()
    pq.write_table(table.replace_schema_metadata({b"geo": told}), out)
    return out.getvalue()


def same(table: Any, said: dict[str, Any]) -> Any:
    return table


def said(**changed: Any) -> Callable[[Any, dict[str, Any]], Any]:
    def change(table: Any, told: dict[str, Any]) -> Any:
        told.update(changed)
        return table

    return change


def column(name: str, values: list[Any]) -> Callable[[Any, dict[str, Any]], Any]:
    return lambda table, told: table.set_column(table.column_names.index(name), name, pa.array(values))


def nameless(table: Any, told: dict[str, Any]) -> Any:
    told["columns"]["geometry"].pop("encoding")
    return table


def strange_crs(table: Any, told: dict[str, Any]) -> Any:
    told["columns"]["geometry"]["crs"] = {"type": "GeographicCRS", "name": 3}
    return table


def ill_encoded(table: Any, told: dict[str, Any]) -> Any:
    raw = pa.array([b"\xb6\xab\xb3\xa7", b"x"], type=pa.binary())
    text = pa.Array.from_buffers(pa.string(), 2, raw.buffers())
    return table.set_column(table.column_names.index("name"), "name", text)


CASES: dict[str, tuple[bytes, str]] = {
    "metadata that are no JSON": (written(same, b"{"), "元数据 geo 不能读"),
    "metadata that are no table": (written(same, b"3"), "元数据 geo 不能读"),
    "no column named": (written(same, b'{"columns": {}}'), "元数据 geo 不能读"),
    "a column that is a number": (written(said(primary_column=3)), "元数据 geo 不能读"),
    "a column that is not there": (
        written(said(primary_column="shape", columns={"shape": {"encoding": "WKB"}})),
        "没有它所说的几何列",
    ),
    "no encoding told": (written(nameless), "无法读取"),
    "a strange coordinate system": (written(strange_crs), "无法读取"),
    "shapes that are days": (written(column("geometry", [date(2020, 1, 1), None])), "无法读取"),
    "shapes that are numbers": (written(column("geometry", [1.5, 2.5])), "无法读取"),
    "shapes of half their bytes": (written(column("geometry", [b"\x01\x03\x00", b""])), "不能读"),
    "a name twice": (
        written(lambda table, told: table.rename_columns(["name", *table.column_names[1:]])),
        "有字段重名",
    ),
    "text in another encoding": (written(ill_encoded), "编码有误"),
    "half the file": (seeds.parquet()[:900], ""),
    "a head of another file": (b"PBR1" + seeds.parquet()[4:], "不是 GeoParquet"),
    "no metadata": (written(same, b"null"), "元数据 geo 不能读"),
}


@pytest.mark.parametrize("name", CASES)
def test_spoiled_geoparquet_is_a_fault_with_a_cure(name: str, tmp_path: Path, record_property: Any) -> None:
    content, says = CASES[name]
    path = tmp_path / "a.parquet"
    path.write_bytes(content)
    asked = {"datum": "cgcs2000", "defaults": GIVEN}
    for read in (list(read_files(path, **asked)), list(read_pieces(path, size=1, **asked))):
        problems = [problem for piece in read for problem in piece.problems]
        assert problems and all(problem.what and problem.to_do for problem in problems)
        assert any(says in problem.what for problem in problems), problems
        assert not any(piece.rows for piece in read)
    entry = Layer.model_validate(
        {
            "key": "k",
            "theme": "river",
            "path": path.name,
            "accuracy_m": 1,
            "source": "x",
            "licence": "x",
            "line": "bank",
        }
    )
    with pytest.raises(LayerError) as caught:
        LayerCatalog([entry], tmp_path).features(entry)
    assert any(says in problem.what for problem in caught.value.problems)
    record_property(FINDING, name)


def test_geoparquet_without_rows_is_a_list_without_sites(tmp_path: Path) -> None:
    path = tmp_path / "a.parquet"
    path.write_bytes(written(lambda table, told: table.slice(0, 0)))
    (file,) = read_files(path, datum="cgcs2000", defaults=GIVEN)
    assert file.rows == [] and file.problems


def test_the_readers_of_geoparquet_read_their_seed() -> None:
    for name in ("site parquet", "pieces parquet", "layer parquet"):
        assert READERS[name].outcome(seeds.parquet()) == "read"
