"""What one connection received and nobody read yet."""

from collections import deque

from .runtime import Runtime


class Buffer:
    """Segments or datagrams, oldest first; `stream` data is cut at the profile's segments.

    `waiting` is data that found no room, its peer being held back; `refusing` (a fault) takes
    nothing until something was read.
    """

    def __init__(self, runtime: Runtime, stream: bool) -> None:
        self._runtime = runtime
        self._stream = stream
        self._pieces: deque[bytes] = deque()
        self._used = 0
        self.waiting: bytes | None = None
        self.refusing = False

    def __bool__(self) -> bool:
        return bool(self._pieces)

    @property
    def first_size(self) -> int:
        """The length of the oldest piece."""
        return len(self._pieces[0])

    def has_room(self, data: bytes) -> bool:
        """Whether `data` fits; an empty buffer takes any."""
        profile = self._runtime.profile
        fits = len(self._pieces) < profile.buffer_pieces \
            and self._used + len(data) <= profile.buffer_bytes
        return not self.refusing and (fits or not self._pieces)

    def append(self, data: bytes) -> None:
        """Takes data in."""
        step = self._runtime.profile.segment if self._stream else len(data)
        self._pieces.extend(data[start:start + step] for start in range(0, len(data), step))
        self._used += len(data)

    def read(self, size: int) -> tuple[bytes, int]:
        """Up to `size` bytes of the oldest piece, and how much of that one is left (2.1.5)."""
        self.refusing = False
        if not self._pieces:
            return b"", 0
        first = self._pieces.popleft()
        data, rest = first[:size], first[size:]
        if rest:
            self._pieces.appendleft(rest)
        self._used -= len(data)
        return data, len(rest)

    def take_all(self) -> list[bytes]:
        """Every piece; the buffer is empty then."""
        pieces = list(self._pieces)
        self._pieces.clear()
        self._used = 0
        return pieces

    def take_waiting(self) -> bytes:
        """What found no room; nothing waits then."""
        data, self.waiting = self.waiting or b"", None
        return data
