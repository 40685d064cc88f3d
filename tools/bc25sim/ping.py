"""One AT+QPING (2.1.8)."""

from .stack import Stack


class Ping:
    """One run of AT+QPING, reply by reply."""

    def __init__(self, stack: Stack, host: str, limit: int, count: int, size: int) -> None:
        self._stack = stack
        self._host = host
        self._limit = limit
        self._left = self._count = count
        self._size = size
        self._times: list[int] = []
        self._ip = host
        self._asked_at = 0.0

    def start(self) -> None:
        """Resolves the name first."""
        self._stack.resolver.resolve(self._host, self._resolved)

    def _resolved(self, ips: list[str]) -> None:
        if not ips:
            self._stack.settings.last_error = 565
            return self._line(f"+QPING: {self._stack.runtime.profile.ping_not_found}", last=True)
        self._ip = ips[0]
        return self._ask()

    def _ask(self) -> None:
        self._asked_at = self._stack.runtime.clock.now()
        self._stack.network.ping(self._host, self._ip, self._size, self._limit, self._took)

    def _took(self, seconds: float | None) -> None:
        """Waits as long as the answer takes, what of that has passed already taken off."""
        if seconds is not None and seconds > self._limit:
            seconds = None
        lasts = (self._limit if seconds is None else seconds) / self._stack.runtime.speed
        passed = self._stack.runtime.clock.now() - self._asked_at
        self._stack.runtime.after(max(0.0, lasts - passed), self._answered, seconds)

    def _answered(self, seconds: float | None) -> None:
        profile = self._stack.runtime.profile
        if seconds is None:
            silent = profile.ping_all_lost == "none" and not self._times
            self._line("+QPING: 1", last=silent and self._left == 1)
        else:
            self._times.append(round(seconds * 1000))
            quote = '"' if profile.ping_quoted else ""
            self._line(f"+QPING: 0,{quote}{self._ip}{quote},{self._size},{self._times[-1]},"
                       f"{profile.ping_ttl}")
        self._left -= 1
        if self._left:
            return self._ask()
        return self._finish()

    def _finish(self) -> None:
        """Packets, though 2.1.8 says bytes; the average of example 4.6 is 288, not its 287."""
        times, sent = self._times, self._count
        if not times and self._stack.runtime.profile.ping_all_lost == "none":
            return
        least, most = (min(times), max(times)) if times else (0, 0)
        average = sum(times) // len(times) if times else 0
        self._line(f"+QPING: 2,{sent},{len(times)},{sent - len(times)},{least},{most},{average}",
                   last=True)

    def _line(self, text: str, last: bool = False) -> None:
        if self._stack.runtime.profile.ping_joined and not last:
            return self._stack.output.send(b"\r\n" + text.encode())
        return self._stack.output.urc(text)
