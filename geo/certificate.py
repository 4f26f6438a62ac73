"""The coverage certificate: rule by city, whether the layers at hand let the rule decide there.

It says what can be relied on before any site is screened, and which layer to get first.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import geopandas as gpd
import pandas as pd
import shapely

from geo.catalog import LayerCatalog
from geo.contracts import conform
from geo.coverage import STATUS, lost_note, status_in
from geo.divisions import read_divisions
from geo.frames import CERTIFICATE, GAPS
from geo.layer import Layer
from geo.rule import Reference, Rule
from geo.rulebook import RuleBook
from geo.space import WORKING_CRS
from geo.terms import Measure, Theme
from geo.zones import lost_to, readings_of

#: Statuses, the best first; a rule that measures from several references has the worst of theirs.
ORDER = ("present", "stale", "partial", "unknown", "demonstration", "absent")

#: Layers older than this many years are stale unless the user says otherwise.
STALE_AFTER_YEARS = 5.0


def certify(
    rulebook: RuleBook, catalog: LayerCatalog, on: date, stale_after: float = STALE_AFTER_YEARS
) -> gpd.GeoDataFrame:
    """A row a rule, city and theme (columns: :data:`geo.frames.CERTIFICATE`), the city as its geometry.

    ``stale``: complete, but only thanks to layers more than ``stale_after`` years old on the day ``on``. A
    layer without a date cannot be called stale; the note says that it has none. Geometry is in EPSG:4490.
    """
    newest_stale = _years_before(on, stale_after)
    rules = rulebook.in_force(on)
    provinces = {code[:2] for rule in rules for code in rule.jurisdiction.adcode}
    cities = read_divisions(tuple(sorted(provinces)), "city")
    places = cities.set_index(cities["adcode"].str[:4])
    known: dict[tuple[object, ...], str] = {}
    rows: list[dict[str, object]] = []
    for rule in rules:
        for city, adcodes in _cities(rule, list(places.index)).items():
            parts: dict[Theme, list[_Part]] = {}
            for reference in _references(rule):
                part = _part(rule, reference, adcodes, catalog, newest_stale, known)
                parts.setdefault(reference.theme, []).append(part)
            for theme, held in parts.items():
                rows.append(_row(rule, city, theme, held, catalog, places))
    frame = pd.DataFrame(rows, columns=[*CERTIFICATE, "geometry"])
    return conform(gpd.GeoDataFrame(frame, geometry="geometry", crs=WORKING_CRS), CERTIFICATE)


def rank_gaps(certificate: pd.DataFrame) -> pd.DataFrame:
    """Get this layer first: a row a theme that leaves rules open (columns: :data:`geo.frames.GAPS`).

    Ranked by the number of rules it leaves open; a rule counts once, however many cities it is open in.
    Its layers being stale, partial, without known extent, generated or absent all leave a rule open.

    >>> cells = [("A", "1401", "太原市", "park"), ("B", "1401", "太原市", "park"), ("A", "1401", "太原市", "lake")]
    >>> frame = pd.DataFrame(cells, columns=["rule_id", "adcode", "city", "theme"])
    >>> rank_gaps(frame.assign(status="absent"))[["theme_zh", "rules", "rule_ids", "statuses"]].values.tolist()
    [['开发区、园区', 2.0, 'A;B', '缺 2'], ['湖泊及其保护修复区', 1.0, 'A', '缺 1']]
    """
    open_ = certificate[certificate["status"] != "present"]
    rows = []
    for theme, part in open_.groupby("theme", sort=True):
        counts = part["status"].value_counts()
        rules = list(dict.fromkeys(part["rule_id"]))
        rows.append(
            {
                "theme": theme,
                "theme_zh": Theme(theme).zh,
                "rules": len(rules),
                "rule_ids": ";".join(rules),
                "cities": ";".join(dict.fromkeys(part.sort_values("adcode")["city"])),
                "statuses": "，".join(f"{_zh(s)} {counts[s]}" for s in reversed(ORDER) if s in counts),
            }
        )
    ranked = sorted(rows, key=lambda row: (-len(str(row["rule_ids"]).split(";")), str(row["theme"])))
    return conform(pd.DataFrame(ranked, columns=list(GAPS)), GAPS)


def count_by_city(certificate: pd.DataFrame) -> pd.DataFrame:
    """Page one: a row a city, a column a status in Chinese that occurs, the best first, and their sum 合计.

    Counted are the rule-and-theme rows of the certificate; cities in the order of their codes.

    >>> cells = [("A", "1408", "运城市", "absent"), ("B", "1408", "运城市", "present"), ("A", "1401", "太原市", "absent")]
    >>> count_by_city(pd.DataFrame(cells, columns=["rule_id", "adcode", "city", "status"])).to_dict("split")["data"]
    [['太原市', 0, 1, 1], ['运城市', 1, 1, 2]]
    """
    held = [status for status in ORDER if (certificate["status"] == status).any()]
    counted = pd.crosstab([certificate["adcode"], certificate["city"]], certificate["status"])
    counted = counted.reindex(columns=held, fill_value=0).sort_index().reset_index()
    table = counted[["city", *held]].rename(columns={"city": "城市", **{s: _zh(s) for s in held}})
    return table.assign(合计=counted[held].sum(axis=1))


def missing_for(gaps: pd.DataFrame, most: int = 10) -> list[str]:
    """Page one: which layers to get first and which rules wait for them, a line a layer, at most ``most``.

    >>> gap = {"theme_zh": "泉域", "rules": 2.0, "rule_ids": "TY-01;YQ-27", "cities": "太原市;阳泉市", "statuses": "缺 2"}
    >>> missing_for(pd.DataFrame([gap]))
    ['泉域（缺 2）：太原市、阳泉市 2 条规则未决：TY-01、YQ-27']
    """
    lines = [
        f"{gap['theme_zh']}（{gap['statuses']}）：{gap['cities'].replace(';', '、')} {gap['rules']:.0f} 条规则未决："
        + gap["rule_ids"].replace(";", "、")
        for gap in gaps.head(most).to_dict("records")
    ]
    more = len(gaps) - len(lines)
    return [*lines, f"……另有 {more} 类图层，见 gaps 表"] if more > 0 else lines


@dataclass(frozen=True)
class _Part:
    """One reference of a rule in one city."""

    reference: Reference
    status: str
    layers: Sequence[Layer]
    old: Sequence[str]  # keys of layers beyond their time
    lost: Sequence[str]  # keys of layers set aside


def _references(rule: Rule) -> list[Reference]:
    """What a rule measures from; a rule that holds for whole districts needs their outlines."""
    if rule.measure is Measure.IN_JURISDICTION:
        return [Reference(theme=Theme.ADMIN)]
    return list(rule.measured_from)


def _part(
    rule: Rule,
    reference: Reference,
    adcodes: tuple[str, ...],
    catalog: LayerCatalog,
    newest_stale: date,
    known: dict[tuple[object, ...], str],
) -> _Part:
    if rule.measure is Measure.IN_JURISDICTION:
        layers = catalog.of_theme(Theme.ADMIN)
    else:
        layers = [reading.layer for reading in readings_of(reference, catalog, rule.measure)]

    def state(held: Sequence[Layer]) -> str:
        if rule.measure is Measure.IN_JURISDICTION:  # outlines that are there need no completeness
            real = [layer for layer in held if not layer.demo]
            if held and not real:
                return "demonstration"
            return "present" if real and catalog.area_of(adcodes) is not None else "absent"
        case = (adcodes, reference.model_dump_json(), tuple(layer.key for layer in held))
        if case not in known:
            known[case] = status_in(adcodes, reference, held, catalog)
        return known[case]

    lost = [layer.key for layer in lost_to(reference, catalog)]
    status = "absent" if lost else state(layers)
    fresh = [layer for layer in layers if layer.as_of is None or layer.as_of >= newest_stale]
    if status == "present" and state(fresh) != "present":
        status = "stale"
    return _Part(reference, status, layers, [layer.key for layer in layers if layer not in fresh], lost)


def _row(
    rule: Rule, city: str, theme: Theme, parts: list[_Part], catalog: LayerCatalog, places: pd.DataFrame
) -> dict[str, object]:
    worst = max((part.status for part in parts), key=ORDER.index)
    layers = list({layer.key: layer for part in parts for layer in part.layers}.values())
    dated = [layer.as_of for layer in layers if layer.as_of is not None and not layer.demo]
    undated = [layer.key for layer in layers if layer.as_of is None and not layer.demo]
    lost = list(dict.fromkeys(key for part in parts for key in part.lost))
    notes = [lost_note(lost) or _note(worst)]
    if len({part.status for part in parts}) > 1:
        notes.append("；".join(f"{_named(part.reference)}：{_zh(part.status)}" for part in parts))
    if old := list(dict.fromkeys(key for part in parts for key in part.old)):
        notes.append(f"过时：{'、'.join(old)}")
    if undated:
        notes.append(f"没有写时点：{'、'.join(undated)}")
    held = city in places.index
    return {
        "rule_id": rule.id,
        "adcode": city,
        "city": places.loc[city, "name"] if held else city,
        "theme": theme,
        "theme_zh": theme.zh,
        "status": worst,
        "status_zh": _zh(worst),
        "layers": ";".join(layer.key for layer in layers),
        "as_of": str(min(dated)) if dated else "",
        "note": "。".join(notes),
        "geometry": _outline(city, catalog, places),
    }


def _outline(city: str, catalog: LayerCatalog, places: pd.DataFrame) -> shapely.Geometry | None:
    """The city from the user's own divisions, else from the installed ones."""
    own = catalog.area_of([city])
    if own is not None:
        return own
    return places.loc[city, "geometry"] if city in places.index else None


def _cities(rule: Rule, known: Sequence[str]) -> dict[str, tuple[str, ...]]:
    """By city, the divisions of a rule's jurisdiction that lie in it; a province is all its cities."""
    found: dict[str, list[str]] = {}
    for code in rule.jurisdiction.adcode:
        for city in [code[:4]] if len(code) >= 4 else [c for c in known if c.startswith(code)]:
            found.setdefault(city, []).append(code if len(code) >= 4 else city)
    return {city: tuple(codes) for city, codes in found.items()}


def _years_before(on: date, years: float) -> date:
    months = on.year * 12 + on.month - 1 - round(years * 12)
    first = pd.Timestamp(year=months // 12, month=months % 12 + 1, day=1)
    return date(first.year, first.month, min(on.day, first.days_in_month))


def _named(reference: Reference) -> str:
    words = [
        word
        for condition in reference.where.values()
        for word in (
            [condition] if isinstance(condition, str) else condition if isinstance(condition, list) else []
        )
    ]
    return "、".join(words) or reference.term or reference.theme.zh


def _zh(status: str) -> str:
    return "过时" if status == "stale" else STATUS[status][0]


def _note(status: str) -> str:
    return "靠过时的图层才查得全；先更新图层" if status == "stale" else STATUS[status][1]
