"""Moves, readings, conflicts, days of expiry, notes of the certificate: how :mod:`geo.advice` and others word them."""

from __future__ import annotations

#: Patterns and what they become, whole phrases before their parts; slots as in :func:`geo.phrases.retell`.
PHRASES: list[tuple[str, str]] = [
    # moves
    (r"演示（假如演示图层是真的）：", "Demonstration (if its layers were real): "),
    (r"移后结论：({o})", "outcome there: {{o1}}"),
    (r"（(\d+) 条规则仍待核实）", r" (\1 rules still open)"),
    (r"再近则触及：", "any nearer it would touch: "),
    (r"县界（只在本县内移）", "the county border (it stays in its county)"),
    (r"移址不能解决：", "moving does not help: "),
    (r"在所在辖区一律适用，", " hold in the whole jurisdiction; "),
    (r"(本县)?([\d,.]+ ?(?:公里|米))内没有此用途的可行位置", r"no place for this use within \2"),
    (r"没有县界图层，未限定在本县", "no layer of counties: not kept to the county"),
    (r"用地 ([\d.]+) 公顷中 ([\d.]+) 公顷可留", r"of \1 ha, \2 ha could stay"),
    (r"用地 ([\d.]+) 公顷都不能留", r"none of the \1 ha can stay"),
    (r"未计算：触及规则的场地超过 (\d+) 个", r"not computed: more than \1 sites touch rules"),
    # readings
    (r"读法不一：(\d+) 条规则因基准线而异", r"Readings differ: \1 rules depend on the base line"),
    (r"，另 (\d+) 条一致", r", \1 do not"),
    (
        r"各读法一致：(\d+) 条规则有几种基准线，结论相同",
        r"Readings agree: \1 rules have several base lines, with one result",
    ),
    (r"每条规则只有一种基准线可量", "Each rule has one base line to measure from"),
    (r"结论因基准线而异，故列为待核实", "the result depends on the base line: undetermined"),
    (r"结论一致，", "one result, "),
    (r"按({l})(（演示）)?({s})", "from the {{l1}}{{d2}}: {{s3}}"),
    (r"按({l})(（演示）)?未见所指要素，({s})", "from the {{l1}}{{d2}}: none of the features meant, {{s3}}"),
    (r"按({l})(（演示）)?(?:量|相距) ([\d,.]+) 米，?({s})", "from the {{l1}}{{d2}} {{=3}} m, {{s4}}"),
    (r"最多相差 ([\d,.]+) 米", r"at most \1 m apart"),
    (r"相差 ([\d,.]+) 米", r"\1 m apart"),
    (r"以({l})(（演示）)?为准", "the {{l1}}{{d2}} decides"),
    # conflicts
    (r"：({o})（确定触及）", ": {{o1}} (surely)"),
    (r"：({o})（演示图层上触及）", ": {{o1}} (on demonstration layers)"),
    (r"：({o})（触及待核实）", ": {{o1}} (open)"),
    (r"各规则触及场地的不同部分", "the rules touch different parts of the site"),
    (r"按现有规则此用途为“({o})”，并未禁止", "by the rules held this use is “{{o1}}”, not prohibited"),
    (r"距市界 ([\d,.]+) 米；适用", r"\1 m from the city border; "),
    (r"能否适用未定", "whether it applies is open"),
    (r"同一规划内取严，有疑请(\S+)解释", r"within one plan the stricter holds; in doubt ask \1"),
    (r"如何衔接请(\S+)裁定", r"how they go together is for \1 to rule"),
    (
        r"带内用地留作修复，项目避让；请(\S+)确认",
        r"land in the strip is for restoration, keep clear of it; ask \1",
    ),
    (
        r" 不挡项目（(\S+)）：宜避让修复带；请(\S+)确认",
        r" does not stop the project (\1): better keep clear of the strip; ask \2",
    ),
    (
        r"以场地确实所在市的规划为准：申报区划代码，或以勘界成果核定；核定以前各市规则都适用，取其严",
        "the plan of the city that the site lies in: state its division code or go by the surveyed border; until "
        "then the rules of both apply and the stricter holds",
    ),
    (r"以 (.+?) 为准（(.+?)）", r"\1 governs (\2)"),
    (r"以 (.+?) 为准", r"\1 governs"),
    # dates
    (r"图层 (\S+) 的时点 (\S+) 满 (\S+) 年，已过时", r"layer \1 of \2 is past \3 years: out of date"),
    (r"图层 (\S+) 的时点 (\S+) 满 (\S+) 年", r"layer \1 of \2 turns \3 years old"),
    (r"(\S+) 开始施行", r"\1 takes effect"),
    (r"(\S+) 的例外“(.+?)”于 (\S+) 到期", r"the exception “\2” of \1 ends on \3"),
    (r"(\S+) 于 (\S+) 到期", r"\1 ends on \2"),
    (r"(\S+) 限值改为 (\S+ ?\S*)", r"the limit of \1 becomes \2"),
    (r"(\S+) 的退出期限 (\S+) 到", r"the deadline of \1 to leave, \2, comes"),
    # certificate and gaps
    (r"只有演示数据；结论不作数", "demonstration data only; what they say does not count"),
    (
        r"清单没有写明完整范围；查到的算数，未查到时待核实",
        "the manifest states no extent; what is found counts, nothing found stays open",
    ),
    (
        r"只在一部分辖区或对一部分要素完整；其余未查到时待核实",
        "complete for part of the area or of the features; elsewhere nothing found stays open",
    ),
    (r"靠过时的图层才查得全；先更新图层", "complete only with layers out of date; renew them first"),
    (r"没有查到即没有", "nothing found means there is none"),
    (r"没有图层；一律待核实|没有这种图层；一律待核实", "no layer; always open"),
    (r"没有写时点：", "no date stated: "),
    (r"过时：", "out of date: "),
    (r"范围不明", "extent unknown"),
]
