"""How many AT commands it takes to begin, and to send one datagram between two deep sleeps."""

from collections.abc import Iterator

from tools.bc25sim import Discard
from tools.budgets import COMMANDS_COLD, COMMANDS_DATAGRAM, COMMANDS_WARM
from tools.rig import Rig

from .rigs import SINK, ready, wire_bytes
from .row import Row

_GROUP = "commands, at 9600 baud"
_TRANSMITS = (b"AT+QIOPEN", b"AT+QISEND")
_AWAKE = {"sleep_after_ms": [2000, 2000]}  # the module's own timer; the network sets it


def _names(lines: list[bytes]) -> str:
    return ", ".join(line.decode("latin-1").partition("=")[0].removeprefix("AT+")
                     for line in lines)


def _begin(name: str, rig: Rig, since_us: int, budget: int) -> Row:
    """The program connects and sends a byte; what comes before the module transmits."""
    lines, before = rig.commands(), wire_bytes(rig)
    rig.nic.active(True)
    rig.nic.connect("CMNBIOT")
    rig.socket(SINK).send(b"x")
    first = next(n for n, line in enumerate(lines) if line.startswith(_TRANSMITS))
    at = next(us for us, _, data in reversed(rig.uart.writes) if b"AT+QISEND" in data)
    return Row(_GROUP, f"{name}, before the first QIOPEN or QISEND", first, "", budget,
               note=f"{wire_bytes(rig) - before} bytes and {(at - since_us) / 1000:.0f} ms until "
                    f"the first byte is sent: {_names(lines)}")


def _cold() -> Row:
    rig = Rig(1, baud=9600, uart="esp32", jump=False)
    rig.network.serve(*SINK, Discard)
    rig.uart.keep_writes = True
    return _begin("cold", rig, 0, COMMANDS_COLD)


def _warm() -> Row:
    rig = ready(9600)
    rig.new_board()
    rig.uart.keep_writes = True
    return _begin("warm (MCU restarted, module attached)", rig, rig.clock.us, COMMANDS_WARM)


def _asleep(rig: Rig) -> bool:
    return bool(rig.module.power.state == "asleep")


def _datagram() -> Iterator[Row]:
    """The MCU wakes, sends one datagram through the socket that the module kept, and sleeps."""
    rig = ready(9600, pins=True, settings=_AWAKE)
    rig.socket(SINK, udp=True).send(b"first")
    rig.nic.sleep()
    rig.until(lambda: _asleep(rig), 60_000)
    rig.new_board()
    lines, since = rig.commands(), rig.clock.us
    rig.nic.active(True)
    sock = rig.nic.socket(rig.bc25.AF_INET, rig.bc25.SOCK_DGRAM)
    sock.connect(SINK)
    sock.send(b'{"up_s": 25, "rssi_dbm": -69}')
    rig.nic.sleep()
    done, what = rig.clock.us, "from the MCU's wake to the module asleep, one datagram"
    try:
        rig.until(lambda: _asleep(rig), 60_000)
    except AssertionError:
        yield Row(_GROUP, what, None, "", COMMANDS_DATAGRAM,
                  note=f"the module stays awake after {_names(lines)}")
        return
    yield Row(_GROUP, what, len(lines), "", COMMANDS_DATAGRAM, note=_names(lines))
    yield Row(_GROUP, "… the MCU is awake", (done - since) / 1000, "ms")
    yield Row(_GROUP, "… the module is awake", (rig.clock.us - since) / 1000, "ms",
              note=f"of it {_AWAKE['sleep_after_ms'][0]} ms its own timer")


def rows() -> Iterator[Row]:
    """All of it."""
    yield _warm()
    yield _cold()
    yield from _datagram()
