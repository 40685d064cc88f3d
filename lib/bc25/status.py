"""The state and the identity of the module; loaded when first used."""

from .attach import registration
from .exchange import ANSWER_MS
from .script import fields

_COMMANDS = {
    "imei": "AT+CGSN=1",
    "imsi": "AT+CIMI",
    "iccid": "AT+QCCID",
    "model": "AT+CGMM",
    "revision": "AT+CGMR",
}


def status(core, ms, param):
    """What BC25.status() asks the module for."""
    if param not in ("rssi", "registration", "psm"):
        raise ValueError("status: rssi, registration, psm, counters")
    return _status(core, ms or ANSWER_MS, param)


def _status(core, ms, param):
    if param == "registration":
        return (yield from registration(core))
    if param == "psm":
        from .timers import granted

        return (yield from granted(ms))
    rssi = int(fields((yield ("AT+CSQ", ms))[-1])[0])
    return 2 * rssi - 113 if rssi <= 31 else None


def config(core, ms, param):
    """ "imei", "imsi", "iccid", "model" or "revision" as a str."""
    if param not in _COMMANDS:
        raise ValueError("config: " + ", ".join(_COMMANDS))
    return _config(_COMMANDS[param], ms or ANSWER_MS)


def _config(command, ms):
    return fields((yield (command, ms))[-1])[0]
