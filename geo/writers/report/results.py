"""Chapter 3: where the sites lie and how they end, all of them in one table; figures over all sites."""

from __future__ import annotations

from geo.contracts import split
from geo.terms import Outcome
from geo.writers.dossier import Dossier
from geo.writers.figures.pictures import Album, Picture
from geo.writers.report.cells import listed, outcome_cell
from geo.writers.report.document import Block, Cell, Field, Heading, Image, Paragraph, Section, Style, Table

#: Rows of the table of sites; the workbook has all.
SITES_UP_TO = 2000


def write_results(dossier: Dossier, album: Album, number: str, detailed: dict[str, str]) -> list[Section]:
    """The chapter; ``detailed`` maps a site to the number of its own section, where it has one."""
    say = dossier.lang
    pictures = {picture.name: picture for picture in album.general()}
    maps = [
        image
        for name, picture in pictures.items()
        if name.startswith("overview")
        for image in _image(album, picture)
    ]
    blocks: list[Block] = [Heading(1, number, say("总体结果", "Results"))]
    if len(dossier.verdicts):
        blocks += [
            Heading(2, f"{number}.1", say("结论构成", "Outcomes")),
            *_image(album, pictures["outcomes"]),
            *_distances(dossier, album, pictures["distances"]),
            Heading(2, f"{number}.2", say("项目分布", "Where the sites lie")),
            *maps,
        ]
    table: list[Block] = [
        Heading(2, f"{number}.3", say("结论一览", "All sites")),
        _sites(dossier, detailed),
    ]
    left_out = len(dossier.verdicts) - SITES_UP_TO
    if left_out > 0:
        table.append(
            Paragraph(
                say(
                    f"另有 {left_out} 个项目未列入本表，全部见 findings.xlsx 和 screening.gpkg。",
                    f"{left_out} sites more in findings.xlsx and screening.gpkg.",
                ),
                Style.WARNING,
            )
        )
    matrix = _image(album, pictures["matrix"]) if "matrix" in pictures else []
    if matrix:
        table += [Heading(2, f"{number}.4", say("项目与规则对照", "Sites and rules")), *matrix]
    return [Section(blocks), Section(table, wide=True)]


def _image(album: Album, picture: Picture) -> list[Block]:
    png = album.image(picture)
    return [Image(png, picture.caption, picture.width_cm)] if png is not None else []


def _distances(dossier: Dossier, album: Album, picture: Picture) -> list[Block]:
    say = dossier.lang
    text = say(
        "下图为有距离限值的规则：限值以左为触及，以右为未触及；横线为综合精度的范围，跨越限值的待核实。右侧数字为更远的项目数。",
        "Rules with a distance: left of the limit they bite, right of it they do not; bars show the doubt, and where it straddles the limit the check is open. At the right, how many sites lie farther off.",
    )
    image = _image(album, picture)
    return [Paragraph(text), *image] if image else []


def _sites(dossier: Dossier, detailed: dict[str, str]) -> Table:
    say = dossier.lang
    robust = {"robust": say("稳健", "robust"), "fragile": say("不稳健", "fragile")}
    rows: list[list[str | Cell]] = []
    for verdict in dossier.verdicts.head(SITES_UP_TO).itertuples():
        rows.append(
            [
                str(verdict.site_id),
                str(verdict.name),
                outcome_cell(verdict.outcome, dossier.outcome_text(verdict.outcome, verdict.demo_outcome)),
                robust.get(verdict.robustness, verdict.robustness),
                f"{say.of(Outcome(verdict.best_case))} – {say.of(Outcome(verdict.worst_case))}",
                listed(say, split(verdict.deciding_rule_ids), 8),
                f"{verdict.checks:.0f}",
                f"{verdict.hits:.0f}",
                detailed.get(str(verdict.site_id), "–"),
            ]
        )
    fields = [
        Field(say("编号", "No."), 2.2),
        Field(say("项目名称", "Name"), 5.6),
        Field(say("结论", "Outcome"), 3.0),
        Field(say("稳健性", "Robustness"), 1.6),
        Field(say("最好 – 最坏", "Best – worst"), 3.2),
        Field(say("决定规则", "Deciding rules"), 5.6),
        Field(say("检查", "Checks"), 1.1, True),
        Field(say("触及", "Hits"), 1.1, True),
        Field(say("详见", "See"), 1.3),
    ]
    return Table(say("全部项目的研判结论", "Outcome of every site"), fields, rows, small=True)
