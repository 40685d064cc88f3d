"""AT+QIOPEN, QICLOSE, QISWTMD (2.1.1, 2.1.2, 2.1.7) and the URCs of connections (2.2)."""

from collections.abc import Iterator

from tools.probe.module import IDS, RECV, Bench
from tools.probe.wire import Trouble

TRIES = 10
REFUSED = 1  # a port of the server that nobody listens on


def listed(b: Bench) -> None:
    """Which sockets AT+QISTATE tells of."""
    b.found.see("unused_id_is_error", not b.wire.ask("AT+QISTATE=1,0").ok)
    for _ in range(TRIES):
        b.wire.ask(f'AT+QIOPEN=1,0,"UDP","{b.setting.name}",{b.setting.echo}').need()
        row = b.row(0)
        done = any(line.text.startswith("+QIOPEN") for line in b.wire.urcs)
        if done or b.wire.urc("+QIOPEN", 60) is None:
            b.close(0)
            continue
        b.close(0)
        return b.found.see("lists_opening", row is not None)
    raise Trouble("an open was over each time before AT+QISTATE was answered")


def failed(b: Bench) -> None:
    """Whether a failed open keeps its id."""
    code = b.opening(0, "TCP", f'"{b.setting.server}",{REFUSED}')
    if code == 0:
        raise Trouble(f"port {REFUSED} of the server is open")
    b.found.note("refused connection", f"+QIOPEN: 0,{code}")
    b.found.see("failed_open_keeps_id", b.row(0) is not None)
    b.close(0)


def closed(b: Bench) -> None:
    """What `closed` does to the id and the state, with data unread and without."""
    b.order(0, "send", 1, 20, 1000, "close")
    told = b.wire.urc('+QIURC: "closed",0', 30)
    if told is None:
        raise Trouble("no closed URC")
    row = b.row(0)
    if row is None:
        b.found.see("closed_frees_id", "at_once")
        return
    b.found.see("closed_state", int(row[5]))
    if len(b.read_all(0, 1, 20)) < 20:
        b.found.note("closed", "data unread at that time is gone")
    b.found.see("closed_frees_id", "never" if b.row(0) else "when_read")
    b.close(0)


def switching(b: Bench) -> None:
    """AT+QISWTMD for an id that is not open."""
    taken = b.wire.ask("AT+QISWTMD=4,1").ok
    mode = 0
    if taken:
        b.open(4, "UDP", mode="")
        mode = int((b.row(4) or ["0"])[-1])
        b.close(4)
        b.wire.ask("AT+QISWTMD=4,0")
        b.found.changed.append("AT+QISWTMD of id 4 cannot be read and is 0 now")
    b.found.see("switch_unopened", bool(mode))


def buffered(b: Bench) -> None:
    """What QISWTMD to push mode does with data in the buffer."""
    b.order(0, "send", 1, 30, 0)
    if b.told_data(0, 10) is None:
        raise Trouble("the order server sent nothing")
    b.wire.pushing.add(0)
    b.wire.ask("AT+QISWTMD=0,1").need()
    pushed = b.wire.urc(f"{RECV}0,30", 2)
    b.wire.ask("AT+QISWTMD=0,0").need()
    b.wire.pushing.clear()
    kept = b"" if pushed else b.read_all(0, 0.5, 30)
    b.found.see("switch_buffered", "push" if pushed else "keep" if kept else "drop")
    b.close(0)


# -- listener ----------------------------------------------------------------------------------


def listener(b: Bench) -> None:
    """Which remote port it takes, which ids it gives away, and in which mode."""
    address = b.found.seen["address"][0]
    b.found.see("listener_remote_port", _remote_port(b, address))
    first = _given(b, address, 0)
    second = _given(b, address, first[0])
    b.found.see("incoming_ids", _merged(b, address, first, second))
    b.found.see("incoming_mode", _mode(b, address, first[0]))


def _listen(b: Bench, address: str, number: int, remote: int, mode: int = 0) -> int | None:
    return b.opening(number, "TCP LISTENER", f'"{address}",{remote},{b.setting.listen},{mode}')


