"""What if: the sites as supposed, screened by the very stages that screen them as stated."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd

from geo.assessment import Assessment, Progress, judge_sites, outcomes_only
from geo.contracts import check, conform, split, texts
from geo.errors import Problem, RunError
from geo.frames import WHAT_IF
from geo.kinds import codes_of
from geo.rule import Rule
from geo.rulebook import RuleBook, lay_over
from geo.runs.checks import Change, change_of, compare_checks, ingredient_words, state_words
from geo.runs.variants import Variant, suppose
from geo.scope import facts_of
from geo.space import WORKING_CRS
from geo.terms import Development, Match, Outcome

#: Between a site's number and that of its variant, while all variants are screened at once.
_MARK = "\x1f"


@dataclass(frozen=True)
class Supposed:
    """One variant as screened; ``sites`` as supposed."""

    variant: Variant
    rulebook: RuleBook
    on: date
    sites: gpd.GeoDataFrame
    findings: pd.DataFrame
    verdicts: pd.DataFrame


#: Rules of variants, by the folder that holds them, laid over those of the run.
Laid = Mapping[Path, RuleBook]


def lay_all(rulebook: RuleBook, variants: Iterable[Variant]) -> Laid:
    """The rules that variants suppose, laid over a rule book. Raises :class:`~geo.errors.RuleBookError`."""
    folders = dict.fromkeys(variant.rules for variant in variants if variant.rules is not None)
    return {folder: lay_over(rulebook, folder) for folder in folders}


def screen_variants(
    assessment: Assessment,
    variants: Sequence[Variant],
    sites: gpd.GeoDataFrame | None = None,
    laid: Laid | None = None,
) -> list[Supposed]:
    """Every variant screened, with the layers of the assessment; those with the same rules and day at once.

    ``sites``: only these (default: all of the assessment); ``laid``: :func:`lay_all` of the variants, where it is known. Raises :class:`~geo.errors.RunError` for a site
    that a variant names and the assessment does not have, :class:`~geo.errors.RuleBookError` for rules that
    cannot be read.
    """
    held = assessment.sites if sites is None else sites
    refuse_unknown_sites(variants, set(held["site_id"]))
    books = lay_all(assessment.rulebook, variants) if laid is None else laid
    groups: dict[tuple[Path | None, date], list[int]] = {}
    for number, variant in enumerate(variants):
        groups.setdefault((variant.rules, variant.on or assessment.on), []).append(number)
    found: dict[int, Supposed] = {}
    for (rules, on), numbers in groups.items():
        book = assessment.rulebook if rules is None else books[rules]
        supposed = {number: _chosen(held, variants[number]) for number in numbers}
        result = judge_sites(
            book,
            assessment.catalog,
            _together(supposed),
            on,
            assessment.confidence,
            indexes=assessment.indexes,
        )
        for number in numbers:
            frames = [_own(frame, number) for frame in (result.findings, result.verdicts)]
            found[number] = Supposed(variants[number], book, on, supposed[number], *frames)
    return [found[number] for number in range(len(variants))]


def outcomes_supposed(
    assessment: Assessment, variants: Sequence[Variant], sites: gpd.GeoDataFrame
) -> list[list[Outcome]]:
    """Of every variant the outcome of each of some sites, by the rules and on the day of the assessment."""
    supposed = {number: suppose(sites, variant.attributes) for number, variant in enumerate(variants)}
    found = outcomes_only(
        assessment.rulebook,
        assessment.catalog,
        _together(supposed),
        assessment.on,
        assessment.confidence,
        assessment.indexes,
    )
    return [found[number * len(sites) : (number + 1) * len(sites)] for number in supposed]


def _together(supposed: Mapping[int, gpd.GeoDataFrame]) -> gpd.GeoDataFrame:
    """The sites of all variants, one variant after the other, each with a number of its own."""
    marked = [
        part.assign(site_id=texts(part["site_id"] + f"{_MARK}{number}")) for number, part in supposed.items()
    ]
    return gpd.GeoDataFrame(pd.concat(marked, ignore_index=True), geometry="geometry", crs=WORKING_CRS)


def add_what_if(
    assessment: Assessment,
    variants: Sequence[Variant],
    progress: Progress = lambda stage: None,
    laid: Laid | None = None,
) -> Assessment:
    """The assessment with what changes under each variant (columns: :data:`geo.frames.WHAT_IF`).

    A row a variant and site, those that change nothing too; outcomes that change first.
    """
    if not variants:
        return assessment
    progress("逐项假设，重新研判")
    screened = screen_variants(assessment, variants, laid=laid)
    rows = [row for supposed in screened for row in _rows(assessment, supposed)]
    frame = pd.DataFrame(rows, columns=list(WHAT_IF))
    return replace(assessment, what_if=check(conform(frame, WHAT_IF), WHAT_IF))


def refuse_unknown_sites(variants: Sequence[Variant], known: Collection[str]) -> None:
    """Raise :class:`~geo.errors.RunError` with every site that a variant names and nobody listed."""
    problems = [
        Problem(f"--what-if {v.label}", "", "site", site_id, "清单里没有这个场地", "改正编号")
        for v in variants
        for site_id in v.site_ids
        if site_id not in known
    ]
    if problems:
        raise RunError("--what-if 说到清单里没有的场地", problems)


def _chosen(sites: gpd.GeoDataFrame, variant: Variant) -> gpd.GeoDataFrame:
    chosen = sites[sites["site_id"].isin(variant.site_ids)] if variant.site_ids else sites
    return suppose(chosen, variant.attributes)


def _own(frame: pd.DataFrame, number: int) -> pd.DataFrame:
    """The rows of one variant, their sites called by their own numbers again."""
    mark = f"{_MARK}{number}"
    site, ids = codes_of(frame["site_id"].to_numpy())
    here = np.array([site_id.endswith(mark) for site_id in ids], dtype=bool)[site]
    numbers = np.array([site_id.removesuffix(mark) for site_id in ids], dtype=object)[site[here]]
    own = frame[here].reset_index(drop=True)
    return own.assign(site_id=texts(numbers))


_ORDER = {Change.STRICTER: 0, Change.MILDER: 1, Change.RULES: 2, Change.CHECKS: 3, Change.SAME: 4}


def _rows(assessment: Assessment, supposed: Supposed) -> list[dict[str, str]]:
    before = assessment.verdicts.set_index("site_id")
    compared = compare_checks(
        assessment.findings[assessment.findings["site_id"].isin(set(supposed.verdicts["site_id"]))],
        supposed.findings,
    )
    changed = dict(tuple(compared[compared["changed"]].groupby("site_id")))
    rows = []
    for after in supposed.verdicts.to_dict("records"):
        was = before.loc[after["site_id"]]
        change = change_of(was, after)
        checks = changed.get(after["site_id"])
        if change is Change.SAME and checks is not None:
            change = Change.CHECKS
        turned = [] if checks is None else checks.to_dict("records")
        deciding, decided = split(after["deciding_rule_ids"]), split(was["deciding_rule_ids"])
        turned.sort(key=lambda row: _weight(row["rule_id"], deciding, decided))
        why = [_why(row, assessment, supposed) for row in turned]
        rows.append(
            {
                "variant": supposed.variant.label,
                "site_id": after["site_id"],
                "name": after["name"],
                "change": change,
                "change_zh": change.zh,
                "outcome_from": was["outcome"],
                "outcome_from_zh": was["outcome_zh"],
                "outcome": after["outcome"],
                "outcome_zh": after["outcome_zh"],
                "deciding_from": was["deciding_rule_ids"],
                "deciding_rule_ids": after["deciding_rule_ids"],
                "why": "\n".join(why) or _no_check(after["outcome"], was["outcome"]),
            }
        )
    return sorted(rows, key=lambda row: _ORDER[Change(row["change"])])


def _weight(rule_id: str, deciding: list[str], decided: list[str]) -> int:
    """Rules that now decide and did not come first, then those that no longer do, then the others."""
    if rule_id in deciding and rule_id not in decided:
        return 0
    return 1 if rule_id in decided and rule_id not in deciding else 2


def _no_check(now: str, was: str) -> str:
    if now == was:
        return "没有检查因此改变"
    return "适用的规划不同" if Outcome.NOT_COVERED in (now, was) else "没有检查改变，但结论的归并不同"


def _why(row: dict[str, str], assessment: Assessment, supposed: Supposed) -> str:
    """One check that changed: how, and what of its ingredients or of the rule's scope is another."""
    rule_id, site_id = row["rule_id"], row["site_id"]
    parts = ingredient_words(row)
    if not row["state_b"]:
        sites = supposed.sites
        parts.append(left_out(rule_id, _site(sites, site_id), supposed.rulebook, supposed.on))
    elif not row["state_a"]:
        site = _site(assessment.sites, site_id)
        parts.append("原先" + left_out(rule_id, site, assessment.rulebook, assessment.on))
    own = supposed.rulebook.rules.get(rule_id) or assessment.rulebook.rules[rule_id]
    same = rule_id in supposed.rulebook.rules and rule_id in assessment.rulebook.rules
    if same and supposed.rulebook.hash_of(rule_id) != assessment.rulebook.hash_of(rule_id):
        parts.append("规则的内容不同")
    if supposed.on != assessment.on and row["state_a"] and row["state_b"]:
        parts.append(_by_date(own, assessment.on, supposed.on))
    said = row["reason_b"].split("：", 1)[-1] if row["state_b"] else ""
    return f"{rule_id} {own.title.zh}：{state_words(row)}；" + "；".join(
        part for part in [*parts, said] if part
    )


