"""Candidates and other places: the plots proposed, each with its map, and where projects that fail could go."""

from __future__ import annotations

import geopandas as gpd

from geo.availability.weights import Criterion
from geo.terms import Outcome
from geo.writers.figures.groundpictures import candidate_pictures
from geo.writers.figures.pictures import Album, Picture
from geo.writers.ground_dossier import GroundDossier
from geo.writers.quantities import metres_in
from geo.writers.report.cells import outcome_cell, plain_number
from geo.writers.report.document import (
    Block,
    Cell,
    Facts,
    Field,
    Heading,
    Image,
    Paragraph,
    Section,
    Table,
)


def write_candidates(dossier: GroundDossier, album: Album, number: str) -> list[Section]:
    """The chapter on the candidates: their table, then a page or half of one each."""
    say, run = dossier.lang, dossier.run
    blocks: list[Block] = [Heading(1, number, say("备选地", "Candidates"))]
    if not len(run.candidates):
        text = say("没有合要求的备选地，理由见摘要。", "There are no candidates; the summary says why.")
        return [Section([*blocks, Paragraph(text)])]
    names = _criteria(dossier)
    blocks += [
        Paragraph(
            say(
                f"每处备选地都按场地逐条复筛。得分是已知各项的加权平均（0–1）：{'；'.join(names)}。彼此至少相距 {metres_in(say, run.weights.spread_m)}。",
                f"Each was screened again as a site. The score is the weighted mean of what is known (0 to 1): {'; '.join(names)}. They keep {metres_in(say, run.weights.spread_m)} apart.",
            )
        ),
        _candidate_table(dossier, run.candidates),
    ]
    sections = [Section(blocks, wide=True)]
    pictures = candidate_pictures(dossier, album)
    for place, (row, picture) in enumerate(zip(run.candidates.to_dict("records"), pictures, strict=True), 1):
        head = f"{row['candidate_id']}　{row['county']}{row['park']}"
        facts = [
            (say("地块面积", "Plot"), f"{row['plot_ha']:,.2f} {say('公顷', 'ha')}"),
            (say("所在可选地", "Ground it lies in"), f"{row['area_ha']:,.1f} {say('公顷', 'ha')}"),
            (say("可选地宽度", "Width of it"), metres_in(say, row["width_m"])),
            (say("距最近限线", "To the nearest limit"), metres_in(say, row["margin_m"])),
            (say("中心点", "Middle"), f"{row['lon']:.5f}°E，{row['lat']:.5f}°N"),
            (say("复筛结论", "Screened again"), say.of(Outcome(row["outcome"]))),
        ]
        own: list[Block] = [Heading(2, f"{number}.{place}", head), Facts(facts)]
        sections.append(Section([*own, *images(album, [picture])], new_page=place % 2 == 1))
    return sections


def _criteria(dossier: GroundDossier) -> list[str]:
    """The criteria with their weights, as a planner reads them."""
    say, weights = dossier.lang, dossier.run.weights
    named = {
        "railway": ("距铁路", "railway"),
        "road": ("距公路", "road"),
        "park": ("距园区", "park"),
        "similar": ("距同类项目", "similar project"),
        "margin": ("距限线", "nearest limit"),
    }
    said = []
    for key, (zh, en) in named.items():
        own: Criterion = getattr(weights, key)
        better = say("近者好", "near") if own.better == "near" else say("远者好", "far")
        known = dossier.run.candidates[f"{key}_m"].notna().any()
        left = "" if known else say("，无资料，未计", ", not known, left out")
        said.append(say(f"{zh} {own.weight:g}（{better}{left}）", f"{en} {own.weight:g} ({better}{left})"))
    known = dossier.run.candidates["slope_deg"].notna().any()
    left = "" if known else say("，无资料，未计", ", not known, left out")
    said.append(
        say(f"坡度 {weights.slope.weight:g}（缓者好{left}）", f"slope {weights.slope.weight:g} (level{left})")
    )
    return said


