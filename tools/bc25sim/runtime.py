"""Time, chance and the profile in force: what every part of the module gets."""

import random
from collections import Counter
from collections.abc import Callable
from typing import Any

from .clock import Clock, Handle
from .profile import Profile


class Runtime:
    """`profile` is drawn anew by `draw()`; `speed` divides every delay of it.

    What `after` was asked for does not happen once `forget()` was called: the module lost power
    or fell asleep. `on_event` is told what no byte on the UART shows: ("power", state of Power),
    ("registration", state of Radio), ("fault", kind and value).
    """

    def __init__(self, clock: Clock, profile: Profile, rng: random.Random, speed: float) -> None:
        self.clock = clock
        self.base_profile = profile
        self.profile = profile.drawn(rng)
        self.rng = rng
        self.speed = speed
        self.counters: Counter[str] = Counter()
        self.active_at = 0.0  # when host or module last did something
        self.epoch = 0
        self.on_event: Callable[[str, str], Any] = lambda what, value: None

    def draw(self) -> None:
        """Draws what varies."""
        self.profile = self.base_profile.drawn(self.rng)

    def delay(self, key: str) -> float:
        """Seconds of the profile's range `key`, under the speed in force."""
        return self.limit(key) / self.speed

    def limit(self, key: str) -> float:
        """The same where it bounds how long something may last, which no speed changes."""
        low, high = getattr(self.profile, key)
        return float(low if low == high else self.rng.uniform(low, high)) / 1000

    def after(self, seconds: float, call: Callable[..., Any], *args: Any) -> Handle:
        """Calls later, unless the module restarts or falls asleep before."""
        return self.clock.call_later(seconds, self._fire, self.epoch, call, args)

    def _fire(self, epoch: int, call: Callable[..., Any], args: tuple[Any, ...]) -> None:
        if epoch == self.epoch:
            call(*args)

    def forget(self) -> None:
        """Nothing that `after` was asked for happens any more."""
        self.epoch += 1

    def count(self, name: str, amount: int = 1) -> None:
        """Adds to the statistics."""
        self.counters[name] += amount

    def touch(self) -> None:
        """The host or the module did something: sleep is put off."""
        self.active_at = self.clock.now()


class Part:
    """A part of the module that power and deep sleep go through."""

    def cut(self) -> None:
        """The power is gone, and everything under way with it."""

    def booted(self) -> None:
        """The module has just started."""

    def asleep(self) -> None:
        """Deep sleep begins."""

    def woken(self) -> None:
        """Deep sleep is over."""

    @property
    def working(self) -> bool:
        """Whether something is under way that deep sleep has to wait for."""
        return False
