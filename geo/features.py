"""A layer's features, all of their attributes and the shapes that are asked for: from memory or from the cache.

A layer of farmland has hundreds of thousands of plots, a list of sites touches a few. Attributes and boxes
of all features fit in memory and say which shapes are needed (:mod:`geo.window`); only those are read.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import cached_property
from typing import Protocol

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from geo.index.pieces import Ints, segments
from geo.space import WORKING_CRS, Floats, Geometries, geodesic_m


class Features(Protocol):
    """What the catalogue knows of one layer: row i of ``attributes`` and of ``boxes`` is feature i.

    ``boxes``: west, south, east, north in degrees (EPSG:4490). ``dimension``: the lowest of any feature (2 =
    all are areas; 2 also where there are none). ``longest_edge_m``: of all lines and rings.
    """

    @property
    def attributes(self) -> pd.DataFrame:
        """The theme's attributes of every feature, without geometry."""

    @property
    def boxes(self) -> Floats:
        """The box about every feature."""

    @property
    def dimension(self) -> int:
        """The lowest dimension of any feature."""

    @property
    def longest_edge_m(self) -> float:
        """The longest edge of any feature."""

    @property
    def content_hash(self) -> str:
        """SHA-256 of all features: :func:`hash_features`."""

    def shapes(self, rows: Ints) -> Geometries:
        """The geometries of some features, in the order asked for."""


@dataclass(frozen=True)
class FeaturesInMemory:
    """Features of a frame: attributes and geometry in EPSG:4490."""

    frame: gpd.GeoDataFrame

    @cached_property
    def attributes(self) -> pd.DataFrame:
        """The theme's attributes of every feature, without geometry."""
        plain = pd.DataFrame(self.frame)  # of its own, and sooner at hand than the frame without a column
        del plain["geometry"]
        return plain.reset_index(drop=True)

    @cached_property
    def boxes(self) -> Floats:
        """The box about every feature."""
        return np.asarray(shapely.bounds(self._shapes), dtype=float).reshape(-1, 4)

    @cached_property
    def dimension(self) -> int:
        """The lowest dimension of any feature."""
        return int(shapely.get_dimensions(self._shapes).min(initial=2))

    @cached_property
    def longest_edge_m(self) -> float:
        """The longest edge of any feature."""
        starts, ends, _ = segments(self._shapes)
        return float(geodesic_m(starts, ends).max(initial=0.0))

    @cached_property
    def content_hash(self) -> str:
        """SHA-256 of all features."""
        return hash_features(self.frame)

    def shapes(self, rows: Ints) -> Geometries:
        """The geometries of some features."""
        return self._shapes[rows]

    @cached_property
    def _shapes(self) -> Geometries:
        return np.asarray(self.frame.geometry.to_numpy(), dtype=object)


def as_frame(features: Features) -> gpd.GeoDataFrame:
    """All features with their geometry: what a layer that is read whole looks like."""
    shapes = features.shapes(np.arange(len(features.attributes)))
    return gpd.GeoDataFrame(features.attributes.copy(), geometry=shapes, crs=WORKING_CRS)


def hash_features(frame: gpd.GeoDataFrame) -> str:
    """SHA-256 of attributes and shapes, whatever container they come in.

    >>> plot = gpd.GeoDataFrame({"name": ["甲"]}, geometry=[shapely.box(111, 35, 112, 36)], crs="EPSG:4490")
    >>> hash_features(plot) == hash_features(plot.set_geometry(plot.geometry.reverse()))
    True
    """
    digest = hashlib.sha256()
    for column in sorted(c for c in frame.columns if c != "geometry"):
        digest.update(f"{column}\n{chr(10).join(map(str, frame[column]))}\n".encode())
    shapes = frame.geometry.to_numpy()
    # a Shapefile turns rings about, a GeoPackage makes every plot a plot of one part
    shapes = np.where(shapely.get_num_geometries(shapes) == 1, shapely.get_geometry(shapes, 0), shapes)
    digest.update(b"".join(shapely.to_wkb(shapely.normalize(shapes), byte_order=1)))
    return digest.hexdigest()