def _candidate_table(dossier: GroundDossier, candidates: gpd.GeoDataFrame) -> Table:
    say = dossier.lang
    distances = [
        ("margin_m", "距限线", "To limit"),
        ("railway_m", "距铁路", "Railway"),
        ("road_m", "距公路", "Road"),
        ("park_m", "距园区", "Park"),
        ("similar_m", "距同类", "Similar"),
    ]
    rows: list[list[str | Cell]] = [
        [
            row["candidate_id"],
            f"{row['county']}{row['park']}",
            f"{row['score']:.2f}",
            f"{row['plot_ha']:,.1f}",
            f"{row['area_ha']:,.1f}",
            metres_in(say, row["width_m"]),
            *(metres_in(say, row[name]) or "–" for name, _, _ in distances),
            plain_number(row["slope_deg"]),
            outcome_cell(row["outcome"], say.of(Outcome(row["outcome"]))),
            say("通过", "passes") if row["passes"] else say("不通过", "fails"),
        ]
        for row in candidates.to_dict("records")
    ]
    fields = [
        Field(say("编号", "No."), 1.1),
        Field(say("所在", "Where"), 3),
        Field(say("得分", "Score"), 1.2, True),
        Field(say("地块（公顷）", "Plot (ha)"), 1.7, True),
        Field(say("可选地（公顷）", "Ground (ha)"), 2, True),
        Field(say("宽度", "Width"), 1.9, True),
        *(Field(say(zh, en), 1.9, True) for _, zh, en in distances),
        Field(say("坡度（度）", "Slope (°)"), 1.5, True),
        Field(say("复筛结论", "Screened"), 2.3),
        Field(say("复筛", "Check"), 1.3),
    ]
    return Table(say("备选地", "Candidates"), fields, rows, small=True)


def write_better(dossier: GroundDossier, number: str) -> list[Section]:
    """Where the projects that fail could go instead."""
    say, better = dossier.lang, dossier.run.better
    if not len(better):
        return []
    scopes = {
        "county": say("本县", "county"),
        "city": say("本市", "city"),
        "park": say("园区", "park"),
    }
    rows: list[list[str | Cell]] = []
    for row in better.to_dict("records"):
        none = row["distance_m"] != row["distance_m"]
        found = [
            row["place"],
            metres_in(say, row["distance_m"]),
            metres_in(say, row["margin_m"]),
            plain_number(row["area_ha"]),
            f"{row['lon']:.5f}，{row['lat']:.5f}",
            say.of(Outcome(row["new_outcome"])) if row["new_outcome"] else "",
        ]
        absent = [say(row["note"], "no free ground large and wide enough"), "–", "–", "–", "–", ""]
        rows.append(
            [
                row["site_id"],
                row["name"],
                outcome_cell(row["outcome"], say.of(Outcome(row["outcome"]))),
                scopes.get(row["within"], row["within"]),
                *(absent if none else found),
            ]
        )
    fields = [
        Field(say("项目", "Site"), 1.8),
        Field(say("名称", "Name"), 3.6),
        Field(say("现址结论", "Outcome"), 1.8),
        Field(say("范围", "Within"), 1.4),
        Field(say("最近的可选地", "Nearest ground"), 3.6),
        Field(say("距离", "Distance"), 1.9, True),
        Field(say("余量", "Margin"), 1.5, True),
        Field(say("地块（公顷）", "Ground (ha)"), 2, True),
        Field(say("经纬度", "Position"), 3.4),
        Field(say("新址复筛", "Screened there"), 1.8),
    ]
    caption = say("不可行项目最近的可选地", "Nearest ground for projects that fail")
    return [
        Section(
            [
                Heading(1, number, say("不可行项目的去处", "Other places")),
                Table(caption, fields, rows, small=True),
            ],
            wide=True,
        )
    ]


def images(album: Album, pictures: list[Picture]) -> list[Block]:
    """Figures that have something to show."""
    held = [(picture, album.image(picture)) for picture in pictures]
    return [Image(png, picture.caption, picture.width_cm) for picture, png in held if png is not None]
