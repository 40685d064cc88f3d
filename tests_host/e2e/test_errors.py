"""What cannot be done ends in the error that the contract names."""

import errno
import os
import tty

import pytest

from tests_host.e2e.machinery import ProgramDesk


@pytest.mark.manual("2.1.1", "2.1.12", "3")
@pytest.mark.parametrize("profile", ("manual", "clone", "hostile"))
def test_a_server_that_refuses(make_desk, servers, free_port, profile):
    desk = make_desk("--dns", "known.example=127.0.0.1", profile=profile)
    told = desk.run("refused", closed=free_port, open=servers.tcp())
    for failure in told["refused"]:
        assert failure["code"] == 566 and failure["errno"] == errno.ECONNREFUSED
        assert "566" in failure["text"] and "AT+QIOPEN" in failure["text"]
    assert told["unknown"]["code"] == 565 and told["unknown"]["errno"] == errno.ENOENT
    assert told["after"] == "after all"


def test_bad_input_reaches_no_uart(desk):
    told = desk.run("bad_input")
    assert told["wrong"] == []
    assert told["written"] == ""


class Nobody:
    """A PTY with nothing behind it, in the place of the simulated module."""

    def __init__(self) -> None:
        self._ours, self._side = os.openpty()
        tty.setraw(self._side)
        self.pty = os.ttyname(self._side)

    def environ(self) -> dict[str, str]:
        return {"BC25_UART1": self.pty}

    def stop(self) -> None:
        os.close(self._ours)
        os.close(self._side)


def test_a_uart_where_nobody_answers():
    desk = ProgramDesk(Nobody())
    try:
        told = desk.run("silent")
    finally:
        desk.stop()
    assert told["errno"] == errno.ETIMEDOUT
    assert told["ms"] <= 31_000
    assert told["active"] is False
