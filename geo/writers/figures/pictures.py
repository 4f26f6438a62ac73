"""The figures of a run, each with its name and caption, drawn when they are asked for."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from matplotlib.figure import Figure
from PIL import Image

from geo.language import Lang
from geo.restoration.plan import Restoration
from geo.terms import Outcome
from geo.writers.dossier import CONFLICTING, Dossier
from geo.writers.figures.basemap import BaseMap, gather_base
from geo.writers.figures.canvas import (
    PAGE_WIDTH_CM,
    WIDE_WIDTH_CM,
    as_drawing,
    as_image,
    as_light_png,
    as_png,
    drawing,
)
from geo.writers.figures.charts import draw_distances, draw_outcomes
from geo.writers.figures.matrix import draw_matrix
from geo.writers.figures.overview import cities_with_sites, draw_overview
from geo.writers.figures.profile import draw_profile, profile_rows
from geo.writers.figures.restoration import draw_banks, draw_before_after, draw_counties
from geo.writers.figures.sitemap import draw_site_map

#: Pixels an inch in the report: sharp on paper, light in the file.
REPORT_DPI = 170
PRINT_DPI = 300


@dataclass(frozen=True)
class Picture:
    """One figure: ``name`` is its file, ``subject`` what it is of (``site:3`` is the site in row 3)."""

    name: str
    subject: str
    caption: str
    width_cm: float
    draw: Callable[[], Figure | None]


class Album:
    """The figures of a run. Each is drawn once and kept as a PNG for the report, as files on request."""

    def __init__(self, dossier: Dossier) -> None:
        self.dossier = dossier
        self._base: BaseMap | None = None
        self._images: dict[str, bytes | None] = {}

    @property
    def base(self) -> BaseMap:
        """The base map, gathered once."""
        if self._base is None:
            self._base = gather_base(self.dossier)
        return self._base

    def general(self) -> list[Picture]:
        """Charts and overviews."""
        say, dossier = self.dossier.lang, self.dossier
        found = [
            Picture(
                "outcomes",
                "outcomes",
                say("研判结论与待核实原因", "Outcomes, and why sites are undetermined"),
                PAGE_WIDTH_CM,
                partial(draw_outcomes, dossier),
            ),
            Picture(
                "distances",
                "distances",
                say("实测距离与限值", "Distances against limits"),
                PAGE_WIDTH_CM,
                partial(draw_distances, dossier),
            ),
            Picture(
                "matrix",
                "matrix",
                say("项目与规则对照", "Sites and rules"),
                WIDE_WIDTH_CM,
                partial(draw_matrix, dossier),
            ),
        ]
        if profile_rows(dossier) is not None:
            caption = say("修复条带现状与缺口", "Restoration strips: green and missing")
            found.append(
                Picture("restoration", "restoration", caption, PAGE_WIDTH_CM, partial(draw_profile, dossier))
            )
        if dossier.assessment.restoration is not None:
            found += restoration_pictures(dossier.assessment.restoration, say)
        if not len(dossier.assessment.sites):
            return found[3:]
        for adcode, name, rows in cities_with_sites(dossier, self.base):
            caption = say(f"{name}项目选址初步研判分布图", f"Preliminary screening of sites, {name}")
            draw = partial(draw_overview, dossier, self.base, adcode, name, rows)
            found.append(Picture(f"overview_{adcode}", f"city:{adcode}", caption, PAGE_WIDTH_CM, draw))
        return found

    def of_site(self, row: int) -> Picture:
        """The map of the site in a row of the list."""
        site = self.dossier.assessment.sites.iloc[row]
        caption = self.dossier.lang(
            f"{site['site_id']} {site['name']} 位置关系图", f"{site['site_id']} {site['name']}: location"
        )
        name = f"site_{row + 1:04d}_{_file_name(str(site['site_id']))}".rstrip("_")
        return Picture(
            name, f"site:{row}", caption, PAGE_WIDTH_CM, partial(draw_site_map, self.dossier, self.base, row)
        )

    def conflicting(self, up_to: int) -> list[Picture]:
        """The maps of the sites that some rule surely stops or limits, the strictest first, up to a number."""
        verdicts = self.dossier.verdicts
        rows = verdicts.loc[verdicts["outcome"].map(Outcome).isin(CONFLICTING), "number"]
        return [self.of_site(int(row)) for row in rows.head(up_to)]

    def image(self, picture: Picture) -> bytes | None:
        """The figure as a PNG for the report; None where there is nothing to show."""
        if picture.name not in self._images:
            self._draw(picture, None)
        return self._images[picture.name]

    def write(self, pictures: Sequence[Picture], folder: Path, progress: Callable[[str], None]) -> None:
        """Write figures as PNG, SVG and PDF into a folder."""
        folder.mkdir(parents=True, exist_ok=True)
        for number, picture in enumerate(pictures, start=1):
            progress(f"绘图 {number}/{len(pictures)}")
            self._draw(picture, folder)

    def _draw(self, picture: Picture, folder: Path | None) -> None:
        with drawing():
            figure = picture.draw()
            if figure is None:
                self._images[picture.name] = None
                return
            dpi = REPORT_DPI if folder is None else PRINT_DPI
            image = as_image(figure, dpi)
            self._images[picture.name] = as_light_png(image, dpi, REPORT_DPI)
            if folder is not None:
                _write(figure, image, folder / picture.name)


def restoration_pictures(restoration: Restoration, say: Lang) -> list[Picture]:
    """Charts of restoration; each draws nothing where there is nothing to show."""
    ledger, strips, deficit = restoration.ledger, restoration.strips, restoration.deficit
    drawn: list[tuple[str, str, Callable[[], Figure | None]]] = [
        (
            "restoration_counties",
            say("各县应修复、现有与缺口", "Required, present and missing by county"),
            partial(draw_counties, ledger, say),
        ),
        (
            "restoration_banks",
            say("沿河左右岸缺口", "Deficit by bank along the rivers"),
            partial(draw_banks, strips, deficit, say),
        ),
        (
            "restoration_before_after",
            say("修复前后地类", "Ground before and after"),
            partial(draw_before_after, ledger, restoration.treatment, say),
        ),
    ]
    demo = say("（含演示数据）", " (holds demonstration data)") if restoration.has_demo else ""
    return [
        Picture(name, "restoration", caption + demo, PAGE_WIDTH_CM, draw) for name, caption, draw in drawn
    ]


def write_pictures(pictures: Sequence[Picture], folder: Path) -> list[str]:
    """Write figures as PNG, SVG and PDF into a new folder, without those that have nothing to show; their names."""
    written = []
    with drawing():
        for picture in pictures:
            figure = picture.draw()
            if figure is None:
                continue
            folder.mkdir(parents=True, exist_ok=True)
            written.append(picture.name)
            _write(figure, as_image(figure, PRINT_DPI), folder / picture.name)
    return written


def _write(figure: Figure, image: Image.Image, stem: Path) -> None:
    stem.with_name(f"{stem.name}.png").write_bytes(as_png(image, PRINT_DPI))
    for kind in ("svg", "pdf"):
        stem.with_name(f"{stem.name}.{kind}").write_bytes(as_drawing(figure, kind))


def _file_name(text: str) -> str:
    """What of a site's number may stand in a file's name everywhere.

    >>> _file_name("S-01"), _file_name("=A<1>/..")
    ('S-01', 'A1')
    """
    return re.sub(r"[^0-9A-Za-z-]", "", text)[:24].strip("-.")
