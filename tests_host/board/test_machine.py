"""What `machine` of boards/unix has beside a UART: timers, a clock, restarts."""

import os
import time
from pathlib import Path

import pytest

# One period of the timers here, which a busy computer may stretch but not shorten.
PERIOD_MS = 20
COUNT = f"""
PERIOD_MS = {PERIOD_MS}
import asyncio, micropython, select, time
from machine import Timer

count = 0

def tick(timer):
    global count
    count += 1

def during(wait):
    before, since = count, time.ticks_ms()
    wait()
    passed = time.ticks_diff(time.ticks_ms(), since)
    return 2 <= count - before <= passed // PERIOD_MS + 2

def compute():
    since = time.ticks_ms()
    while time.ticks_diff(time.ticks_ms(), since) < 300:
        [bytearray(100) for _ in range(50)]

async def nap():
    await asyncio.sleep(0.3)

"""

WAITS = {
    "sleep": "lambda: time.sleep(0.3)",
    "sleep_ms": "lambda: time.sleep_ms(300)",
    "computing": "compute",
    "asyncio": "lambda: asyncio.run(nap())",
    "poll": "lambda: select.poll().poll(300)",
}


@pytest.mark.parametrize("wait", WAITS.values(), ids=WAITS)
def test_a_periodic_timer_calls_whatever_the_program_does(run, wait):
    assert run(COUNT + f"""
timer = Timer(-1, mode=Timer.PERIODIC, period=PERIOD_MS, callback=tick)
print(during({wait}))
timer.deinit()
stopped = count
time.sleep_ms(100)
print(count == stopped)
""").splitlines() == ["True", "True"]


def test_a_timer_calls_once_or_at_a_frequency_and_can_start_anew(run):
    assert run(COUNT + """
timer = Timer(0)
timer.init(mode=Timer.ONE_SHOT, period=PERIOD_MS, callback=tick)
time.sleep_ms(200)
print(count)
timer.init(freq=50, callback=tick)
print(during(lambda: time.sleep_ms(300)))
Timer(0).init(mode=Timer.ONE_SHOT, period=10_000, callback=tick)  # takes the id
stopped = count
time.sleep_ms(100)
print(count == stopped)
try:
    timer.init(callback=tick)
except ValueError as error:
    print(error)
""").splitlines() == ["1", "True", "True", "period or freq wanted"]


def test_what_a_callback_raises_stops_neither_program_nor_timer(run):
    out = run(COUNT + """
def bad(timer):
    tick(timer)
    raise ValueError("told")

timer = Timer(-1, period=PERIOD_MS, callback=bad)
while count < 3:
    time.sleep_ms(1)
timer.deinit()
print("done")
""")
    assert out.count("ValueError: told") >= 3 and out.endswith("done\n")


def test_a_hard_callback_may_not_allocate(run):
    out = run(COUNT + """
def bad(timer):
    print([count])

Timer(-1, mode=Timer.ONE_SHOT, period=1, callback=bad, hard=True)
time.sleep_ms(200)
print([count])
""")
    assert "heap is locked" in out and out.endswith("[0]\n")


def test_a_callback_that_reads_the_uart_comes_not_into_the_middle_of_a_read(line, run):
    data = b"".join(b"%d," % i for i in range(800))  # no two pieces are the same
    line.answers = {b"go": data}
    out = run(COUNT + """
from machine import UART

class Interrupted(UART):
    def _fill(self, n):
        got = super()._fill(n)
        timer._alarm.queue()  # due just now
        return got

uart, got, buf = Interrupted(1), bytearray(), bytearray(7)

def read(timer):
    n = uart.readinto(buf)
    if n:
        got.extend(buf[:n])

timer = Timer(-1, period=1_000_000, callback=read)
uart.write(b"go")
since = time.ticks_ms()
while b"799," not in got and time.ticks_diff(time.ticks_ms(), since) < 5_000:
    uart.any()
print(got.decode())
""")
    assert out == data.decode() + "\n"


def test_the_clock_keeps_what_it_was_set_to(run):
    assert run("""
from machine import RTC
RTC().datetime((2031, 5, 6, 1, 7, 8, 9, 0))
now = RTC().datetime()
print(now[:6], now[6] in (9, 10), now[7])
""") == "(2031, 5, 6, 1, 7, 8) True 0\n"


CAUSE = "import machine; print(machine.reset_cause(), machine.RTC().memory())"


def test_deep_sleep_restarts_the_board_which_keeps_its_rtc(mpremote, board, tmp_path):
    main = tmp_path / "main.py"
    main.write_text(f"""
{CAUSE}
rtc = machine.RTC()
rtc.memory(rtc.memory() + b"x")
open("cause", "a").write("%d %d " % (machine.reset_cause(), rtc.datetime()[0]))
if len(rtc.memory()) == 1:
    rtc.datetime((2040, 1, 1, 0, 0, 0, 0, 0))
try:
    if len(rtc.memory()) < 3:
        machine.deepsleep(100)
finally:
    open("ends", "a").write("e")
""")
    mpremote("cp", str(main), ":main.py", "+", "reset")
    root = Path(board.environ["BC25_BOARD"])
    _until(lambda: (root / "ends").exists() and (root / "ends").read_text())
    first, second, third = (root / "cause").read_text().split()[::2]
    assert (first, second, third) == ("2", "4", "4")
    assert (root / "cause").read_text().split()[3::2] == ["2040", "2040"]
    assert (root / "ends").read_text() == "e"
    assert mpremote("exec", CAUSE) == "5 b'xxx'\n"  # mpremote makes a soft reset
    mpremote("rm", ":main.py", "+", "rm", ":cause", "+", "rm", ":ends")


def _until(condition, limit_s=20):
    end = time.monotonic() + limit_s
    while not condition():
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.05)


def test_a_board_that_sleeps_is_reached_when_it_wakes(mpremote):
    mpremote("exec", "--no-follow", "import machine; machine.deepsleep(2000)")
    assert mpremote("exec", "print('here')") == "here\n"


def test_boards_know_each_other_apart(mpremote, run):
    print_id = "import machine; print(machine.unique_id())"
    assert os.getenv("BC25_BOARD") is None
    assert mpremote("exec", print_id) != run(print_id)
