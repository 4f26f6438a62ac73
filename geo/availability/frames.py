"""The contracts of what ``hongxian where`` finds."""

from __future__ import annotations

from geo.contracts import FLAG, NUMBER, TEXT, Column, Contract

_CLASS: Contract = {
    "class": Column(
        TEXT, "类别", "free, advised, conditional, restricted, undetermined, must_exit, prohibited …"
    ),
    "class_zh": Column(TEXT, "类别名称", "the class in Chinese"),
}

AVAILABILITY: Contract = {
    "piece_id": Column(TEXT, "编号", "number of the ground"),
    "adcode": Column(TEXT, "区划代码", "county's code"),
    "county": Column(TEXT, "县（市、区）", "county"),
    "park": Column(TEXT, "园区", "park asked about"),
    **_CLASS,
    "kind": Column(
        TEXT, "细类", "the class, prohibition by one or several rules and openness by main cause told apart"
    ),
    "kind_zh": Column(TEXT, "细类名称", "the same in Chinese"),
    "place_class": Column(TEXT, "只看位置的类别", "class by rules that depend on where in the area one is"),
    "demo_class": Column(
        TEXT, "演示数据若属实的类别", "class, were demonstration data real; empty = the same"
    ),
    "prohibiting": Column(NUMBER, "禁止规则数", "rules that prohibit"),
    "strictest_rule_id": Column(TEXT, "最严规则", "the strictest rule that decides"),
    "rule_ids": Column(TEXT, "决定规则", "rules that decide the class"),
    "cause": Column(TEXT, "待核实主因", "first cause why undetermined"),
    "cause_zh": Column(TEXT, "待核实原因", "all causes in Chinese"),
    "themes": Column(TEXT, "待核实主题", "themes of the layers that open checks hang on"),
    "area_ha": Column(NUMBER, "面积", "area on the ellipsoid", "公顷"),
}

COUNTY_CLASSES: Contract = {
    "adcode": Column(TEXT, "区划代码", "county's code"),
    "county": Column(TEXT, "县（市、区）", "county"),
    "park": Column(TEXT, "园区", "park asked about"),
    **_CLASS,
    "cause": Column(TEXT, "待核实主因", "first cause why undetermined"),
    "area_ha": Column(NUMBER, "面积", "area", "公顷"),
    "share": Column(NUMBER, "占比", "share of the county's (park's) ground"),
}

RULE_COST: Contract = {
    "rule_id": Column(TEXT, "规则", "rule"),
    "title": Column(TEXT, "名称", "title"),
    "outcome": Column(TEXT, "触及后的结论", "what a site gets that the rule surely bites"),
    "bites_ha": Column(NUMBER, "触及面积", "ground where the rule surely bites", "公顷"),
    "open_ha": Column(NUMBER, "待核实面积", "ground where the rule's check is open", "公顷"),
    "marginal_ha": Column(NUMBER, "单独代价", "ground whose class would be milder without the rule", "公顷"),
    "frees_ha": Column(NUMBER, "去掉后可用", "ground that would be free without the rule", "公顷"),
    "everywhere": Column(FLAG, "全域一律", "the same on all ground asked about"),
}

RULE_SETS: Contract = {
    **_CLASS,
    "rules": Column(NUMBER, "规则数", "how many rules decide together"),
    "rule_ids": Column(TEXT, "共同决定的规则", "the rules that decide the class together"),
    "area_ha": Column(NUMBER, "面积", "ground of which they decide the class together", "公顷"),
    "frees_ha": Column(NUMBER, "同时去掉后可用", "of it what would be usable without all of them", "公顷"),
}

PARK_CLASSES: Contract = {
    "park": Column(TEXT, "园区", "industrial park"),
    "demo": Column(FLAG, "演示", "its outline is demonstration data"),
    "county": Column(TEXT, "县（市、区）", "county"),
    **_CLASS,
    "area_ha": Column(NUMBER, "面积", "area of the park in the county asked about, of this class", "公顷"),
    "share": Column(NUMBER, "占比", "share of the park's ground there"),
}

