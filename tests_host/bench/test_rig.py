"""The rig: it replays, its lines take their time, its UARTs are like the ports'."""

import pytest

from tools.bc25sim import Echo
from tools.rig import (
    SERVER,
    BoardTimer,
    BoardUART,
    Loop,
    McuRestart,
    Rig,
    Work,
    load,
    readable,
    sleep_ms,
)

ADDRESS = (SERVER, 7)


def rig(**kwargs):
    made = Rig(**kwargs)
    made.network.serve(*ADDRESS, Echo)
    made.keep = True
    made.up()
    return made


def echoed(made, data):
    s = made.socket(ADDRESS)
    s.sendall(data)
    got = s.read(len(data))
    s.close()
    made.run(500)
    return got


@pytest.mark.parametrize("profile", ["manual", "clone", "hostile"])
def test_a_seed_replays_to_the_last_byte(profile):
    settings = {"prompt_settle_ms": [0, 0]}
    said = set()
    for _ in range(2):
        made = rig(seed=5, profile_name=profile, profile_settings=settings)
        assert echoed(made, bytes(range(256)) * 3) == bytes(range(256)) * 3
        said.add((bytes(made.heard), made.clock.us))
    assert len(said) == 1


def test_two_flavours_have_their_own_numbers_and_clocks():
    native, esp32 = load("native"), load("esp32")
    assert native.bc25 is not esp32.bc25
    assert esp32.errno.ETIMEDOUT == 116
    made = rig(flavour="esp32")
    sock = made.nic.socket()
    sock.setblocking(False)
    with pytest.raises(OSError) as in_progress:
        sock.connect(ADDRESS)
    assert in_progress.value.args[0] == 119
    before = made.clock.ticks_ms()
    made.run(5000)
    assert made.clock.ticks_ms() < before, "the clock did not wrap"
    assert echoed(made, b"across the wrap") == b"across the wrap"


@pytest.mark.parametrize("model", ["esp32", "stm32"])
def test_a_line_takes_its_time(model):
    made = rig(baud=9600, uart=model)
    since = made.clock.ms()
    echoed(made, bytes(512))
    assert made.clock.ms() - since > 2 * 512 * 10_000 // 9600
    assert made.uart.overflows == 0


def test_what_the_uarts_do_when_written_to():
    clock = load().clock
    clock.begin(0)
    took = {}
    for model in ("ideal", "esp32", "stm32"):
        u = BoardUART(clock, lambda data: None, 9600, model)
        since = clock.us
        u.write(bytes(300))
        took[model] = (clock.us - since, u.txdone())
        u.flush()
        assert u.txdone()
    byte = 10_000_000 // 9600
    assert took["ideal"] == (0, True)
    assert abs(took["esp32"][0] - 44 * byte) < byte and not took["esp32"][1]
    assert abs(took["stm32"][0] - 300 * byte) < byte and took["stm32"][1]


def test_what_finds_no_room_is_dropped_and_counted():
    clock = load().clock
    clock.begin(0)
    u = BoardUART(clock, lambda data: None, 9600, rxbuf=64)
    u.arrive(bytes(range(100)))
    buf = bytearray(100)
    assert (u.any(), u.readinto(buf), u.overflows) == (64, 64, 36)
    assert buf[:64] == bytes(range(64))
    u.overrun = {101}
    u.arrive(b"abc")
    assert (u.readinto(buf), u.overflows, bytes(buf[:2])) == (2, 37, b"ac")


def test_the_board_can_die_in_the_middle_of_a_write():
    clock = load().clock
    clock.begin(0)
    out = bytearray()
    u = BoardUART(clock, out.extend, 0)
    u.dies_at = 5
    u.write(b"abc")
    with pytest.raises(McuRestart):
        u.write(b"defg")
    assert out == b"abcde"


def test_counted_work_takes_time():
    made = rig(baud=115200, jump=False, cost_us=1.0)
    free = made.clock.us
    with Work(made.clock):
        made.run(100)
    assert 1000 < made.clock.total_work < 100_000
    assert made.clock.us - free >= 100_000


def test_coroutines_wait_for_sockets_and_for_time():
    made = rig(jump=False)
    s = made.socket(ADDRESS)
    s.setblocking(False)
    seen = []

    async def ticker():
        while True:
            seen.append(made.clock.ms())
            await sleep_ms(10)

    async def main():
        s.write(b"hello")
        await readable(s)
        assert s.read(5) == b"hello"

    loop = Loop(made.clock)
    loop.add(ticker())
    loop.run(main())
    assert len(seen) > 3
    assert {b - a for a, b in zip(seen, seen[1:], strict=False)} <= {10, 11}


def test_a_timer_fires_while_the_board_sleeps():
    clock = load().clock
    clock.begin(0, jump=False)
    timer, at = BoardTimer(clock), []
    timer.init(period=20, callback=lambda _: at.append(clock.ms()))
    clock.sleep_ms(65)
    assert at == [20, 40, 60]
    timer.init(mode=timer.ONE_SHOT, period=5, callback=lambda _: at.append(clock.ms()))
    clock.sleep_ms(50)
    timer.init(period=20, callback=lambda _: clock.sleep_ms(50))
    clock.sleep_ms(30)  # a callback that takes longer than its period is not entered twice
    timer.deinit()
    clock.sleep_ms(100)
    assert at == [20, 40, 60, 70]
