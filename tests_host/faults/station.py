"""A rig with servers, for tests that look at one thing."""

import errno

from tools.bc25sim import Address
from tools.rig import SERVER, Peer, Rig
from tools.shims.payloads import NASTY

ECHO, QUIET, QUITTER = 7, 8, 9


class Station:
    """`peers[port]` are the connections a server got."""

    def __init__(self, rxbuf=1 << 14, **rig):
        self.rig = Rig(1, rxbuf=rxbuf, **rig)
        self.nic = self.rig.nic
        self.peers = {}
        self.serve(ECHO)
        self.serve(QUIET, echo=False)
        self.serve(QUITTER, echo=False, quit_after=1, last=bytes(range(256)) * 12)
        self.rig.up()
        self.rig.clock.limit(2_000_000, 3_000_000)

    def serve(self, port, **kwargs):
        made = self.peers.setdefault(port, [])

        def make():
            made.append(Peer(**kwargs))
            return made[-1]

        self.rig.network.serve(SERVER, port, make)

    def tcp(self, port=ECHO, timeout=100):
        return self.rig.socket((SERVER, port), timeout=timeout)

    def udp(self, port=ECHO, timeout=100):
        return self.rig.socket((SERVER, port), True, timeout)

    def says(self, data):
        """The module says a line of its own."""
        self.rig.uart.arrive(b"\r\n" + data + b"\r\n")

    def works(self):
        """The next operation does."""
        with self.tcp() as s:
            s.send(b"\0next")
            assert s.read(5) == b"\0next"


def dial(station, port, peer):
    station.rig.network.dial(port, peer, Address("10.1.1.1", 4000))


def number(error):
    return error.args[0] if error.errno is None else error.errno


__all__ = ["ECHO", "NASTY", "QUIET", "QUITTER", "SERVER", "Peer", "Station", "dial", "errno",
           "number"]
