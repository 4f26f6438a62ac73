"""Adding entries to a manifest without touching what stands in it: comments, order and layout stay."""

from __future__ import annotations

import io
import os
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.error import YAMLError
from ruamel.yaml.scalarstring import DoubleQuotedScalarString

from geo.asides import aside, why_unwritten
from geo.errors import LayerError, Problem
from geo.yamls import parse


def read_entries(manifest: Path) -> list[dict[str, Any]]:
    """The entries of a manifest as written; none where there is no manifest yet.

    Raises :class:`~geo.errors.LayerError` where it is no YAML with a list ``layers``.
    """
    if not manifest.is_file():
        return []
    problems: list[Problem] = []
    content = parse(manifest, problems)
    layers = content.get("layers") if isinstance(content, dict) else None
    if not problems and not isinstance(layers, list):
        problems.append(Problem(str(manifest), "", "layers", "", "没有图层列表 layers", "改正清单"))
    if problems or not isinstance(layers, list):
        raise LayerError("图层清单不能读", problems)
    return [entry for entry in layers if isinstance(entry, dict)]


def append_entries(manifest: Path, entries: Sequence[dict[str, Any]]) -> None:
    """Append entries; the file is replaced in one step, or not at all.

    Raises :class:`~geo.errors.LayerError` where there is no manifest, it cannot be written, or a key
    stands in it already.
    """
    if not manifest.is_file():
        problem = Problem(
            str(manifest), "", "", "", "没有图层清单", "先运行 hongxian init，或用 --manifest 指明"
        )
        raise LayerError("没有图层清单", [problem])
    before = read_entries(manifest)
    keys = [str(entry.get("key")) for entry in [*before, *entries]]
    doubled = sorted({key for key in keys if keys.count(key) > 1})
    if doubled:
        problems = [Problem(str(manifest), "", "key", k, "图层键重复", "每个图层用唯一的键") for k in doubled]
        raise LayerError("图层键重复，未写入", problems)
    text = manifest.read_bytes().decode("utf-8")
    plain = text.replace("\r\n", "\n")
    wanted = [*before, *_plain(entries)]
    # written after the text as it stands where the list ends the file, else by a round trip: the latter
    # keeps comments and order, but not where a long line was folded
    new = next(
        (new for new in (_after(plain, entries), _inside(plain, entries)) if _layers(new) == wanted), None
    )
    if new is None:
        problem = Problem(
            str(manifest), "", "layers", "", "版式特殊，自动写入会改变原有内容", "手工补上这一项"
        )
        raise LayerError("清单未改动", [problem])
    _replace(manifest, new.replace("\n", "\r\n") if "\r\n" in text else new)


def as_yaml(entry: dict[str, Any]) -> str:
    """An entry as it would stand in the manifest.

    >>> print(as_yaml({"key": "a", "covers": {"adcode": ["1408"]}}), end="")
      - key: a
        covers: {adcode: ["1408"]}
    """
    written = io.StringIO()
    _like("layers:\n  - a\n").dump({"layers": [_styled(entry)]}, written)
    return written.getvalue().removeprefix("layers:\n")


def _layers(text: str) -> Any:
    try:
        return YAML(typ="safe").load(text)["layers"]
    except YAMLError:
        return None


def _after(text: str, entries: Sequence[dict[str, Any]]) -> str:
    """The text as it stands, the entries behind it."""
    written = io.StringIO()
    _like(text).dump({"layers": [_styled(entry) for entry in entries]}, written)
    added = written.getvalue().removeprefix("layers:\n")
    return f"{text.rstrip()}\n\n{added}"


def _inside(text: str, entries: Sequence[dict[str, Any]]) -> str:
    """The entries at the end of the list, wherever that is, by a round trip."""
    yaml = _like(text)
    content = yaml.load(text)
    content["layers"].extend(_styled(entry) for entry in entries)
    written = io.StringIO()
    yaml.dump(content, written)
    return written.getvalue()


def _like(text: str) -> YAML:
    """A round-trip writer with the indent of the file's own list."""
    dash = re.search(r"^layers:[^\n]*\n(?:\s*#[^\n]*\n|\s*\n)*( *)- ", text.replace("\r\n", "\n"), re.M)
    offset = len(dash.group(1)) if dash else 2
    yaml = YAML(typ="rt")
    yaml.preserve_quotes = True
    yaml.width = 1 << 20
    yaml.allow_unicode = True
    yaml.indent(mapping=2, sequence=offset + 2, offset=offset)
    return yaml


def _styled(entry: dict[str, Any]) -> CommentedMap:
    """The entry in blocks, what it holds on one line; codes quoted, so that no reader makes them numbers."""
    block = CommentedMap()
    for name, value in entry.items():
        block[name] = _flow(value) if isinstance(value, dict | list) else value
    return block


def _flow(value: Any) -> Any:
    if isinstance(value, dict):
        flow = CommentedMap({_flow(k): _flow(v) for k, v in value.items()})
        flow.fa.set_flow_style()
        return flow
    if isinstance(value, list):
        items = CommentedSeq(_flow(item) for item in value)
        items.fa.set_flow_style()
        return items
    return DoubleQuotedScalarString(value) if isinstance(value, str) and value[:1].isdigit() else value


def _plain(entries: Sequence[dict[str, Any]]) -> Any:
    text = io.StringIO()
    YAML(typ="rt").dump([_styled(entry) for entry in entries], text)
    return YAML(typ="safe").load(text.getvalue())


def _replace(path: Path, text: str) -> None:
    """Write beside and move into place, with the rights of the file replaced."""
    try:
        with aside(path.parent, path.name) as folder:
            made = folder / path.name
            with made.open("wb") as file:
                file.write(text.encode("utf-8"))
                file.flush()
                os.fsync(file.fileno())
            made.chmod(path.stat().st_mode & 0o777)
            made.replace(path)
    except OSError as error:
        problem = Problem(
            str(path), "", "", "", f"无法写入：{why_unwritten(error, path.parent)}", "检查权限与磁盘"
        )
        raise LayerError("图层清单未改动", [problem]) from error
