"""Strict YAML: duplicate keys refused, and every fault named by file and line, all at once."""

from __future__ import annotations

from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError
from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError

from geo.errors import Problem

Model = TypeVar("Model", bound=BaseModel)


class Strict(BaseModel):
    """Base of every mapping read from YAML: unknown keys are errors, values are not converted."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)


def parse(path: Path, problems: list[Problem]) -> Any:
    """The plain content of a YAML file, or None after adding what is wrong to ``problems``."""
    try:
        # the fast loader: it refuses duplicate keys, but keeps no line numbers
        return YAML(typ="safe", pure=False).load(path.read_text(encoding="utf-8"))
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        where = f"第{mark.line + 1}行" if mark is not None else ""
        what = (error.problem or "YAML 语法错误").split("\n")[0]
        if "duplicate key" in what:
            what = "重复的键 " + what.removeprefix("found ")
        problems.append(Problem(str(path), where, "", "", what, "按 YAML 语法改正该行"))
    except (YAMLError, UnicodeDecodeError, ValueError, OSError) as error:
        problems.append(Problem(str(path), "", "", "", f"无法读取：{error}", "改为 UTF-8 编码的 YAML"))
    return None


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
    """The content again, with line numbers: read only when there is a fault to place."""
    return YAML(typ="rt").load(path.read_text(encoding="utf-8"))


def _where(node: Any, location: tuple[Any, ...]) -> str:
    """The line of the deepest part of a location that the file itself holds."""
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
    "string_type": "应为带引号的文字",
    "date_from_datetime_parsing": "应为日期（如 2021-01-01）",
}


def _wording(fault: Any) -> str:
    if fault["type"] == "value_error":
        return str(fault["ctx"]["error"])
    plain = _WORDING.get(fault["type"])
    if plain is None:
        return str(fault["msg"])
    allowed = (fault.get("ctx") or {}).get("expected")
    return f"{plain}：{allowed}" if allowed else plain


def _remedy(fault: Any) -> str:
    return {
        "missing": "补上这一项",
        "extra_forbidden": "删去或改正键名",
        "enum": "改用所列的词",
        "string_type": "加上引号",
    }.get(fault["type"], "改正该值")
