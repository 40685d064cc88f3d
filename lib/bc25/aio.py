"""Coroutines over the same steps as the blocking methods; each takes the NIC first."""

import asyncio
import errno

from . import services


async def _run(nic, gen):
    eng = nic._eng
    job = eng.add(gen)
    try:
        while job.state != 3:
            eng.turn(False)
            await asyncio.sleep_ms(2)
    finally:
        job.cancel()
    return job.result()


async def connect(nic, apn=None, *, timeout_ms: int = 180_000, **kwargs) -> None:
    """BC25.connect()"""
    nic.connect(apn, timeout_ms=0, **kwargs)
    eng = nic._eng
    since = eng.stamp()
    while nic.job.state != 3:
        if eng.late(since, timeout_ms):
            raise OSError(errno.ETIMEDOUT)
        nic.poll()
        await asyncio.sleep_ms(2)
    nic.job.result()


async def resolve(nic, host: str, **kwargs):
    """BC25.resolve()"""
    return await _run(nic, services.job(nic, "resolve", host, **kwargs))


async def ping(nic, host: str, **kwargs):
    """BC25.ping()"""
    return await _run(nic, services.job(nic, "ping", host, **kwargs))


async def ntp(nic, server: str, port: int = 123, **kwargs):
    """BC25.ntp()"""
    return await _run(nic, services.job(nic, "ntp", server, port, **kwargs))


async def at(nic, command: str, **kwargs):
    """BC25.at()"""
    return await _run(nic, services.job(nic, "at", command, **kwargs))
