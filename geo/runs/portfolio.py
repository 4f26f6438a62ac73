"""All sites of a run together: which rule stops most, and which layer to get first."""

from __future__ import annotations

from collections.abc import Iterable
from statistics import NormalDist
from typing import Any

import numpy as np
import pandas as pd

from geo.assessment import Assessment
from geo.contracts import TEXT, Column, Contract, conform, split
from geo.doubt import SURVEY_GRADE_M
from geo.frames import LAYERS_FIRST, PORTFOLIO
from geo.kinds import codes_of
from geo.runs.checks import deciding_checks
from geo.terms import Cause, Outcome, State, Theme
from geo.verdicts import outcome_of

_STOPS = (Outcome.PROHIBITED, Outcome.MUST_EXIT)


def count_rules(assessment: Assessment) -> pd.DataFrame:
    """A row a rule that was checked, the one that stops most first (columns: :data:`geo.frames.PORTFOLIO`).

    A rule stops a site that it surely prohibits or surely makes leave; demonstration data stop nothing.
    """
    checks = deciding_checks(assessment.findings[["site_id", "rule_id", "state", "reading"]])
    rule, rule_ids = codes_of(checks["rule_id"].to_numpy())
    potential = {rule_id: outcome_of(assessment.rulebook[rule_id]) for rule_id in rule_ids}
    undetermined = assessment.verdicts["outcome"] == Outcome.UNDETERMINED
    holding = [i for ids in assessment.verdicts.loc[undetermined, "deciding_rule_ids"] for i in split(ids)]
    holds = pd.Series(holding, dtype=object).value_counts()
    site, site_ids = codes_of(checks["site_id"].to_numpy())
    state = checks["state"].to_numpy()
    stops = np.array([potential[rule_id] in _STOPS for rule_id in rule_ids], dtype=bool)[rule] & (
        state == State.HIT
    )
    alone = stops & (np.bincount(site[stops], minlength=len(site_ids)) == 1)[site]
    counts = {
        name: np.bincount(rule[which], minlength=len(rule_ids)).tolist()
        for name, which in {
            "checked": slice(None),
            "hits": state == State.HIT,
            "open": state == State.UNDETERMINED,
            "stops": stops,
            "stops_alone": alone,
        }.items()
    }
    stopped: dict[int, list[str]] = {}
    for at, site_id in zip(rule[stops], site_ids[site[stops]], strict=True):
        stopped.setdefault(int(at), []).append(str(site_id))
    rows = [
        {
            "rule_id": rule_id,
            "title": assessment.rulebook[str(rule_id)].title.zh,
            "bites_as": potential[str(rule_id)].zh,
            **{name: values[at] for name, values in counts.items()},
            "holds_open": int(holds.get(rule_id, 0)),
            "site_ids": ";".join(stopped.get(at, [])),
        }
        for at, rule_id in enumerate(rule_ids)
    ]
    rows.sort(key=lambda r: (-r["stops"], -r["stops_alone"], -r["holds_open"], -r["hits"], r["rule_id"]))
    return conform(pd.DataFrame(rows, columns=list(PORTFOLIO)), PORTFOLIO)


def matrix(assessment: Assessment) -> tuple[pd.DataFrame, Contract]:
    """Sites × rules: a row a site, a column a rule that was checked, in the order of the rule book; its contract.

    Cells hold the state in Chinese, empty where the rule is not about the site.
    """
    checks = deciding_checks(assessment.findings)
    rules = [r for r in assessment.rulebook.rules if r in set(checks["rule_id"])]
    states = checks.assign(state=[State(s).zh for s in checks["state"]])
    wide = states.pivot(index="site_id", columns="rule_id", values="state").reindex(columns=rules)
    wide = wide.reindex(assessment.verdicts["site_id"]).fillna("").reset_index(drop=True)
    contract: Contract = {
        "site_id": Column(TEXT, "编号", "site"),
        "name": Column(TEXT, "项目名称", "name"),
        "outcome_zh": Column(TEXT, "结论", "outcome in Chinese"),
        **{
            rule_id: Column(TEXT, f"{rule_id} {rule.title.zh}", rule.title.en)
            for rule_id, rule in ((rule_id, assessment.rulebook[rule_id]) for rule_id in rules)
        },
    }
    frame = pd.concat([assessment.verdicts[["site_id", "name", "outcome_zh"]], wide], axis=1)
    return conform(frame, contract), contract


