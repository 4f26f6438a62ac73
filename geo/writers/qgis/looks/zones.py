"""Zones by effect, real ones washed and demonstration data hatched; and what distances are measured from."""

from __future__ import annotations

import pandas as pd

from geo.language import Lang
from geo.terms import Effect, Line, Measure
from geo.writers.content import Content
from geo.writers.qgis import symbols, tips
from geo.writers.qgis.labels import CURVED, HORIZONTAL, PERIMETER, Label
from geo.writers.qgis.looks.look import Look
from geo.writers.qgis.markup import Element
from geo.writers.qgis.renderers import Class, by_rule, categorised, single
from geo.writers.styles import EFFECTS, WATER

#: What the line of a limit is called, by the effect of its rule.
LIMIT_LINES: dict[Effect, tuple[str, str]] = {
    Effect.PROHIBIT: ("禁建线", "no-build line"),
    Effect.PHASE_OUT: ("退出线", "exit line"),
    Effect.RESTRICT: ("限制线", "limit line"),
    Effect.REQUIRE: ("准入线", "entry line"),
    Effect.RESTORE: ("修复线", "restoration line"),
    Effect.PROTECT: ("保护线", "protection line"),
    Effect.INFORM: ("提示线", "notice line"),
}


def _mixed(colour: str, share: float) -> str:
    """A colour mixed with white: ``share`` of the colour."""
    parts = [int(colour[start : start + 2], 16) for start in (1, 3, 5)]
    return "#" + "".join(f"{round(255 - (255 - part) * share):02X}" for part in parts)


def zone_symbol(effect: Effect, demo: bool, inside: bool) -> Element:
    """A zone: a wash where it is real, a hatch without one where it is demonstration data."""
    colour = EFFECTS[effect]
    if demo:
        return symbols.fill(
            colour,
            0,
            ink=colour,
            width_mm=0.25,
            dash="1.6;1",
            hatch_deg=45,
            spacing_mm=2.6,
            hatch_width_mm=0.18,
        )
    return symbols.fill(
        _mixed(colour, 0.42 if inside else 0.24), 255, ink=colour, width_mm=0.45 if inside else 0.25
    )


def zones_look(key: str, content: Content, frame: pd.DataFrame) -> Look:
    """By effect, then by what the rule asks: a distance, or to be in or out of an area."""
    say = content.lang
    kinds = ((True, say("范围", "area")), (False, say("距离控制带", "within a distance")))
    classes = []
    one = frame["effect"].nunique() == 1
    near = frame["measure"] == Measure.WITHIN_DISTANCE
    for effect in Effect:
        for demo in (False, True):
            for inside, word in kinds:
                held = (frame["effect"] == effect) & (frame["demo"] == demo) & (near != inside)
                if held.any():
                    test = "<>" if inside else "="
                    only = ' AND "demo"' if demo else ' AND NOT "demo"'
                    match = f"\"effect\"='{effect}'{only} AND \"measure\"{test}'within_distance'"
                    label = (
                        ("" if one else say(f"{effect.zh}：", f"{effect.en}: "))
                        + word
                        + (say("（演示）", " (demonstration)") if demo else "")
                    )
                    classes.append(Class(match, label, zone_symbol(effect, demo, inside)))
    return Look(
        by_rule(key, classes, levels=True), _zone_labels(frame, say), opacity=0.72, tip=tips.zone_tip(say)
    )


def _zone_labels(frame: pd.DataFrame, say: Lang) -> tuple[Label, ...]:
    labels = []
    for effect in Effect:
        limit_line = say(*LIMIT_LINES[effect])
        of_effect = frame[frame["effect"] == effect]
        match = f"\"effect\"='{effect}'"
        if (of_effect["limit_m"] > 0).any():
            line = f"{tips.limit_words()} || ' {limit_line}'"
            labels.append(
                Label(
                    limit_line,
                    line,
                    EFFECTS[effect],
                    7,
                    f'{match} AND "limit_m">0',
                    200_000,
                    placement=PERIMETER,
                    repeat_mm=90,
                    priority=4,
                    obstacle=False,
                )
            )
        if not (of_effect["limit_m"] > 0).all() and len(of_effect):
            labels.append(
                Label(
                    say(f"{effect.zh}范围名称", f"names: {effect.en}"),
                    '"feature_name"',
                    EFFECTS[effect],
                    7,
                    f'{match} AND coalesce("limit_m",0)=0',
                    300_000,
                    placement=HORIZONTAL,
                    priority=2,
                    obstacle=False,
                )
            )
    return tuple(labels)


def references_look(key: str, content: Content, frame: pd.DataFrame) -> Look:
    """Lines by kind: what a distance is measured from should be told apart at a glance."""
    looks = {
        Line.WATERLINE: ("#2166AC", ""),
        Line.BANK: ("#2C7FB8", ""),
        Line.LEVEE_TOE: ("#8C510A", "4;1"),
        Line.MANAGEMENT: ("#01665E", "5;1.5;1;1.5"),
        Line.CENTRELINE: (WATER, "4;2"),
        Line.SCHEMATIC: ("#6A51A3", "1;1.5"),
        Line.BOUNDARY: ("#7A7A7A", "2;1"),
    }
    held = set(frame["line"])
    classes = [
        Class(str(kind), content.lang.of(kind), symbols.line(colour, 0.4, dash))
        for kind, (colour, dash) in looks.items()
        if kind in held
    ]
    names = Label(
        content.lang("基准要素名称", "names of features"),
        '"feature_name"',
        "#3A3A3A",
        7,
        from_scale=150_000,
        placement=CURVED,
        repeat_mm=120,
        priority=2,
    )
    return Look(categorised("line", classes), (names,), tip=tips.plain_tip(content))


def reference_points_look(key: str, content: Content, frame: pd.DataFrame) -> Look:
    """Points that distances are measured from."""
    name = Label(
        content.lang("基准点名称", "names of points"),
        '"feature_name"',
        "#3A3A3A",
        7,
        from_scale=100_000,
        priority=2,
    )
    symbol = symbols.marker("#4A6FA5", 1.8, "triangle")
    return Look(single(symbol), (name,), tip=tips.plain_tip(content))
