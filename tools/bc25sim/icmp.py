"""One real ICMP echo, where this computer lets a program send one."""

import asyncio
import os
import socket
import struct


def _checksum(data: bytes) -> int:
    total: int = sum(struct.unpack(f"!{len(data) // 2}H", data))
    total = (total & 0xFFFF) + (total >> 16)
    return ~(total + (total >> 16)) & 0xFFFF


def _request(number: int, size: int) -> bytes:
    body = bytes(size + size % 2)
    header = struct.pack("!BBHHH", 8, 0, 0, os.getpid() & 0xFFFF, number)
    return struct.pack("!BBH", 8, 0, _checksum(header + body)) + header[4:] + body


def _socket() -> tuple[socket.socket, int]:
    """An ICMP socket and how many bytes of IP header stand before each answer."""
    try:
        return socket.socket(socket.AF_INET, socket.SOCK_DGRAM, socket.IPPROTO_ICMP), 0
    except OSError:
        return socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_ICMP), 20


async def echo(loop: asyncio.AbstractEventLoop, ip: str, size: int, limit: float) -> float | None:
    """Seconds to the answer; None without one, and where ICMP is not allowed."""
    start = loop.time()
    try:
        sock, skip = _socket()
    except OSError:
        await asyncio.sleep(limit)
        return None
    with sock:
        sock.setblocking(False)
        try:
            async with asyncio.timeout(limit):
                await loop.sock_sendto(sock, _request(1, size), (ip, 0))
                while (await loop.sock_recv(sock, 2048))[skip:skip + 1] != b"\0":
                    pass
        except OSError:  # TimeoutError too
            return None
    return loop.time() - start
