"""Ways to spoil a valid file, by its structure: fields, lines, numbers, archives, JSON trees, bytes.

All take a ``random.Random``: Hypothesis gives one that it can shrink, ``scripts/fuzz`` one with a seed.
"""

from __future__ import annotations

import io
import json
import re
import zipfile
from collections.abc import Callable
from random import Random
from typing import Any

ODD_TEXT = [
    "", " ", "\x00", "\ufeff", "\u200b", "\u202e", "Ａ", "１", "é", "\ud83d\ude00", "'", '"', "\\", ",", "，", ";", "\t", "\n",
    "\r", "@", "=", "#REF!", "=1+1", "[", "]", "{", "}", "<", ">", "&", "%", "*", "!", "|", ":", "- ", "null", "~", "true",
    "\u2028", "𠀀", "°", "′", "″", "东经", "-", "+", "e", ".", "..", "../../x", "/vsicurl/http://a", "://",
]  # fmt: skip
ODD_NUMBERS = [
    "0", "-0", "1", "-1", "nan", "NaN", "inf", "-inf", "Infinity", "1e308", "1e309", "-1e999", "1e-400", "9" * 400, "0.1" * 3,
    "180", "181", "-180", "90", "360", "1e5", "37500000", "4000000", "2147483648", "1_000", "0x10", "１２", "٣", "1,5", "½",
    "0" * 30 + "1", "112." + "5" * 200,
]  # fmt: skip
_NUMBER = re.compile(r"[-+]?\d+(?:\.\d+)?")


def spoil_text(text: str, random: Random) -> str:
    """A text with one to four things wrong."""
    for _ in range(random.randint(1, 4)):
        text = random.choice(_OF_TEXT)(text, random)
    return text[:2_000_000]


def _at(text: str, random: Random) -> int:
    return random.randint(0, len(text))


def _truncated(text: str, random: Random) -> str:
    return text[: _at(text, random)]


def _inserted(text: str, random: Random) -> str:
    at = _at(text, random)
    return text[:at] + random.choice(ODD_TEXT) * random.choice([1, 1, 1, 2, 50]) + text[at:]


def _cut(text: str, random: Random) -> str:
    at = _at(text, random)
    return text[:at] + text[at + random.choice([1, 1, 2, 8, 40]) :]


def _number(text: str, random: Random) -> str:
    found = list(_NUMBER.finditer(text))
    if not found:
        return text
    one = random.choice(found)
    return text[: one.start()] + random.choice(ODD_NUMBERS) + text[one.end() :]


def _lines(text: str, random: Random) -> str:
    lines = text.split("\n")
    a, b = random.randrange(len(lines)), random.randrange(len(lines))
    kind = random.randrange(4)
    if kind == 0:
        lines[a], lines[b] = lines[b], lines[a]
    elif kind == 1:
        lines[a:a] = [lines[b]] * random.choice([1, 2, 200])
    elif kind == 2:
        del lines[a]
    else:
        lines[a] = lines[a] + lines[b]
    return "\n".join(lines)


def _fields(text: str, random: Random) -> str:
    """Two fields of a line swapped, one emptied, one doubled or one made odd."""
    lines = text.split("\n")
    a = random.randrange(len(lines))
    mark = random.choice([",", ",", ":", " ", "\t", ">"])
    parts = lines[a].split(mark)
    i, j = random.randrange(len(parts)), random.randrange(len(parts))
    kind = random.randrange(4)
    if kind == 0:
        parts[i], parts[j] = parts[j], parts[i]
    elif kind == 1:
        parts[i] = ""
    elif kind == 2:
        parts.insert(i, parts[j])
    else:
        parts[i] = random.choice(ODD_TEXT + ODD_NUMBERS)
    lines[a] = mark.join(parts)
    return "\n".join(lines)


def _nested(text: str, random: Random) -> str:
    at, deep = _at(text, random), random.choice([3, 100, 3000])
    opening, closing = random.choice(
        [("[", "]"), ("{a: ", "}"), ("(", ")"), ("<a>", "</a>"), ("- ", ""), ("&a ", "")]
    )
    return text[:at] + opening * deep + closing * deep + text[at:]


