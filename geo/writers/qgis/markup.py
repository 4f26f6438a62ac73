"""XML as QGIS writes it: elements, option maps, colours, fixed ids."""

from __future__ import annotations

import uuid
import xml.etree.ElementTree as ET
from collections.abc import Iterable, Mapping

Element = ET.Element

#: All ids of a project derive from this one, so that the same run gives the same file.
_NAMESPACE = uuid.UUID("6b0f6d52-6f1c-5a3e-9d0e-7c4de1b7a490")
#: Characters that XML 1.0 cannot hold.
_UNSPEAKABLE = dict.fromkeys([*range(9), 11, 12, *range(14, 32), 65534, 65535])

Value = str | int | float | bool


def text_of(value: Value) -> str:
    """A value as QGIS writes it; characters that XML cannot hold are dropped.

    >>> text_of(True), text_of(0.5), text_of(3.0), text_of("a\\x00b")
    ('1', '0.5', '3', 'ab')
    """
    if isinstance(value, bool):
        return "1" if value else "0"
    if isinstance(value, float):
        return f"{value:.10g}"
    return str(value).translate(_UNSPEAKABLE)


def element(tag: str, attributes: Mapping[str, Value] | None = None, *children: Element | str) -> Element:
    """An element; a string among the children becomes its text.

    >>> ET.tostring(element("a", {"n": 1}, element("b"), "x"), encoding="unicode")
    '<a n="1">x<b /></a>'
    """
    made = ET.Element(tag, {name: text_of(value) for name, value in (attributes or {}).items()})
    for child in children:
        if isinstance(child, str):
            made.text = (made.text or "") + text_of(child)
        else:
            made.append(child)
    return made


def options(values: Mapping[str, Value]) -> Element:
    """A map of options, as symbol layers hold it."""
    inner = [element("Option", {"type": "QString", "name": n, "value": v}) for n, v in values.items()]
    return element("Option", {"type": "Map"}, *inner)


def option_list(name: str, pairs: Iterable[tuple[str, str]]) -> Element:
    """A list of one-entry maps, as a value map holds it: (label, value)."""
    rows = [
        element("Option", {"type": "Map"}, element("Option", {"type": "QString", "name": n, "value": v}))
        for n, v in pairs
    ]
    return element("Option", {"type": "List", "name": name}, *rows)


def rgba(colour: str, alpha: int = 255) -> str:
    """A colour as QGIS writes it.

    >>> rgba("#8B0000"), rgba("#56B4E9", 40)
    ('139,0,0,255', '86,180,233,40')
    """
    red, green, blue = (int(colour[start : start + 2], 16) for start in (1, 3, 5))
    return f"{red},{green},{blue},{alpha}"


def colour_element(tag: str, colour: str, alpha: int = 255) -> Element:
    """A colour in attributes, as layouts hold it."""
    red, green, blue, opacity = rgba(colour, alpha).split(",")
    return element(tag, {"red": red, "green": green, "blue": blue, "alpha": opacity})


def fixed_id(*words: str) -> str:
    """A braced UUID that depends on the words alone."""
    return "{" + str(uuid.uuid5(_NAMESPACE, "/".join(words))) + "}"


def to_bytes(root: Element, doctype: str) -> bytes:
    """The document, indented, with its doctype."""
    ET.indent(root, " ")
    return f"{doctype}\n".encode() + ET.tostring(root, encoding="utf-8") + b"\n"
