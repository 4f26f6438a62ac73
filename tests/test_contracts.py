"""Frames keep to their contracts, and pandera names what does not."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from geo import contracts
from geo.contracts import FLAG, NUMBER, TEXT, Column, check

pa = pytest.importorskip("pandera.pandas")

CONTRACT = {
    "name": Column(TEXT, "名称", "name"),
    "width": Column(NUMBER, "宽", "width", "米"),
    "open": Column(FLAG, "待核实", "open"),
}

#: Columns as a stage may hand them over, right and wrong: of each two values.
COLUMNS = {
    "texts": np.array(["河", ""], dtype=object),
    "strings": pd.array(["河", ""], dtype="string"),
    "strings with a gap": pd.array(["河", None], dtype="string"),
    "texts and a gap": np.array(["河", None], dtype=object),
    "texts and a number": np.array(["河", 1.0], dtype=object),
    "numbers": np.array([1.0, np.nan]),
    "whole numbers": np.array([1, 2]),
    "short numbers": np.array([1, 2], dtype=np.float32),
    "numbers as objects": np.array([1.0, 2.0], dtype=object),
    "flags": np.array([True, False]),
    "flags with a gap": pd.array([True, None], dtype="boolean"),
    "flags as objects": np.array([True, False], dtype=object),
}


@st.composite
def made(draw: st.DrawFn) -> pd.DataFrame:
    """A frame that keeps to the contract or fails it in any number of ways, with and without rows and shapes."""
    names = draw(
        st.permutations([*CONTRACT])
        | st.just([*CONTRACT, "more"])
        | st.just([*CONTRACT][:2])
        | st.just([*CONTRACT])
    )
    usual = {"name": "texts", "width": "numbers", "open": "flags"}
    wrong = draw(st.sets(st.sampled_from([*CONTRACT]), max_size=2))
    kinds = {
        name: draw(st.sampled_from([*COLUMNS])) if name in wrong else usual.get(name, "texts")
        for name in names
    }
    frame = pd.DataFrame({name: COLUMNS[kind] for name, kind in kinds.items()})
    if draw(st.booleans()):
        shapes = [shapely.Point(111, 35), draw(st.sampled_from([None, shapely.Point(112, 36)]))]
        frame = gpd.GeoDataFrame(frame, geometry=shapes, crs="EPSG:4490")
    return frame.iloc[: draw(st.sampled_from([0, 1, 2]))]


@settings(deadline=None, derandomize=True, database=None)  # pandera is slow the first time
@given(made())
def test_what_is_answered_without_pandera_is_what_pandera_says(frame: pd.DataFrame) -> None:
    spatial = isinstance(frame, gpd.GeoDataFrame)
    schema = contracts._schema(tuple((name, column.kind) for name, column in CONTRACT.items()), spatial)
    try:
        schema.validate(frame, lazy=True)
        said = True
    except pa.errors.SchemaErrors:
        said = False
    assert contracts._keeps_to(frame, CONTRACT) == said
    if said:
        assert check(frame, CONTRACT) is frame


def test_every_failure_of_a_frame_is_named_at_once() -> None:
    frame = pd.DataFrame({"name": [1.0], "width": ["宽"], "open": [True]})
    with pytest.raises(pa.errors.SchemaErrors) as caught:
        check(frame, CONTRACT)
    assert set(caught.value.failure_cases["column"]) == {"name", "width"}
