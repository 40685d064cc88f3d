"""BC25's methods that wait, as coroutines for `asyncio`: the NIC first, else the same.

A coroutine that is cancelled leaves a NIC that works on. Sockets need nothing from here: asyncio's
streams take them.
"""

from collections.abc import Callable
from typing import Literal, overload

from _typeshed import ReadableBuffer

from . import BC25, _DateTime, _PingResult, _Reply

async def connect(
    nic: BC25,
    apn: str | None = None,
    *,
    timeout_ms: int | None = 180_000,
    user: str | None = ...,
    password: str | None = ...,
    pdp: Literal["IP", "IPV6", "IPV4V6"] = ...,
    pin: str | None = ...,
) -> None:
    """`BC25.connect()`; the search goes on after OSError(ETIMEDOUT)."""

@overload
async def resolve(
    nic: BC25, host: str, ttl: Literal[False] = False, *, timeout_ms: int | None = None
) -> list[str]:
    """`BC25.resolve()` (manual 2.1.10)."""

@overload
async def resolve(
    nic: BC25, host: str, ttl: Literal[True], *, timeout_ms: int | None = None
) -> tuple[list[str], int]: ...
async def ping(
    nic: BC25,
    host: str,
    count: int = 4,
    size: int = 32,
    timeout_s: int = 4,
    on_reply: Callable[[_Reply | None], object] | None = None,
    *,
    timeout_ms: int | None = None,
) -> _PingResult:
    """`BC25.ping()` (manual 2.1.8)."""

async def ntp(
    nic: BC25,
    server: str,
    port: int = 123,
    set_clock: bool = False,
    *,
    timeout_ms: int | None = None,
) -> tuple[_DateTime, int]:
    """`BC25.ntp()` (manual 2.1.9)."""

async def at(
    nic: BC25,
    command: str,
    data: ReadableBuffer | str | None = None,
    end: ReadableBuffer | str = b"",
    *,
    timeout_ms: int | None = None,
) -> list[str]:
    """`BC25.at()`: any AT command."""
