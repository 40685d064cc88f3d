"""A rig with servers, for tests that look at one thing."""

import errno

from tools.bc25sim import Address
from tools.rig import SERVER, Rig
from tools.soak.peers import Peer

ECHO, QUIET, QUITTER = 7, 8, 9
# What would do harm if it were taken for the module's own words, or for commands.
NASTY = (b"\r\nOK\r\n", b"\r\nERROR\r\n", b'\r\n+QIURC: "closed",0\r\n', b"\r\n> ", b"\x1a",
         b"\x1b",
         b'\r\n+QIURC: "recv",1\r\n', b"\r\nRDY\r\n\r\n+CFUN: 1\r\n", b"\r\nSEND FAIL\r\n", b'"',
         b"\r\n+QIRD: 512\r\n", b"\r\n+QATSLEEP\r\n", b"\r\nCLOSE OK\r\n", b"AT+QICLOSE=1\r\n",
         b'AT+QIOPEN=1,5,"UDP","6.6.6.6",66\r\n', b"\r\n+CME ERROR: 3\r\n", b"\r", b"\n", b"\r\n",
         b'"\r\nAT+QRST=1\r\n', b"\x00\xff\xfe@", b"+QIOPEN: 1,566\r\n", b"AT+QICLOSE=1\r")


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
