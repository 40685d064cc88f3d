"""machine.UART of boards/unix: what it takes, what it costs, and what it loses."""

import socket
import threading

import pytest

OPEN = "from machine import UART, Pin\nimport micropython, time\n"
# (what is sent, what the far end answers)
TEN = (b"go", b"0123456789")


def test_reads_and_writes(line, run):
    line.answers = dict([TEN])
    out = run(OPEN + """
u = UART(1, 9600, tx=17, rx=16, rxbuf=1024, timeout=0)
print(u.any(), u.read(), u.readline(), u.readinto(bytearray(3)))
print(u.write(b"go"))
while u.any() < 10: pass
b = bytearray(4)
print(u.read(2), u.readinto(b, 3), b)
print(u.readinto(b), b, u.read())
print(u.write(b"abcdef", 2), u.write(b"abcdef", 2, 3), u.write(b"abcdef", 4, 9), u.txdone())
""")
    assert out.splitlines() == [
        "0 None None None",
        "2",
        "b'01' 3 bytearray(b'234\\x00')",
        "4 bytearray(b'5678') b'9'",
        "2 3 2 True",
    ]
    assert line.received(9) == b"goabcdeef"


def test_every_byte_value_passes(line, run):
    line.answers = {b"\xff" * 3: bytes(range(256))}
    out = run(OPEN + """
u = UART(1)
u.write(bytes(range(256)))
u.write(b"\\xff\\xff\\xff")
while u.any() < 256: pass
print(u.read() == bytes(range(256)))
""")
    assert out == "True\n"
    assert line.received(259) == bytes(range(256)) + b"\xff" * 3


@pytest.mark.parametrize("mode", ["perfect", "esp32", "stm32"])
def test_hot_path_allocates_nothing(line, run, mode):
    line.answers = dict([TEN])
    out = run(OPEN + """
u = UART(1, 115200, rxbuf=1024)
def hot(buf):
    for _ in range(3):
        u.write(b"go")
        while u.any() < 10: pass
        u.readinto(buf, 3)
        u.readinto(buf)
        u.write(buf)
        u.write(buf, 10)
        u.write(buf, 5, 20)
        u.txdone()
        u.flush()
        u.readinto(buf)
buf = bytearray(300)
micropython.heap_lock()
try:
    hot(buf)
finally:
    micropython.heap_unlock()
print("done")
""", mode)
    assert out == "done\n"


# How many bytes arrive in 0.5 s at 9600 baud, and what the receive buffer then holds.
@pytest.mark.parametrize(
    ("mode", "settings", "kept"),
    [
        ("esp32", "", 256),
        ("esp32", "rxbuf=300", 300),
        ("stm32", "", 64),
        ("stm32", "rxbuf=99", 99),
    ],
)
def test_overflow_is_dropped_and_counted(line, run, mode, settings, kept):
    line.answers = {b"go": bytes(range(250)) + bytes(150)}
    out = run(OPEN + f"""
u = UART(1, 9600, {settings})
u.write(b"go")
time.sleep_ms(500)
print(u.any(), u.overflows, u.read({kept}) == (bytes(range(250)) + bytes(150))[:{kept}])
""", mode)
    assert out == f"{kept} {400 - kept} True\n"


def test_bytes_arrive_no_faster_than_the_line(line, run):
    line.answers = {b"go": bytes(1000)}
    out = run(OPEN + """
u = UART(1, 9600, rxbuf=2000)
u.write(b"go")
u.flush()
while not u.any(): pass
start = time.ticks_ms()
while u.any() < 480: pass
print(time.ticks_diff(time.ticks_ms(), start))
""", "esp32")
    assert int(out) >= 480


def test_perfect_mode_loses_nothing_while_nobody_reads(line, run):
    line.answers = {b"go": bytes(3000)}
    out = run(OPEN + """
u = UART(1, 9600)
u.write(b"go")
time.sleep_ms(300)
print(u.any(), u.overflows)
""")
    assert out == "3000 0\n"


