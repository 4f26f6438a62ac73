"""The figures of a run of ``hongxian where``: the ground of each city, of each county, bars, a map a candidate."""

from __future__ import annotations

from functools import partial

import numpy as np
import shapely

from geo.writers.figures.canvas import PAGE_WIDTH_CM
from geo.writers.figures.groundmaps import (
    county_rows,
    draw_candidate,
    draw_county_bars,
    draw_ground,
)
from geo.writers.figures.pictures import Album, Picture
from geo.writers.ground_dossier import GroundDossier


def whole_pictures(dossier: GroundDossier, album: Album) -> list[Picture]:
    """The map of all ground asked about, and a bar a county."""
    say, area = dossier.lang, dossier.run.area
    title = say(f"{dossier.place}可选址范围初步研判图", f"Ground left for the use, {dossier.place}")
    shape = shapely.union_all(area.geometry.to_numpy())
    rows = np.arange(len(dossier.ground))
    draw = partial(draw_ground, dossier, album.base, rows, shape, title)
    bars = say("各县（市、区）用地分类", "Ground by county")
    return [
        Picture("ground", "ground", title, PAGE_WIDTH_CM, draw),
        Picture("ground_counties", "ground", bars, PAGE_WIDTH_CM, partial(draw_county_bars, dossier)),
    ]


def county_pictures(dossier: GroundDossier, album: Album) -> list[Picture]:
    """A map a county; none where the area asked about is one county."""
    say, area = dossier.lang, dossier.run.area
    counties = county_rows(dossier.ground)
    made = []
    for code, name, rows in counties if len(counties) > 1 else []:
        title = say(f"{name}可选址范围初步研判图", f"Ground left for the use, {name}")
        shape = shapely.union_all(area.geometry.to_numpy()[(area["adcode"] == code).to_numpy()])
        draw = partial(draw_ground, dossier, album.base, rows, shape, title)
        made.append(Picture(f"ground_{code}", f"county:{code}", title, PAGE_WIDTH_CM, draw))
    return made


def candidate_pictures(dossier: GroundDossier, album: Album) -> list[Picture]:
    """A map a candidate: its plot on the ground about it."""
    made = []
    for row, (number, county) in enumerate(
        zip(dossier.run.candidates["candidate_id"], dossier.run.candidates["county"], strict=True)
    ):
        caption = dossier.lang(f"{number} {county}备选地位置图", f"Candidate {number}, {county}")
        draw = partial(draw_candidate, dossier, album.base, row)
        made.append(Picture(f"candidate_{number}", f"candidate:{row}", caption, PAGE_WIDTH_CM, draw))
    return made
