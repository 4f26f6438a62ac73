"""The contracts of the frames: column, type, unit, meaning. Each frame is itself a deliverable.

Data flow one way: Sites and Zones → Scope → Findings → Verdicts. Geometry is longitude, latitude in
EPSG:4490. What a contract is: :mod:`geo.contracts`.
"""

from __future__ import annotations

from geo.contracts import FLAG, NUMBER, TEXT, Column, Contract

SITES: Contract = {
    "site_id": Column(TEXT, "编号", "number, unique in the list"),
    "name": Column(TEXT, "项目名称", "name"),
    "industry": Column(TEXT, "行业代码", "GB/T 4754-2017 codes, joined by ;"),
    "processes": Column(TEXT, "工艺特征", "processes stated, a leading ! denies one"),
    "facts": Column(TEXT, "项目指标", "figures stated, key=value, joined by ;"),
    "development": Column(TEXT, "建设性质", "new, rebuild, expand or existing; 改扩建 is two, joined by ;"),
    "purpose": Column(TEXT, "项目类型", "project, park or town"),
    "adcode": Column(TEXT, "行政区划代码", "declared division code, empty = by location"),
    "datum": Column(TEXT, "坐标系", "datum declared for the coordinates"),
    "accuracy_m": Column(NUMBER, "位置精度", "standard error of the position", "米"),
    "evidence": Column(TEXT, "佐证材料", "ids of the exceptions that papers are held for"),
    "basis": Column(
        TEXT, "行业与性质依据", "the words that industry and development were read from, how sure"
    ),
    "source": Column(TEXT, "来源", "file and row"),
}

SCOPE: Contract = {
    "site_id": Column(TEXT, "编号", "site"),
    "rule_id": Column(TEXT, "规则", "rule"),
    "match": Column(TEXT, "行业匹配", "named, similar or unsure"),
    "word": Column(TEXT, "匹配词", "the plan's word that the industry matched"),
    "in_jurisdiction": Column(FLAG, "在辖区内", "surely inside the rule's jurisdiction"),
    "border_m": Column(NUMBER, "距辖区界", "distance to the border, negative = inside", "米"),
    "border_accuracy_m": Column(NUMBER, "界线精度", "standard error of that distance", "米"),
    "exception": Column(TEXT, "例外", "id of the exception the site claims"),
    "excepted": Column(TEXT, "例外状态", "granted, evidence (needed) or empty"),
    "required": Column(TEXT, "条件状态", "met, unmet, unknown or empty"),
    "requirement": Column(TEXT, "条件", "the requirement that decides"),
}

ZONES: Contract = {
    "zone_id": Column(TEXT, "编号", "rule, reference, layer, feature"),
    "rule_id": Column(TEXT, "规则", "rule"),
    "reference": Column(NUMBER, "参照序号", "which of the rule's references"),
    "theme": Column(TEXT, "主题", "theme"),
    "feature_name": Column(TEXT, "要素", "name of the feature"),
    "measure": Column(TEXT, "判定方式", "measure"),
    "limit_m": Column(NUMBER, "限值", "limit, empty = not given", "米"),
    "line": Column(TEXT, "基准线", "kind of line the layer holds"),
    "layer_key": Column(TEXT, "图层", "layer"),
    "layer_accuracy_m": Column(NUMBER, "图层精度", "standard error of the layer", "米"),
    "half_width_m": Column(NUMBER, "半宽上限", "how much nearer the true line may be, empty = unknown", "米"),
    "is_proxy": Column(FLAG, "代用线", "the line stands in for another"),
    "doubt": Column(TEXT, "要素存疑", "why the feature may not be meant, empty = it is"),
    "demo": Column(FLAG, "演示", "demonstration data"),
    "near_only": Column(
        FLAG, "只取附近", "of a very large layer, only features that sites are measured from"
    ),
}

