"""Coroutines over the same steps as the blocking methods; each takes the NIC first."""

import asyncio
import errno
import time

from .clock import late
from .nic import script


async def _result(nic, started, timeout_ms=None):
    since = time.ticks_ms()
    while started.state:  # not over
        if timeout_ms is not None and late(since, timeout_ms):
            raise OSError(errno.ETIMEDOUT)
        nic.poll()
        await asyncio.sleep_ms(2)
    return started.result()


async def connect(nic, apn=None, *, timeout_ms=180_000, **kwargs):
    """BC25.connect(); the search goes on after ETIMEDOUT."""
    nic.connect(apn, timeout_ms=0, **kwargs)
    await _result(nic, nic.modem.core.network.search, timeout_ms)


def _coroutine(name):
    # BC25's service of that name, awaited.
    async def service(nic, *args, **kwargs):
        started = nic.modem.core.add(script(nic, name, args, kwargs))
        try:
            return await _result(nic, started)
        finally:
            started.cancel()

    return service


resolve = _coroutine("resolve")
ping = _coroutine("ping")
ntp = _coroutine("ntp")
at = _coroutine("at")
