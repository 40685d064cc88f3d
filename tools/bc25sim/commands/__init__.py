"""The groups whose methods answer commands; `Module` makes one of each."""

from .attach import Attach
from .board import Board
from .identity import Identity
from .operator import Operator
from .services import Services
from .sleep import Sleep
from .tcpip import TcpIp
from .terminal import Terminal

__all__ = [
    "Attach", "Board", "Identity", "Operator", "Services", "Sleep", "TcpIp", "Terminal",
]