FINDINGS: Contract = {
    "site_id": Column(TEXT, "编号", "site"),
    "rule_id": Column(TEXT, "规则", "rule"),
    "state": Column(TEXT, "状态", "hit, miss or undetermined"),
    "cause": Column(TEXT, "待核实原因", "why undetermined"),
    "ground": Column(TEXT, "实地关系", "what the measurement alone says"),
    "theme": Column(TEXT, "主题", "theme of the reference"),
    "feature_name": Column(TEXT, "要素", "nearest feature"),
    "distance_m": Column(NUMBER, "距离", "footprint to reference, 0 = they meet", "米"),
    "limit_m": Column(NUMBER, "限值", "limit of the rule", "米"),
    "margin_m": Column(NUMBER, "余量", "room left before the rule bites; negative = it bites", "米"),
    "margin_low_m": Column(NUMBER, "余量下限", "with the doubt", "米"),
    "margin_high_m": Column(NUMBER, "余量上限", "with the doubt", "米"),
    "accuracy_m": Column(NUMBER, "综合精度", "site and layer combined, standard error", "米"),
    "half_width_m": Column(
        NUMBER, "半宽上限", "how much nearer the true line may be: 0 = as drawn, empty = unknown", "米"
    ),
    "probability": Column(
        NUMBER, "触及概率", "that the rule bites, by position alone; empty = no number can be given"
    ),
    "overlap_ha": Column(NUMBER, "重叠面积", "footprint in the zone", "公顷"),
    "share": Column(NUMBER, "重叠比例", "share of the footprint"),
    "line": Column(TEXT, "基准线", "kind of line measured from"),
    "layer_key": Column(TEXT, "图层", "layer"),
    "reading": Column(NUMBER, "读法序号", "1 = the reading that decides for its reference"),
    "demo": Column(FLAG, "演示", "from demonstration data"),
    "robust": Column(FLAG, "稳固", "the doubt does not reach the limit"),
    "near_lon": Column(NUMBER, "最近点经度", "nearest point of the reference", "度"),
    "near_lat": Column(NUMBER, "最近点纬度", "nearest point of the reference", "度"),
    "reason": Column(TEXT, "说明", "in words"),
    "override": Column(TEXT, "人工认定", "what a person decided of this check, beside the state"),
}

VERDICTS: Contract = {
    "site_id": Column(TEXT, "编号", "site"),
    "name": Column(TEXT, "项目名称", "name"),
    "outcome": Column(TEXT, "结论", "outcome"),
    "outcome_zh": Column(
        TEXT, "结论（中文）", "outcome in Chinese, 演示 where demonstration data would decide"
    ),
    "robustness": Column(TEXT, "稳健性", "robust or fragile"),
    "demo_outcome": Column(
        TEXT, "演示结论", "outcome if the demonstration layers were real; empty = the same"
    ),
    "deciding_rule_ids": Column(TEXT, "决定规则", "rules that decide"),
    "undetermined_rule_ids": Column(TEXT, "待核实规则", "rules that could still change the outcome"),
    "reasons": Column(TEXT, "理由", "why"),
    "best_case": Column(TEXT, "最好情形", "outcome if every open check goes well"),
    "worst_case": Column(TEXT, "最坏情形", "outcome if every open check goes badly"),
    "settle": Column(TEXT, "如何核实", "what settles the open checks"),
    "remedy": Column(TEXT, "如何处理", "what to do"),
    "readings": Column(TEXT, "读法", "whether all base lines agree; if not, which decides and by how much"),
    "move": Column(
        TEXT, "最小移动", "the nearest place where no rule is broken, what could stay, what binds"
    ),
    "citations": Column(TEXT, "依据", "plan and section of the deciding rules"),
    "governing": Column(
        TEXT, "规划衔接", "which rule governs where several plans meet, why, and whom to ask"
    ),
    "jurisdictions": Column(TEXT, "适用辖区", "plans that apply, and doubt about the border"),
    "checks": Column(NUMBER, "检查数", "rules checked"),
    "hits": Column(NUMBER, "触及数", "rules that bite"),
    "deadline_on": Column(
        TEXT, "退出期限", "first day by which a rule that bites makes it leave, empty = none"
    ),
    "expires_on": Column(
        TEXT, "有效至", "day from which the verdict should be run again, empty = none known"
    ),
    "expires_why": Column(TEXT, "到期原因", "what changes on that day"),
    "override": Column(TEXT, "人工认定", "what a person decided of this site, beside the outcome"),
}

COVERAGE: Contract = {
    "rule_id": Column(TEXT, "规则", "rule"),
    "theme": Column(TEXT, "主题", "theme it needs"),
    "layers": Column(TEXT, "图层", "layers that serve it"),
    "status": Column(TEXT, "状况", "present, partial, unknown, demonstration, absent"),
    "status_zh": Column(TEXT, "状况（中文）", "the same in Chinese"),
    "note": Column(TEXT, "说明", "what this means"),
}

CERTIFICATE: Contract = {
    "rule_id": Column(TEXT, "规则", "rule"),
    "adcode": Column(TEXT, "城市代码", "four-digit code of the city"),
    "city": Column(TEXT, "城市", "name of the city"),
    "theme": Column(TEXT, "主题", "theme the rule needs"),
    "theme_zh": Column(TEXT, "主题（中文）", "the same in Chinese"),
    "status": Column(TEXT, "状况", "present, partial, unknown, stale, demonstration, absent"),
    "status_zh": Column(TEXT, "状况（中文）", "the same in Chinese"),
    "layers": Column(TEXT, "图层", "layers that serve it"),
    "as_of": Column(TEXT, "最早时点", "oldest date of the real layers that serve it, empty = none stated"),
    "note": Column(TEXT, "说明", "what this means"),
}