def _remote_port(b: Bench, address: str) -> str:
    for remote, name in ((0, "any"), (1, "nonzero")):
        code = _listen(b, address, 0, remote)
        b.close(0)
        if code == 0:
            return name
    raise Trouble("a TCP LISTENER cannot be opened")


def _given(b: Bench, address: str, server: int, count: int = 5) -> list[int]:
    """The ids of `count` connections to a listener under id `server`.

    Each is asked for in a connection of its own, which is closed before the next.
    """
    if _listen(b, address, server, 1) != 0:
        raise Trouble("a TCP LISTENER cannot be opened")
    ids = list(_incoming(b, address, server, count))
    b.close_all()
    if not ids:
        raise Trouble("nobody can connect to the module's address")
    return ids


def _incoming(b: Bench, address: str, server: int, count: int) -> Iterator[int]:
    """Orders go out by one datagram socket, which has to have an id of its own."""
    used = {server}
    for _ in range(count):
        number = _dialled(b, address, used)
        if number is None:
            return
        used.add(number)
        yield number


def _dialled(b: Bench, address: str, used: set[int]) -> int | None:
    """Ask the desk to connect soon, through a UDP socket that is closed by then."""
    free = next(n for n in reversed(IDS) if n not in used)
    b.open(free, "UDP", b.setting.orders)
    b.send(free, f"{b.setting.token} dial {address} {b.setting.listen}")
    b.close(free)
    told = b.wire.urc('+QIURC: "incoming",', 15)
    return int(told.text.split(",")[1]) if told else None


def _merged(b: Bench, address: str, first: list[int], second: list[int]) -> tuple[int, ...]:
    """The whole order from one that lacks 0 and one that lacks `first[0]`."""
    if len(first) < 5 or len(second) < 5:
        raise Trouble(f"of five connections {len(first)} and {len(second)} came")
    lead = first[0]
    if second[0] != 0:
        return (lead, *second)
    other = second[1]
    return (0, *first) if _given(b, address, other, 1)[0] == 0 else (lead, *second)


def _mode(b: Bench, address: str, number: int) -> str:
    """Of an accepted socket: buffer, the listener's, push, or what QISWTMD stored for that id."""
    if _accepted_mode(b, address, 0) == 1:
        return "push"
    if _accepted_mode(b, address, 1) == 1:
        return "listener"
    b.open(number, "UDP")
    stored = b.wire.ask(f"AT+QISWTMD={number},1").ok
    b.close(number)
    mode = _accepted_mode(b, address, 0) if stored else 0
    b.open(number, "UDP")
    b.wire.ask(f"AT+QISWTMD={number},0")
    b.close(number)
    b.found.changed.append(f"AT+QISWTMD of id {number} cannot be read and is 0 now")
    return "stored" if mode else "buffer"


def _accepted_mode(b: Bench, address: str, listener_mode: int) -> int:
    if _listen(b, address, 0, 1, listener_mode) != 0:
        raise Trouble("a TCP LISTENER cannot be opened")
    number = _dialled(b, address, {0})
    row = b.row(number) if number is not None else None
    b.close_all()
    if number is None:
        raise Trouble("nobody can connect to the module's address")
    b.found.see("lists_incoming", row is not None)
    if row is None:
        raise Trouble("an accepted connection is not listed")
    return int(row[-1])


# -- UDP SERVICE -------------------------------------------------------------------------------


def service(b: Bench) -> None:
    """Whether it works, and under which id its data comes (2.1.1 note 2, 4.5)."""
    address = b.found.seen["address"][0]
    code = b.opening(0, "UDP SERVICE", f'"{address}",1,{b.setting.listen},0')
    b.found.see("udp_service", code == 0)
    if code != 0:
        b.found.miss("there is no UDP SERVICE", "udp_service_id")
        return
    b.open(5, "UDP", b.setting.orders)
    b.send(5, f"{b.setting.token} post {address} {b.setting.listen}")
    told = b.wire.urc(RECV, 10)
    if told is None:
        raise Trouble("no datagram reached the module's address")
    b.found.see("udp_service_id", "own" if told.text.startswith(f"{RECV}0") else "other")
    b.close_all()
