"""Until when verdicts hold: the days after which a rerun may say otherwise, and why.

Known in advance are the dates in the rules (a rule begins or ends, a dated limit, an exception, a
deadline to leave) and the age of the layers. That a plan is replaced or a layer amended, nobody knows in
advance: a verdict without a date has none *known*.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta

import numpy as np
import pandas as pd

from geo.assessment import Assessment
from geo.certificate import STALE_AFTER_YEARS
from geo.contracts import check, conform, texts
from geo.frames import EXPIRY, VERDICTS
from geo.kinds import codes_of
from geo.rule import Rule
from geo.runs.checks import deciding_checks
from geo.terms import Effect, Measure, State
from geo.wording import limit_text

_DAY = timedelta(days=1)
#: Kinds that tell of the past: they want a newer layer now, and set no date.
PAST = frozenset({"layer_old"})


@dataclass(frozen=True)
class _Event:
    """A day on which something about a rule or layer changes, for some sites."""

    day: date
    kind: str
    what: str
    sites: tuple[str, ...]
    rule_id: str = ""
    layer_key: str = ""


def add_expiry(assessment: Assessment, stale_after: float = STALE_AFTER_YEARS) -> Assessment:
    """The assessment with the dates after which to run it again (columns: :data:`geo.frames.EXPIRY`).

    The first day comes first; ``layer_old`` names layers that had grown older than ``stale_after`` years
    already. Each verdict gets ``expires_on`` and ``expires_why``: the first day that concerns its site.
    """
    events = [
        event for event in [*_of_rules(assessment), *_of_layers(assessment, stale_after)] if event.sites
    ]
    events.sort(key=lambda e: (e.kind in PAST, e.day, e.rule_id, e.layer_key, e.what))
    rows = [
        {
            "expires_on": event.day.isoformat(),
            "kind": event.kind,
            "what": event.what,
            "rule_id": event.rule_id,
            "layer_key": event.layer_key,
            "sites": len(event.sites),
            "site_ids": ";".join(event.sites),
        }
        for event in events
    ]
    first: dict[str, date] = {}
    why: dict[str, list[str]] = {}
    for event in events:
        if event.kind in PAST:
            continue
        for site_id in event.sites:
            if first.setdefault(site_id, event.day) == event.day:
                why.setdefault(site_id, []).append(event.what)
    ids = assessment.verdicts["site_id"]
    verdicts = assessment.verdicts.assign(
        expires_on=texts([first[s].isoformat() if s in first else "" for s in ids], ids.index),
        expires_why=texts(["；".join(why.get(s, [])) for s in ids], ids.index),
    )
    expiry = conform(pd.DataFrame(rows, columns=list(EXPIRY)), EXPIRY)
    return replace(
        assessment, verdicts=check(conform(verdicts, VERDICTS), VERDICTS), expiry=check(expiry, EXPIRY)
    )


def first_expiry(expiry: pd.DataFrame) -> tuple[str, str]:
    """The first day on which a rerun may say otherwise, and all reasons that fall on it; empty = none known."""
    ahead = expiry[~expiry["kind"].isin(PAST)]
    if len(ahead) == 0:
        return "", ""
    day = ahead["expires_on"].min()
    return day, "；".join(ahead.loc[ahead["expires_on"] == day, "what"])


def _of_rules(assessment: Assessment) -> Iterator[_Event]:
    on = assessment.on
    rules = assessment.scope.rules
    # most rules have no day ahead: their sites are looked up only where one has
    about, distinct = codes_of(rules["rule_id"].to_numpy())
    number_of = {str(rule_id): number for number, rule_id in enumerate(distinct)}
    ids = rules["site_id"].to_numpy()

    def sites_of(rule_id: str) -> tuple[str, ...]:
        return tuple(ids[about == number_of[rule_id]]) if rule_id in number_of else ()

    claims = {
        (str(r), str(e)): tuple(part)
        for (r, e), part in rules[rules["exception"] != ""].groupby(["rule_id", "exception"])["site_id"]
    }
    found, book = assessment.findings, assessment.rulebook
    leave = [rule_id for rule_id in found["rule_id"].unique() if book[rule_id].effect is Effect.PHASE_OUT]
    states = deciding_checks(found[found["rule_id"].isin(leave)])
    leaving = states[states["state"] != State.MISS].groupby("rule_id")["site_id"].agg(tuple).to_dict()
    for rule in assessment.rulebook.rules.values():
        until = rule.in_force.until
        if rule.in_force.from_ > on:
            sites = _of_plan(assessment, rule)
            yield _Event(rule.in_force.from_, "rule_begins", f"{rule.id} 开始施行", sites, rule.id)
            continue
        if until is not None and until >= on:
            yield _Event(until + _DAY, "rule_ends", f"{rule.id} 于 {until} 到期", sites_of(rule.id), rule.id)
        if rule.measure is Measure.WITHIN_DISTANCE and isinstance(rule.distance, dict):
            for day, value in rule.distance.items():
                if day > on and (until is None or day <= until):
                    what = f"{rule.id} 限值改为 {limit_text(value)}"
                    yield _Event(day, "limit", what, sites_of(rule.id), rule.id)
        for exception in rule.exceptions:
            if exception.until is not None and exception.until >= on:
                yield _Event(
                    exception.until + _DAY,
                    "exception_ends",
                    f"{rule.id} 的例外“{exception.title.zh}”于 {exception.until} 到期",
                    claims.get((rule.id, exception.id), ()),
                    rule.id,
                )
        if rule.effect is Effect.PHASE_OUT and rule.deadline is not None and rule.deadline >= on:
            what = f"{rule.id} 的退出期限 {rule.deadline} 到"
            yield _Event(rule.deadline + _DAY, "deadline", what, leaving.get(rule.id, ()), rule.id)


def _of_plan(assessment: Assessment, rule: Rule) -> tuple[str, ...]:
    """The sites of a plan's city that a rule may be about once it begins."""
    place = assessment.scope.plans[rule.plan].state
    meant = assessment.sites["development"].isin([str(d) for d in rule.applies_to.developments])
    return tuple(assessment.sites.loc[(place != State.MISS) & meant.to_numpy(), "site_id"])


def _of_layers(assessment: Assessment, stale_after: float) -> Iterator[_Event]:
    """Real layers that speak in some check: the day on which each is older than is thought current."""
    found = assessment.findings
    first = np.flatnonzero(found["reading"].to_numpy() == 1)
    key, distinct = codes_of(found["layer_key"].to_numpy()[first])
    number_of = {str(layer_key): number for number, layer_key in enumerate(distinct)}
    ids = found["site_id"].to_numpy()[first]
    for layer in assessment.catalog.layers:
        if layer.demo or layer.as_of is None or layer.key not in number_of:
            continue
        months = round(stale_after * 12)
        day = (pd.Timestamp(layer.as_of) + pd.DateOffset(months=months) + pd.Timedelta(days=1)).date()
        sites = tuple(dict.fromkeys(ids[key == number_of[layer.key]]))
        age = f"图层 {layer.key} 的时点 {layer.as_of} 满 {stale_after:g} 年"
        if day > assessment.on:
            yield _Event(day, "layer_stale", age, sites, layer_key=layer.key)
        else:
            yield _Event(day, "layer_old", age + "，已过时", sites, layer_key=layer.key)
