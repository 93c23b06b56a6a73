"""Tests talk to this machine only: a socket to anywhere else is a failure, not a slow test."""

import ipaddress
import os
import socket
from typing import Any
from urllib.parse import urlsplit

import pytest

_SERVERS = {urlsplit(os.environ.get(name, "")).hostname for name in ("REDIS_URL", "CACHE_URL")}
_connect, _connect_ex = socket.socket.connect, socket.socket.connect_ex


def _is_allowed(family: int, address: Any) -> bool:
    if family not in (socket.AF_INET, socket.AF_INET6):
        return True
    host = address[0]
    if host == "localhost" or host in _SERVERS:
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _guarded(original: Any) -> Any:
    def connect(self: socket.socket, address: Any) -> Any:
        if not _is_allowed(self.family, address):
            pytest.fail(f"a test tried to reach {address}; only this machine may be reached", pytrace=True)
        return original(self, address)

    return connect


def block_foreign_sockets() -> None:
    """From now on `connect` to an address outside loopback fails the test."""
    socket.socket.connect = _guarded(_connect)  # type: ignore[method-assign]
    socket.socket.connect_ex = _guarded(_connect_ex)  # type: ignore[method-assign]
