"""Map tips: what shows when the pointer rests on a feature. Text from users' files is escaped."""

from __future__ import annotations

from geo.contracts import FLAG, NUMBER
from geo.labels import labels_of
from geo.language import Lang
from geo.terms import Outcome
from geo.writers.content import Content
from geo.writers.qgis.fields import display_column
from geo.writers.qgis.vocabulary import is_hidden
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


def _first(column: str, say: Lang) -> str:
    """An expression: the first lines of a long text; the form has the whole of it."""
    lines = f"string_to_array(coalesce(\"{column}\",''),'\\n')"
    head = safe(column, f"array_to_string(array_slice({lines},0,{_MOST_LINES - 1}),'\\n')")
    before, after = say(("<br>……共 ", " 条，全部见属性表单"), ("<br>… ", " in all: see the form"))
    more = f"if(array_length({lines})>{_MOST_LINES},'{before}' || array_length({lines}) || '{after}','')"
    return f"{head} || {more}"


def words(column: str, say: Lang = Lang.ZH) -> str:
    """An expression: the label of a column of codes; several codes are joined by ``;``.

    >>> print(words("robustness"))
    CASE WHEN "robustness"='robust' THEN '稳健' WHEN "robustness"='fragile' THEN '不稳健' ELSE '' END
    """
    if column == "development":  # 改扩建 is two
        cases = _cases("@element", column, say)
        each = f"array_foreach(string_to_array(coalesce(\"{column}\",''),';'),CASE{cases} ELSE @element END)"
        return f"array_to_string({each},'{say('、', ', ')}')"
    return f"CASE{_cases(_quoted(column), column, say)} ELSE '' END"


def _quoted(column: str) -> str:
    return f'"{column}"'


def _cases(value: str, column: str, say: Lang) -> str:
    labels = labels_of(column, say)
    return "".join(f" WHEN {value}='{code}' THEN '{_apart(label)}'" for code, label in labels.items())


def _apart(label: str) -> str:
    return label.replace("'", "''")


def metres(column: str, say: Lang = Lang.ZH) -> str:
    """An expression: metres, decimals only below 100; a dash where there is no figure."""
    return (
        f"CASE WHEN \"{column}\" IS NULL THEN '—' "
        f'ELSE format_number("{column}",if("{column}"<>0 AND abs("{column}")<100,1,0)) || \' {say("米", "m")}\' END'
    )


def _said(expression: str) -> str:
    return f"[% {expression} %]"


def _colour() -> str:
    cases = "".join(f" WHEN \"outcome\"='{o}' THEN '{OUTCOMES[o].colour}'" for o in Outcome)
    return f"CASE{cases} ELSE '#444444' END"


def site_tip(relation: str, say: Lang) -> str:
    """Outcome, reasons, each rule that bites with clause, metres and reading, and what to do."""
    row = (
        "'<tr><td>' || {rule} || ' ' || {title} || '</td><td>' || {clause} || '</td><td>' || {metres} ||"
        " '</td><td>' || {line} || ' · ' || {layer} || '</td></tr>'"
    ).format(
        rule=safe("rule_id"),
        title=safe("title"),
        clause=safe("citation"),
        metres=metres("distance_m", say),
        line=words("line", say),
        layer=safe("layer_key"),
    )
    hits = (
        f"relation_aggregate(relation:='{relation}',aggregate:='concatenate',"
        f"expression:=if(\"state\"='hit',{row},''))"
    )
    table = (
        f'if("hits">0,\'<table border=0 cellpadding=2><tr><th>{say("触及的规则", "Rule touched")}</th>'
        f"<th>{say('条款', 'Section')}</th><th>{say('距离', 'Distance')}</th>"
        f"<th>{say('读法（基准线 · 图层）', 'Reading (base line · layer)')}</th></tr>' || {hits} || '</table>','')"
    )
    parts = [
        f"<b>{_said(safe('site_id'))} {_said(safe('name'))}</b> ",
        f'<span style="background:{_said(_colour())};color:#ffffff">&nbsp;{_said(safe("outcome_zh"))}&nbsp;</span>'
        f" {_said(words('robustness', say))}",
        f"<p>{_said(_first('reasons', say))}</p>",
        _said(table),
        _said(
            f"if(length(\"settle\")>0,'<p><b>{say('如何核实', 'What settles it')}</b><br>' || {_first('settle', say)} || '</p>','')"
        ),
        _said(
            f"if(length(\"remedy\")>0,'<p><b>{say('如何处理', 'What to do')}</b><br>' || {_first('remedy', say)} || '</p>','')"
        ),
        f"<p><i>{say('初步研判，仅供参考', 'Preliminary screening, for reference only')}</i></p>",
    ]
    return _FRAME.format("".join(parts))


def zone_tip(say: Lang) -> str:
    """The rule, its clause, what is limited within what distance of which line, and from which layer."""
    made = say("演示数据：程序生成，不作数", "Demonstration data: generated, does not count")
    demo = f"if(\"demo\",'<p><b>{made}</b></p>','')"
    limit = "if(\"limit_m\">0,' ' || " + limit_words() + ",'')"
    parts = [
        f"<b>{_said(safe('rule_id'))} {_said(safe('title'))}</b>",
        f"<p>{_said(words('effect', say))}{say('：', ': ')}{_said(safe('feature_name'))} {_said(words('measure', say))}{_said(limit)}</p>",
        f"<p>{say('条款：', 'Section: ')}{_said(safe('citation'))}</p>",
        f"<p>{say('读法：', 'Reading: ')}{_said(words('line', say))}{say('，图层 ', ', layer ')}{_said(safe('layer_key'))}"
        f"{say('，精度 ', ', accuracy ')}{_said(metres('layer_accuracy_m', say))}</p>",
        _said(demo),
    ]
    return _FRAME.format("".join(parts))


def limit_words() -> str:
    """An expression: the limit of a zone as a planner writes it, 2 km or 50 m."""
    return (
        "if(\"limit_m\">=1000, replace(format_number(\"limit_m\"/1000,1),'.0','') || ' km', "
        "format_number(\"limit_m\",0) || ' m')"
    )


def plain_tip(content: Content) -> str:
    """A layer without a tip of its own: its name and its first columns."""
    contract, say = content.contract, content.lang
    head = display_column(contract)
    rows: list[str] = []
    for name, column in contract.items():
        if name == head or is_hidden(name, contract) or len(rows) == _MOST_ROWS:
            continue
        if content.labels(name):
            value = f"coalesce(nullif({words(name, say)},''),{safe(name)})"
        elif column.kind == NUMBER:
            value = f'coalesce(format_number("{name}",if(abs("{name}")<100,2,0)),\'—\')'
        elif column.kind == FLAG:
            value = f"if(\"{name}\",'{say('是', 'yes')}','{say('否', 'no')}')"
        else:
            value = safe(name)
        rows.append(f"<tr><td>{content.heading(name)}</td><td>{_said(value)}</td></tr>")
    return _FRAME.format(f"<b>{_said(safe(head))}</b><table cellpadding=2>{''.join(rows)}</table>")
