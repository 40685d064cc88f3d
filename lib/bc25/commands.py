"""Any command, and the module's own view of sockets and errors; loaded when first used."""

from .errors import check_int, octets
from .exchange import ALL, ANSWER_MS
from .script import fields


def at(core, ms, command, data=None, end=b""):
    """Any AT command, given with its AT; its information lines as a list of str. `data`, then
    `end` (b"\\x1a" for the manual's Ctrl-Z form) are sent behind the prompt."""
    if not isinstance(command, str):
        raise TypeError("command: str expected")
    if command[:2].upper() != "AT" or min(command) < " " or max(command) > "~":
        raise ValueError("command: AT..., one line")
    body = b"" if data is None else b"" + octets(data) + octets(end)
    return _at(command, ms or ANSWER_MS, body)


def _at(command, ms, body):
    return (yield (command, ms, body, ALL))


def sockets(core, ms, context=None, id=None):
    """[(id, service, ip, remote_port, local_port, state, context, access_mode)], of one
    context or one id if given (manual 2.1.3)."""
    which = "?"
    if context is not None:
        which = "=0,%d" % check_int(context, 1, 3, "context")
    elif id is not None:
        which = "=1,%d" % check_int(id, 0, 5, "id")
    return _sockets("AT+QISTATE" + which, ms or ANSWER_MS)


def _sockets(command, ms):
    out = []
    for line in (yield (command, ms)):
        f = fields(line)
        out.append((int(f[0]), f[1], f[2]) + tuple(map(int, f[3:8])))
    return out


def last_error(core, ms):
    """(code, text) of the last TCP/IP command, as the module says it (manual 2.1.12)."""
    line = (yield ("AT+QIGETERROR", ms or ANSWER_MS))[-1]
    code, text = (line.split(":", 1)[-1] + ",").split(",", 1)
    return int(code), text.rstrip(",").strip()
