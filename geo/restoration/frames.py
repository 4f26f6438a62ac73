"""The contracts of the restoration frames: column, type, unit, meaning. Geometry is EPSG:4490.

Tasks → Strips → StripCover → Deficit → Treatment → Restoration (the ledger). Areas are true on the
ellipsoid. ``counted_ha`` is the part of a strip that no stricter strip holds: only that is added up.
"""

from __future__ import annotations

from geo.contracts import FLAG, NUMBER, TEXT, Column, Contract

_WHERE: Contract = {
    "strip_id": Column(TEXT, "条带编号", "task, county, river, bank, reach"),
    "rule_id": Column(TEXT, "规则", "task of the rule book"),
    "adcode": Column(TEXT, "区划代码", "county"),
    "county": Column(TEXT, "县（市、区）", "name of the county"),
    "river": Column(TEXT, "河流或地物", "name of the river, lake, mine …"),
    "bank": Column(TEXT, "岸别代码", "left, right, north …"),
    "bank_zh": Column(TEXT, "岸别", "the same in Chinese"),
    "reach": Column(
        NUMBER, "河段", "number of the reach within the county, downstream where the flow is known"
    ),
}

STRIPS: Contract = {
    **_WHERE,
    "title": Column(TEXT, "任务", "title of the task"),
    "ground": Column(TEXT, "范围类型", "strip or area"),
    "flow": Column(TEXT, "流向依据", "stated, dem, unknown or none"),
    "width_m": Column(NUMBER, "带宽", "width of the strip, empty = an area", "米"),
    "across_m": Column(NUMBER, "代表宽度", "the width; of an area twice its area over its outline", "米"),
    "width_by_user": Column(FLAG, "宽度自定", "the user gave the width, not the plan"),
    "strength": Column(TEXT, "约束力", "mandatory, in_principle or encouraged"),
    "line": Column(TEXT, "基准线", "kind of line measured from"),
    "layer_key": Column(TEXT, "图层", "layer"),
    "accuracy_m": Column(NUMBER, "图层精度", "standard error of the layer", "米"),
    "is_proxy": Column(FLAG, "代用线", "the line stands in for the one meant"),
    "length_m": Column(NUMBER, "折合长度", "area over width", "米"),
    "area_ha": Column(NUMBER, "面积", "on the ellipsoid", "公顷"),
    "area_mu": Column(NUMBER, "面积（亩）", "the same", "亩"),
    "counted_ha": Column(NUMBER, "计入面积", "what no stricter strip holds", "公顷"),
    "shared_with": Column(TEXT, "重叠条带", "stricter strips that hold the rest"),
    "doubt_share": Column(NUMBER, "位置存疑比例", "share that the layer's error may move elsewhere"),
    "state": Column(TEXT, "状态", "measured or undetermined"),
    "cause": Column(TEXT, "待核实原因", "why undetermined, joined by ;"),
    "demo": Column(FLAG, "演示", "from demonstration data"),
    "note": Column(TEXT, "说明", "in words"),
}

_PIECE: Contract = {
    **_WHERE,
    "counted": Column(FLAG, "计入", "no stricter strip holds this ground"),
    "cover": Column(TEXT, "地类", "class of land cover"),
    "cover_zh": Column(TEXT, "地类（中文）", "the same in Chinese"),
    "area_ha": Column(NUMBER, "面积", "on the ellipsoid", "公顷"),
    "area_mu": Column(NUMBER, "面积（亩）", "the same", "亩"),
    "layer_key": Column(TEXT, "地类图层", "layer of land cover"),
    "cell_m": Column(NUMBER, "像元", "cell of the raster, empty = polygons", "米"),
    "demo": Column(FLAG, "演示", "from demonstration data"),
}

STRIP_COVER: Contract = _PIECE

DEFICIT: Contract = {
    **_PIECE,
    "state": Column(TEXT, "状态", "measured or undetermined"),
}

