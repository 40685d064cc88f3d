"""Coroutines over the same steps as the blocking methods; each takes the NIC first."""

import asyncio
import errno

from . import services


async def _result(nic, job, timeout_ms=None):
    eng = nic._eng
    since = eng.stamp()
    while job.state:  # not over
        if timeout_ms is not None and eng.late(since, timeout_ms):
            raise OSError(errno.ETIMEDOUT)
        nic.poll()
        await asyncio.sleep_ms(2)
    return job.result()


async def connect(nic, apn=None, *, timeout_ms: int = 180_000, **kwargs) -> None:
    """BC25.connect(); the search goes on after ETIMEDOUT."""
    nic.connect(apn, timeout_ms=0, **kwargs)
    await _result(nic, nic.job, timeout_ms)


def _coroutine(name: str):
    # The service `name` of services.py: BC25's method of that name, awaited.
    async def service(nic, *args, **kwargs):
        job = nic._eng.add(services.job(nic, name, *args, **kwargs))
        try:
            return await _result(nic, job)
        finally:
            job.cancel()

    return service


resolve = _coroutine("resolve")
ping = _coroutine("ping")
ntp = _coroutine("ntp")
at = _coroutine("at")
