"""Text of site lists: decoded without guessing, and freed of letters that nobody sees."""

from __future__ import annotations

import re
import unicodedata
from pathlib import Path

from geo.errors import Problem

#: Letters that look like nothing: controls (but tab and line break), zero width, direction marks, halves of pairs.
_UNSEEN = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\xad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e"
    "\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff9-\ufffb\ud800-\udfff\U000e0000-\U000e0fff]"
)
_SEPARATORS = re.compile("[\u2028\u2029]")


def seen_text(text: str) -> str:
    """A text without the letters that nobody sees: they would make two of one number, or turn a name about.

    >>> seen_text("A\\u200b1\\u202e"), seen_text("东厂\\x00")
    ('A1', '东厂')
    """
    return (
        _SEPARATORS.sub(" ", _UNSEEN.sub("", text)) if not text.isascii() or not text.isprintable() else text
    )


def unseen_letters(text: str) -> str:
    """The letters that :func:`seen_text` takes out, as code points.

    >>> unseen_letters("A\\u200b1\\u202e")
    'U+200B、U+202E'
    """
    return "、".join(dict.fromkeys(f"U+{ord(letter):04X}" for letter in _UNSEEN.findall(text)))


def looks(text: str) -> str:
    """What a number looks like: full width, case, and blanks apart, two that look the same are the same.

    >>> looks("Ａ－１ ") == looks("a-1")
    True
    """
    plain = unicodedata.normalize("NFKC", text).casefold()
    return re.sub(r"[\s_]|[‐‑‒–—−]", lambda found: "" if found[0].isspace() else "-", plain)


def read_text(path: Path, problems: list[Problem]) -> str | None:
    """The text of a list in UTF-8, UTF-16 or the code page of a Chinese Windows; None after telling what is wrong.

    A file that mixes encodings is refused: either half would turn into other words.
    """
    content = path.read_bytes()
    if content[:2] in (b"\xff\xfe", b"\xfe\xff"):
        try:
            return content.decode("utf-16")
        except UnicodeDecodeError:
            what, to_do = "文件开头说是 UTF-16，内容却不是", "用记事本打开，另存为 UTF-8"
            problems.append(Problem(path.name, "", "", "", what, to_do))
            return None
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        pass
    if mixed := _mixed(content):
        problems.append(Problem(path.name, "", "", "", mixed, "用记事本打开，核对中文后另存为 UTF-8"))
        return None
    try:
        return content.decode("gb18030")
    except UnicodeDecodeError as error:
        where = f"第{content[: error.start].count(10) + 1}行"
        what = "文字既不是 UTF-8，也不是 GBK（GB18030）"
        problems.append(Problem(path.name, where, "", "", what, "另存为 UTF-8 编码；或文件已损坏，重新导出"))
        return None


def _mixed(content: bytes) -> str:
    """Where some lines are UTF-8 and others are not: which. Chinese in GBK is next to never UTF-8 by chance."""
    first: dict[bool, int] = {}
    for number, line in enumerate(content.split(b"\n"), start=1):
        if line.isascii():
            continue
        try:
            is_utf8 = any("\u4e00" <= letter <= "\u9fff" for letter in line.decode("utf-8"))
        except UnicodeDecodeError:
            is_utf8 = False
        first.setdefault(is_utf8, number)
        if len(first) == 2:
            return f"文件里混有两种编码：第{first[True]}行是 UTF-8，第{first[False]}行不是"
    return ""
