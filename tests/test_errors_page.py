"""The errors page is what the code says, and every message has a cure and its English."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "scripts"))

from errors_page import PAGE, english, messages, page


def test_the_page_is_up_to_date() -> None:
    """After a new or changed message: ``scripts/build_errors``."""
    assert PAGE.read_text(encoding="utf-8") == page()


def test_every_message_has_its_english() -> None:
    held = {message.what for message in messages()}
    assert held == set(english())


def test_every_fault_says_what_to_do() -> None:
    bare = [message for message in messages() if not message.remark and message.to_do in ("", "见所述")]
    assert bare == []


def test_messages_are_found_however_they_are_told() -> None:
    """One of each kind: a plain call, names assigned before, a wrapper, what a function returns, a validator."""
    held = {message.what: message for message in messages()}
    assert held["不是 WKT"].to_do == "如 POLYGON ((经度 纬度, …))"
    assert held["地块没有界址点"].to_do == "补齐界址点"
    assert held["没有编号"].to_do == "给每个场地一个编号"
    assert held["经度、纬度颠倒"].to_do == "交换两列"
    assert held["文件有 … MB，超过 … MB"].file == "geo/limits.py"
    assert held["DWG 不能直接读"].to_do.startswith("在 CAD 里另存为 DXF")
    assert held["classes 只用于主题 landcover"].to_do == "改正该值"
    assert held["没有读的图层：…"].remark
