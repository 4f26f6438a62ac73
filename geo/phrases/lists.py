"""How a site list was read: remarks of :mod:`geo.sitefiles` on rows that are screened."""

from __future__ import annotations

#: Patterns and what they become, whole phrases before their parts; slots as in :func:`geo.phrases.retell`.
PHRASES: list[tuple[str, str]] = [
    (r"第\s?(\d+)\s?行", r"row \1"),
    (r"第\s?(\d+)\s?个要素", r"feature \1"),
    (r"行业：({f})", "industry: {{f1}}"),
    (r"建设性质：({f})", "development: {{f1}}"),
    (
        r"项目名称写“([^”]*)”，建设性质是([新改扩已建、]+)，请核对",
        "the name says “{{=1}}”, the development stated is {{v2}}: please check",
    ),
    (
        r"项目名称像是 (.+?)，行业代码写的是 (.+?)，请核对",
        r"the name sounds like \1, the code stated is \2: please check",
    ),
    (r"行业据(.+?)读作 (.+?)（({f})），请核对", "industry read from {{=1}} as {{=2}} ({{f3}}): please check"),
    (
        r"建设性质据(.+?)“([^”]*)”读作 ([新改扩已建、]+)（({f})），各按其规则检查，请核对",
        "development read from {{=1}} “{{=2}}” as {{v3}} ({{f4}}), checked as each: please check",
    ),
    (
        r"建设性质据(.+?)“([^”]*)”读作 ([新改扩已建、]+)（({f})），请核对",
        "development read from {{=1}} “{{=2}}” as {{v3}} ({{f4}}): please check",
    ),
    (r"行业代码列", "the column of codes"),
    (r"建设性质列", "the column of development"),
    (r"行业类别", "the column of industries"),
    (r"项目名称", "the name"),
    (
        r"米制坐标没有写明坐标系，按未申报处理（放宽 640 米）：确是 CGCS2000 请写明；若是 1980 西安、1954 北京，须先转换",
        "metres without a stated datum are taken as undeclared (640 m of doubt): say so if they are CGCS2000; Xian 1980 and Beijing 1954 are to be transformed first",
    ),
    (r"所报面积 ([\d.,]+) 公顷，按坐标算得 ([\d.,]+) 公顷，", r"area stated \1 ha, by its corners \2 ha: "),
    (r"像是把平方米写成了公顷", "square metres may have been written as hectares"),
    (r"像是把亩写成了公顷", "mu may have been written as hectares"),
    (r"核对图形", "check the shape"),
    (
        r"全部经纬度也都像“度.分秒”（112.3256 即 112°32′56″），现按十进制度读",
        "all angles could also be packed degrees (112.3256 for 112°32′56″); they are read as decimal degrees",
    ),
    (r"确是度.分秒，请加 --packed-dms", "add --packed-dms if they are packed"),
    (r"表里没有编号，编号记为 (\S+)", r"the table has no numbers: called \1"),
    (r"有几个项目时，请加“编号”一列", "add a column of numbers where there are several projects"),
    (
        r"可能是丢了前导零的 (\d+)（(.+?)），也可能是中类 (\d+)（(.+?)）",
        r"may be \1 (\2) without its leading zero, or the group \3 (\4)",
    ),
    (r"写成文字 (\d+) 或 C(\d+) 以示区别", r"write \1 as text, or C\2, to tell them apart"),
    (r"补回前导零：(\d+)", r"leading zero put back: \1"),
    (r"与(\S+)起的另一组坐标核对", r"checked against the other coordinates from \1"),
]
