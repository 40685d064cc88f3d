"""TCP LISTENER with real clients (manual 2.2.4, 2.2.5, 4.3)."""

import errno
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

import pytest

from tests_host.e2e.conftest import PROFILES
from tools.servers import connect


def whole_answer(client, line):
    client.sendall(line)
    answer = b""
    while data := client.recv(1024):
        answer += data
    return answer


@pytest.mark.manual("2.2.5", "4.3.1", "4.3.2", "4.3.3", "4.3.4")
@pytest.mark.parametrize("profile", PROFILES)
def test_several_clients_at_once(make_desk, free_port, profile):
    desk = make_desk(profile=profile)
    program = desk.start("listener", port=free_port, clients=3)
    listening = program.wait_for("listening")
    assert [entry[1] for entry in listening] == ["TCP LISTENER"]
    assert listening[0][4] == free_port
    clients = [connect(free_port) for _ in range(3)]
    peers = program.wait_for("peers")
    assert [tuple(p) for p in peers] == [client.getsockname() for client in clients]
    assert program.wait_for("in_use") == errno.EADDRINUSE
    with ThreadPoolExecutor() as pool:
        lines = [b"client %d\n" % i for i in range(3)]
        answers = list(pool.map(whole_answer, clients, lines))
    assert answers == [b"hello " + line for line in lines]
    with connect(free_port) as late:
        assert whole_answer(late, b"one\n") == b"late one\n"
    program.end()
    for client in clients:
        client.close()


@pytest.mark.manual("2.2.4")
def test_more_clients_than_the_module_has_room_for(desk, free_port):
    program = desk.start("listener", port=free_port, clients=5)
    program.wait_for("listening")
    clients = [connect(free_port) for _ in range(5)]
    program.wait_for("in_use")
    with suppress(OSError), connect(free_port) as turned_away:
        assert turned_away.recv(10) == b""
    for i, client in enumerate(clients):
        client.sendall(b"client %d\n" % i)
    assert clients[4].recv(100) == b"hello client 4\n"
    with connect(free_port) as late:
        assert whole_answer(late, b"one\n") == b"late one\n"
    assert program.end()["full"] == 1
    for client in clients:
        client.close()
