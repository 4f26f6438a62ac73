"""What is said of a check, in English: figures, the relation on the ground, what settles it (beside :mod:`geo.wording`)."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from datetime import date
from typing import Any

import geo.wording as wording
from geo.rule import Plan, Rule
from geo.terms import Effect, Line, Measure, State, Theme

Row = Mapping[str, Any]


def metres(value: float) -> str:
    """Metres in English.

    >>> metres(1588.4), metres(float("nan"))
    ('1,588 m', 'unknown')
    """
    return "unknown" if not math.isfinite(value) else wording.metres_text(value).replace(" 米", " m")


def limit(value: float) -> str:
    """A limit in English.

    >>> limit(2000.0), limit(50.0)
    ('2 km', '50 m')
    """
    return wording.limit_text(value).replace("公里", "km").replace("米", "m")


def heading(rule: Rule) -> str:
    """Number and title of a rule."""
    return f"{rule.id} {rule.title.en}" + (" (user's rule)" if rule.overlay is not None else "")


def cite(plan: Plan, rule: Rule) -> str:
    """Plan and section of a rule; the section as the plan numbers it."""
    draft = " (draft)" if plan.status == "draft" and "(draft)" not in plan.title.en else ""
    own = rule.overlay
    amended = f" (user's rule: {own.author}, {own.on:%Y-%m-%d}, {own.reason})" if own is not None else ""
    return f"{plan.title.en}{draft}, {rule.section}{amended}"


def relation(rule: Rule, row: Row) -> str:
    """What the measurement says, in metres."""
    place = Theme(row["theme"]).en if row["theme"] else ""
    feature = row["feature_name"] or place
    if rule.measure is Measure.IN_JURISDICTION:
        return (
            "within the rule's jurisdiction"
            if row["ground"] == State.HIT
            else "whether it lies in the rule's jurisdiction is open"
        )
    if not row["layer_key"]:
        return f"no layer of {place}"
    if math.isnan(row["margin_m"]):
        return f"the layer {row['layer_key']} holds none of the {place} meant"
    line = Line(row["line"])
    if rule.measure is Measure.WITHIN_DISTANCE:
        text = f"{metres(row['distance_m'])} from {feature}" + (
            f" ({line.en})" if line is not Line.BOUNDARY else ""
        )
        if not math.isnan(row["limit_m"]):
            side = "inside" if row["margin_m"] <= 0 else "outside"
            text += f", {metres(abs(row['margin_m']))} {side} the limit of {limit(row['limit_m'])}"
        return text
    if rule.measure is Measure.OUTSIDE:
        if row["margin_m"] > 0:
            return f"wholly within {feature}, {metres(row['margin_m'])} from its border"
        return f"not wholly within {place}, {metres(-row['margin_m'])} beyond the nearest ({feature})"
    if row["margin_m"] <= 0:
        overlap = (
            ""
            if math.isnan(row["overlap_ha"])
            else f", overlap {row['overlap_ha']:.2f} ha ({row['share']:.0%})"
        )
        return f"within {place} “{feature}”{overlap}" if feature != place else f"within {place}{overlap}"
    return f"{metres(row['distance_m'])} from {feature}"


def deadline(rule: Rule, on: date) -> str:
    """What is said of an exit's date."""
    if rule.effect is not Effect.PHASE_OUT:
        return ""
    if rule.deadline is None:
        return "the plan sets no deadline"
    if on > rule.deadline:
        return f"its deadline ({rule.deadline:%Y-%m-%d}) has passed, standing to be checked"
    return f"to leave before {rule.deadline:%Y-%m-%d}"


def chance(row: Row) -> str:
    """The probability of a breach, as :func:`geo.wording.chance_text` tells it."""
    found = wording.chance_text(row["probability"])
    if not found:
        return ""
    told = (
        found.replace("触及概率不到 ", "less than ")
        .replace("触及概率 ", "")
        .replace("99% 以上", "more than 99%")
    )
    return f", probability of a breach {told}"


def base_line(rule: Rule, row: Row) -> str:
    """Why a rule's base line leaves a check open."""
    preferred = rule.measured_from[0].line if rule.measured_from else None
    wanted = preferred.en if preferred is not None else "line that the plan means"
    if not row["layer_key"]:
        return f"no layer holds a line that the rule accepts ({wanted})"
    if row["ground"] != State.UNDETERMINED:
        return "different base lines give different results"
    half = row["half_width_m"]
    nearer = f", by at most {metres(half)}" if not math.isnan(half) else ""
    return f"only a {Line(row['line']).en} is held; the {wanted} may be nearer{nearer}{chance(row)}"


_SURVEY = re.compile(
    r"(?P<first>先申报坐标系；仍待核实时，)?测量(?P<place>.+?) (?P<length>[\d,.]+) 米一段，中误差不大于 (?P<needed>[\d,.]+) 米"
    r"（按预期余量 (?P<margin>[\d,.]+) 米；实测更近限值时须更细，(?P<always>[\d,.]+) 米以内总能定）"
    r"(?:；场地位置（现 ±(?P<own>[\d,.]+) 米）也须测到 (?P<site>[\d,.]+) 米)?(?P<rules>（[^（）]+）)?"
)


def survey(line: str) -> str | None:
    """What to survey, in English; None for any other sentence."""
    found = _SURVEY.fullmatch(line)
    if found is None:
        return None
    place = found["place"]
    for kind in Line:
        place = place.removesuffix(kind.zh) + f" ({kind.en})" if place.endswith(kind.zh) else place
    text = "declare the datum; if still open, " if found["first"] else ""
    text += (
        f"survey {found['length']} m of {place} to a standard error of {found['needed']} m (at an expected margin of "
        f"{found['margin']} m; finer if the true margin is smaller, {found['always']} m always decides)"
    )
    if found["own"]:
        text += f"; the site's position (now ±{found['own']} m) to {found['site']} m too"
    return text + (found["rules"] or "").replace("（", " (").replace("）", ")").replace("、", ", ")
