"""A simulated BC25: a program on a PTY, or a class for a test's own loop.

As a program: `python -m tools.bc25sim --help`.

Embedded, in virtual time, with a network in memory:

    clock, heard = VirtualClock(), bytearray()
    network = MemoryNetwork(clock)
    network.serve("10.0.0.1", 7, Echo)
    module = Module(clock, network, profile.load("manual"), random.Random(1), heard.extend)
    module.power.on()
    clock.advance(3)                        # boots and attaches
    module.receive(b'AT+QIOPEN=1,0,"TCP","10.0.0.1",7\\r\\n')
    clock.advance(1)

`Module` (core) is the whole protocol: `receive(data)` is its RXD, `send` its TXD. It asks a
`Clock` (clock: `LoopClock`, `VirtualClock`) and a `Network` (network; `RealNetwork` in realnet,
`MemoryNetwork` in memory). A `Pacer` (pacing) in each direction gives the line its baud rate.
`module.power` has the pins, `module.faults.add(SPEC)` breaks things, `module.stats()` tells.
"""

from . import profile
from .clock import Clock, LoopClock, VirtualClock
from .core import Module
from .faults import Faults
from .memory import Discard, Echo, MemoryNetwork, Source
from .network import Address, Link, Network, Owner
from .pacing import Pacer

__all__ = [
    "Address", "Clock", "Discard", "Echo", "Faults", "Link", "LoopClock", "MemoryNetwork",
    "Module", "Network", "Owner", "Pacer", "Source", "VirtualClock", "profile",
]