GAPS: Contract = {
    "theme": Column(TEXT, "主题", "theme whose layers leave rules open"),
    "theme_zh": Column(TEXT, "主题（中文）", "the same in Chinese"),
    "rules": Column(NUMBER, "未决规则数", "rules it leaves open, the ranking"),
    "rule_ids": Column(TEXT, "未决规则", "those rules"),
    "cities": Column(TEXT, "城市", "cities where it does"),
    "statuses": Column(TEXT, "状况", "how often which status, in Chinese"),
}

MOVES: Contract = {
    "site_id": Column(TEXT, "编号", "site"),
    "state": Column(TEXT, "移动结果", "clear, open, by_figures or none"),
    "state_zh": Column(TEXT, "移动结果（中文）", "the same in Chinese"),
    "distance_m": Column(NUMBER, "移动距离", "geodesic length of the move", "米"),
    "bearing_deg": Column(NUMBER, "方位角", "from north, clockwise", "度"),
    "outcome": Column(TEXT, "移后结论", "outcome of the site screened at its new place"),
    "binding_rule_ids": Column(TEXT, "限定规则", "rules that no shorter move satisfies"),
    "stay_ha": Column(NUMBER, "可留面积", "part of the footprint outside all zones that bite", "公顷"),
    "demo": Column(FLAG, "演示", "as if demonstration layers were real"),
    "note": Column(TEXT, "说明", "in words"),
}

STAY: Contract = {
    "site_id": Column(TEXT, "编号", "site"),
    "stay_ha": Column(NUMBER, "可留面积", "part of the footprint outside all zones that bite", "公顷"),
    "share": Column(NUMBER, "可留比例", "share of the footprint"),
    "binding_rule_ids": Column(TEXT, "限定规则", "rules whose zones take the rest"),
    "demo": Column(FLAG, "演示", "as if demonstration layers were real"),
}

SURVEY_NEEDED: Contract = {
    "site_id": Column(TEXT, "编号", "site"),
    "rule_id": Column(TEXT, "规则", "rule, or several of one border, joined by ;"),
    "feature_name": Column(TEXT, "要素", "nearest feature"),
    "line": Column(TEXT, "基准线", "kind of line to survey"),
    "layer_key": Column(TEXT, "图层", "layer whose line it would replace"),
    "length_m": Column(NUMBER, "测量长度", "length of the stretch", "米"),
    "accuracy_needed_m": Column(NUMBER, "所需精度", "standard error of the line that would settle it", "米"),
    "probability": Column(NUMBER, "触及概率", "that the rule bites, as known now"),
    "what": Column(TEXT, "测什么", "what to survey, in words"),
}

CONFLICTS: Contract = {
    "conflict_id": Column(TEXT, "编号", "site and kind"),
    "kind": Column(TEXT, "类别", "plans, outcomes, border or restoration"),
    "kind_zh": Column(TEXT, "类别（中文）", "the same in Chinese"),
    "site_id": Column(TEXT, "场地", "site"),
    "rule_ids": Column(TEXT, "规则", "rules that meet"),
    "area_ha": Column(NUMBER, "重叠面积", "footprint in the zones that meet; empty for points", "公顷"),
    "governing": Column(TEXT, "以何为准", "which governs, and why"),
    "note": Column(TEXT, "说明", "in words"),
}

REJECTED: Contract = {
    "file": Column(TEXT, "文件", "file"),
    "where": Column(TEXT, "位置", "row or layer"),
    "field": Column(TEXT, "字段", "field"),
    "value": Column(TEXT, "值", "value"),
    "what": Column(TEXT, "问题", "what is wrong"),
    "to_do": Column(TEXT, "怎么办", "what to do"),
}

#: A layer that could not be read (``--keep-going``), and what that leaves open.
SET_ASIDE: Contract = {
    "layer_key": Column(TEXT, "图层", "layer"),
    "theme": Column(TEXT, "主题", "theme"),
    "theme_zh": Column(TEXT, "主题名称", "theme in Chinese"),
    "file": Column(TEXT, "文件", "file"),
    "what": Column(TEXT, "问题", "what is wrong"),
    "to_do": Column(TEXT, "怎么办", "what to do"),
    "rule_ids": Column(TEXT, "因此待核实的规则", "rules that are undetermined for want of it"),
    "site_ids": Column(TEXT, "因此待核实的场地", "sites with such a check"),
}

