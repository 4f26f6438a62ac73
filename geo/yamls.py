"""Strict YAML: duplicate keys refused, and every fault named by file and line, all at once."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError
from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.events import AliasEvent, CollectionEndEvent, CollectionStartEvent, ScalarEvent

from geo.errors import Problem
from geo.limits import MOST_YAML_BYTES, size_fault

#: No rule, manifest or mapping is nested as deep, nor are aliases needed for as much.
_DEEPEST, _MOST_NODES = 60, 200_000
_INDENT = re.compile(r"^[ \t\-?:]+", re.MULTILINE)

Model = TypeVar("Model", bound=BaseModel)


class Strict(BaseModel):
    """Base of every mapping read from YAML: unknown keys are errors, values are not converted."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True, allow_inf_nan=False)


def parse(path: Path, problems: list[Problem]) -> Any:
    """The plain content of a YAML file, or None after adding what is wrong to ``problems``."""
    try:
        unfit = size_fault(path.stat().st_size, MOST_YAML_BYTES)
        if unfit is not None:
            problems.append(Problem(str(path), "", "", "", *unfit))
            return None
        text = path.read_text(encoding="utf-8-sig")
        refuse_endless(text)
        # the fast loader: it refuses duplicate keys, but keeps no line numbers
        return YAML(typ="safe", pure=False).load(text)
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        where = f"第{mark.line + 1}行" if mark is not None else ""
        what, to_do = _syntax((error.problem or "").split("\n")[0])
        problems.append(Problem(str(path), where, "", "", what, to_do))
    except UnicodeDecodeError as error:
        problems.append(Problem(str(path), "", "", "", f"不是 UTF-8 编码：{error}", "另存为 UTF-8 编码"))
    except OSError as error:
        what = f"无法读取：{error.strerror or error}"
        problems.append(Problem(str(path), "", "", "", what, "核对路径、权限"))
    except (YAMLError, ValueError, TypeError, OverflowError, LookupError, AttributeError) as error:
        # the loader's own errors, and those of values that it makes (a date such as 2021-13-45)
        problems.append(Problem(str(path), "", "", "", f"无法读取：{error}", "改正 YAML 的语法或该值"))
    return None


def _syntax(said: str) -> tuple[str, str]:
    """What the loader complains of, and the cure."""
    if "duplicate key" in said:
        return "重复的键 " + said.removeprefix("found "), "只留一个"
    if "tag" in said:
        return f"YAML 标签（!!…）不许用：{said}", "删去标签，直接写值"
    return (
        f"YAML 语法错误：{said}" if said else "YAML 语法错误",
        "按 YAML 语法改正该行（冒号后空一格，缩进用空格）",
    )


def refuse_endless(text: str) -> None:
    """Raise a YAML error for a text nested too deep, or whose aliases stand for too much.

    >>> refuse_endless("a: &a [1, 2]\\nb: *a")
    >>> refuse_endless("[" * 99 + "]" * 99)
    Traceback (most recent call last):
        ...
    ruamel.yaml.error.MarkedYAMLError: 嵌套超过 60 层
      in "<unicode string>", line 1, column 61
    """
    openers = text.count("[") + text.count("{")
    deep = openers > _DEEPEST or max(map(len, _INDENT.findall(text)), default=0) > _DEEPEST
    if not deep and not ("&" in text and "*" in text):
        return
    depth, sizes = 0, [0]
    held: dict[str, int] = {}
    anchors: list[str | None] = []
    for event in YAML(typ="safe", pure=False).parse(text):
        if isinstance(event, AliasEvent):
            sizes[-1] += held.get(event.anchor, 1)
        elif isinstance(event, ScalarEvent):
            sizes[-1] += 1
            if event.anchor:
                held[event.anchor] = 1
        elif isinstance(event, CollectionStartEvent):
            depth += 1
            sizes.append(1)
            anchors.append(event.anchor)
        elif isinstance(event, CollectionEndEvent):
            depth -= 1
            whole, anchor = sizes.pop(), anchors.pop()
            sizes[-1] += whole
            if anchor:
                held[anchor] = whole
        if depth > _DEEPEST:
            raise MarkedYAMLError(problem=f"嵌套超过 {_DEEPEST} 层", problem_mark=event.start_mark)
        if sizes[-1] > _MOST_NODES:
            raise MarkedYAMLError(
                problem=f"别名（*）展开后超过 {_MOST_NODES:,} 项", problem_mark=event.start_mark
            )


