"""What is asked of one screening: its inputs and options, so that it can be asked again."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import Any

import geo.rulebook
from geo.advice.moves import RADIUS_M
from geo.assessment import Assessment, Progress, assess, list_set_aside
from geo.cache import LayerCache
from geo.catalog import load_layers
from geo.certificate import STALE_AFTER_YEARS
from geo.doubt import CONFIDENCE
from geo.errors import RunError
from geo.index import for_places
from geo.language import Lang
from geo.runs.existing import add_existing
from geo.runs.expiry import add_expiry
from geo.runs.overrides import add_overrides
from geo.runs.steady import Watch
from geo.runs.stored import read_run, recorded_path, refuse_missing
from geo.runs.variants import read_variants
from geo.runs.what_if import add_what_if
from geo.site_options import SiteOptions, recorded_options
from geo.sites import read_sites

#: A search for the least move asks about some hundreds of places for one site.
_TRIED = 500


def _absolute(path: Path | None) -> Path | None:
    return None if path is None else path.absolute()


@dataclass(frozen=True)
class Request:
    """Site lists, manifest and everything that may change a verdict; ``what_if`` as on the command line."""

    files: tuple[Path, ...]
    layers: Path
    on: date
    rules: Path | None = None
    reading: SiteOptions = field(default_factory=SiteOptions)
    keep_going: bool = False
    confidence: float = CONFIDENCE
    move_radius_m: float = RADIUS_M
    what_if: tuple[str, ...] = ()
    overrides: Path | None = None
    stale_after: float = STALE_AFTER_YEARS
    lang: Lang = Lang.ZH
    restoration: bool = False  # strips and ledger of the counties that the sites lie in

    def screen(self, progress: Progress = lambda stage: None, cache: LayerCache | None = None) -> Assessment:
        """The assessment, with suppositions, overrides, existing projects and the days it expires.

        Large layers are kept in ``cache``, if any; it changes nothing in the result.

        Raises :class:`~geo.errors.HongxianError` of the kind whose input is at fault.
        """
        variants = read_variants(self.what_if)
        progress("读取规则册")
        book = geo.rulebook.load_rulebook(overlay=self.rules)
        progress("读取场地")
        sites = read_sites(*self.files, keep_going=self.keep_going, **self.reading.arguments())
        layers = load_layers(self.layers, cache, progress, self.keep_going)
        radius, stale = self.move_radius_m, self.stale_after
        with for_places(len(sites.sites) * (_TRIED if radius > 0 else 1)):
            result = assess(book, layers, sites, self.on, self.confidence, progress, radius, stale)
            # the decisions of people are checked before the work that takes long
            result = add_expiry(add_overrides(result, self.overrides), self.stale_after)
            result = add_what_if(add_existing(result, progress), variants, progress)
        if self.restoration:
            from geo.restoration.plan import RestorationOptions, counties_of, plan_restoration

            options = RestorationOptions(adcodes=counties_of(result.sites, layers), indicators=False)
            at, found = result.sites, result.findings
            planned = layers.keep_on(  # land cover, say, is read by restoration alone
                lambda: plan_restoration(book, layers, self.on, at, found, options, self.confidence, progress)
            )
            aside = list_set_aside(found, book, layers, planned)
            result = replace(result, restoration=planned, set_aside=aside)
        if self.lang is Lang.EN:
            from geo.english import in_english

            result = in_english(result)
        return result

    def watch(self) -> Watch:
        """The inputs as they are now, to be compared when the run is written."""
        overrides = [self.rules, self.overrides, *self.reading.files]
        return Watch(self.layers, [*self.files, *overrides])

    def options(self) -> dict[str, Any]:
        """What ``run.json`` holds of it; paths absolute."""
        return {
            "files": [str(path.absolute()) for path in self.files],
            "layers": str(self.layers.absolute()),
            "rules": str(_absolute(self.rules) or ""),
            "keep_going": str(self.keep_going),
            **self.reading.record(),
            "what_if": [_with_rules(spec, lambda stated: Path(stated).absolute()) for spec in self.what_if],
            "overrides": str(_absolute(self.overrides) or ""),
            "stale_after": str(self.stale_after),
            "lang": self.lang,
            **({"restoration": "True"} if self.restoration else {}),
        }


def recorded_request(folder: Path | str) -> Request:
    """The request that a run was made by, from its ``run.json``.

    Raises :class:`~geo.errors.RunError` where the folder is no run, was made by an earlier version, or
    an input is no longer there.
    """
    _, _, record = read_run(folder)
    options = record.get("options", {})
    if "files" not in options:
        raise RunError(
            f"{folder} 的 run.json 没有记下输入文件（较早版本或程序接口所作），不能重跑；用 screen 重做"
        )

    if "large" in options:
        raise RunError(
            f"{folder} 是分批筛查的结果，不能 rerun；用 run.json 里的选项重做 screen，再以 diff 比较"
        )

    def path(stated: str) -> Path | None:
        return recorded_path(folder, stated) if stated else None

    request = Request(
        files=tuple(recorded_path(folder, stated) for stated in options["files"]),
        layers=recorded_path(folder, options["layers"]),
        on=date.fromisoformat(record["on"]),
        rules=path(options["rules"]),
        reading=recorded_options(options, lambda stated: recorded_path(folder, stated)),
        keep_going=options["keep_going"] == "True",
        confidence=record["confidence"],
        move_radius_m=record["move_radius_m"],
        what_if=tuple(
            _with_rules(spec, lambda stated: recorded_path(folder, stated)) for spec in options["what_if"]
        ),
        overrides=path(options["overrides"]),
        stale_after=float(options["stale_after"]),
        lang=Lang(options.get("lang", Lang.ZH)),
        restoration="restoration" in options,
    )
    named = [*request.files, request.layers, request.rules, request.overrides, *request.reading.files]
    refuse_missing(folder, [p for p in named if p is not None])
    return request


def _with_rules(spec: str, place: Callable[[str], Path]) -> str:
    """A supposition with the folder of its rules put elsewhere."""
    items = [item.strip() for item in spec.replace("，", ",").split(",")]
    pairs = [item.partition("=") for item in items]
    return ",".join(
        f"rules={place(value.strip())}" if key.strip() == "rules" else key + equals + value
        for key, equals, value in pairs
    )
