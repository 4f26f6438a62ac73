"""The errors page from the code: every fault that the product can tell, with its cause and its cure.

Messages are read from the syntax tree, never by running anything: calls of ``Problem`` and of what wraps it, the errors of
:mod:`geo.errors`, and what models of YAML files say of a value. What a message fills in at run time stands as ….
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from ruamel.yaml import YAML

ROOT = Path(__file__).resolve().parents[1]
PAGE, ENGLISH = ROOT / "docs" / "errors.md", ROOT / "docs" / "errors_en.yaml"

#: Calls whose last two arguments are what is wrong and what to do.
_TELLERS = {"Problem", "fault", "_fault", "_fault_at", "Unplaced"}
_ERRORS = {"HongxianError", "RuleBookError", "LayerError", "SiteError", "RunError"}
#: Modules in which pairs of texts are such: what a function returns, or a table holds.
_PAIRS = {"limits.py", "vectors.py", "containers.py", "footprint.py", "options.py", "yamls.py"}
_CHINESE = re.compile("[\u4e00-\u9fff]")
_NO_CURE = "改正该值"
SECTIONS = {
    "geo/sitefiles geo/sites.py geo/site_options.py geo/datum_params.py": ("场地清单与坐标", "Site lists and coordinates"),
    "geo/limits.py": ("文件本身（大小、压缩包、XML、地址）", "Files as such: size, archives, XML, addresses"),
    "geo/reading.py geo/crs.py geo/gdal.py geo/streaming.py geo/catalog.py geo/attributes.py geo/layer.py geo/containers.py geo/cache.py geo/features.py geo/manifest geo/osm geo/divisions.py":
        ("图层与图层清单", "Layers and the manifest"),
    "geo/yamls.py geo/rule.py geo/rulebook geo/task.py geo/indicator.py geo/industries.py geo/lint.py geo/ledger.py geo/examples.py":
        ("规则册与 YAML", "Rules and YAML"),
    "geo/runs geo/explain.py geo/starter.py": ("结果、重跑、比较、人工认定", "Runs, repeating, comparing, overrides"),
    "geo/restoration geo/rasters": ("修复与栅格", "Restoration and rasters"),
    "geo/availability": ("可用地", "Where a use could go"),
    "geo": ("命令行与输出", "Command line and outputs"),
}  # fmt: skip


@dataclass(frozen=True)
class Message:
    """One message: where it is written, what it says, the cure, and whether it is only a remark."""

    file: str
    what: str
    to_do: str
    remark: bool = False


def messages(root: Path = ROOT / "geo") -> list[Message]:
    """Every message of the package, each once, by file and text."""
    found: dict[tuple[str, str], Message] = {}
    for path in sorted(root.rglob("*.py")):
        file = path.relative_to(root.parent).as_posix()
        for message in _of_module(ast.parse(path.read_text(encoding="utf-8")), file):
            found.setdefault((message.what, message.to_do), message)
    return sorted(found.values(), key=lambda m: (_section(m.file), m.file, m.what, m.to_do))


def _of_module(tree: ast.Module, file: str) -> Iterator[Message]:
    notes = {
        id(call)
        for node in ast.walk(tree)
        if _is_note(node)
        for call in ast.walk(node)
        if isinstance(call, ast.Call)
    }
    for scope in [tree, *(n for n in ast.walk(tree) if isinstance(n, ast.FunctionDef))]:
        known = Known(_assigned(tree.body), _assigned(scope.body) if scope is not tree else {})
        nodes = [node for node in _own(scope) if hasattr(node, "lineno")]
        for node in sorted(nodes, key=lambda n: (n.lineno, n.col_offset)):
            if isinstance(node, ast.Call):
                yield from _of_call(node, file, known, id(node) in notes)
            elif isinstance(node, ast.Tuple) and Path(file).name in _PAIRS:
                yield from _pair(node.elts, file, known, False)


#: By name, the line and a text of each assignment.
Assigned = dict[str, list[tuple[int, str]]]


class Known:
    """What names can stand for: what was assigned since they were last told, as branches do before one telling."""

    def __init__(self, outer: Assigned, own: Assigned) -> None:
        self.outer, self.own = outer, own
        self.told: dict[str, int] = {}

    def at(self, name: ast.Name) -> list[tuple[int, str]]:
        """Lines and texts that a name can stand for where it is used."""
        before = [(line, text) for line, text in self.own.get(name.id, []) if line < name.lineno]
        since = [(line, text) for line, text in before if line >= self.told.get(name.id, 0)]
        last = max((line for line, _ in before), default=0)
        return since or [(line, text) for line, text in before if line == last] or self.outer.get(name.id, [])

    def tell(self, name: ast.Name) -> None:
        """The name was told here: what is assigned later is another matter."""
        self.told[name.id] = name.lineno


def _own(scope: ast.AST) -> Iterator[ast.AST]:
    """The nodes of a scope, not those of functions in it."""
    for child in ast.iter_child_nodes(scope):
        if not isinstance(child, ast.FunctionDef):
            yield child
            yield from _own(child)


def _is_note(node: ast.AST) -> bool:
    return (
        isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr in ("append", "extend")
        and ast.unparse(node.func.value).endswith("notes")
    )


def _of_call(node: ast.Call, file: str, known: Known, remark: bool) -> Iterator[Message]:
    name = node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")
    if name in _TELLERS:
        yield from _pair(node.args, file, known, remark)
    elif name in _ERRORS and node.args:
        alone = len(node.args) == 1
        for text in _texts(node.args[0], known):
            what, _, to_do = text.partition("；") if alone else (text, "", "见其下列出的各项")
            yield Message(file, what, to_do or "见所述")
    elif name == "ValueError" and node.args:
        for text in _texts(node.args[0], known):
            if _CHINESE.search(text):
                yield Message(file, text, _NO_CURE)


def _pair(args: list[ast.expr], file: str, known: Known, remark: bool) -> Iterator[Message]:
    if len(args) < 2 or any(isinstance(arg, ast.Starred) for arg in args[-2:]):
        return  # what a function returns, or a table holds, is found there
    first, second = args[-2:]
    if isinstance(first, ast.Name) and isinstance(second, ast.Name):
        causes, cures = known.at(first), known.at(second)
        together = {line for line, _ in causes} == {line for line, _ in cures}
        pairs = [(a, b) for n, a in causes for m, b in cures if n == m or not together]
    else:
        pairs = [(a, b) for a in _texts(first, known) for b in _texts(second, known) or ["…"]]
    for name in args[-2:]:
        if isinstance(name, ast.Name):
            known.tell(name)
    for what, cure in dict.fromkeys(pairs):
        if _CHINESE.search(what) and (_CHINESE.search(cure) or cure == "…" or remark):
            yield Message(file, what, cure, remark)


def _assigned(body: list[ast.stmt]) -> Assigned:
    """Names and the texts that they are given anywhere in a scope."""
    found: Assigned = {}
    known = Known({}, found)
    for node in [n for statement in body for n in [statement, *_own(statement)]]:
        if not isinstance(node, ast.Assign | ast.AnnAssign) or node.value is None:
            continue
        for target in node.targets if isinstance(node, ast.Assign) else [node.target]:
            pairs = [(target, node.value)]
            if isinstance(target, ast.Tuple):
                values = (
                    [node.value.body, node.value.orelse]
                    if isinstance(node.value, ast.IfExp)
                    else [node.value]
                )
                pairs = [
                    pair
                    for value in values
                    if isinstance(value, ast.Tuple)
                    for pair in zip(target.elts, value.elts, strict=False)
                ]
            for name, value in pairs:
                if isinstance(name, ast.Name):
                    found.setdefault(name.id, []).extend((node.lineno, text) for text in _texts(value, known))
    return found


def _texts(node: ast.expr, known: Known) -> list[str]:
    """The texts that an expression can be; what is filled in stands as …."""
    if isinstance(node, ast.Constant):
        return [node.value] if isinstance(node.value, str) else []
    if isinstance(node, ast.JoinedStr):
        made = [""]
        for part in node.values:
            ends = [part.value] if isinstance(part, ast.Constant) else _filled(part, known)
            made = [a + b for a in made for b in ends]
        return [re.sub("…(?:…)+", "…", text) for text in made]
    if isinstance(node, ast.IfExp):
        return _texts(node.body, known) + _texts(node.orelse, known)
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
        left, right = _texts(node.left, known) or ["…"], _texts(node.right, known) or ["…"]
        return [a + b for a in left for b in right]
    if isinstance(node, ast.Name):
        return list(dict.fromkeys(text for _, text in known.at(node)))
    return []


def _filled(part: ast.expr, known: Known) -> list[str]:
    inner = part.value if isinstance(part, ast.FormattedValue) else part
    if isinstance(inner, ast.IfExp):  # a word or another
        words = [text for text in _texts(inner, known) if len(text) < 30]
        return list(dict.fromkeys(words)) or ["…"]
    return ["…"]


def _section(file: str) -> int:
    for number, paths in enumerate(SECTIONS):
        if any(file == path or file.startswith(path + "/") for path in paths.split()):
            return number
    raise KeyError(file)


def english() -> dict[str, str]:
    """The English of each message, by its Chinese cause."""
    return dict(YAML(typ="safe").load(ENGLISH.read_text(encoding="utf-8")) or {})


def page() -> str:
    """The whole page."""
    told = english()
    lines = [
        "# 错误与说明 · Errors and remarks",
        "",
        "由 `scripts/build_errors` 从代码生成，勿手改；英文在 [errors_en.yaml](errors_en.yaml)。“…”是运行时填入的内容。",
        "Generated from the code by `scripts/build_errors`, not to be edited; “…” is filled in at run time.",
        "",
    ]
    held = messages()
    for number, (zh, en) in enumerate(SECTIONS.values()):
        rows = [message for message in held if _section(message.file) == number]
        if not rows:
            continue
        lines += [f"## {zh} · {en}", "", "| 问题 · cause | 怎么办 · cure | English |", "| --- | --- | --- |"]
        lines += [f"| {_cell(m.what)} | {_cell(_cure(m))} | {_cell(told.get(m.what, ''))} |" for m in rows]
        lines.append("")
    return "\n".join(lines)


def _cure(message: Message) -> str:
    return message.to_do or "（说明，不妨碍筛查 · a remark）"


def _cell(text: str) -> str:
    return re.sub(r"\s+", " ", text.replace("|", r"\|").replace("<", "&lt;").replace(">", "&gt;")).strip()
