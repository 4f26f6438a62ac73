"""What stands around the map: title, notes, legend; and the words that popups, table and filters share."""

from __future__ import annotations

from datetime import date
from typing import Any

from markupsafe import Markup

from geo.assessment import Assessment
from geo.language import Lang
from geo.rule import Rule
from geo.terms import Development, Effect, Outcome, State, Theme
from geo.writers.content import Content, Kind
from geo.writers.quantities import cite_in
from geo.writers.styles import BORDER, DEMO_NOTE, DEMO_NOTE_EN, PRELIMINARY_NOTE, PRELIMINARY_NOTE_EN, WATER
from geo.writers.subject import SITES, Subject
from geo.writers.webmap.morelayers import Look, look_of
from geo.writers.webmap.symbols import effect_swatch, layer_swatch, line_swatch, outcome_swatch, palette
from geo.writers.webmap.zonedata import ZoneData, periods

#: One line of the legend: its layer (hidden with it), symbol, Chinese, English, count or empty.
Row = tuple[str, Markup, str, str, str]


def legend_rows(
    assessment: Assessment,
    zones: ZoneData,
    layers: dict[str, Any],
    more: list[Content],
    subject: Subject = SITES,
) -> list[tuple[str, str, list[Row]]]:
    """The legend by heading: only what the map holds."""
    counts = assessment.verdicts["outcome"].value_counts()
    sites = [("", outcome_swatch(o), o.zh, o.en, f"{counts[o]:,}") for o in Outcome if o in counts.index]
    effects = [(f"zones-{e}", effect_swatch(e), e.zh, e.en, "") for e in zones.effects]
    drawn = [(content, layer_swatch(look_of(content), content.kind)) for content in more]
    ground = [
        (content.name, swatch, content.title, "", f"{content.frame['area_ha'].sum():,.1f} ha")
        for content, swatch in drawn
        if content.name.startswith("ground_")
    ]
    others = [
        (content.name, swatch, content.title, "", "")
        for content, swatch in drawn
        if not content.name.startswith("ground_")
    ]
    if "crowd" in layers:
        look = Look("#4A4A4A", fill=0.35)
        others.append(("crowd", layer_swatch(look, Kind.AREA), "全部项目统计格网", "all sites, counted", ""))
    lines: list[Row] = []
    if "borders" in layers:
        lines += [
            ("borders", line_swatch(BORDER, 2.2), "市界", "city border", ""),
            ("borders", line_swatch(BORDER, 1, "4 3"), "县界", "county border", ""),
        ]
    if "water" in layers:
        lines.append(("water", line_swatch(WATER, 2), "河流湖泊", "rivers, lakes", ""))
        if any(feature["properties"]["schematic"] for feature in layers["water"]["features"]):
            lines.append(("water", line_swatch(WATER, 2, "5 4"), "示意河道", "schematic river", ""))
    if "references" in layers:
        lines.append(("references", line_swatch("#1A1A1A", 1.5), "量算基准线", "measured from", ""))
    parts = [
        ("用地分类", "classes of ground", ground),
        (subject.things_zh + "结论", f"outcomes of {subject.things_en}", sites),
        ("管控区", "zones", effects),
        ("专题图层", "further layers", others),
        ("底图", "base map", lines),
    ]
    return [(zh, en, rows) for zh, en, rows in parts if rows]


def around(
    assessment: Assessment,
    zones: ZoneData,
    notes: list[str],
    lang: Lang = Lang.ZH,
    subject: Subject = SITES,
) -> dict[str, Any]:
    """What ``page.html.jinja`` shows beside map and legend."""
    book = assessment.rulebook
    sources = dict.fromkeys(
        layer.source
        for theme in (Theme.ADMIN, Theme.RIVER, Theme.LAKE)
        for layer in assessment.catalog.of_theme(theme)
        if not layer.demo
    )
    return {
        "subject": subject,
        "date": f"{assessment.on:%Y}年{assessment.on.month}月{assessment.on.day}日",
        "date_iso": assessment.on.isoformat(),
        "plans": [
            (plan.title.zh, plan.title.en, plan.status == "draft")
            for plan in book.plans.values()
            if any(rule.plan == plan.id for rule in book.rules.values())
        ],
        "rule_count": len(book),
        "book_hash": book.content_hash[:12],
        "note": lang(PRELIMINARY_NOTE, PRELIMINARY_NOTE_EN),
        "demo_note": lang(DEMO_NOTE, DEMO_NOTE_EN) if assessment.has_demo else "",
        "demo_sites": int((assessment.verdicts["demo_outcome"] != "").sum()),
        "doubtful": zones.doubtful,
        "site_count": len(assessment.sites),
        "notes": notes,
        "sources": list(sources),
    }


def words(
    assessment: Assessment,
    rule_ids: list[str],
    zones: ZoneData,
    lang: Lang,
    subject: Subject = SITES,
) -> dict[str, Any]:
    """Colours, labels and rules, for the page's scripts."""
    book = assessment.rulebook
    named = sorted({*rule_ids, *zones.rule_ids, *assessment.zones["rule_id"]})
    return {
        "lang": lang,
        **palette(lang),
        "states": [{"key": state, "name": lang.of(state)} for state in State],
        "developments": {development: lang.of(development) for development in Development},
        "rules": {rule_id: _rule_words(assessment, book[rule_id], lang) for rule_id in named},
        "rule_ids": rule_ids,
        "days": [_day_words(assessment, day) for day in zones.days],
        "on": assessment.on.isoformat(),
        "things": lang(subject.things_zh, subject.things_en),
        "border": BORDER,
        "water": WATER,
    }


def _rule_words(assessment: Assessment, rule: Rule, lang: Lang) -> dict[str, Any]:
    terms = periods(rule)
    return {
        "title": lang.of(rule.title),
        "cite": cite_in(lang, assessment.rulebook.plan_of(rule), rule),
        "effect": rule.effect,
        "strength": lang.of(rule.strength),
        "from": str(terms[0].start),
        "until": str(terms[-1].end or ""),
    }


def _day_words(assessment: Assessment, day: date) -> list[Any]:
    """A day on which something changes, and how many rules hold from then on."""
    return [day.isoformat(), len(assessment.rulebook.in_force(day))]


def effect_names(zones: ZoneData, lang: Lang) -> list[tuple[Effect, str, int]]:
    """The effects present, the switch of each and how many shapes it has."""
    return [
        (
            effect,
            lang(f"{effect.zh} {effect.en}", effect.en.capitalize()),
            sum(len(part["facts"]) for part in data["parts"]),
        )
        for effect, data in zones.effects.items()
    ]
