"""One palette for every output: colours that stay apart under colour-blind vision, with a second cue."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from geo.language import Lang
from geo.terms import Effect, Outcome, Treatment


@dataclass(frozen=True)
class OutcomeStyle:
    """Fill colour, and the cue beside colour: a hatch or a dash."""

    colour: str
    hatch: bool = False
    dashed: bool = False


#: Chosen for protan, deutan and tritan vision: least ΔE2000 about 18 between the main outcomes.
OUTCOMES: dict[Outcome, OutcomeStyle] = {
    Outcome.PROHIBITED: OutcomeStyle("#8B0000"),
    Outcome.MUST_EXIT: OutcomeStyle("#3D1F1F", dashed=True),
    Outcome.UNDETERMINED: OutcomeStyle("#5D3A9B", hatch=True),
    Outcome.RESTRICTED: OutcomeStyle("#E66100"),
    Outcome.CONDITIONAL: OutcomeStyle("#FFD966"),
    Outcome.ADVISED: OutcomeStyle("#2E8B7A"),
    Outcome.CLEAR: OutcomeStyle("#56B4E9"),
    Outcome.NOT_COVERED: OutcomeStyle("#BFBFBF", dashed=True),
}

#: Zones are pale: sites lie on them.
EFFECTS: dict[Effect, str] = {
    Effect.PROHIBIT: "#B2182B",
    Effect.PHASE_OUT: "#7F3B08",
    Effect.RESTRICT: "#E08214",
    Effect.REQUIRE: "#C9A227",
    Effect.RESTORE: "#1B7837",
    Effect.PROTECT: "#35978F",
    Effect.INFORM: "#8073AC",
}

#: What is to be done with ground that lacks its cover.
TREATMENTS: dict[Treatment, str] = {
    Treatment.AFFOREST: "#1B7837",
    Treatment.GRASS: "#A6DBA0",
    Treatment.WETLAND: "#2C7FB8",
    Treatment.BEACH: "#E6D8AD",
    Treatment.ENCLOSE: "#B8B84A",
    Treatment.EXIT: "#B2182B",
    Treatment.REGREEN: "#E08214",
    Treatment.REMEDIATE: "#762A83",
}

#: Kinds of ground (:mod:`geo.availability.kinds`) that are told apart within a class; others are coloured as their outcome.
_GROUND = {
    "free": OUTCOMES[Outcome.CLEAR].colour,
    "prohibited": "#C0504D",
    "prohibited_several": OUTCOMES[Outcome.PROHIBITED].colour,
    "undetermined_missing_layer": "#B7A2D9",
    "undetermined_coverage": "#9C82CB",
    "undetermined_base_line": "#8568BE",
    "undetermined_accuracy": "#6F4FAE",
    "undetermined_demo": "#D9CFE8",
    "undetermined_site_fact": "#CDBBE6",
}


def ground_colour(kind: str) -> str:
    """The fill of a kind of ground.

    >>> ground_colour("free") == OUTCOMES[Outcome.CLEAR].colour, ground_colour("undetermined_reach")
    (True, '#5D3A9B')
    """
    if kind in _GROUND:
        return _GROUND[kind]
    return OUTCOMES[Outcome.UNDETERMINED if kind.startswith("undetermined") else Outcome(kind)].colour


WATER = "#3B7DB8"
BORDER = "#7A7A7A"
DEMO_NOTE = "含演示数据：演示图层为程序生成，其结论不作数"
PRELIMINARY_NOTE = "初步研判，仅供参考；不代替主管部门的审查意见，以省生态环境分区管控平台查询结果为准"

DEMO_NOTE_EN = "Holds demonstration data: generated layers, what they say does not count"
PRELIMINARY_NOTE_EN = (
    "Preliminary screening, for reference only; it does not replace the review by the competent authorities, "
    "and the province's platform of environmental zoning prevails"
)


def aside_note(set_aside: pd.DataFrame, lang: Lang) -> str:
    """Which layers could not be read, and what that leaves open; "" where all were (columns: :data:`geo.frames.SET_ASIDE`)."""
    parts = [
        lang(
            f"{row.layer_key}（{row.what}），待核实：{row.rule_ids.replace(';', '、') or '无'}",
            f"{row.layer_key} ({row.file}), undetermined: {row.rule_ids.replace(';', ', ') or 'nothing'}",
        )
        for row in set_aside.itertuples()
    ]
    told = lang("；", "; ").join(parts)
    head = lang(
        f"有 {len(parts)} 个图层读不了，已搁置：",
        f"{len(parts)} layers could not be read and were set aside: ",
    )
    return head + told if parts else ""
