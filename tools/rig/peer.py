"""A server in the network's memory that notes what reached it."""

from dataclasses import dataclass, field

from tools.bc25sim.memory import Far


@dataclass
class Peer:
    """The far side of one connection: what came, what it said, echoing if told to.

    `quit_after` bytes received, it says `last` and closes.
    """

    echo: bool = True
    greeting: bytes = b""
    quit_after: int | None = None
    last: bytes = b""
    got: bytearray = field(default_factory=bytearray)
    pieces: list[bytes] = field(default_factory=list)
    said: bytearray = field(default_factory=bytearray)
    said_pieces: list[bytes] = field(default_factory=list)
    ended: bool = False  # closed by either
    quitted: bool = False  # it closed first
    far: Far | None = None

    def connected(self, far: Far) -> None:
        self.far = far
        if self.greeting:
            self.say(self.greeting)

    def say(self, data: bytes) -> None:
        """Send to the module."""
        assert self.far is not None
        if not self.ended:
            self.said += data
            self.said_pieces.append(data)
            self.far.write(data)

    def received(self, far: Far, data: bytes) -> None:
        self.got += data
        self.pieces.append(data)
        if self.echo:
            self.say(data)
        if self.quit_after is not None and len(self.got) >= self.quit_after:
            self.say(self.last)
            self.end()

    def end(self) -> None:
        """Close, after what was said."""
        assert self.far is not None
        if not self.ended:
            self.ended = self.quitted = True
            self.far.close()

    def closed(self, far: Far) -> None:
        """The module let go."""
        self.ended = True
