"""Map tips: what shows when the pointer rests on a feature. Text from users' files is escaped."""

from __future__ import annotations

from geo.frames import FLAG, NUMBER, Contract
from geo.terms import Outcome
from geo.writers.qgis.fields import display_column
from geo.writers.qgis.vocabulary import is_hidden, labels_of
from geo.writers.styles import OUTCOMES

_FRAME = (
    '<div style="font-family:Microsoft YaHei,Noto Sans CJK SC,sans-serif;font-size:9pt;width:420px">{}</div>'
)
_MOST_ROWS, _MOST_LINES = 9, 5


def safe(column: str, text: str = "") -> str:
    """An expression: the text of a column (or ``text``), with what HTML would read as markup made plain.

    >>> print(safe("name"))
    replace(replace(replace(coalesce("name",''),'&','&amp;'),'<','&lt;'),'\\n','<br>')
    """
    held = text or f"coalesce(\"{column}\",'')"
    return f"replace(replace(replace({held},'&','&amp;'),'<','&lt;'),'\\n','<br>')"


def _first(column: str) -> str:
    """An expression: the first lines of a long text; the form has the whole of it."""
    lines = f"string_to_array(coalesce(\"{column}\",''),'\\n')"
    head = safe(column, f"array_to_string(array_slice({lines},0,{_MOST_LINES - 1}),'\\n')")
    more = f"if(array_length({lines})>{_MOST_LINES},'<br>……共 ' || array_length({lines}) || ' 条，全部见属性表单','')"
    return f"{head} || {more}"


def words(column: str) -> str:
    """An expression: the Chinese label of a column of codes.

    >>> print(words("robustness"))
    CASE WHEN "robustness"='robust' THEN '稳健' WHEN "robustness"='fragile' THEN '不稳健' ELSE '' END
    """
    cases = "".join(f" WHEN \"{column}\"='{code}' THEN '{zh}'" for code, zh in labels_of(column).items())
    return f"CASE{cases} ELSE '' END"


def metres(column: str) -> str:
    """An expression: metres, decimals only below 100; a dash where there is no figure."""
    return (
        f"CASE WHEN \"{column}\" IS NULL THEN '—' "
        f'ELSE format_number("{column}",if("{column}"<>0 AND abs("{column}")<100,1,0)) || \' 米\' END'
    )


def _said(expression: str) -> str:
    return f"[% {expression} %]"


def _colour() -> str:
    cases = "".join(f" WHEN \"outcome\"='{o}' THEN '{OUTCOMES[o].colour}'" for o in Outcome)
    return f"CASE{cases} ELSE '#444444' END"


def site_tip(relation: str) -> str:
    """Outcome, reasons, each rule that bites with clause, metres and reading, and what to do."""
    row = (
        "'<tr><td>' || {rule} || ' ' || {title} || '</td><td>' || {clause} || '</td><td>' || {metres} ||"
        " '</td><td>' || {line} || ' · ' || {layer} || '</td></tr>'"
    ).format(
        rule=safe("rule_id"),
        title=safe("title"),
        clause=safe("citation"),
        metres=metres("distance_m"),
        line=words("line"),
        layer=safe("layer_key"),
    )
    hits = (
        f"relation_aggregate(relation:='{relation}',aggregate:='concatenate',"
        f"expression:=if(\"state\"='hit',{row},''))"
    )
    table = (
        f'if("hits">0,\'<table border=0 cellpadding=2><tr><th>触及的规则</th><th>条款</th><th>距离</th>'
        f"<th>读法（基准线 · 图层）</th></tr>' || {hits} || '</table>','')"
    )
    parts = [
        f"<b>{_said(safe('site_id'))} {_said(safe('name'))}</b> ",
        f'<span style="background:{_said(_colour())};color:#ffffff">&nbsp;{_said(safe("outcome_zh"))}&nbsp;</span>'
        f" {_said(words('robustness'))}",
        f"<p>{_said(_first('reasons'))}</p>",
        _said(table),
        _said(f"if(length(\"settle\")>0,'<p><b>如何核实</b><br>' || {_first('settle')} || '</p>','')"),
        _said(f"if(length(\"remedy\")>0,'<p><b>如何处理</b><br>' || {_first('remedy')} || '</p>','')"),
        "<p><i>初步研判，仅供参考</i></p>",
    ]
    return _FRAME.format("".join(parts))


def zone_tip() -> str:
    """The rule, its clause, what is limited within what distance of which line, and from which layer."""
    demo = "if(\"demo\",'<p><b>演示数据：程序生成，不作数</b></p>','')"
    limit = "if(\"limit_m\">0,' ' || " + limit_words() + ",'')"
    parts = [
        f"<b>{_said(safe('rule_id'))} {_said(safe('title'))}</b>",
        f"<p>{_said(words('effect'))}：{_said(safe('feature_name'))} {_said(words('measure'))}{_said(limit)}</p>",
        f"<p>条款：{_said(safe('citation'))}</p>",
        f"<p>读法：{_said(words('line'))}，图层 {_said(safe('layer_key'))}，精度 {_said(metres('layer_accuracy_m'))}</p>",
        _said(demo),
    ]
    return _FRAME.format("".join(parts))


def limit_words() -> str:
    """An expression: the limit of a zone as a planner writes it, 2 km or 50 m."""
    return (
        "if(\"limit_m\">=1000, replace(format_number(\"limit_m\"/1000,1),'.0','') || ' km', "
        "format_number(\"limit_m\",0) || ' m')"
    )


def plain_tip(contract: Contract) -> str:
    """A layer without a tip of its own: its name and its first columns."""
    head = display_column(contract)
    rows: list[str] = []
    for name, column in contract.items():
        if name == head or is_hidden(name, contract) or len(rows) == _MOST_ROWS:
            continue
        if labels_of(name):
            value = f"coalesce(nullif({words(name)},''),{safe(name)})"
        elif column.kind == NUMBER:
            value = f'coalesce(format_number("{name}",if(abs("{name}")<100,2,0)),\'—\')'
        elif column.kind == FLAG:
            value = f"if(\"{name}\",'是','否')"
        else:
            value = safe(name)
        rows.append(f"<tr><td>{column.heading}</td><td>{_said(value)}</td></tr>")
    return _FRAME.format(f"<b>{_said(safe(head))}</b><table cellpadding=2>{''.join(rows)}</table>")