def validate(
    model: type[Model], content: Any, path: Path, problems: list[Problem], under: tuple[str, ...] = ()
) -> Model | None:
    """``content`` as a ``model``, or None after adding every fault, with its line, to ``problems``.

    ``under`` are the keys of the file that ``content`` stands under, if it is not the whole.
    """
    try:
        return model.model_validate(content)
    except ValidationError as error:
        lines = _lines(path)
        for fault in error.errors():
            location = (*under, *fault["loc"])
            problems.append(
                Problem(
                    str(path),
                    _where(lines, location),
                    ".".join(str(part) for part in location),
                    _shown(fault["input"]),
                    _wording(fault),
                    _remedy(fault),
                )
            )
    return None


def line_of(path: Path, *location: str | int) -> str:
    """Where a part of a file stands, such as 第3行, for faults that only show beside other things."""
    return _where(_lines(path), location)


def _lines(path: Path) -> Any:
    """The content again, with line numbers: read only when there is a fault to place; None where it cannot be."""
    try:
        return YAML(typ="rt").load(path.read_text(encoding="utf-8-sig"))
    except (YAMLError, ValueError, TypeError, LookupError, AttributeError):
        return None  # it reads a little less than the fast loader: the fault is told without its line


def _where(node: Any, location: tuple[Any, ...]) -> str:
    """The line of the deepest part of a location that the file itself holds."""
    if node is None:
        return ""
    line = 0
    for part in location:
        held = hasattr(node, "lc") and (
            part in node if hasattr(node, "keys") else isinstance(part, int) and part < len(node)
        )
        if not held:
            continue  # a step that only the model has: a single mapping read as a list of one
        line = (node.lc.key(part) if hasattr(node, "keys") else node.lc.item(part))[0]
        node = node[part]
    return f"第{line + 1}行"


def _shown(value: Any) -> str:
    text = str(value)
    return text if len(text) <= 60 else text[:57] + "…"


_WORDING = {
    "missing": "缺少这一项",
    "extra_forbidden": "不认识的键",
    "enum": "不在允许的词中",
    "literal_error": "不在允许的词中",
    "string_type": "应为带引号的文字",
    "string_too_short": "不能为空",
    "string_pattern_mismatch": "写法不对",
    "date_from_datetime_parsing": "应为日期（如 2021-01-01）",
    "date_from_datetime_inexact": "应为日期（如 2021-01-01）",
    "date_parsing": "应为日期（如 2021-01-01）",
    "date_type": "应为日期（如 2021-01-01）",
    "list_type": "应为列表（每项一行，前加 -）",
    "dict_type": "应为“键: 值”",
    "model_type": "应为“键: 值”",
    "model_attributes_type": "应为“键: 值”",
    "too_short": "至少要有一项",
    "too_long": "项数太多",
    "int_type": "应为整数",
    "int_parsing": "应为整数",
    "int_from_float": "应为整数",
    "float_type": "应为数字",
    "float_parsing": "应为数字",
    "bool_type": "应为 true 或 false",
    "bool_parsing": "应为 true 或 false",
    "finite_number": "不是有限数",
    "greater_than": "太小",
    "greater_than_equal": "太小",
    "less_than": "太大",
    "less_than_equal": "太大",
}
#: What pydantic tells beside a fault, in our words.
_BOUND = {"expected": "", "ge": "不小于 ", "gt": "大于 ", "le": "不大于 ", "lt": "小于 ", "pattern": "如 "}


def _wording(fault: Any) -> str:
    if fault["type"] == "value_error":
        return str(fault["ctx"]["error"])
    plain = _WORDING.get(fault["type"])
    if plain is None:
        return str(fault["msg"])
    context = fault.get("ctx") or {}
    allowed = "，".join(f"{words}{context[key]}" for key, words in _BOUND.items() if key in context)
    return f"{plain}：{allowed}" if allowed else plain


def _remedy(fault: Any) -> str:
    return {
        "missing": "补上这一项",
        "extra_forbidden": "删去或改正键名",
        "enum": "改用所列的词",
        "literal_error": "改用所列的词",
        "string_type": "加上引号",
    }.get(fault["type"], "改正该值")
