"""Suppositions, existing projects, the order of layers: how :mod:`geo.runs` and the portfolio word them."""

from __future__ import annotations

#: Patterns and what they become, whole phrases before their parts; slots as in :func:`geo.phrases.retell`.
PHRASES: list[tuple[str, str]] = [
    # a verdict in words, whole
    (r"^({o})（演示：({o})）$", "{{o1}} (demonstration: {{o2}})"),
    (r"^({o})$", "{{o1}}"),
    # how a check changed
    (
        r"({s}|不在检查之列)(（[^（）→]*）)? → ({s}|不在检查之列)(（[^（）→；]*）)?",
        "{{s1}}{{c2}} → {{s3}}{{c4}}",
    ),
    (r"没有检查因此改变", "no check changes"),
    (r"适用的规划不同", "other plans apply"),
    (r"没有检查改变，但结论的归并不同", "no check changes, but the outcome is put together otherwise"),
    (r"原先规则册里没有这一条", "the rule book did not hold it"),
    (r"规则册里没有这一条", "the rule book does not hold it"),
    (r"(原先)?(\d{4}-\d\d-\d\d) 起才施行", "in force only from {{=2}}"),
    (r"(原先)?(\d{4}-\d\d-\d\d) 以后不再施行", "no longer in force after {{=2}}"),
    (r"原先不及([新改扩已建、]+)项目", "was not about {{v1}} projects"),
    (r"不及([新改扩已建、]+)项目", "not about {{v1}} projects"),
    (r"原先不及此行业（或所述工艺）", "was not about this industry (or the processes stated)"),
    (r"不及此行业（或所述工艺）", "not about this industry (or the processes stated)"),
    (r"原先场地不在其辖区", "the site was not in its jurisdiction"),
    (r"场地不在其辖区", "the site is not in its jurisdiction"),
    (r"规则的内容不同", "the rule says something else"),
    (r"例外“([^”]*)”届时已到期", r"the exception “\1” will have ended"),
    (r"演示数据 → 正式数据", "demonstration data → real data"),
    (r"正式数据 → 演示数据", "real data → demonstration data"),
    (r"(限值|距离|综合精度|基准线|图层|要素) ([^→；\n]+?) → ([^；\n]+)", "{{g1}} {{n2}} → {{n3}}"),
    # existing projects
    (r"退出期限 (\S+) 已过，核实是否已退出", r"the deadline \1 has passed: check whether it has left"),
    (r"须在 (\S+) 前退出", r"must leave before \1"),
    (r"须退出，规划未定期限", "must leave, the plan sets no deadline"),
    (r"若(新建|改建不增产能|改建增产能|扩建)：({o})", "if {{a1}}: {{o2}}"),
    # layers
    (r"用正式数据替换演示图层", "real data instead of the demonstration layer"),
    (r"取得规划所指的线", "the line that the plan means"),
    (r"更精确的图层", "a more accurate layer"),
    (r"没有图层", "no layer"),
    (r"补全范围", "its whole extent"),
    (r"补全属性", "its attributes"),
    (r"(完整|部分|范围不明|演示|缺|过时) (\d+)(?=$|[、；，])", "{{q1}} {{=2}}"),
]