TREATMENT: Contract = {
    **DEFICIT,
    "treatment": Column(TEXT, "措施代码", "treatment"),
    "treatment_zh": Column(TEXT, "修复措施", "the same in Chinese"),
    "then": Column(TEXT, "其后", "what follows a clearance"),
    "why": Column(TEXT, "依据", "which criterion chose it"),
    "slope_deg": Column(NUMBER, "坡度", "mean slope", "度"),
    "aspect_deg": Column(NUMBER, "坡向", "mean aspect, clockwise from north", "度"),
    "farmland_ha": Column(NUMBER, "占永久基本农田", "permanent basic farmland in it", "公顷"),
    "priority": Column(NUMBER, "优先度", "score of its strip, 0 to 1"),
    "rank": Column(NUMBER, "名次", "rank of its strip"),
}

RESTORATION: Contract = {
    "rule_id": _WHERE["rule_id"],
    "title": STRIPS["title"],
    "plan": Column(TEXT, "规划", "title of the plan"),
    "section": Column(TEXT, "章节", "section of the plan"),
    "adcode": _WHERE["adcode"],
    "county": _WHERE["county"],
    "river": _WHERE["river"],
    "bank": _WHERE["bank"],
    "bank_zh": _WHERE["bank_zh"],
    "ground": Column(TEXT, "范围类型", "strip, area, line, follows or criterion"),
    "width_m": STRIPS["width_m"],
    "length_m": STRIPS["length_m"],
    "required_ha": Column(NUMBER, "应修复带面积", "whole strip", "公顷"),
    "required_mu": Column(NUMBER, "应修复带面积（亩）", "the same", "亩"),
    "counted_ha": STRIPS["counted_ha"],
    "present_ha": Column(NUMBER, "现有绿地与水面", "forest, grass, wetland, water; counted part", "公顷"),
    "deficit_ha": Column(NUMBER, "缺口", "other known cover; counted part", "公顷"),
    "deficit_mu": Column(NUMBER, "缺口（亩）", "the same", "亩"),
    "deficit_low_ha": Column(NUMBER, "缺口下限", "with the doubt", "公顷"),
    "deficit_high_ha": Column(NUMBER, "缺口上限", "with the doubt", "公顷"),
    "unknown_ha": Column(NUMBER, "地类不明", "no land cover held; counted part", "公顷"),
    "cropland_ha": Column(NUMBER, "其中耕地园地", "to forest or grass", "公顷"),
    "built_ha": Column(NUMBER, "其中建设用地", "to leave", "公顷"),
    "industrial_ha": Column(NUMBER, "其中工业仓储", "to leave", "公顷"),
    "bare_ha": Column(NUMBER, "其中裸地", "to green", "公顷"),
    "mine_ha": Column(NUMBER, "其中采矿用地", "to green", "公顷"),
    "farmland_ha": Column(NUMBER, "缺口中永久基本农田", "to be settled first", "公顷"),
    "treatment": Column(TEXT, "修复措施", "hectares by treatment"),
    "cost_yuan": Column(NUMBER, "费用", "by the user's unit prices", "元"),
    "cost_note": Column(TEXT, "费用说明", "treatments without a price"),
    "whole_deficit_ha": Column(NUMBER, "全带缺口", "deficit of the whole strip, shared ground too", "公顷"),
    "target": Column(TEXT, "规划指标", "figures of the plan"),
    "target_ha": Column(NUMBER, "指标面积", "area the plan promises for the task as a whole", "公顷"),
    "share_of_target": Column(NUMBER, "占指标比例", "what this row's works would meet of it"),
    "deadline": Column(TEXT, "期限", "last day"),
    "features": Column(NUMBER, "要素数", "features on the ground"),
    "site_ids": Column(TEXT, "带内项目", "sites in the way"),
    "priority": Column(NUMBER, "优先度", "mean score of its strips, by deficit"),
    "state": Column(TEXT, "状态", "measured, undetermined or listed"),
    "state_zh": Column(TEXT, "状态（中文）", "the same in Chinese"),
    "cause": Column(TEXT, "待核实原因", "why undetermined"),
    "demo": Column(FLAG, "演示", "from demonstration data"),
    "note": Column(TEXT, "说明", "in words"),
}

