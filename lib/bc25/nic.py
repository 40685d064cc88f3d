"""The network interface: MicroPython's AbstractNIC over the engine."""

import errno

from micropython import const

from .engine import Engine
from .errors import check_host, check_int
from .jobs import ANSWER_MS
from .sockets import Socket

_TYPING = const(False)
if _TYPING:
    from typing import Any

_AF_INET = const(2)  # as in __init__.py
_AF_INET6 = const(10)
_SOCK_STREAM = const(1)
_SOCK_DGRAM = const(2)
_STOP_MS = const(240_000)  # an open that was given up, 176 s (manual 2.1.1), and its close


class BC25:
    """A BC25 or BC32 on a UART.

    `uart`: machine.UART or anything with its any, readinto and write; `reset`, `wake`, `power`:
    pins whose on() asserts RESET_N, PSM_EINT, PWRKEY; `context`: PDP context, 1-3; `push`: sockets
    open in direct push mode; `hex`: data travel as hex. The constructor does no I/O.
    """

    def __init__(
        self,
        uart: "Any",
        *,
        reset: "Any" = None,
        wake: "Any" = None,
        power: "Any" = None,
        context: "Any" = 1,
        push: "Any" = False,
        hex: "Any" = False,
    ) -> None:
        self._eng = Engine(uart, check_int(context, 1, 3, "context"), bool(push), bool(hex))
        self._eng.recover = self._recover
        self.pins = (wake, power, reset)
        self.job: "Any" = None  # the connect() under way

    def _recover(self):
        from .bringup import recover

        return recover(self)

    # AbstractNIC

    def active(self, on: "bool | None" = None) -> "bool | None":
        """active(True): find the module and make it ready, at most 30 s, else OSError(ETIMEDOUT).
        active(False): close every socket and let the module sleep. active(): the state."""
        eng = self._eng
        if on is None:
            return eng.up
        if on and not eng.up:
            from .bringup import start

            since = eng.enter()
            eng.boss = eng.add(start(self))  # alone may talk
            eng.finish(eng.boss, since)
        elif not on and eng.up:
            self._stop(_STOP_MS)
            eng.run(_one("AT+QSCLK=1"))
            eng.up = False
        return None

    def _stop(self, ms: int) -> None:
        # No search, no sockets, no address.
        eng = self._eng
        since = eng.enter()
        if self.job:
            self.job.cancel()
        eng.lookup = eng.addr = None
        for conn in list(eng.conns):
            conn.held = False
            conn.end()
        while eng.conns:
            eng.wait(since, ms)

    def connect(
        self,
        apn: "str | None" = None,
        *,
        user: "str | None" = None,
        password: "str | None" = None,
        pdp: str = "IP",
        timeout_ms: int = 180_000,
    ) -> None:
        """Attach and wait for an address. `timeout_ms=0` starts it and returns. OSError: ENODEV
        without a usable SIM, EACCES when denied, ETIMEDOUT (the search goes on, disconnect()
        ends it)."""
        for what, value in (("apn", apn), ("user", user), ("password", password)):
            if value is not None:
                check_host(value, what)
        if pdp not in ("IP", "IPV6", "IPV4V6"):
            raise ValueError("pdp: IP, IPV6 or IPV4V6")
        check_int(timeout_ms, 0, 0x1FFFFFFF, "timeout_ms")
        eng = self._eng
        since = eng.enter() if timeout_ms else 0
        if not eng.up:
            raise OSError(errno.ENOTCONN)
        job = self.job
        if not job or not job.state:
            from .bringup import attach

            job = self.job = eng.add(attach(self, apn, user, password, pdp))
        while timeout_ms and job.state:  # not over
            eng.wait(since, timeout_ms)
        if not job.state:
            job.result()

    def isconnected(self) -> bool:
        """Is an address held?"""
        self.poll()
        return self._eng.addr is not None

    def ipconfig(self, param: str) -> "tuple[str, str]":
        """ipconfig("addr4"): (address, netmask)."""
        if param != "addr4":
            raise ValueError('ipconfig: "addr4"')
        return (self._eng.addr or "0.0.0.0", "255.255.255.255")

    def disconnect(self, *, timeout_ms: int = 40_000) -> None:
        """Close every socket and detach."""
        self._stop(timeout_ms)
        self._eng.run(_one("AT+CGATT=0", timeout_ms))

    def socket(self, af: int = _AF_INET, type: int = _SOCK_STREAM, proto: int = 0) -> "Any":
        """A socket of that family and type; see sockets.Socket."""
        if af not in (_AF_INET, _AF_INET6) or type not in (_SOCK_STREAM, _SOCK_DGRAM):
            raise ValueError("socket: no such family or type")
        sock = Socket(self._eng)
        if type == _SOCK_DGRAM:
            sock.stream = False
        if af == _AF_INET6:
            sock.v6 = True
        return sock

    # Moving and talking

    def poll(self) -> None:
        """Read what the UART holds, dispatch URCs, move pending work one step."""
        self._eng.turn(False)

    def on(self, event: str, handler: "Any") -> None:
        """Have `handler` called on "sleep", "wake", "reset", "registration" (stat), "full"
        (socket), "urc" (line) or "idle"; None removes it. Handlers must not block."""
        events = ("sleep", "wake", "reset", "registration", "full", "urc", "idle")
        handlers = self._eng.handlers
        if event not in events:
            raise ValueError("event: one of " + " ".join(events))
        if handler is None:
            handlers.pop(event, None)
        elif callable(handler):
            handlers[event] = handler
        else:
            raise TypeError("handler: not callable")

    def __getattr__(self, name: str) -> "Any":
        # The services are loaded when first used.
        from . import services

        return services.bind(self, name)


def _one(command: str, ms: int = ANSWER_MS):
    return (yield (command, ms))
