"""Of all tests: nothing they run may reach for the network but the machine itself."""

from __future__ import annotations

import ipaddress
import socket
import sys
from typing import Any

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
