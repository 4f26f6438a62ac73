"""Restoration: how :mod:`geo.restoration` words its notes."""

from __future__ import annotations

#: Patterns and what they become, whole phrases before their parts; slots as in :func:`geo.phrases.retell`.
PHRASES: list[tuple[str, str]] = [
    # who is in the way
    (r"已建，占用条带", "existing, stands in the strip"),
    (r"拟建，会截断条带", "proposed, would part the strip"),
    (r"拟建，占用条带", "proposed, would stand in the strip"),
    # strips
    (
        r"不知哪一侧临水，两侧都画出；补上河流中心线或对岸的线",
        "which side is the water's is unknown, both are drawn; add the river's centreline or the line of the other bank",
    ),
    (r"岸别按中误差 ([\d,.]+) 米的中心线判定", r"banks told by a centreline with a standard error of \1 m"),
    (
        r"高程与图层清单说明的流向相反，请核对",
        "the elevation model says the opposite course to the manifest's: please check",
    ),
    (r"规划没有给出范围，只列名称和长度", "the plan gives no extent, only a name and a length"),
    (
        r"规划未给宽度，不画；用 --width (\S+)=30m 自定后量算",
        r"the plan gives no width: not drawn; state one with --width \1=30m",
    ),
    (r"没有行政区图层，不知辖区；或不在所选区划内", "no layer of divisions, or outside the divisions chosen"),
    (r"((?:{t}|、)+)图层里是点，没有面积，只计数", "the layer of {{t1}} holds points: no area, only counted"),
    (
        r"((?:{t}|、)+)图层里是线，没有面，画不出范围",
        "the layer of {{t1}} holds lines: no extent can be drawn",
    ),
    (
        r"((?:{t}|、)+)图层在辖区内没有这些要素，补上图层后才能画",
        "the layer of {{t1}} holds none of these here: to be drawn once it does",
    ),
    (r"另有点状要素，没有面积，只计数", "points beside them: no area, only counted"),
    (r"范围并入 (.+?)，面积在那里计，不重复", r"part of \1, counted there and not twice"),
    (
        r"不另画范围：(.+?)的缺口以草代林，见 treatment 的依据列",
        r"no extent of its own: where \1, grass instead of trees (see why, of treatment)",
    ),
    (r"不分岸", "not by bank"),
    (r"规划为草案", "the plan is a draft"),
    # ledger
    (r"未给单价：", "no unit price: "),
    (
        r"地类像元 ([\d,.]+) 米，带宽 ([\d,.]+) 米：不能判断",
        r"cells of land cover \1 m, strip \2 m wide: cannot be told",
    ),
    (
        r"地类像元 ([\d,.]+) 米，带宽 ([\d,.]+) 米：有误差",
        r"cells of land cover \1 m, strip \2 m wide: with an error",
    ),
    (
        r"图层中误差 ([\d,.]+) 米，不小于带宽所容，带的位置不明",
        r"standard error of the layer \1 m, more than the strip's width allows: where it lies is unknown",
    ),
    (r"以代用线画带，水边未测", "drawn from a stand-in line, the water's edge is not surveyed"),
    (r"({m}) ([\d,.]+) 公顷", "{{m1}} {{=2}} ha"),
    (
        r"每项权重增减 (\d+%)：(\d+) 段中 (\d+) 段名次不变，最大变动 (\d+) 名",
        r"each weight \1 more and less: the rank of \3 of \2 reaches stays, the largest change is \4 places",
    ),
    # treatment
    (r"建设用地先退出", "built-up land leaves first"),
    (r"按规划治理修复", "remediation as the plan says"),
    (r"湿地图层范围内", "within the layer of wetlands"),
    (r"河道管理范围内", "within the river's management line"),
    (r"任务所定措施", "as the task says"),
    (r"({t})(不低于|小于)([\d.,]+ ?[^\s、，；]*)", "{{t1}} {{k2}} {{=3}}"),
    (r"地类编码 ([\w.]+)", r"land-cover code \1"),
    # indicators
    (r"^公顷$", "ha"),
    (r"^比例$", "share"),
    (r"^公里$", "km"),
    (r"^处$", "places"),
    (r"没有行政区图层", "no layer of divisions"),
    (
        r"规划所指范围没有图层，须由使用者给定",
        "no layer of the ground that the plan means: to be given by the user",
    ),
    (r"没有({t})图层，也没有地类图层", "no layer of {{t1}} nor of land cover"),
    (r"没有({t})图层或其中没有所指的要素", "no layer of {{t1}}, or none of the features meant in it"),
    (r"没有({t})图层", "no layer of {{t1}}"),
    (r"图层未注明全市完整", "the layer is not said to be complete for the city"),
    (r"由地类图层量算，像元 ([\d,.]+) 米", r"measured from land cover, cells of \1 m"),
    (r"由地类图斑量算", "measured from polygons of land cover"),
    (r"已知地类占 ([\d.]+%)", r"land cover is known of \1"),
    (
        r"要两期注明日期（as_of）的({t})图层，现有 (\d+) 期",
        "two dated layers (as_of) of {{t1}} are needed, {{=2}} held",
    ),
    (r"(\d+) 处中 (\d+) 处(.+?)，(\d+) 处状态不详", r"of \1 places \2 are \3, the standing of \4 is unknown"),
    (r"图层 ([\w、.\-]+) 读不了，已搁置", r"layers that could not be read and were set aside: \1"),
    # causes, joined
    (r"(?<![\w“])({c})(?=$|；)", "{{c1}}"),
]
