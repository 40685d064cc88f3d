"""What only the driver's inside can tell: nothing else outside lib/bc25 looks in there."""

from typing import Any

from .rig import Rig


def _core(rig: Rig) -> Any:
    return rig.nic.modem.core


def leftovers(rig: Rig) -> list[str]:
    """What is under way, or in use, in the driver and in the module; nothing after a clean end."""
    core = _core(rig)
    found = [f"connection {c.id} state {c.state}" for c in core.table.all]
    found += [f"id {i}" for i in range(6) if core.table.get(i)]
    found += [f"script {s.asked!r} {s.state}" for s in core.scripts]
    found += [f"piece {core.piece.state}"] if core.piece.state else []
    found += ["a command"] if core.exchange.owner else []
    found += ["a handler"] if rig.nic.modem.moving else []
    # A datagram socket of an earlier run is kept for adoption (behaviour 9).
    found += ["module " + row for i, row in rig.module.connections.summary().items()
              if int(i) not in kept(rig)]
    return found


def kept(rig: Rig) -> list[int]:
    """The ids of an earlier run's datagram sockets that wait for their program (behaviour 9)."""
    return list(_core(rig).table.orphans)


def sending(rig: Rig) -> bool:
    """A piece of a stream or a datagram is on its way, or waits for its SEND OK."""
    return bool(_core(rig).piece.state)


def queued(rig: Rig) -> int:
    """Events to be told and work to be done."""
    return len(_core(rig).events) + len(_core(rig).scripts)


def input_size(rig: Rig) -> int:
    """Bytes that the buffer for what the UART says has."""
    return len(_core(rig).reader.rx)


def unread(sock: Any) -> int:
    """Bytes received that the program did not take."""
    return int(sock._input.inbox.ring.any())


def forget_format(rig: Rig) -> None:
    """The driver asks for the module's data format again before it receives."""
    _core(rig).format.forget()
