"""`make size`: what it counts, and when it fails."""

import pytest

from tools import size


def test_a_client_loads_a_part_of_the_driver() -> None:
    modules = size.client()
    assert {"__init__", "errors", "nic"} <= modules < set(size.sizes())
    assert not modules & {"aio", "trace"}


def test_a_client_that_does_not_work_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(size, "MPY", "/nowhere")
    with pytest.raises(RuntimeError, match=r"(?s)did not run to its end.*ImportError"):
        size.client()


@pytest.mark.parametrize("budget", ["MPY_ALL", "MPY_CLIENT"])
def test_a_budget_that_is_missed_fails(budget: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(size, "MPY_ALL", 1 << 20)
    monkeypatch.setattr(size, "MPY_CLIENT", 1 << 20)
    assert size.main() == 0
    monkeypatch.setattr(size, budget, 1)
    assert size.main() == 1