#: A project that stands already against a rule that makes such projects leave.
EXITS: Contract = {
    "site_id": Column(TEXT, "编号", "site"),
    "name": Column(TEXT, "项目名称", "name"),
    "rule_id": Column(TEXT, "规则", "rule of effect phase_out"),
    "standing": Column(
        TEXT, "处置", "overdue, must_exit, may_have_to_exit, encouraged_exit or perhaps_encouraged"
    ),
    "standing_zh": Column(TEXT, "处置（中文）", "the same in Chinese"),
    "deadline_on": Column(TEXT, "退出期限", "last day, empty = the rule states none"),
    "days_left": Column(NUMBER, "剩余", "days to the deadline, negative = past", "天"),
    "remedy": Column(TEXT, "如何处理", "what to do"),
    "citation": Column(TEXT, "依据", "plan and section"),
    "reason": Column(TEXT, "说明", "in words"),
}

#: What may become of a project that stands already.
EXISTING: Contract = {
    "site_id": Column(TEXT, "编号", "site"),
    "name": Column(TEXT, "项目名称", "name"),
    "outcome": Column(TEXT, "结论", "outcome as it stands"),
    "standing": Column(TEXT, "处置", "see geo.runs.existing.Standing"),
    "standing_zh": Column(TEXT, "处置（中文）", "the same in Chinese"),
    "deadline_on": Column(TEXT, "退出期限", "first deadline of the rules that bite, empty = none"),
    "rebuild": Column(TEXT, "能否改建", "see geo.runs.existing.Rebuild"),
    "rebuild_zh": Column(TEXT, "能否改建（中文）", "the same in Chinese"),
    "as_new": Column(TEXT, "若为新建", "outcome were it new"),
    "as_rebuilt": Column(TEXT, "改建不增产能", "outcome were it rebuilt without more capacity"),
    "as_rebuilt_larger": Column(TEXT, "改建并增产能", "outcome were it rebuilt with more capacity"),
    "as_expanded": Column(TEXT, "扩建", "outcome were it expanded with more capacity"),
    "note": Column(TEXT, "说明", "in words"),
}

WHAT_IF: Contract = {
    "variant": Column(TEXT, "假设", "what is supposed"),
    "site_id": Column(TEXT, "编号", "site"),
    "name": Column(TEXT, "项目名称", "name"),
    "change": Column(TEXT, "变化", "stricter, milder, rules (others decide) or same"),
    "change_zh": Column(TEXT, "变化（中文）", "the same in Chinese"),
    "outcome_from": Column(TEXT, "原结论", "outcome as stated"),
    "outcome_from_zh": Column(TEXT, "原结论（中文）", "the same in Chinese"),
    "outcome": Column(TEXT, "假设下结论", "outcome as supposed"),
    "outcome_zh": Column(TEXT, "假设下结论（中文）", "the same in Chinese"),
    "deciding_from": Column(TEXT, "原决定规则", "rules that decide as stated"),
    "deciding_rule_ids": Column(TEXT, "假设下决定规则", "rules that decide as supposed"),
    "why": Column(TEXT, "为什么", "checks that changed, and by what"),
}

OVERRIDES: Contract = {
    "site_id": Column(TEXT, "编号", "site"),
    "name": Column(TEXT, "项目名称", "name"),
    "rule_id": Column(TEXT, "规则", "rule, empty = the site as a whole"),
    "machine": Column(TEXT, "程序结论", "outcome, or state of the check, as the program found it"),
    "machine_zh": Column(TEXT, "程序结论（中文）", "the same in Chinese"),
    "decision": Column(TEXT, "人工认定", "outcome or state as a person decided it"),
    "decision_zh": Column(TEXT, "人工认定（中文）", "the same in Chinese"),
    "agrees": Column(FLAG, "一致", "both say the same"),
    "reason": Column(TEXT, "理由", "why"),
    "who": Column(TEXT, "认定人", "who decided"),
    "decided_on": Column(TEXT, "认定日期", "when"),
    "evidence": Column(TEXT, "依据材料", "papers"),
}

PORTFOLIO: Contract = {
    "rule_id": Column(TEXT, "规则", "rule"),
    "title": Column(TEXT, "规则名称", "title"),
    "bites_as": Column(TEXT, "触及即", "outcome of a site that it surely bites, in Chinese"),
    "checked": Column(NUMBER, "检查场地数", "sites it was checked on"),
    "hits": Column(NUMBER, "触及", "sites it surely bites"),
    "open": Column(NUMBER, "待核实", "sites where it is open"),
    "stops": Column(NUMBER, "拦下", "sites it surely prohibits or makes leave, the ranking"),
    "stops_alone": Column(NUMBER, "独自拦下", "of these, sites that no other rule stops"),
    "holds_open": Column(NUMBER, "使待核实", "undetermined verdicts that it keeps open"),
    "site_ids": Column(TEXT, "拦下的场地", "sites it stops"),
}

