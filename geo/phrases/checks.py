"""What :mod:`geo.wording` says of a check: its relation on the ground, why it is open, an exit's date.

Findings and verdicts are told from their rows (:mod:`geo.english.checks`); these phrases are for sentences of which only
the words are kept: checks of suppositions, exits.
"""

from __future__ import annotations

#: Patterns and what they become, whole phrases before their parts; slots as in :func:`geo.phrases.retell`.
PHRASES: list[tuple[str, str]] = [
    # on the ground
    (r"位于规则适用的辖区内", "within the rule's jurisdiction"),
    (r"是否在规则适用的辖区内待定", "whether it lies in the rule's jurisdiction is open"),
    (r"没有可用的“({t})”图层", "no layer of {{t1}}"),
    (r"图层 (\S+?) 中没有所指的({t})", "the layer {{=1}} holds none of the {{t2}} meant"),
    (
        r"距([^；\n]+?)({l})? ([\d,.]+) 米，在限值 ([\d,.]+) (公里|米)(以内|以外) ([\d,.]+) 米",
        "{{=3}} m from {{=1}}{{b2}}, {{=7}} m {{i6}} the limit of {{=4}} {{u5}}",
    ),
    (r"全部位于([^；\n]+?)内，距边界 ([\d,.]+) 米", r"wholly within \1, \2 m from its border"),
    (
        r"不全在({t})内，超出最近的([^；\n]+?) ([\d,.]+) 米",
        "not wholly within {{t1}}, {{=3}} m beyond the nearest ({{=2}})",
    ),
    (
        r"位于({t})“([^”]+)”内，重叠 ([\d,.]+) 公顷（([\d.]+%)）",
        "within {{t1}} “{{=2}}”, overlap {{=3}} ha ({{=4}})",
    ),
    (r"位于({t})“([^”]+)”内", "within {{t1}} “{{=2}}”"),
    (r"位于({t})内", "within {{t1}}"),
    (r"距([^；，：\n]+?)({l})? ([\d,.]+) 米", "{{=3}} m from {{=1}}{{b2}}"),
    # why it is open
    (r"缺少“({t})”图层", "no layer of {{t1}}"),
    (
        r"“({t})”图层在此处是否完整没有说明，没有查到不等于没有",
        "nothing says that the layer of {{t1}} is complete here: not found does not mean not there",
    ),
    (
        r"没有规则认可的基准线（({l}|规划所指的线)）图层",
        "no layer holds a line that the rule accepts ({{l1}})",
    ),
    (r"不同基准线得出不同结果", "different base lines give different results"),
    (
        r"只有({l})，({l}|规划所指的线)可能更近，至多近 ([\d,.]+) 米",
        "only a {{l1}} is held; the {{l2}} may be nearer, by at most {{=3}} m",
    ),
    (r"只有({l})，({l}|规划所指的线)可能更近", "only a {{l1}} is held; the {{l2}} may be nearer"),
    (r"半河宽不明，按至多 ([\d,.]+) 公里计", r"half the river's width is unknown: at most \1 km"),
    (r"规划没有给出距离", "the plan gives no distance"),
    (r"附近的只是条款所指河段以外的部分", "only a reach outside the clause's is near"),
    (
        r"行业与名单相近（((?:[^（）]|（[^）]*）)*)），但“等”字未列明",
        r"the industry is similar to the list (\1), which is open and does not name it",
    ),
    (
        r"该河流（地点）是否属于规划所说的范围没有名单",
        "no list says whether this river (place) is among those meant",
    ),
    (
        r"“({t})”图层缺少规则要用的属性，不知是否所指要素",
        "the layer of {{t1}} lacks an attribute that the rule needs",
    ),
    (r"没有说明项目是否属于“([^”]*)”", r"the project does not state whether it is “\1”"),
    (r"没有说明项目是否满足“([^”]*)”", r"the project does not state whether it meets “\1”"),
    (r"申明例外“([^”]*)”，尚无佐证", r"claims the exception “\1”, without evidence yet"),
    (r"坐标系未申报，位置可能偏 640 米", "the datum is not declared: the position may be 640 m off"),
    (r"综合精度 ±([\d,.]+) 米，跨越限值", r"accuracy ±\1 m straddles the limit"),
    (r"规划为征求意见稿，尚不具约束力", "the plan is a draft and does not bind yet"),
    (r"图层 (\S+) 是演示数据", r"the layer \1 is demonstration data"),
    (r"触及概率不到 1%", "probability of a breach less than 1%"),
    (r"触及概率 99% 以上", "probability of a breach more than 99%"),
    (r"触及概率 (\d+%)", r"probability of a breach \1"),
    (r"属例外“([^”]*)”", r"falls under the exception “\1”"),
    (r"条件已满足：", "the condition is met: "),
    (r"条件不满足：", "the condition is not met: "),
    # an exit's date
    (r"规划未定期限", "the plan sets no deadline"),
    (
        r"期限（(\d+)年(\d+)月(\d+)日）已到，状态待核",
        r"its deadline (\1-\2-\3) has passed, standing to be checked",
    ),
    (r"须在(\d+)年(\d+)月(\d+)日前退出", r"to leave before \1-\2-\3"),
]
