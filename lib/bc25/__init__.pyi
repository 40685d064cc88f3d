"""Quectel BC25/BC32 NB-IoT modules as a MicroPython network interface.

    from machine import UART
    from bc25 import BC25

    nic = BC25(UART(1, 9600, tx=17, rx=16, rxbuf=1024))
    nic.active(True)
    nic.connect("your.apn")
    s = nic.socket()
    s.connect(("tcpbin.com", 4242))

"Manual" is Quectel's BC25&BC32 TCP/IP application note V1.0 (2019-10-23).
"""

from collections.abc import Callable
from types import ModuleType
from typing import Any, Literal, Protocol, overload

from _typeshed import ReadableBuffer
from typing_extensions import TypeAlias

from .socket import (
    AF_INET as AF_INET,
)
from .socket import (
    AF_INET6 as AF_INET6,
)
from .socket import (
    IP_ADD_MEMBERSHIP as IP_ADD_MEMBERSHIP,
)
from .socket import (
    IP_DROP_MEMBERSHIP as IP_DROP_MEMBERSHIP,
)
from .socket import (
    IPPROTO_IP as IPPROTO_IP,
)
from .socket import (
    IPPROTO_TCP as IPPROTO_TCP,
)
from .socket import (
    IPPROTO_UDP as IPPROTO_UDP,
)
from .socket import (
    SO_BROADCAST as SO_BROADCAST,
)
from .socket import (
    SO_KEEPALIVE as SO_KEEPALIVE,
)
from .socket import (
    SO_REUSEADDR as SO_REUSEADDR,
)
from .socket import (
    SOCK_DGRAM as SOCK_DGRAM,
)
from .socket import (
    SOCK_RAW as SOCK_RAW,
)
from .socket import (
    SOCK_STREAM as SOCK_STREAM,
)
from .socket import (
    SOL_SOCKET as SOL_SOCKET,
)
from .socket import (
    TCP_NODELAY as TCP_NODELAY,
)
from .socket import (
    socket as _Socket,
)

__version__: str

_DateTime: TypeAlias = tuple[int, int, int, int, int, int, int, int]
_PingResult: TypeAlias = tuple[int, int, int, int, int, int]
_Reply: TypeAlias = tuple[str, int, int, int]
_SocketRow: TypeAlias = tuple[int, str, str, int, int, int, int, int]

class _UART(Protocol):
    # machine.UART, or anything with these.
    def any(self) -> int: ...
    def readinto(self, buf: bytearray, nbytes: int, /) -> int | None: ...
    def write(self, buf: bytes, /) -> int | None: ...

class _Pin(Protocol):
    # machine.Pin or machine.Signal: on() asserts the module's line.
    def on(self) -> object: ...
    def off(self) -> object: ...

class _Timer(Protocol):
    # machine.Timer.
    @property
    def PERIODIC(self) -> int: ...
    def init(
        self, *, mode: int, period: int, callback: Callable[[Any], None]
    ) -> object: ...
    def deinit(self) -> object: ...

class BC25Error(OSError):
    """What the module refused, or did not do in time.

    `errno`, a standard number, says what kind of error it is; codes without a meaning of their own
    are EIO. Its text names the command and the code.
    """

    code: int | None
    """550-574 (manual, chapter 3, table 1), a CME number, or None if the module gave none."""
    command: str
    """The AT command that it answers."""

    def __init__(self, code: int | None, command: str, number: int = 0) -> None: ...

