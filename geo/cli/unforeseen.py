"""An error that nobody foresaw: told in a planner's words, with a report that can be sent away, for it quotes no data."""

from __future__ import annotations

import os
import platform
import re
import tempfile
import time
import traceback
from collections.abc import Iterator, Sequence
from importlib.metadata import PackageNotFoundError, requires, version
from pathlib import Path

import typer

#: Exit code: a fault of the program, as ``sysexits.h`` has it.
UNFORESEEN = 70
#: Set to anything but 0, this shows the whole traceback, data in its messages too.
DEBUG = "HONGXIAN_DEBUG"

_FRAME = re.compile(r'^  File "(?P<file>[^"]+)", line (?P<line>\d+), in (?P<name>\S+)$', re.MULTILINE)
_NAME = re.compile(r"[A-Za-z0-9._-]+")


def tell_unforeseen(error: BaseException, words: Sequence[str]) -> None:
    """What went wrong inside, on the error stream, and where the report about it lies; ``words`` are the command's.

    The report is a file of the user's alone in the system's folder for temporary files: steps and versions, but not what
    the error says, for that may quote a name or a position.
    """
    if isinstance(error, MemoryError):
        typer.echo(
            "内存不够，没有留下半成品；关掉别的程序，或减小 --batch、--workers，或把清单、范围分成几份再运行\n"
            "Out of memory, nothing half done was left; close other programs, or ask for less at a time.",
            err=True,
        )
    else:
        typer.echo(
            f"程序内部出错（{type(error).__name__}），没有留下半成品，输入文件没有改动\n"
            "An error inside the program; nothing half done was left, and no input was changed.",
            err=True,
        )
    try:
        place = _written(report(error, words))
    except OSError:
        place = None
    if place is not None:
        typer.echo(
            f"出错报告：{place}\n"
            "请把它发给维护者：里面只有程序步骤、版本和文件名，没有属性和坐标；用完即可删去\n"
            "Please send that report to the maintainers: steps, versions and file names only, no data.",
            err=True,
        )
    if os.environ.get(DEBUG, "0") not in ("", "0"):
        traceback.print_exception(error)
    else:
        typer.echo(
            f"先试：hongxian sites check 核对清单，hongxian layers check 核对图层；设环境变量 {DEBUG}=1 再运行，显示全部细节\n"
            f"Try first: check the lists and the layers; {DEBUG}=1 shows every detail.",
            err=True,
        )


def report(error: BaseException, words: Sequence[str]) -> str:
    """The steps that led to an error, versions, and the command without its values.

    >>> name = "某厂"
    >>> try:
    ...     float(name)
    ... except ValueError as error:
    ...     told = report(error, ["screen", "--industry", "2521"])
    >>> "ValueError" in told, "某厂" in told, "2521" in told
    (True, False, False)
    """
    lines = [
        "hongxian 出错报告 · report of an error inside hongxian",
        f"命令 command: hongxian {' '.join(_without_values(words))}",
        f"系统 system: {platform.system()} {platform.machine()}, Python {platform.python_version()}",
        f"版本 versions: {', '.join(_versions())}",
        "",
        *_steps(error),
        "",
    ]
    return "\n".join(lines)


def _steps(error: BaseException) -> Iterator[str]:
    """Every error that led to this one, the first one first: its kind and where the code was, never what it says."""
    chain: list[BaseException] = []
    held: BaseException | None = error
    while held is not None and held not in chain:
        chain.append(held)
        held = held.__cause__ or (None if held.__suppress_context__ else held.__context__)
    for one in reversed(chain):
        yield f"{type(one).__module__}.{type(one).__qualname__}"
        for frame in traceback.extract_tb(one.__traceback__):
            yield f"  {_place(frame.filename)}:{frame.lineno} {frame.name}: {frame.line or ''}"
        if type(one).__name__ == "_RemoteTraceback":  # of another process: its steps are in its text
            for found in _FRAME.finditer(str(one)):
                yield f"  {_place(found['file'])}:{found['line']} {found['name']}"


def _place(file: str) -> str:
    """A source file without the folders above its package: those may bear a user's name."""
    parts = Path(file).parts
    for top in ("site-packages", "dist-packages"):
        if top in parts:
            return "/".join(parts[parts.index(top) + 1 :])
    return "/".join(parts[parts.index("geo") :]) if "geo" in parts else parts[-1]


def _without_values(words: Sequence[str]) -> Iterator[str]:
    """Verbs and options as they are, of files the name, … for every other value."""
    verbs = True
    for word in words:
        option, equals, value = word.partition("=")
        if word.startswith("-"):
            verbs = False
            known = option if re.fullmatch(r"--?[a-z][a-z0-9-]*", option) else "…"
            yield known + equals + (_value(value) if equals else "")
        elif verbs and re.fullmatch(r"[a-z][a-z-]*", word) and not Path(word).exists():
            yield word
        else:
            verbs = False
            yield _value(word)


def _value(word: str) -> str:
    try:
        return Path(word).name if Path(word).exists() else "…"
    except (OSError, ValueError):
        return "…"


def _versions() -> Iterator[str]:
    names = [found[0] for line in _required() if (found := _NAME.match(line))]
    for name in ["hongxian", *dict.fromkeys(names)]:
        try:
            yield f"{name} {version(name)}"
        except PackageNotFoundError:
            continue


def _required() -> list[str]:
    try:
        return requires("hongxian") or []
    except PackageNotFoundError:
        return []


def _written(text: str) -> Path:
    handle, name = tempfile.mkstemp(prefix=time.strftime("hongxian-fault-%Y%m%d-%H%M%S-"), suffix=".txt")
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(text)
    return Path(name)
