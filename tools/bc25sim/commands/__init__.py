"""The groups whose methods answer commands; `Module` makes one of each."""

from .attach import Attach
from .identity import Identity
from .services import Services
from .sleep import Sleep
from .tcpip import TcpIp
from .terminal import Terminal

__all__ = ["Attach", "Identity", "Services", "Sleep", "TcpIp", "Terminal"]