class BC25:
    """A BC25 or BC32 on a UART: MicroPython's `network.AbstractNIC`, and more.

    Methods that wait raise OSError(ETIMEDOUT) when the time is over, OSError(EBUSY) (16) inside a
    handler, BC25Error for what the module refuses, and ValueError or TypeError for arguments that
    cannot be, before a byte is sent. `timeout_ms=None` is a time that suits the command.
    """

    @overload
    def __init__(
        self, uart: _UART, *, reset: _Pin = ..., wake: _Pin = ..., power: _Pin = ...
    ) -> None:
        """`BC25(uart, **pins)`, with a dict of pins."""

    @overload
    def __init__(
        self,
        uart: _UART,
        *,
        reset: _Pin | None = None,
        wake: _Pin | None = None,
        power: _Pin | None = None,
        context: Literal[1, 2, 3] = 1,
        push: bool = False,
        hex: bool = False,
    ) -> None:
        """No byte is sent before `active(True)`.

        `uart`: machine.UART, with an `rxbuf` of 1024 bytes, or anything with its `any`,
        `readinto` and `write`. `reset`, `wake`, `power`: pins whose on() asserts RESET_N,
        PSM_EINT, PWRKEY. `context`: the PDP context. `push`: sockets open in direct push mode
        (manual 2.1.7). `hex`: data travel as hex (2.1.6, 2.1.11); the program sees bytes.
        """

    # AbstractNIC

    @overload
    def active(self, on: None = None) -> bool:
        """active(True): find the module and make it ready, within 30 s, else OSError(ETIMEDOUT).

        active(False): close every socket and let the module sleep. active(): is it ready?
        """

    @overload
    def active(self, on: bool) -> None: ...
    def connect(
        self,
        apn: str | None = None,
        *,
        user: str | None = None,
        password: str | None = None,
        pdp: Literal["IP", "IPV6", "IPV4V6"] = "IP",
        pin: str | None = None,
        timeout_ms: int = 180_000,
    ) -> None:
        """Attach to the network and wait for an address; `timeout_ms=0` starts it and returns.

        `apn`: None is the one that the module holds. `pin`: the SIM's. Raises OSError(ENODEV)
        without a usable SIM, OSError(EACCES) when the network denies, OSError(ENOTCONN) before
        `active(True)`, OSError(ETIMEDOUT). After that the search goes on, a first registration may
        take 720 s, until `disconnect()`.
        """

    def isconnected(self) -> bool:
        """Is an address held?"""

    def disconnect(self, *, timeout_ms: int = 40_000) -> None:
        """Close every socket and detach from the network."""

    @overload
    def status(self, param: None = None, *, timeout_ms: int | None = None) -> int:
        """status(): 0 idle, 1 connecting, 3 an address is held.

        status("rssi"): dBm, None if unknown. status("registration"): CEREG's number, 1 at home,
        5 roaming. status("psm"): `(tau_s, active_s)` that the network granted, or None.
        status("counters"): all that is counted, by name.
        """

    @overload
    def status(
        self, param: Literal["rssi"], *, timeout_ms: int | None = None
    ) -> int | None: ...
    @overload
    def status(self, param: Literal["registration"], *, timeout_ms: int | None = None) -> int: ...
    @overload
    def status(
        self, param: Literal["psm"], *, timeout_ms: int | None = None
    ) -> tuple[int, int] | None: ...
    @overload
    def status(
        self, param: Literal["counters"], *, timeout_ms: int | None = None
    ) -> dict[str, int]: ...
    def ipconfig(self, param: Literal["addr4"]) -> tuple[str, str]:
        """ipconfig("addr4"): `(address, netmask)`; "0.0.0.0" without an address."""

    def ifconfig(self) -> tuple[str, str, str, str]:
        """`(address, netmask, gateway, DNS server)`."""

    def socket(self, af: int = 2, type: int = 1, proto: int = 0) -> _Socket:
        """A socket: `af` AF_INET or AF_INET6, `type` SOCK_STREAM or SOCK_DGRAM.

        Nothing is sent. Six can be connected at a time.
        """

    def install(self) -> ModuleType:
        """Have `import socket` give this NIC's from now on; the module, for whoever wants it."""

    # Moving and talking

    def poll(self) -> None:
        """Read what the UART holds and move pending work one step; returns at once."""

    def background(self, timer: _Timer | None, period_ms: int = 20) -> None:
        """Have a `machine.Timer` do what `poll()` does, `period_ms` apart; None stops it."""

    @overload
    def on(
        self,
        event: Literal["sleep", "wake", "reset", "idle"],
        handler: Callable[[], object] | None,
    ) -> None:
        """Have `handler` called when something happens, or no longer (None). It must not block.

        "sleep", "wake", "reset" (the module restarted), "idle" (between polls of a call that
        waits): no argument. "registration": CEREG's number. "full": the socket whose buffer in the
        module ran full. "urc": a line that nobody knew.
        """

    @overload
    def on(
        self, event: Literal["registration"], handler: Callable[[int], object] | None
    ) -> None: ...
    @overload
    def on(self, event: Literal["full"], handler: Callable[[_Socket], object] | None) -> None: ...
    @overload
    def on(self, event: Literal["urc"], handler: Callable[[str], object] | None) -> None: ...

    # Services, each loaded when it is first called

    def at(
        self,
        command: str,
        data: ReadableBuffer | str | None = None,
        end: ReadableBuffer | str = b"",
        *,
        timeout_ms: int | None = None,
    ) -> list[str]:
        """Any AT command, given with its AT: the lines of its answer, without OK.

        `data`, then `end` (b"\\x1a" for the manual's Ctrl-Z form), are sent behind the prompt.
        """

    def sockets(
        self,
        context: Literal[1, 2, 3] | None = None,
        id: int | None = None,
        *,
        timeout_ms: int | None = None,
    ) -> list[_SocketRow]:
        """The module's sockets, all or of one context or one id, 0-5 (manual 2.1.3).

        Each is `(id, service, ip, remote_port, local_port, state, context, access_mode)`.
        """

    def last_error(self, *, timeout_ms: int | None = None) -> tuple[int, str]:
        """`(code, text)` of the last TCP/IP command, as the module says it (manual 2.1.12)."""

    def config(
        self,
        param: Literal["imei", "imsi", "iccid", "model", "revision"],
        *,
        timeout_ms: int | None = None,
    ) -> str:
        """A name or number of the module or its SIM."""

    @overload
    def resolve(
        self, host: str, ttl: Literal[False] = False, *, timeout_ms: int | None = None
    ) -> list[str]:
        """The addresses of a name (manual 2.1.10); with `ttl=True` `(addresses, seconds)`."""

    @overload
    def resolve(
        self, host: str, ttl: Literal[True], *, timeout_ms: int | None = None
    ) -> tuple[list[str], int]: ...
    def ping(
        self,
        host: str,
        count: int = 4,
        size: int = 32,
        timeout_s: int = 4,
        on_reply: Callable[[_Reply | None], object] | None = None,
        *,
        timeout_ms: int | None = None,
    ) -> _PingResult:
        """`(sent, received, lost, min_ms, max_ms, avg_ms)` (manual 2.1.8).

        `count`: 1-10 requests of `size`: 32-200 bytes, each lost after `timeout_s`: 1-255.
        `on_reply` is called with `(ip, bytes, ms, ttl)` for each, with None for one that is lost.
        """

    def ntp(
        self,
        server: str,
        port: int = 123,
        set_clock: bool = False,
        *,
        timeout_ms: int | None = None,
    ) -> tuple[_DateTime, int]:
        """The time, and the zone in quarters of an hour (manual 2.1.9).

        The time is `(year, month, day, weekday, hour, minute, second, 0)`, Monday 0, as
        `machine.RTC().datetime()` takes it. `set_clock` sets the module's own clock too.
        """

    def dns(
        self,
        primary: str | None = None,
        secondary: str | None = None,
        *,
        timeout_ms: int | None = None,
    ) -> tuple[str, str]:
        """`(primary, secondary)` DNS server, set before if given (manual 2.1.14)."""

    def keepalive(
        self,
        on: bool | None = None,
        idle_s: int | None = None,
        interval_s: int | None = None,
        count: int | None = None,
        *,
        timeout_ms: int | None = None,
    ) -> tuple[int, int, int, int]:
        """`(on, idle_s, interval_s, count)` of TCP keepalive, set before if given (manual 2.1.13).

        `idle_s`: 1-36000, `interval_s`: 10-20, `count`: 1-255. With it on the module may not reach
        deep sleep.
        """

    def format(self, *, timeout_ms: int | None = None) -> tuple[int, int, int]:
        """`(view, show_length, hex_receive)`: how the module writes data (manual 2.1.11)."""

    def baud(
        self,
        rate: int,
        reopen: Callable[[int], object],
        save: bool = False,
        *,
        timeout_ms: int | None = None,
    ) -> None:
        """Have the module talk at another rate (AT+IPR), 4800-921600 baud.

        `reopen(rate)` is to set the UART; it is called again when a restart put the rate back.
        `save` has the module keep it (AT&W).
        """

    def psm(
        self,
        on: bool | None = None,
        tau_s: int | None = None,
        active_s: int | None = None,
        *,
        timeout_ms: int | None = None,
    ) -> tuple[bool, int, int]:
        """`(on, tau_s, active_s)` of power saving mode (AT+CPSMS), set before if given.

        The periodic update (T3412) and active (T3324) timers in seconds, rounded to what such
        timers can hold (3GPP 24.008). status("psm") is what the network granted.
        """

    def edrx(
        self,
        on: bool | None = None,
        cycle_s: float | None = None,
        *,
        timeout_ms: int | None = None,
    ) -> tuple[bool, float]:
        """`(on, cycle_s)` of eDRX (AT+CEDRXS), set before if given; rounded to NB-IoT's cycles."""

    def sleep(self, *, timeout_ms: int | None = None) -> None:
        """Finish sends and closes, then let the module sleep; on("sleep") tells that it does."""

    def wake(self, *, timeout_ms: int | None = None) -> None:
        """Wake the module: pulse the wake pin, or repeat AT without one.

        UDP sockets live on, TCP sockets raise OSError(ECONNRESET).
        """