def _site(sites: pd.DataFrame, site_id: str) -> pd.Series:
    return sites.set_index("site_id").loc[site_id]


def _by_date(rule: Rule, was: date, now: date) -> str:
    ends = [e.title.zh for e in rule.exceptions if e.until is not None and was <= e.until < now]
    return f"例外“{'、'.join(ends)}”届时已到期" if ends else ""


def left_out(rule_id: str, site: pd.Series, rulebook: RuleBook, on: date) -> str:
    """Why a rule is not checked on a site, in words: date, development, industry, else the place."""
    if rule_id not in rulebook.rules:
        return "规则册里没有这一条"
    rule = rulebook[rule_id]
    if not rule.in_force.holds(on):
        if on < rule.in_force.from_:
            return f"{rule.in_force.from_:%Y-%m-%d} 起才施行"
        return f"{rule.in_force.until:%Y-%m-%d} 以后不再施行"
    if not set(split(site["development"])) & set(map(str, rule.applies_to.developments)):
        return f"不及{'、'.join(Development(kind).zh for kind in split(site['development']))}项目"
    facts = facts_of(site["industry"], site["processes"], site["purpose"], site["facts"])
    if rulebook.match(rule, facts)[0] is Match.FOREIGN:
        return "不及此行业（或所述工艺）"
    return "场地不在其辖区"