STRIP_SITES: Contract = {
    "site_id": Column(TEXT, "项目编号", "site"),
    "name": Column(TEXT, "项目名称", "name"),
    "development": Column(TEXT, "建设性质", "new, rebuild, expand or existing"),
    **_WHERE,
    "title": STRIPS["title"],
    "overlap_ha": Column(NUMBER, "占用面积", "empty where the site is no area", "公顷"),
    "cuts": Column(FLAG, "截断条带", "a proposed site that parts the strip"),
    "what": Column(TEXT, "情形", "in words"),
    "state": Column(TEXT, "状态", "of the strip: measured or undetermined"),
    "demo": Column(FLAG, "演示", "from demonstration data"),
}

MUST_EXIT: Contract = {
    "site_id": Column(TEXT, "项目编号", "site"),
    "name": Column(TEXT, "项目名称", "name"),
    "rule_id": Column(TEXT, "规则", "rule that makes it leave"),
    "title": Column(TEXT, "规则名称", "title of the rule"),
    "strength": Column(TEXT, "约束力", "how binding"),
    "deadline": Column(TEXT, "退出期限", "last day, empty = the plan gives none"),
    "days_left": Column(NUMBER, "剩余天数", "negative = overdue", "天"),
    "state": Column(TEXT, "状态", "hit or undetermined"),
    "state_zh": Column(TEXT, "状态（中文）", "the same in Chinese"),
    "feature_name": Column(TEXT, "要素", "nearest feature"),
    "distance_m": Column(NUMBER, "距离", "footprint to reference", "米"),
    "strip_ids": Column(TEXT, "所占条带", "strips it stands in"),
    "remedy": Column(TEXT, "如何处理", "what to do"),
    "demo": Column(FLAG, "演示", "from demonstration data"),
}

PRIORITIES: Contract = {
    **_WHERE,
    "title": STRIPS["title"],
    "deficit_ha": Column(NUMBER, "缺口", "counted part", "公顷"),
    "connectivity": Column(NUMBER, "连通", "how much of its neighbours is green: it closes a gap"),
    "source_water": Column(NUMBER, "下游水源", "a source-water zone on the river below, the nearer the more"),
    "slope": Column(NUMBER, "坡度", "steeper ground first"),
    "deficit": Column(NUMBER, "缺口比例", "share of the strip that is missing"),
    "conflict": Column(NUMBER, "冲突少", "1 = no building, farmland or site stands in it"),
    "priority": Column(NUMBER, "优先度", "weighted mean of the parts that are known, 0 to 1"),
    "known_weight": Column(NUMBER, "已知权重", "share of the weights whose part is known"),
    "rank": Column(NUMBER, "名次", "1 = first"),
    "rank_best": Column(NUMBER, "最好名次", "when each weight is changed in turn"),
    "rank_worst": Column(NUMBER, "最差名次", "when each weight is changed in turn"),
}

INDICATORS: Contract = {
    "rule_id": Column(TEXT, "规则", "row of the register"),
    "title": Column(TEXT, "指标", "indicator"),
    "plan": Column(TEXT, "规划", "title of the plan"),
    "kind": Column(TEXT, "量法", "share, change or status"),
    "value": Column(NUMBER, "量得", "measured value, empty = cannot be measured"),
    "unit": Column(TEXT, "单位", "share or hectares"),
    "base": Column(NUMBER, "基期值", "as the plan states it"),
    "target": Column(NUMBER, "目标", "as the plan states it"),
    "met_share": Column(NUMBER, "完成比例", "value over target"),
    "deadline": Column(TEXT, "期限", "last day"),
    "layers": Column(TEXT, "图层", "layers measured"),
    "state": Column(TEXT, "状态", "measured or undetermined"),
    "cause": Column(TEXT, "待核实原因", "why undetermined"),
    "demo": Column(FLAG, "演示", "from demonstration data"),
    "note": Column(TEXT, "说明", "in words"),
}
