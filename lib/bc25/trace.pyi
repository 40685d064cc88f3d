"""Listening in on the UART, for logs and recordings."""

from collections.abc import Callable
from typing import Any, Literal

class Tap:
    """A UART for `BC25()` that tells what passes through another one.

    `sink("rx", data)` is called with what the module said, `sink("tx", data)` with what the driver
    sent. All else (`any`, `flush`, `init`, …) is the UART's own.
    """

    uart: Any
    sink: Callable[[Literal["rx", "tx"], bytes], object]
    any: Callable[[], int]

    def __init__(
        self, uart: Any, sink: Callable[[Literal["rx", "tx"], bytes], object]
    ) -> None: ...
    def readinto(self, buf: bytearray | memoryview, *nbytes: int) -> int | None:
        """`readinto(buf)` or `readinto(buf, n)` of the UART."""

    def write(self, buf: bytes | bytearray | memoryview, *part: int) -> int | None:
        """`write(buf)`, `write(buf, n)` or `write(buf, off, n)` of the UART."""

    def __getattr__(self, name: str) -> Any: ...
