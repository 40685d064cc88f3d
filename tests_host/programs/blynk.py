"""A Blynk server, as much as its devices' libraries need: login, heartbeat, virtual pins.

A message is its type, a number and the length of its body; in a response the length is a status.
"""

from __future__ import annotations

import asyncio
import struct

_RESPONSE, _LOGIN, _HARDWARE, _HARDWARE_LOGIN = 0, 2, 20, 29
_OK, _INVALID_TOKEN = 200, 9
_HEAD = struct.Struct("!BHH")


class Blynk:
    """Answers each value that a device writes to V1 by writing it to V2 of the device."""

    def __init__(self, token: str) -> None:
        self._token = token
        self._number = 0
        self.written: list[list[str]] = []  # (pin, value) from the device

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One device."""
        while True:
            kind, number, size = _HEAD.unpack(await reader.readexactly(_HEAD.size))
            if kind == _RESPONSE:
                continue
            body = (await reader.readexactly(size)).decode().split("\0")
            if kind == _HARDWARE:
                self._hardware(body, writer)
                continue
            refused = kind in (_LOGIN, _HARDWARE_LOGIN) and body != [self._token]
            writer.write(_HEAD.pack(_RESPONSE, number, _INVALID_TOKEN if refused else _OK))

    def _hardware(self, body: list[str], writer: asyncio.StreamWriter) -> None:
        self.written.append(body[1:])
        if body[:2] == ["vw", "1"]:
            self._number += 1
            answer = "\0".join(["vw", "2", *body[2:]]).encode()
            writer.write(_HEAD.pack(_HARDWARE, self._number, len(answer)) + answer)