#: Causes that a better layer of the finding's own theme removes, and what is then wanting.
_OF_LAYER = {
    Cause.MISSING_LAYER: "没有图层",
    Cause.UNREADABLE: "修好读不了的图层",
    Cause.COVERAGE: "补全范围",
    Cause.BASE_LINE: "取得规划所指的线",
    Cause.FEATURE_FACT: "补全属性",
    Cause.DEMO: "用正式数据替换演示图层",
    Cause.ACCURACY: "更精确的图层",
}


def rank_layers(assessment: Assessment) -> pd.DataFrame:
    """Which layer to get first, by the verdicts it would settle (columns: :data:`geo.frames.LAYERS_FIRST`).

    A layer settles an undetermined verdict where every check that keeps it undetermined is open for want of
    that layer alone; where it is one of several causes it only contributes. Supposed is a layer that is
    real, complete, of the line the rule means and accurate to survey grade. Doubt of accuracy counts as
    the layer's only where the site's own accuracy would let the margin decide; a draft plan, an open list, a
    missing figure of the project or its datum are settled by no layer.
    """
    undetermined = assessment.verdicts[assessment.verdicts["outcome"] == Outcome.UNDETERMINED]
    holding = [
        (site_id, rule_id)
        for site_id, ids in zip(undetermined["site_id"], undetermined["deciding_rule_ids"], strict=True)
        for rule_id in split(ids)
    ]
    keys = pd.DataFrame(holding, columns=["site_id", "rule_id"])
    findings = assessment.findings
    first = findings[(findings["reading"] == 1) & (findings["state"] == State.UNDETERMINED)]
    open_ = keys.merge(first, on=["site_id", "rule_id"])
    site_accuracy = assessment.sites.set_index("site_id")["accuracy_m"]
    wants: dict[str, set[str]] = {site_id: set() for site_id in undetermined["site_id"]}
    details: dict[str, tuple[dict[str, None], dict[str, None]]] = {}
    for row in open_.to_dict("records"):
        causes = [Cause(c) for c in split(row["cause"])]
        by_layer = [
            c for c in causes if _is_of_layer(c, row, site_accuracy[row["site_id"]], assessment.confidence)
        ]
        if len(by_layer) < len(causes):
            wants[row["site_id"]].add("")  # something that no layer settles
        if by_layer:
            wants[row["site_id"]].add(row["theme"])
            what, rules = details.setdefault(row["theme"], ({}, {}))
            what.update(dict.fromkeys(_OF_LAYER[c] for c in by_layer))
            rules[row["rule_id"]] = None
    rows: list[dict[str, Any]] = []
    for theme, (what, rules) in details.items():
        settled = [site_id for site_id, themes in wants.items() if themes == {theme}]
        helped = [site_id for site_id, themes in wants.items() if theme in themes and themes != {theme}]
        rows.append(
            {
                "theme": theme,
                "theme_zh": Theme(theme).zh,
                "what": "、".join(what),
                "settles": len(settled),
                "contributes": len(helped),
                "site_ids": ";".join(settled),
                "contributes_ids": ";".join(helped),
                "rule_ids": ";".join(rules),
            }
        )
    rows.sort(key=lambda r: (-r["settles"], -r["contributes"], r["theme"]))
    for rank, row in enumerate(rows, start=1):
        row["rank"] = rank
        row["together"] = _settled_by({str(r["theme"]) for r in rows[:rank]}, wants.values())
    return conform(pd.DataFrame(rows, columns=list(LAYERS_FIRST)), LAYERS_FIRST)


def _is_of_layer(cause: Cause, row: dict[str, float], site_accuracy_m: float, confidence: float) -> bool:
    if cause is not Cause.ACCURACY:
        return cause in _OF_LAYER
    spread = NormalDist().inv_cdf(confidence) * site_accuracy_m
    return bool(spread <= SURVEY_GRADE_M or spread < abs(row["margin_m"])) and not np.isnan(row["margin_m"])


def _settled_by(themes: set[str], wants: Iterable[set[str]]) -> int:
    return sum(bool(wanted) and wanted <= themes for wanted in wants)
