"""What the answers are worth, and the table of them in the README.

``said.json`` holds what every tool said when ``scripts/truth`` last ran: the README shows that, and nothing else.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from geo.terms import Outcome
from truth.question import ABILITIES, MAY_BUILD, can_ask
from truth.town import Town

SAID = Path(__file__).parent / "said.json"
BEGIN, END = "<!-- truth: begin -->", "<!-- truth: end -->"
NAMES = {"revx": "reVX setbacks", "atlite": "atlite", "glaes": "GLAES", "geopandas": "GeoPandas"}
RIGHT, WRONG, CANNOT = "right", "wrong", "cannot say"
_WORDS = {False: "不可 no", True: "可 yes"}


def read_said() -> dict[str, Any]:
    """What the tools said at the last run of ``scripts/truth``."""
    found: dict[str, Any] = json.loads(SAID.read_text(encoding="utf-8"))
    return found


def score_ours(town: Town, said: str) -> str:
    """Right or wrong: the product may be asked everything."""
    return RIGHT if said == town.answer else WRONG


def score_peer(town: Town, peer: str, said: Mapping[str, Any]) -> str:
    """Right, wrong, or cannot say: not asked, not installed, or no answer but an error."""
    if not can_ask(town, peer) or "may_build" not in said:
        return CANNOT
    return RIGHT if said["may_build"] is MAY_BUILD[town.answer] else WRONG


def render(towns: Iterable[Town], said: Mapping[str, Any]) -> str:
    """The lines between the markers of the README."""
    listed = list(towns)
    rows = [f"| 小镇 town | 答案 answer | 红线 hongxian | {' | '.join(NAMES.values())} |"]
    rows.append("| --- " * (3 + len(NAMES)) + "|")
    counts: dict[str, dict[str, int]] = {
        tool: dict.fromkeys((RIGHT, WRONG, CANNOT), 0) for tool in ("ours", *NAMES)
    }
    for town in listed:
        ours = said["ours"]["towns"][town.id]
        score = score_ours(town, ours)
        counts["ours"][score] += 1
        cells = [f"{_mark(score)} {Outcome(ours).zh}"]
        for peer in NAMES:
            answer = said[peer].get("towns", {}).get(town.id, {})
            score = score_peer(town, peer, answer)
            counts[peer][score] += 1
            cells.append(_mark(score) if score is CANNOT else f"{_mark(score)} {_WORDS[answer['may_build']]}")
        title = f"{town.title.zh} · {town.title.en} (`{town.id}`)"
        rows.append(f"| {title} | {Outcome(town.answer).zh} `{town.answer}` | {' | '.join(cells)} |")
    for label, kind in (("对 right", RIGHT), ("错 wrong", WRONG), ("说不了 cannot say", CANNOT)):
        totals = [f"**{counts[tool][kind]}**" for tool in ("ours", *NAMES)]
        rows.append(f"| **{label}** | | {' | '.join(totals)} |")
    share = 100 * counts["ours"][RIGHT] / len(listed)
    versions = [f"{NAMES[peer]}：{_version(said[peer])}" for peer in ABILITIES]
    rows += ["", f"红线 hongxian：{len(listed)} 个小镇，{share:g}% 对 right。{'；'.join(versions)}。"]
    return "\n".join(rows)


def _mark(score: str) -> str:
    return {RIGHT: "✓", WRONG: "✗", CANNOT: "—"}[score]


def _version(said: Mapping[str, Any]) -> str:
    if "not_installed" in said:
        return f"没有装成 did not install（{said['not_installed']}）"
    return "、".join(f"{name} {number}" for name, number in said["versions"].items())


def put_into(readme: str, table: str) -> str:
    """The README with the table between its markers. Raises ValueError where they are not there."""
    before, rest = readme.split(BEGIN, 1)
    _, after = rest.split(END, 1)
    return f"{before}{BEGIN}\n{table}\n{END}{after}"