LAYERS_FIRST: Contract = {
    "rank": Column(NUMBER, "次序", "1 = get it first"),
    "theme": Column(TEXT, "主题", "theme of the layer"),
    "theme_zh": Column(TEXT, "主题（中文）", "the same in Chinese"),
    "what": Column(TEXT, "要什么", "what is wanting, in words"),
    "settles": Column(NUMBER, "可定案", "undetermined verdicts whose open causes are all of this layer"),
    "contributes": Column(NUMBER, "有助于", "further undetermined verdicts that it is one of the causes of"),
    "together": Column(NUMBER, "累计可定案", "verdicts settled by this layer and all above it"),
    "site_ids": Column(TEXT, "可定案的场地", "sites it settles"),
    "contributes_ids": Column(TEXT, "有助于的场地", "sites it contributes to"),
    "rule_ids": Column(TEXT, "涉及规则", "rules that it leaves open there"),
}

EXPIRY: Contract = {
    "expires_on": Column(TEXT, "日期", "first day on which a rerun may say otherwise"),
    "kind": Column(
        TEXT, "类别", "rule_begins, rule_ends, limit, exception_ends, deadline, layer_stale, layer_old"
    ),
    "what": Column(TEXT, "原因", "in words"),
    "rule_id": Column(TEXT, "规则", "rule, where one changes"),
    "layer_key": Column(TEXT, "图层", "layer, where one grows old"),
    "sites": Column(NUMBER, "涉及场地数", "sites it concerns"),
    "site_ids": Column(TEXT, "涉及场地", "those sites"),
}

#: What differs between two runs as wholes.
RUN_CHANGES: Contract = {
    "kind": Column(TEXT, "类别", "date, rule, layer, option, program …"),
    "key": Column(TEXT, "对象", "rule, layer or option"),
    "what": Column(TEXT, "不同", "in words"),
}

#: A site whose verdict is not the same in two runs.
FLIPS: Contract = {
    "site_id": Column(TEXT, "编号", "site"),
    "name": Column(TEXT, "项目名称", "name"),
    "change": Column(TEXT, "变化", "stricter, milder, rules, checks, added or removed"),
    "change_zh": Column(TEXT, "变化（中文）", "the same in Chinese"),
    "outcome_a": Column(TEXT, "前次结论", "outcome in run A"),
    "outcome_a_zh": Column(TEXT, "前次结论（中文）", "the same in Chinese"),
    "outcome_b": Column(TEXT, "本次结论", "outcome in run B"),
    "outcome_b_zh": Column(TEXT, "本次结论（中文）", "the same in Chinese"),
    "rule_ids": Column(TEXT, "变化的规则", "rules whose check changed"),
    "causes": Column(TEXT, "原因类别", "site_moved, site_facts, rule, layer, date, option, program, unknown"),
    "moved_m": Column(NUMBER, "移动", "distance the site moved, 0 = as it was", "米"),
    "why": Column(TEXT, "为什么", "in words"),
}

#: A check that is not the same in two runs.
CHECK_CHANGES: Contract = {
    "site_id": Column(TEXT, "编号", "site"),
    "rule_id": Column(TEXT, "规则", "rule"),
    "state_a": Column(TEXT, "前次状态", "state in run A, empty = not checked"),
    "state_b": Column(TEXT, "本次状态", "state in run B, empty = not checked"),
    "limit_a_m": Column(NUMBER, "前次限值", "limit in run A", "米"),
    "limit_b_m": Column(NUMBER, "本次限值", "limit in run B", "米"),
    "distance_a_m": Column(NUMBER, "前次距离", "distance in run A", "米"),
    "distance_b_m": Column(NUMBER, "本次距离", "distance in run B", "米"),
    "layer_a": Column(TEXT, "前次图层", "layer in run A"),
    "layer_b": Column(TEXT, "本次图层", "layer in run B"),
    "causes": Column(TEXT, "原因类别", "as in the flips"),
    "why": Column(TEXT, "为什么", "ingredients that differ, and what of the inputs accounts for them"),
}

#: Remarks on how the site lists were read: nothing that keeps a site from being screened.
SITE_NOTES: Contract = {**REJECTED, "what": Column(TEXT, "说明", "how it was read")}
