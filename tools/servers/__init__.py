"""Real servers on this computer, which the tools and the tests let modules talk to.

`loopback` has the asyncio thread, the echo server and what other servers are made with; `orders`,
`ntp`, `web`, `broker` and `tls` are the rest.
"""

from .loopback import CLIENT_PAUSE_S, LOCAL, Loop, Servers, connect, free_port

__all__ = ["CLIENT_PAUSE_S", "LOCAL", "Loop", "Servers", "connect", "free_port"]
