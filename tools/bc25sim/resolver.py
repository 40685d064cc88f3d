"""Names to addresses, after the time that takes."""

from collections.abc import Callable
from typing import Any

from .network import Network, is_ip
from .runtime import Runtime


class Resolver:
    """Asks the network for names."""

    def __init__(self, runtime: Runtime, network: Network) -> None:
        self._runtime = runtime
        self._network = network

    def resolve(self, name: str, done: Callable[[list[str]], Any]) -> None:
        """Calls `done` later with the addresses of a name, or with the address it already is."""
        if is_ip(name):
            self._runtime.after(0, done, [name])
        else:
            wait = self._runtime.delay("dns_ms")
            self._network.resolve(name, lambda ips: self._runtime.after(wait, done, ips))
