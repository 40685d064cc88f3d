"""The network interface: MicroPython's AbstractNIC over the engine."""

import errno
import sys

from micropython import const

from .core import Core
from .errors import check_host, check_int
from .exchange import ANSWER_MS
from .health import NAMES, OFF
from .modem import Modem
from .socketobject import socket

_STOP_MS = const(240_000)  # an open that was given up, 176 s (manual 2.1.1), and its close
_EVENTS = ("sleep", "wake", "reset", "registration", "full", "urc", "idle")

# The services, and the file that each is loaded from when it is first called. In a file is
# function(modem, ms, ...): a script, or None for what needs no command.
_SERVICES = {
    "at": "commands",
    "sockets": "commands",
    "last_error": "commands",
    "config": "status",
    "resolve": "questions",
    "ping": "questions",
    "ntp": "questions",
    "dns": "settings",
    "keepalive": "settings",
    "format": "settings",
    "baud": "settings",
    "psm": "timers",
    "edrx": "timers",
    "sleep": "power",
    "wake": "power",
}


def script(nic, name, args, kwargs):
    """The generator of a service; `timeout_ms` is how long it may take."""
    ms = kwargs.pop("timeout_ms", None)
    if ms is not None:
        check_int(ms, 1, 0x1FFFFFFF, "timeout_ms")
    return load(name)(nic.modem.core, ms, *args, **kwargs)


def load(name):
    """The function of a service."""
    package = __name__.rsplit(".", 1)[0]
    place = _SERVICES.get(name, "status")
    return getattr(__import__(package + "." + place, None, None, (name,), 0), name)