WRITE = OPEN + """
u = UART(1, 9600)
start = time.ticks_ms()
u.write(bytes(%d))
after = time.ticks_diff(time.ticks_ms(), start)
done = u.txdone()
u.flush()
print(after, done, time.ticks_diff(time.ticks_ms(), start), u.txdone())
"""


def test_esp32_write_returns_while_the_buffer_drains(line, run):
    after, done, flushed, end = run(WRITE % 96, "esp32").split()
    assert int(after) < 99 and done == "False"
    assert int(flushed) >= 99 and end == "True"


def test_esp32_write_blocks_while_the_buffer_is_full(line, run):
    after, done, flushed, _ = run(WRITE % 352, "esp32").split()
    assert 99 <= int(after) < 365 and done == "False"
    assert int(flushed) >= 365


def test_stm32_write_blocks_to_the_last_byte(line, run):
    after, done, _, _ = run(WRITE % 96, "stm32").split()
    assert int(after) >= 99 and done == "True"


def test_stm32_forgets_its_buffer_at_init(line, run):
    out = run(OPEN + """
u = UART(1, 9600, rxbuf=512)
print(u)
u.init(115200)
print(u)
""", "stm32")
    assert "rxbuf=512" in out.splitlines()[0]
    assert "rxbuf=64" in out.splitlines()[1]


@pytest.mark.parametrize(
    ("mode", "call", "error"),
    [
        ("stm32", "UART(1, 9600, tx=1)", "extra keyword arguments given: tx"),
        ("stm32", "UART(1)", "argument required"),
        ("esp32", "UART(1, 9600, rxbuf=128)", "must exceed 128"),
        ("esp32", "UART(1, 9600, read_buf_len=9)", "extra keyword"),
        ("", "UART(2, 9600)", "UART(2) doesn't exist"),
        ("", "UART(1, mode='avr')", "no UART mode avr"),
    ],
)
def test_bad_settings_are_refused(line, run, mode, call, error):
    out = run(OPEN + f"""
try:
    {call}
except Exception as e:
    print(repr(e))
""", mode)
    assert error in out


def test_timeout_waits_for_the_first_byte(line, run):
    line.answers = dict([TEN])
    out = run(OPEN + """
u = UART(1, 9600, timeout=150, timeout_char=50)
start = time.ticks_ms()
nothing = u.read(1)
print(nothing, 149 <= time.ticks_diff(time.ticks_ms(), start))
u.write(b"go")
print(u.read(20))
""")
    assert out.splitlines() == ["None True", "b'0123456789'"]


def test_select_sees_it(line, run):
    line.answers = dict([TEN])
    out = run(OPEN + """
import select
u = UART(1, 9600)
p = select.poll()
p.register(u, select.POLLIN)
print(len(p.poll(20)))
u.write(b"go")
print(p.poll(1000)[0][1])
""")
    assert out.splitlines() == ["0", "1"]


def test_deinit_and_init_open_it_again(line, run):
    out = run(OPEN + """
u = UART(1, 9600)
u.deinit()
u.init(9600)
print(u.any())
""")
    assert out == "0\n"


def test_pins_reach_the_control_socket(line, run, tmp_path):
    path = str(tmp_path / "control")
    server = socket.socket(socket.AF_UNIX)
    server.bind(path)
    server.listen()
    words: list[bytes] = []

    def serve():
        while len(words) < 2:
            peer, _ = server.accept()
            words.append(peer.recv(100))
            peer.send(b"ok\n")
            peer.close()

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    run(OPEN + """
from machine import Signal
Pin("led").on()
p = Signal(Pin("wake", Pin.OUT, value=0), invert=False)
p.on()
p.on()
p.off()
""", control=path)
    thread.join(5)
    server.close()
    assert words == [b"pin wake on\n", b"pin wake off\n"]
