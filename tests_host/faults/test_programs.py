"""With nothing wrong, every program does its work under every profile."""

import pytest

from .programs import PROGRAMS
from .replay import whole


@pytest.mark.parametrize("seed", [1, 2])
@pytest.mark.parametrize("profile", ["manual", "clone", "hostile"])
@pytest.mark.parametrize("program", PROGRAMS)
def test_without_a_fault(program, profile, seed):
    run = whole(program, profile=profile, seed=seed)
    if program != "crowd":  # which may find no id
        assert run.errors == []
    assert run.rig.uart.overflows == 0
