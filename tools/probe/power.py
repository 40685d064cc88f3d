"""Deep sleep (4.4): what is said before and after, and what a sleeping module does with bytes."""

import re
import time

from tools.probe.module import Bench
from tools.probe.wire import Line, Trouble

WAKE_S = 1.0
LINES = ("+QATSLEEP", "+QNBIOTEVENT")
WOKEN = ("RDY", "+QATWAKEUP", "+QNBIOTEVENT")
WAKE_LINES = re.compile(rb"(?:\r\n)?(?:RDY|\+QATWAKEUP|\+QNBIOTEVENT)[^\r\n]*\r\n")


def sleep(b: Bench) -> None:
    """Let it sleep, disturb it, wake it."""
    wire, see = b.wire, b.found.see
    was = wire.ask("AT+QATWAKEUP?", "+QATWAKEUP:")
    wire.ask("AT+CEREG=1").need()
    told = _slept(b)
    asked = not told
    if asked and was.ok:
        _woken(b)
        wire.ask("AT+QATWAKEUP=1").need()
        told = _slept(b)
    if not told:
        b.found.miss("it sleeps without a word", "sleep_lines", "sleep_line_start",
                     "wake_lines_asked")  # fmt: skip
    else:
        see("wake_lines_asked", asked)
        see("sleep_lines", tuple(line.text for line in told))
        for line in told:
            see("sleep_line_start", line.start.decode())
    woken = [line for line in _woken(b) if line.text.startswith(WOKEN)]
    see("rdy_on_wake", any(line.text == "RDY" for line in woken))
    see("wake_lines", tuple(line.text for line in woken if line.text != "RDY"))
    _slept(b)
    _disturbed(b)
    _woken(b)
    wire.ask("AT+CEREG=0").need()
    if was.ok and was.lines:
        wire.ask(f"AT+QATWAKEUP={was.lines[-1][-1]}")


def _slept(b: Bench) -> list[Line]:
    """QSCLK=1 until it sleeps; the lines it says."""
    b.wire.urcs.clear()
    b.wire.ask("AT+QSCLK=1").need()
    since = time.monotonic()
    first = _sleep_line(b, b.setting.sleep_wait)
    if first is None:
        if b.wire.ask("AT", wait=1).ok:
            b.wire.ask("AT+QSCLK=0")
            raise Trouble(f"awake after {b.setting.sleep_wait:.0f} s: is power saving granted?")
        return []
    b.found.see("sleep_after_ms", (first.at - since) * 1000)
    told = [first]
    while line := _sleep_line(b, 0.3):
        told.append(line)
    return told


def _sleep_line(b: Bench, wait: float) -> Line | None:
    """The next line that speaks of sleep."""
    deadline = time.monotonic() + wait
    while line := b.wire.line(deadline):
        if line.text.startswith(LINES):
            return line
        b.wire.sort(line)
    return None


def _disturbed(b: Bench) -> None:
    """Bytes to a sleeping module: what comes back, and whether they wake it."""
    b.wire.write(b"AT\r\n")
    answer = WAKE_LINES.sub(b"", b.wire.raw(0.4))
    b.found.see("asleep_answer", answer.decode("latin-1"))
    b.found.see("wake_on_rx", b.wire.ask("AT", wait=1).ok)


def _woken(b: Bench) -> list[Line]:
    """Pull PSM_EINT; the lines until it answers again."""
    if b.setting.wake is None:
        raise Trouble("no way to wake it: --wake")
    told: list[Line] = []
    pulled = since = time.monotonic()
    b.setting.wake()
    while line := b.wire.line(since + (WAKE_S if not told else 0.3)):
        if not line.text.startswith(WOKEN):
            b.wire.sort(line)
            continue
        if not told:
            b.found.see("wake_ms", (line.at - pulled) * 1000)
        told.append(line)
        since = line.at
    answer = next((a for a in (b.wire.ask("AT", wait=1) for _ in range(5)) if a.ok), None)
    if answer is None:
        raise Trouble("it does not wake")
    b.found.see("echo_after_wake", "on" if answer.echoed else "keep")
    qsclk = b.wire.ask("AT+QSCLK?", "+QSCLK:")
    b.found.note("after a wake", qsclk.lines[-1] if qsclk.lines else "AT+QSCLK? is refused")
    b.wire.ask("ATE0")
    b.wire.ask("AT+QSCLK=0").need()
    kept = b.wire.ask("AT+CEREG?", "+CEREG: ").need().lines[0].startswith("+CEREG: 1,")
    b.found.see("reports_after_wake", "keep" if kept else "off")
    b.wire.ask("AT+CEREG=1").need()
    return told
