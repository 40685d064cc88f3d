"""The parts of the module that everything of TCP/IP uses."""

import dataclasses

from .errors import Refused
from .faults import Faults
from .network import Network
from .output import Output
from .radio import Radio
from .resolver import Resolver
from .runtime import Runtime
from .settings import Flash, Settings


@dataclasses.dataclass(frozen=True)
class Stack:
    """What a connection, a ping, … is given to work with."""

    runtime: Runtime
    flash: Flash
    settings: Settings
    faults: Faults
    output: Output
    radio: Radio
    network: Network
    resolver: Resolver

    def need_address(self) -> None:
        """Refuses what needs an address while there is none."""
        if not self.radio.attached:
            raise Refused(561)
