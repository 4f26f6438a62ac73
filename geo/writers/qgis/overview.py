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
    sheet = Sheet(margin.sheet, 420, 297)
    width, height = 300.0, 238.0
    framed, scale = fit(extent, width, height, metres_per_unit)
    sheet.box("图廓", (6, 6, 408, 285), 0.6)
    sheet.label("图名", (6, 8, 408, 10), margin.title, 22, bold=True, align="centre")
    sheet.label("统计", (6, 18, 408, 6), margin.counts, 10, align="centre", colour="#444444")
    add_map(sheet, "主图", (15, 29, width, height), framed, crs, margin.question, grid_deg=0.5)
    add_north_arrow(sheet, "指北针", (390, 27, 16, 20), "主图")
    add_legend(sheet, "图例", (322, 27, 66, 150), "主图", legend_tree(layers, margin.question), size_pt=9)
    add_scale_bar(sheet, "比例尺", (322, 216, 86, 12), "主图")
    sheet.label("数字比例尺", (322, 210, 86, 5), f"1:{scale:,}", 10, bold=True)
    said = f"坐标系：{margin.crs_words}\n研判日期：{margin.on}\n数据来源：{margin.sources}"
    sheet.label("说明", (322, 230, 86, 42), said, 7, middle=False)
    sheet.label("审图号", (322, 275, 86, 5), REVIEW_NUMBER + "　　内部资料", 9)
    sheet.label("制图单位", (322, 281, 86, 5), f"制图单位：____________　制图日期：{margin.on}", 7.5)
    sheet.label("初步研判", (15, 276, 300, 11), margin.note, 9, colour="#8B0000", middle=False)
    return sheet.layout()