def _again(text: str, random: Random) -> str:
    return text + text if len(text) < 500_000 else text


def _ends(text: str, random: Random) -> str:
    return text.replace("\n", random.choice(["\r\n", "\r", "\n\n", " "]))


_OF_TEXT: list[Callable[[str, Random], str]] = [
    _truncated, _inserted, _inserted, _cut, _number, _number, _number, _lines, _fields, _fields, _fields, _nested, _again, _ends,
]  # fmt: skip


def spoil_bytes(content: bytes, random: Random) -> bytes:
    """Some bytes turned, cut, doubled or set to limits."""
    data = bytearray(content)
    for _ in range(random.randint(1, 6)):
        if not data:
            return b""
        at = random.randrange(len(data))
        kind = random.randrange(6)
        if kind == 0:
            data[at] ^= 1 << random.randrange(8)
        elif kind == 1:
            data[at] = random.choice([0, 1, 0x7F, 0x80, 0xFF, 0x22, 0x2C, 0x0A, 0x3C])
        elif kind == 2:
            del data[at : at + random.choice([1, 4, 64, 1024])]
        elif kind == 3:
            data[at:at] = data[at : at + random.choice([1, 4, 64])]
        elif kind == 4:
            data[at : at + 4] = random.choice(
                [b"\xff\xff\xff\xff", b"\x7f\xff\xff\xff", b"\x00\x00\x00\x00", b"\x00\x00\xf8\x7f"]
            )
        else:
            del data[at:]
    return bytes(data)


def spoil_encoded(content: bytes, random: Random) -> bytes:
    """Text spoiled as text, put in some encoding, now and then spoiled as bytes too."""
    text = spoil_text(content.decode("utf-8", "replace"), random)
    coded = text.encode(
        random.choice(["utf-8", "utf-8", "utf-8", "utf-8-sig", "gb18030", "utf-16"]), "replace"
    )
    return spoil_bytes(coded, random) if random.random() < 0.2 else coded


def spoil_zip(content: bytes, random: Random) -> bytes:
    """One member of an archive spoiled, renamed, doubled or left out; sometimes the archive's own bytes."""
    if random.random() < 0.25:
        return spoil_bytes(content, random)
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as held:
        names = held.namelist()
        chosen, kind = random.choice(names), random.randrange(8)
        with zipfile.ZipFile(out, "w", random.choice([zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])) as made:
            for name in names:
                member = held.read(name)
                if name != chosen:
                    made.writestr(name, member)
                elif kind == 0:
                    continue
                elif kind == 1:
                    made.writestr(
                        random.choice(
                            ["../a.shp", "/etc/x.shp", "C:\\a.shp", "a/" * 200 + "b.shp", "\u202e.shp"]
                        ),
                        member,
                    )
                elif kind == 2:
                    made.writestr(name, spoil_bytes(member, random))
                else:
                    made.writestr(
                        name,
                        spoil_encoded(member, random) if _is_text(member) else spoil_bytes(member, random),
                    )
    return out.getvalue()


def _is_text(content: bytes) -> bool:
    try:
        content.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return b"\x00" not in content


def spoil_json(content: bytes, random: Random) -> bytes:
    """A tree with one to three nodes replaced, doubled, taken away or nested; now and then spoiled as text."""
    if random.random() < 0.3:
        return spoil_encoded(content, random)
    try:
        tree = json.loads(content)
    except ValueError:  # days of YAML are no JSON
        tree = json.loads(_DAY.sub(r'"\1"', content.decode()))
    for _ in range(random.randint(1, 3)):
        tree = _spoiled_node(tree, random)
    text = json.dumps(tree, ensure_ascii=False)
    return (
        _QUOTED_DAY.sub(r"\1", text).encode("utf-8", "surrogatepass")
        if _DAY.search(content.decode())
        else text.encode("utf-8", "surrogatepass")
    )