LAYER_GAINS: Contract = {
    "theme": Column(TEXT, "图层主题", "theme of the layer"),
    "theme_zh": Column(TEXT, "图层", "theme in Chinese"),
    "open_ha": Column(
        NUMBER, "涉及待核实面积", "undetermined ground with a check open for want of it", "公顷"
    ),
    "settles_ha": Column(NUMBER, "单凭它可定面积", "undetermined ground that it alone would settle", "公顷"),
    "could_free_ha": Column(NUMBER, "最多可释出", "ground that would be free, did it hold nothing", "公顷"),
    "step": Column(NUMBER, "补齐次序", "the order in which getting layers settles most"),
    "together_settles_ha": Column(
        NUMBER, "补到此步累计可定", "undetermined ground settled with this layer and those before it", "公顷"
    ),
    "together_frees_ha": Column(
        NUMBER, "补到此步最多释出", "of it what would be free, did these layers hold nothing", "公顷"
    ),
    "rule_ids": Column(TEXT, "规则", "rules that need it"),
}

CANDIDATES: Contract = {
    "candidate_id": Column(TEXT, "编号", "rank"),
    "adcode": Column(TEXT, "区划代码", "county's code"),
    "county": Column(TEXT, "县（市、区）", "county"),
    "park": Column(TEXT, "园区", "park asked about"),
    "score": Column(NUMBER, "得分", "weighted mean of the criteria, 0 to 1"),
    "area_ha": Column(NUMBER, "所在地块面积", "area of the free ground it lies in", "公顷"),
    "plot_ha": Column(NUMBER, "地块面积", "area of the plot drawn", "公顷"),
    "width_m": Column(NUMBER, "地块宽度", "diameter of the largest circle in the free ground", "米"),
    "margin_m": Column(NUMBER, "距最近限线", "from the plot to ground that is not free", "米"),
    "railway_m": Column(NUMBER, "距铁路", "distance to the nearest railway held", "米"),
    "road_m": Column(NUMBER, "距公路", "distance to the nearest road held", "米"),
    "park_m": Column(NUMBER, "距园区", "distance to the nearest park held", "米"),
    "similar_m": Column(
        NUMBER, "距同类项目", "distance to the nearest listed site of the same industry", "米"
    ),
    "slope_deg": Column(NUMBER, "平均坡度", "mean slope by the elevation model held", "度"),
    "outcome": Column(TEXT, "复筛结论", "outcome of the plot, screened as a site"),
    "outcome_zh": Column(TEXT, "复筛结论（中文）", "the same in Chinese"),
    "passes": Column(FLAG, "复筛通过", "the plot screened as a site gets the class it was drawn from"),
    "lon": Column(NUMBER, "经度", "middle of the plot, degrees"),
    "lat": Column(NUMBER, "纬度", "middle of the plot, degrees"),
}

BETTER_PLACES: Contract = {
    "site_id": Column(TEXT, "编号", "site"),
    "name": Column(TEXT, "项目名称", "name"),
    "outcome": Column(TEXT, "现址结论", "outcome at its place"),
    "within": Column(TEXT, "范围", "county, city or park"),
    "place": Column(TEXT, "所在", "county of the ground found"),
    "distance_m": Column(NUMBER, "距离", "from the site to the place found", "米"),
    "margin_m": Column(NUMBER, "余量", "from the place's edge to ground that is not free", "米"),
    "area_ha": Column(NUMBER, "地块面积", "area of the free ground there", "公顷"),
    "lon": Column(NUMBER, "经度", "of the place found, degrees"),
    "lat": Column(NUMBER, "纬度", "of the place found, degrees"),
    "new_outcome": Column(TEXT, "新址复筛结论", "outcome there, screened as a site"),
    "note": Column(TEXT, "说明", "why nothing was found"),
}
