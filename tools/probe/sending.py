"""AT+QISEND (2.1.4): the prompt, what is inside it, and how long a line may be."""

import time
from collections import Counter

from tools.probe.module import IDS, RECV, Bench
from tools.probe.wire import Trouble

SETTLE_MS = (0, 2, 4, 6, 10, 20, 50)
LONGEST = 4096
RADIO_S = 60


def prompt(b: Bench) -> None:
    """What the prompt looks like."""
    b.open(0, "TCP")
    for _ in range(b.setting.repeat):
        seen = b.wire.open_prompt("AT+QISEND=0,5")
        b.found.see("prompt", seen.decode("latin-1"))
        time.sleep(0.05)
        b.wire.write(b"12345")
        b.ended().sent(time.monotonic())
    b.read_all(0, 3, 5 * b.setting.repeat)
    b.close(0)


def settle(b: Bench) -> None:
    """How soon after the prompt data is taken."""
    b.open(0, "TCP")
    for wait in SETTLE_MS:
        if all(_taken(b, wait) for _ in range(3)):
            break
    else:
        raise Trouble(f"data is lost {wait} ms after the prompt")
    b.found.note("prompt", f"data is taken {wait} ms after it")
    if wait:
        b.found.see("prompt_settle_ms", wait)
    b.read_all(0, 1)
    b.close(0)


def _taken(b: Bench, wait_ms: int) -> bool:
    """Whether five bytes so soon after the prompt complete it; if not, complete it."""
    b.wire.open_prompt("AT+QISEND=0,5")
    time.sleep(wait_ms / 1000)
    b.wire.write(b"12345")
    try:
        b.ended().sent(time.monotonic())
        return True
    except Trouble:
        b.wire.write(b"\r\n" * 3)
        b.wire.quiet(1)
        b.wire.find()
        b.wire.urcs.clear()
        return False


def inside(b: Bench) -> None:
    """A command, and control characters, inside a prompt of fixed length."""
    b.open(0, "TCP")
    b.prompted(0, b"\r\nAT\r\nOK")
    got = b.read_all(0, 5, 8)
    plain = got == b"\r\nAT\r\nOK"
    b.found.note("prompt", "a command inside it is payload" if plain else f"changed to {got!r}")
    b.wire.open_prompt("AT+QISEND=0,6")
    time.sleep(0.05)
    b.wire.write(b"a\x1ab\x1bcd")
    try:
        b.ended().sent(time.monotonic())
        got = b.read_all(0, 5, 6)
        b.found.see("fixed_control", got != b"a\x1ab\x1bcd")
    except Trouble:
        b.found.see("fixed_control", True)
        b.recover()
    b.close(0)


def escape(b: Bench) -> None:
    """What Esc answers, which the manual does not say."""
    b.open(0, "TCP")
    for _ in range(2 * b.setting.repeat):
        b.wire.open_prompt("AT+QISEND=0")
        time.sleep(0.05)
        b.wire.write(b"abc\x1b")
        b.found.see("esc_answer", _answer(b))
    b.wire.find()
    b.close(0)


def _answer(b: Bench) -> str:
    deadline = time.monotonic() + 0.7
    while line := b.wire.line(deadline):
        if line.text in ("OK", "ERROR", "SEND FAIL"):
            return line.text
        b.wire.sort(line)
    return ""


def urcs(b: Bench) -> None:
    """What becomes of a recv URC while a prompt is open."""
    b.order(1, "send", 2, 10, 2000)
    if b.told_data(1, 10) is None:
        raise Trouble("the order server sent nothing")
    b.read_all(1)
    b.open(0, "TCP")
    b.wire.open_prompt("AT+QISEND=0,5")
    during = b.told_data(1, 3)
    b.wire.write(b"12345")
    b.ended().sent(time.monotonic())
    after = during or b.told_data(1, 2)
    if after is None and not b.read_all(1, 1):
        raise Trouble("no data came during the prompt")
    b.found.see("prompt_urcs", "pass" if during else "hold" if after else "drop")
    b.close(0)
    b.close(1)


def lengths(b: Bench) -> None:
    """An inline QISENDEX of 512 bytes, and the longest line of all."""
    b.open(0, "UDP")
    answer = b.wire.ask('AT+QISENDEX=0,512,"' + "31" * 512 + '"')
    b.found.note("AT+QISENDEX inline, 512 bytes", answer.final or "no answer")
    if answer.ok:
        b.sent(answer.at)
    b.wire.find()
    b.wire.urc(f"{RECV}0", 3)
    b.close(0)
    good, bad = 22, LONGEST
    if not _fits(b, good):
        raise Trouble("spaces behind AT are refused, so that no line can be made long")
    if _fits(b, bad):
        b.found.note("line length", f"{LONGEST} characters are taken")
        return
    while bad - good > 1:
        middle = (good + bad) // 2
        good, bad = (middle, bad) if _fits(b, middle) else (good, middle)
    b.found.see("max_line", good)


def _fits(b: Bench, size: int) -> bool:
    fits = b.wire.ask("AT".ljust(size), wait=0.5 + size * b.setting.byte_s).ok
    if not fits:
        b.wire.find()
    return fits


def radio(b: Bench) -> None:
    """How long after the last traffic the radio connection is given up."""
    if any(text.startswith("+CSCON") for text in b.wire.noise):
        raise Trouble("+CSCON comes without being asked for")
    was = b.wire.ask("AT+CSCON?", "+CSCON:").need().lines[-1].partition(":")[2].strip()[0]
    b.wire.ask("AT+CSCON=1").need()
    b.open(0, "UDP")
    b.send(0, "radio")
    since = time.monotonic()
    deadline = since + RADIO_S
    while (line := b.wire.line(deadline)) and line.text != "+CSCON: 0":
        b.wire.sort(line)
    b.wire.ask(f"AT+CSCON={was}")
    b.wire.noise = Counter({t: n for t, n in b.wire.noise.items() if not t.startswith("+CSCON")})
    if line is None:
        raise Trouble(f"the radio connection is still up after {RADIO_S} s")
    b.found.see("radio_idle_ms", (line.at - since) * 1000)
    b.close(0)


def reuse(b: Bench) -> None:
    """Whether an id is free at once after CLOSE OK."""
    b.open(0, "TCP")
    b.close(0)
    code = b.opening(0, "TCP", f'"{b.setting.server}",{b.setting.echo}')
    b.found.note("id after CLOSE OK", "free at once" if code == 0 else f"open answered {code}")
    for number in IDS:
        if b.row(number):
            b.close(number)