def spoil_parquet(content: bytes, random: Random) -> bytes:
    """A GeoParquet file with its columns, its shapes or what it says of itself spoiled; now and then as bytes."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    if random.random() < 0.25:
        return spoil_bytes(content, random)
    table = pq.read_table(io.BytesIO(content))
    said = dict(table.schema.metadata or {})
    for _ in range(random.randint(1, 3)):
        if not table.num_columns:
            break
        at = random.randrange(table.num_columns)
        name, kind = table.column_names[at], random.randrange(9)
        if kind <= 1:
            told = said.get(b"geo", b"")
            try:
                said[b"geo"] = spoil_json(told, random)
            except ValueError:  # spoiled before
                said[b"geo"] = spoil_bytes(told, random)
        elif kind == 2:
            table = table.remove_column(at)
        elif kind == 3:
            names = [*table.column_names]
            names[at] = random.choice([*ODD_TEXT[:-4], *names]).encode("utf-8", "replace").decode()
            table = table.rename_columns(names)
        elif kind == 4:
            rows = random.choice([[], [0], [0, 0, 1], [1, 0]]) if table.num_rows > 1 else []
            table = table.take(pa.array(rows, type=pa.int64()))
        elif kind == 5:
            table = table.set_column(at, name, _odd_column(table.num_rows, random))
        else:
            column = table.column(at).to_pylist()
            if column:
                row = random.randrange(len(column))
                held = column[row]
                whole = {bytes: spoil_bytes, str: spoil_text}.get(type(held))
                column[row] = None if whole is None or random.random() < 0.2 else whole(held, random)
                if isinstance(column[row], str):
                    column[row] = column[row].encode("utf-8", "replace").decode()
            table = table.set_column(at, name, pa.array(column, type=table.column(at).type))
    out = io.BytesIO()
    try:
        pq.write_table(table.replace_schema_metadata(said), out, row_group_size=random.choice([1, 100]))
    except pa.ArrowException:  # what Arrow itself does not write
        return spoil_bytes(content, random)
    return out.getvalue()


def _odd_column(rows: int, random: Random) -> Any:
    import datetime as dt

    import pyarrow as pa

    made: list[list[Any]] = [
        [None] * rows, [1] * rows, [float("nan")] * rows, [10**18] * rows, [True] * rows, [b"\xff\x00"] * rows,
        [dt.datetime(9999, 12, 31)] * rows, [dt.date(1, 1, 1)] * rows, [[1, 2]] * rows, [{"a": "b"}] * rows, ["\x00"] * rows,
        [dt.timedelta(days=9)] * rows, ["x" * 3000] * rows,
    ]  # fmt: skip
    return pa.array(random.choice(made))


_DAY = re.compile(r'(?<!")\b(\d{4}-\d{2}-\d{2})\b(?!")')
_QUOTED_DAY = re.compile(r'"(\d{4}-\d{2}-\d{2})"(?!:)')


def odd_value(random: Random) -> Any:
    """Something that a schema seldom expects."""
    deep: Any = []
    for _ in range(random.choice([0, 5, 80])):
        deep = [deep]
    return random.choice(
        [None, True, 0, -1, 1e308, float("nan"), float("inf"), 10**30, "", "x" * 3000, [], {}, deep, {"a": deep}, [None],
         random.choice(ODD_TEXT), random.choice(ODD_NUMBERS), "2021-13-45", "0001-01-01", ["a", 1, None], {"": ""}]
    )  # fmt: skip


def _spoiled_node(node: Any, random: Random) -> Any:
    if isinstance(node, dict) and node and random.random() < 0.8:
        key = random.choice(list(node))
        kind = random.randrange(6)
        if kind == 0:
            return {k: v for k, v in node.items() if k != key}
        if kind == 1:
            return {**node, random.choice([*ODD_TEXT, key + " ", key.upper()]): node[key]}
        if kind == 2:
            return {**node, key: odd_value(random)}
        return {**node, key: _spoiled_node(node[key], random)}
    if isinstance(node, list) and node and random.random() < 0.8:
        at = random.randrange(len(node))
        kind = random.randrange(5)
        if kind == 0:
            return node[:at] + node[at + 1 :]
        if kind == 1:
            return [*node, node[at]]
        if kind == 2:
            return [*node[:at], odd_value(random), *node[at + 1 :]]
        return [*node[:at], _spoiled_node(node[at], random), *node[at + 1 :]]
    if isinstance(node, str) and random.random() < 0.5:
        return spoil_text(node, random)
    return odd_value(random)
