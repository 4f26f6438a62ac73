"""Chapter 5: what is to be restored, from the restoration ledger; said plainly where a run has none."""

from __future__ import annotations

import pandas as pd

from geo.contracts import NUMBER, Column
from geo.terms import Effect, State
from geo.writers.content import Content, Group
from geo.writers.dossier import Dossier
from geo.writers.figures.pictures import Album
from geo.writers.report.cells import listed, plain_number
from geo.writers.report.document import Block, Cell, Field, Heading, Image, Paragraph, Section, Style, Table

_ROWS = 200
#: Columns of the ledger that fit a page; the workbook has all.
_SHOWN = (
    "rule_id",
    "county",
    "river",
    "bank_zh",
    "width_m",
    "length_m",
    "required_ha",
    "present_ha",
    "deficit_ha",
    "deficit_low_ha",
    "deficit_high_ha",
    "unknown_ha",
    "treatment",
    "site_ids",
    "state_zh",
)
#: Decimals by unit; metres and counts need none.
_DECIMALS = {"公顷": 2, "亩": 1, "%": 1, "度": 5, "元": 0}


def write_restoration(dossier: Dossier, album: Album, number: str) -> list[Section]:
    """The chapter: the ledger where the run has one, and the sites that lie in strips to be restored."""
    say = dossier.lang
    blocks: list[Block] = [Heading(1, number, say("生态修复", "Restoration"))]
    ledger = next((c for c in dossier.contents if c.name == "restoration" and len(c.frame)), None)
    if ledger is None:
        blocks.append(
            Paragraph(
                say(
                    "本次运行没有修复台账：未计算岸带宽度、现状覆盖和缺口面积。下表只列出触及或可能触及修复、保护类规则的项目。",
                    "This run holds no restoration ledger: strips, their cover and the deficit were not computed. Listed are only the sites that touch, or may touch, rules on restoration and protection.",
                )
            )
        )
        return [Section([*blocks, *_sites(dossier)])]
    others = [
        c.zh
        for c in dossier.contents
        if c.group is Group.RESTORATION and c.name != "restoration" and len(c.frame)
    ]
    blocks.append(
        Paragraph(
            say(
                f"修复台账共 {len(ledger.frame)} 行，按河流、河岸和规则分列；图形见 screening.gpkg 的“修复”组（{listed(say, others)}）。",
                f"The ledger has {len(ledger.frame)} rows by river, bank and rule; the shapes are in the group of restoration of screening.gpkg.",
            )
        )
    )
    for picture in album.general():
        png = album.image(picture) if picture.subject == "restoration" else None
        if png is not None:
            blocks.append(Image(png, picture.caption, picture.width_cm))
    return [Section([*blocks, *_sites(dossier)]), Section(_ledger(dossier, ledger), wide=True)]


def _ledger(dossier: Dossier, ledger: Content) -> list[Block]:
    say = dossier.lang
    held = {name: column for name, column in ledger.contract.items() if name in ledger.frame}
    shown = {name: held[name] for name in _SHOWN if name in held} or held
    fields = [
        Field(ledger.heading(name), _width(column), column.kind == NUMBER) for name, column in shown.items()
    ]
    frame = pd.DataFrame(ledger.frame)
    drawn = frame[frame["required_ha"].notna()] if "required_ha" in frame else frame
    rows = [
        [_value(value, column) for value, column in zip(row, shown.values(), strict=True)]
        for row in drawn[list(shown)].head(_ROWS).itertuples(index=False)
    ]
    blocks: list[Block] = [Table(say("修复台账", "Restoration ledger"), fields, rows, small=True)]
    undrawn = len(frame) - len(drawn)
    if undrawn:
        blocks.append(
            Paragraph(
                say(
                    f"另有 {undrawn} 行没有画出条带（只列名，或缺图层、缺宽度），见 findings.xlsx。",
                    f"{undrawn} rows more have no strip drawn (only named, or without a layer or a width): see findings.xlsx.",
                )
            )
        )
    left_out = len(drawn) - _ROWS
    if left_out > 0:
        blocks.append(
            Paragraph(
                say(f"另有 {left_out} 行，见 findings.xlsx。", f"{left_out} rows more in findings.xlsx."),
                Style.WARNING,
            )
        )
    return blocks


def _width(column: Column) -> float:
    return 1.6 if column.kind == NUMBER else 2.6


def _value(value: object, column: Column) -> str:
    if column.kind == NUMBER:
        return plain_number(float(value), _DECIMALS.get(column.unit, 0))  # type: ignore[arg-type]
    return str(value).replace(";", " ")


def _sites(dossier: Dossier) -> list[Block]:
    say = dossier.lang
    soft = [r for r in dossier.rule_ids if dossier.rule(r).effect in (Effect.RESTORE, Effect.PROTECT)]
    checks = dossier.checks[dossier.checks["rule_id"].isin(soft)]
    rows: list[list[str | Cell]] = []
    for rule_id in soft:
        own = checks[checks["rule_id"] == rule_id]
        hit = [str(s) for s in own.loc[own["state"] == State.HIT, "site_id"]]
        open_ = [str(s) for s in own.loc[own["state"] == State.UNDETERMINED, "site_id"]]
        if hit or open_:
            rule = dossier.rule(rule_id)
            rows.append(
                [
                    rule_id,
                    say.of(rule.title),
                    say.of(rule.effect),
                    listed(say, hit, 6) or "–",
                    str(len(open_)) if open_ else "–",
                ]
            )
    if not rows:
        return [
            Paragraph(
                say("没有项目触及修复、保护类规则。", "No site touches a rule on restoration or protection.")
            )
        ]
    fields = [
        Field(say("规则", "Rule"), 1.6),
        Field(say("内容", "What it says"), 7),
        Field(say("效力", "Effect"), 1.6),
        Field(say("触及的项目", "Sites that touch it"), 4.2),
        Field(say("待核实（个）", "Open"), 1.6, True),
    ]
    return [
        Table(
            say("项目与修复、保护类规则", "Sites and rules on restoration and protection"),
            fields,
            rows,
            small=True,
        )
    ]
