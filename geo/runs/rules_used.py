"""The rules that a run checked, as the law review sheet shows them: what a later run is compared with."""

from __future__ import annotations

import pandas as pd

from geo.assessment import Assessment
from geo.contracts import TEXT, Column, Contract, conform
from geo.review import review_rows

#: Heading of the review sheet → our column.
_OF_SHEET = {
    "编号": ("rule_id", "rule"),
    "规则": ("title", "title"),
    "规划": ("plan", "plan"),
    "规划状态": ("plan_status", "status of the plan"),
    "条款": ("section", "section"),
    "效力": ("effect", "effect"),
    "约束力": ("strength", "strength"),
    "辖区": ("jurisdiction", "division codes"),
    "施行": ("in_force", "period"),
    "判定方式": ("measure", "measure"),
    "限值": ("limit", "limits with their dates"),
    "含界": ("inclusive", "whether the limit itself counts"),
    "基准": ("measured_from", "what it measures from"),
    "建设性质": ("developments", "developments meant"),
    "行业": ("industries", "industries meant"),
    "仅当": ("only_if", "further conditions"),
    "条件": ("requirements", "what a project must meet"),
    "例外": ("exceptions", "exceptions"),
    "期限": ("deadline", "deadline of an exit"),
    "如何处理": ("remedy", "what to do"),
    "原文未明": ("ambiguity", "what the plan leaves open"),
    "用户规则": ("overlay", "whose rule, where a user's own"),
}

RULES_USED: Contract = {
    **{name: Column(TEXT, zh, en) for zh, (name, en) in _OF_SHEET.items()},
    "from_on": Column(TEXT, "施行首日", "first day in force"),
    "until_on": Column(TEXT, "施行末日", "last day in force, empty = open"),
    "content_sha256": Column(TEXT, "内容哈希", "hash of all that the rule says"),
}


def list_rules(assessment: Assessment) -> pd.DataFrame:
    """A row a rule that was checked on some site (columns: :data:`RULES_USED`)."""
    used = set(assessment.findings["rule_id"])
    book = assessment.rulebook.only(r for r in assessment.rulebook.rules if r in used)
    rows = []
    for sheet in review_rows(book):
        row = {name: sheet[zh] for zh, (name, _) in _OF_SHEET.items()}
        period = book[row["rule_id"]].in_force
        row["from_on"], row["until_on"] = str(period.from_), str(period.until or "")
        row["content_sha256"] = book.hash_of(row["rule_id"])
        rows.append(row)
    return conform(pd.DataFrame(rows, columns=list(RULES_USED)), RULES_USED)
