"""What the fuzz suite counted, printed at the end of the tests."""

from __future__ import annotations

from collections import Counter
from typing import Any

#: Properties of a test's report: what a reader did with the inputs tried, and findings that stay fixed.
TRIED, FINDING = "fuzz tried", "fuzz finding"


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """Inputs tried by reader, and how many findings have a test that keeps them fixed."""
    tried: dict[str, Counter[str]] = {}
    findings = 0
    for reports in terminalreporter.stats.values():
        for report in reports:
            for name, value in (
                getattr(report, "user_properties", []) if getattr(report, "when", "") == "call" else []
            ):
                if name == TRIED:
                    tried.setdefault(value["reader"], Counter()).update(value["counts"])
                elif name == FINDING:
                    findings += 1
    if not tried and not findings:
        return
    terminalreporter.section("hostile files")
    for reader, counts in sorted(tried.items()):
        words = ", ".join(f"{number} {word}" for word, number in sorted(counts.items()))
        terminalreporter.line(f"{reader:18s} {words}")
    total = sum(sum(counts.values()) for counts in tried.values())
    terminalreporter.line(f"{total} inputs tried, {findings} findings fixed and kept so")
