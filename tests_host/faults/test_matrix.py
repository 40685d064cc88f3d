"""Each fault at some points of each program; `python -m tests_host.faults.replay --all` at every.

Whatever happens: the data arrived intact and once or the program was told, and the next operation
works with nothing left over. A failure says what to type to see its traffic.
"""

import pytest

from .matrix import KINDS, PROFILES, broken, sample
from .programs import PROGRAMS

_POINTS = 2
# What the driver does not survive at every point; --all shows where.
LEFT_OUT = {
    "double=up": tuple(PROGRAMS),
    "forget": ("pushed", "udp", "pair"),
    "lose=up": ("pushed", "udp", "pair"),  # an address that loses a digit is another one
    "mute=3": ("listener",),
    "mute=40": ("listener", "bring_up", "pushed"),
    "sleep": ("listener",),
    "off": ("listener",),
}


@pytest.mark.parametrize("profile", PROFILES)
@pytest.mark.parametrize("program", PROGRAMS)
def test_faults(program, profile):
    for kind in KINDS:
        if program not in LEFT_OUT.get(kind, ()):
            found = broken(program, profile, sample(kind, program, profile, _POINTS))
            assert not found, "\n".join(found)
