"""A spatial index of reference features that answers in true metres.

Every line and ring is cut into its segments (:mod:`geo.index.pieces`). Two engines find the nearest:
compiled walks of a hierarchy of boxes (:mod:`geo.index.compiled`, with numba), or a search tree in a conformal
plane (:mod:`geo.index.planar`). Either way a pair of points is compared in the plane at its own mid-latitude,
and the figure reported is the geodesic between the two nearest points.

>>> import numpy as np, shapely
>>> meridian = ReferenceIndex(np.array([shapely.LineString([(111, 34.9), (111, 35.1)])]))
>>> from geo.space import move
>>> site = shapely.Point(move(111, 35, 90, 1999))
>>> round(float(meridian.nearest(np.array([site])).distance_m[0]), 3)
1999.0
"""

from geo.index.cells import Cells
from geo.index.engines import engine, for_places
from geo.index.kept import Kept
from geo.index.pieces import segments
from geo.index.places import Places
from geo.index.reference import JOINABLE, Nearest, ReferenceIndex

__all__ = [
    "JOINABLE",
    "Cells",
    "Kept",
    "Nearest",
    "Places",
    "ReferenceIndex",
    "engine",
    "for_places",
    "segments",
]