class BC25:
    """A BC25 or BC32 on a UART.

    `uart`: machine.UART or anything with its any, readinto and write; `reset`, `wake`, `power`:
    pins whose on() asserts RESET_N, PSM_EINT, PWRKEY; `context`: PDP context, 1-3; `push`: sockets
    open in direct push mode; `hex`: data travel as hex. The constructor does no I/O.
    """

    def __init__(
        self, uart, *, reset=None, wake=None, power=None, context=1, push=False, hex=False
    ):
        core = Core(uart, check_int(context, 1, 3, "context"), bool(push), bool(hex))
        core.recover = self._recover
        self.modem = Modem(core)
        self._pins = (wake, power, reset)
        self._timer = None

    def __repr__(self):
        core = self.modem.core
        network = core.network
        return "<BC25 %s, registered %d, %s, %d sockets>" % (
            NAMES[core.health.state],
            network.stat,
            network.address or "no address",
            core.table.live(),
        )

    def _recover(self):
        from .bringup import recover

        return recover(self.modem.core, self._pins)

    # AbstractNIC

    def active(self, on=None):
        """active(True): find the module and make it ready, at most 30 s, else OSError(ETIMEDOUT).
        active(False): close every socket and let the module sleep. active(): the state."""
        modem, core = self.modem, self.modem.core
        if on is None:
            return core.health.up()
        if on and not core.health.up():
            from .bringup import start

            since = modem.enter()
            modem.finish(core.add_exclusive(start(core, self._pins)), since)
        elif not on and core.health.up():
            self._stop(_STOP_MS)
            modem.run(_one("AT+QSCLK=1"))
            core.health.settle(OFF)
        return None

    def _stop(self, ms):
        # No search, no sockets, no address.
        modem, core = self.modem, self.modem.core
        since = modem.enter()
        network = core.network
        network.attach = None
        if network.search:
            network.search.cancel()
        network.address = None
        for conn in list(core.table.all):
            conn.held = False
            conn.end()
        core.work = True
        while core.table.all:
            modem.wait(since, ms)

    def connect(
        self, apn=None, *, user=None, password=None, pdp="IP", pin=None, timeout_ms=180_000
    ):
        """Attach and wait for an address. `timeout_ms=0` starts it and returns. `pin`: the SIM's.
        OSError: ENODEV without a usable SIM, EACCES when denied, ETIMEDOUT (the search goes on,
        disconnect() ends it)."""
        for what, value in (("apn", apn), ("user", user), ("password", password), ("pin", pin)):
            if value is not None:
                check_host(value, what)
        if pdp not in ("IP", "IPV6", "IPV4V6"):
            raise ValueError("pdp: IP, IPV6 or IPV4V6")
        check_int(timeout_ms, 0, 0x1FFFFFFF, "timeout_ms")
        modem = self.modem
        since = modem.enter() if timeout_ms else 0
        if not modem.core.health.up():
            raise OSError(errno.ENOTCONN)
        search = modem.core.network.search
        if not search or not search.state:
            network = modem.core.network
            network.pin, network.pin_sent = pin, False
            search = self._search(apn, user, password, pdp)
        while timeout_ms and search.state:
            modem.wait(since, timeout_ms)
        if not search.state:
            search.result()

    def _search(self, apn, user, password, pdp):
        # Start the search, and have it started again whenever the address is lost.
        from .attach import attach

        core, network = self.modem.core, self.modem.core.network
        setting = None
        if apn is not None:
            setting = '"%s","%s"' % (pdp, apn)
            if user is not None:
                setting += ',"%s","%s"' % (user, password or "")
        network.attach = lambda: attach(core, self._pins, None)
        network.search = core.add(attach(core, self._pins, setting))
        return network.search

    def isconnected(self):
        """Is an address held?"""
        self.poll()
        return self.modem.core.network.address is not None

    def ipconfig(self, param):
        """ipconfig("addr4"): (address, netmask)."""
        if param != "addr4":
            raise ValueError('ipconfig: "addr4"')
        return (self.modem.core.network.address or "0.0.0.0", "255.255.255.255")

    def ifconfig(self):
        """(address, netmask, gateway, primary DNS server)"""
        try:
            server = self.dns()[0]
        except OSError:
            server = "0.0.0.0"
        return self.ipconfig("addr4") + ("0.0.0.0", server)

    def disconnect(self, *, timeout_ms=40_000):
        """Close every socket and detach."""
        self._stop(timeout_ms)
        self.modem.run(_one("AT+CGATT=0", timeout_ms))

    def status(self, param=None, *, timeout_ms=None):
        """0 idle, 1 connecting, 3 address held; "rssi" in dBm or None, "registration" as CEREG's
        number, "psm" as (tau_s, active_s) that the network granted or None, "counters" a dict of
        all that is counted."""
        modem = self.modem
        if param is None:
            search = modem.core.network.search
            return 3 if modem.core.network.address else 1 if search and search.state else 0
        if param == "counters":
            return dict(modem.core.counters)
        return modem.run(script(self, "status", (param,), {"timeout_ms": timeout_ms}))

    def socket(self, af=2, type=1, proto=0):
        """A socket: AF_INET or AF_INET6, SOCK_STREAM or SOCK_DGRAM."""
        return socket(af, type, proto, self.modem)

    def install(self):
        """Have `import socket` give this NIC's from now on; the module."""
        from . import socket as module

        socket.installed = self.modem
        sys.modules["socket"] = sys.modules["usocket"] = module
        return module

    # Moving and talking

    def poll(self):
        """Read what the UART holds, dispatch URCs, move pending work one step."""
        self.modem.turn(False)

    def background(self, timer, period_ms=20):
        """Have a machine.Timer do what poll() does; None stops it."""
        if self._timer:
            self._timer.deinit()
        self._timer = timer
        self.modem.background = timer is not None
        if timer:
            what = {"mode": timer.PERIODIC, "period": period_ms, "callback": self._moved}
            try:
                timer.init(hard=False, **what)
            except TypeError:  # ports whose callbacks are soft anyway
                timer.init(**what)

    def _moved(self, timer):
        self.modem.turn(False)

    def on(self, event, handler):
        """Have `handler` called on "sleep", "wake", "reset", "registration" (stat), "full"
        (socket), "urc" (line) or "idle"; None removes it. Handlers must not block."""
        handlers = self.modem.core.handlers
        if event not in _EVENTS:
            raise ValueError("event: one of " + " ".join(_EVENTS))
        if handler is None:
            handlers.pop(event, None)
        elif callable(handler):
            handlers[event] = handler
        else:
            raise TypeError("handler: not callable")

    def __getattr__(self, name):
        if name not in _SERVICES:
            raise AttributeError("'BC25' object has no attribute '%s'" % name)

        def service(*args, **kwargs):
            made = script(self, name, args, kwargs)
            return made if made is None else self.modem.run(made)

        return service


def _one(command, ms=ANSWER_MS):
    return (yield (command, ms))
