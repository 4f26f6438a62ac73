"""Of all tests: nothing they run may reach for the network but the machine itself; what the fuzz suite counted is printed."""

from __future__ import annotations

import ipaddress
import socket
import sys
from collections import Counter
from typing import Any

#: Run as a program of its own, by scripts/fuzz and a test: to import it spoils the code of what it imports for compilers.
collect_ignore = ["fuzz/coverage_guided.py"]

_ASKS = frozenset({"socket.connect", "socket.sendto", "socket.sendmsg"})
_NAMES = frozenset({"socket.getaddrinfo", "socket.gethostbyname", "socket.gethostbyaddr"})


class ReachedOut(BaseException):
    """Something asked for an address that is not this machine's. No ``except Exception`` may hide it."""


def refuse_network(event: str, arguments: tuple[Any, ...]) -> None:
    """An audit hook: every connection and look-up of a name but of this machine ends the test."""
    if event in _ASKS:
        held, address = arguments[0], arguments[1]
        if held.family in (socket.AF_INET, socket.AF_INET6) and not _own(str(address[0])):
            raise ReachedOut(f"{event} {address}")
    elif event in _NAMES and not _own(arguments[0]):
        raise ReachedOut(f"{event} {arguments[0]}")


def _own(host: object) -> bool:
    if host in (None, "", b"", "localhost", b"localhost", socket.gethostname()):
        return True
    try:
        address = ipaddress.ip_address(host.decode() if isinstance(host, bytes) else str(host))
    except ValueError:
        return False
    return address.is_loopback or address.is_unspecified


sys.addaudithook(refuse_network)

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
