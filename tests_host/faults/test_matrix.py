"""Each fault at some points of each program; `python -m tests_host.faults.replay --all` at every.

Whatever happens: the data arrived intact and once or the program was told, and the next operation
works with nothing left over. A failure says what to type to see its traffic.
"""

import pytest

from .matrix import KINDS, PROFILES, broken, sample
from .programs import PROGRAMS

_POINTS = 8
# A flipped digit may be another connection's id, and AT has no checksum.
LEFT_OUT = {"flip=up": ("pair", "crowd"), "flip=down": ("crowd",)}


@pytest.mark.parametrize("profile", PROFILES)
@pytest.mark.parametrize("program", PROGRAMS)
def test_faults(program, profile):
    for kind in KINDS:
        if program in LEFT_OUT.get(kind, ()):
            continue
        found = list(broken(program, profile, sample(kind, program, profile, _POINTS)))
        assert not found, "\n".join(found)
