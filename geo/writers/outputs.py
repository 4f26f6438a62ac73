"""What a run shall write beside layers and tables: map, report, figures, in which language; tiles under the map.

Light: who asks for layers and tables only need not wait for what draws and prints to be loaded.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from geo.errors import RunError
from geo.language import Lang
from geo.rasters.resolution import RasterOptions
from geo.writers.tiles import KEYLESS, Tiles, read_tiles

#: Sites that get a section of their own in the report, and a map in the folder of figures, unless asked otherwise.
DETAILED_SITES = 60
MAPPED_SITES = 20


@dataclass(frozen=True)
class Outputs:
    """Which outputs: ``detailed_sites`` bounds the sections of the report, ``mapped_sites`` the site maps.

    ``brief``: layers and tables only (``screening.gpkg``, ``findings.csv``, ``run.json``).
    """

    brief: bool = False
    report: bool = True
    figures: bool = True
    pdf: bool = False
    template: Path | None = None
    detailed_sites: int = DETAILED_SITES
    mapped_sites: int = MAPPED_SITES
    lang: Lang = Lang.ZH
    tiles: Tiles | None = None
    shapefile: bool = False
    rasters: RasterOptions | None = None
    redact: tuple[str, ...] = ()  # keys or themes of layers whose shapes are left out

    def record(self) -> dict[str, Any]:
        """What ``run.json`` holds of it: of tiles the service, never its key."""
        return {
            "print": {
                "brief": self.brief,
                "report": self.report,
                "figures": self.figures,
                "pdf": self.pdf,
                "template": str(self.template.absolute()) if self.template else "",
                "report_sites": self.detailed_sites,
                "tiles": self.tiles.name if self.tiles else "",
                "shapefile": self.shapefile,
                "rasters": [self.rasters.resolution, *self.rasters.adcodes] if self.rasters else [],
                "redact": list(self.redact),
            }
        }

    def refuse_unfit(self) -> None:
        """Raise :class:`~geo.errors.RunError` before any work where what is asked cannot be made."""
        if self.brief:
            self._refuse_beside_brief()
        if self.pdf and not self.report:
            raise RunError("--pdf 由报告转换而来，不能与 --no-report 同用；去掉其中一个")
        if self.template is not None and not self.report:
            raise RunError("--template 是报告的模板，不能与 --no-report 同用；去掉其中一个")
        if self.rasters is not None:
            self.rasters.refuse_unfit()
        if self.pdf:
            from geo.writers.report.pdf import refuse_without_office

            refuse_without_office()
        if self.template is not None:
            from geo.writers.report.word import open_template

            open_template(self.template)

    def _refuse_beside_brief(self) -> None:
        asked = {
            "--pdf": self.pdf,
            "--template": self.template is not None,
            "--tiles": self.tiles is not None,
            "--shapefile": self.shapefile,
            "--rasters": self.rasters is not None,
        }
        named = [option for option, given in asked.items() if given]
        if named:
            raise RunError(
                f"--quick 只写 GeoPackage、CSV 和运行记录，不能与 {'、'.join(named)} 同用；去掉其中一个"
            )


def recorded_outputs(options: Mapping[str, Any], lang: Lang, place: Callable[[str], Path]) -> Outputs:
    """The outputs that a run recorded; ``place`` finds a path again. A service that needs a key is left out.

    >>> asked = Outputs(figures=False, detailed_sites=5, tiles=read_tiles("tianditu:0123456789abcdef"))
    >>> "0123456789abcdef" in str(asked.record())
    False
    >>> again = recorded_outputs(asked.record(), Lang.ZH, Path)
    >>> gridded = Outputs(rasters=RasterOptions("10m", ("1408",)))
    >>> recorded_outputs(gridded.record(), Lang.ZH, Path).rasters == gridded.rasters
    True
    >>> again.figures, again.detailed_sites, again.tiles
    (False, 5, None)
    """
    held = options.get("print", {})
    resolution, *adcodes = held.get("rasters") or [""]
    return Outputs(
        brief=held.get("brief", False),
        report=held.get("report", True),
        figures=held.get("figures", True),
        pdf=held.get("pdf", False),
        template=place(held["template"]) if held.get("template") else None,
        detailed_sites=held.get("report_sites", DETAILED_SITES),
        lang=lang,
        tiles=read_tiles(held["tiles"]) if held.get("tiles") in KEYLESS else None,
        shapefile=held.get("shapefile", False),
        rasters=RasterOptions(resolution, tuple(adcodes)) if held.get("rasters") else None,
        redact=tuple(held.get("redact", ())),
    )
