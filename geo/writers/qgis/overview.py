"""The overview: one A3 sheet of all sites."""

from __future__ import annotations

from collections.abc import Sequence

from geo.writers.qgis.layers import MapLayer
from geo.writers.qgis.layout_parts import REVIEW_NUMBER, Margin, fit, legend_tree
from geo.writers.qgis.markup import Element
from geo.writers.qgis.paper import Extent, Sheet
from geo.writers.qgis.paper_lists import add_legend
from geo.writers.qgis.paper_maps import add_map, add_north_arrow, add_scale_bar


def overview(
    layers: Sequence[MapLayer], extent: Extent, crs: str, margin: Margin, metres_per_unit: float
) -> Element:
    """One A3 sheet of all sites."""
    say = margin.lang
    sheet = Sheet(say(*margin.subject.sheet), 420, 297)
    main = say("主图", "main map")
    width, height = 300.0, 238.0
    framed, scale = fit(extent, width, height, metres_per_unit)
    sheet.box(say("图廓", "neat line"), (6, 6, 408, 285), 0.6)
    sheet.label(
        say("图名", "title"),
        (6, 8, 408, 10),
        say(*margin.subject.sheet_title),
        22,
        bold=True,
        align="centre",
    )
    sheet.label(say("统计", "counts"), (6, 18, 408, 6), margin.counts, 10, align="centre", colour="#444444")
    add_map(sheet, main, (15, 29, width, height), framed, crs, say.of(margin.question), grid_deg=0.5, say=say)
    add_north_arrow(sheet, say("指北针", "north arrow"), (390, 27, 16, 20), main)
    add_legend(
        sheet,
        say("图例", "legend"),
        (322, 27, 66, 150),
        main,
        legend_tree(layers, margin.question),
        size_pt=9,
        title=say("图例", "Legend"),
    )
    add_scale_bar(sheet, say("比例尺", "scale bar"), (322, 216, 86, 12), main, say)
    sheet.label(say("数字比例尺", "scale"), (322, 210, 86, 5), f"1:{scale:,}", 10, bold=True)
    said = say(
        f"坐标系：{margin.crs_words}\n研判日期：{margin.on}\n数据来源：{margin.sources}",
        f"Coordinates: {margin.crs_words}\nAs of: {margin.on}\nSources: {margin.sources}",
    )
    sheet.label(say("说明", "notes"), (322, 230, 86, 42), said, 7, middle=False)
    sheet.label(
        say("审图号", "review number"),
        (322, 275, 86, 5),
        say(*REVIEW_NUMBER) + say("　　内部资料", "    internal"),
        9,
    )
    sheet.label(
        say("制图单位", "made by"),
        (322, 281, 86, 5),
        say(f"制图单位：____________　制图日期：{margin.on}", f"Made by: ____________  Date: {margin.on}"),
        7.5,
    )
    sheet.label(
        say("初步研判", "preliminary"), (15, 276, 300, 11), margin.note, 9, colour="#8B0000", middle=False
    )
    return sheet.layout()
