"""What a run is about, in the words of its titles and the names of its files: sites of a list, or ground for a use."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, auto

import shapely


class About(Enum):
    """What a run tells: of sites, of the ground left for a use, of restoration."""

    SITES = auto()
    GROUND = auto()
    RESTORATION = auto()


#: Chinese and English.
Words = tuple[str, str]


@dataclass(frozen=True)
class Subject:
    """Titles of a run's outputs, what its sites are called, its files, and the ground it is about."""

    about: About = About.SITES
    map_zh: str = "项目空间准入初步研判图"
    map_en: str = "Preliminary screening of project sites"
    project: Words = ("项目选址生态环境规划研判", "Screening of project sites by environmental plans")
    project_name: Words = ("选址研判", "Screening of sites")  # in the GeoPackage
    sheet: Words = ("选址研判总图（A3）", "Overview (A3)")
    sheet_title: Words = (
        "项目选址生态环境规划研判总图",
        "Screening of project sites by environmental plans",
    )
    things_zh: str = "项目"
    things_en: str = "sites"
    geopackage: str = "screening.gpkg"
    project_file: str = "screening.qgz"
    counts: str = ""  # empty: outcomes of the sites
    ground: shapely.Geometry | None = None  # what map and project open with, EPSG:4490; None: the sites


#: A screening of site lists.
SITES = Subject()
