"""What only the driver's inside can tell: nothing else outside lib/bc25 looks in there."""

from typing import Any

from .rig import Rig


def leftovers(rig: Rig) -> list[str]:
    """What is under way, or in use, in the driver and in the module; nothing after a clean end."""
    eng = rig.nic._eng
    found = [f"connection {c.id} state {c.state}" for c in eng.conns]
    found += [f"id {i}" for i, c in enumerate(eng.ids) if c]
    found += [f"job {j.asked!r} {j.state}" for j in eng.jobs]
    found += [f"send {eng.sending}"] if eng.tx else []
    found += ["a command"] if eng.cur else []
    found += ["a handler"] if eng.inside else []
    # A datagram socket of an earlier run is kept for adoption (behaviour 9).
    found += ["module " + row for i, row in rig.module.sockets.summary().items()
              if int(i) not in kept(rig)]
    return found


def kept(rig: Rig) -> list[int]:
    """The ids of an earlier run's datagram sockets that wait for their program (behaviour 9)."""
    return list(rig.nic._eng.left)


def sending(rig: Rig) -> bool:
    """A piece of a stream or a datagram is on its way, or waits for its SEND OK."""
    return bool(rig.nic._eng.tx)


def queued(rig: Rig) -> int:
    """Events to be told and work to be done."""
    return len(rig.nic._eng.events) + len(rig.nic._eng.jobs)


def input_size(rig: Rig) -> int:
    """Bytes that the buffer for what the UART says has."""
    return len(rig.nic._eng.rx)


def unread(sock: Any) -> int:
    """Bytes received that the program did not take."""
    return int(sock.ring.any())


def forget_format(rig: Rig) -> None:
    """The driver asks for the module's data format again before it receives."""
    rig.nic._eng.known = False


def read_by(rig: Rig, view: int, show_length: int) -> None:
    """The driver takes the module's data format to be this."""
    rig.nic._eng.view, rig.nic._eng.shown = view, show_length
