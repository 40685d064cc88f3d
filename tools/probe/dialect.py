"""Boot, identity, quotes, echo, error answers: what can be asked of a module without a network."""

import re
import time

from tools.probe.module import Bench
from tools.probe.wire import Trouble

JUNK = re.compile(rb"[^\t-\r -~]+")  # of a line that nothing drives
NOISE = re.compile(rb"(?:\r\n)*\+[A-Z][^\r\n]*\r\n")
BAD_OPEN = 'AT+QIOPEN=1,"UDP","220.18.39.22",8063,0,1'  # example 4.8: no connectID
ATTACH_S = 180
REFUSALS = 5
TAU, ACTIVE = "01000011", "00000001"  # that AT+CPSMS asks for
QUIET_S = 1.5


def boot(b: Bench) -> None:
    """Restart it, and watch what it says until it is attached."""
    wire, see = b.wire, b.found.see
    wire.raw(QUIET_S)  # what an earlier start has still to say
    asked = wire.ask("AT+QRST=1")
    if not asked.ok:
        b.found.miss("AT+QRST=1 is refused", "boot_ms", "sim_ms", "attach_ms", "banner",
                     "boot_lines", "echo")  # fmt: skip
        return
    before = wire.raw(30, until=b"RDY\r\n")
    if not before.endswith(b"RDY\r\n"):
        raise Trouble("no RDY within 30 s of AT+QRST=1")
    ready = time.monotonic()
    see("boot_ms", (ready - asked.at) * 1000)
    junk = JUNK.findall(before[:-5])
    see("boot_garbage", junk[0].decode("latin-1") if junk else "")
    if junk:
        see("boot_garbage_glued", before[:-5].endswith(junk[0]))
    banner = NOISE.sub(b"", JUNK.sub(b"", before[:-5]))
    while banner.endswith(b"\r\n"):
        banner = banner[:-2]
    see("banner", banner.decode("latin-1"))
    _boot_lines(b, ready)
    echo = wire.ask("AT")
    see("echo", echo.echoed)
    wire.ask("ATE0").need()


def _boot_lines(b: Bench, ready: float) -> None:
    """What stands between RDY and +CPIN."""
    lines = ["RDY"]
    deadline = ready + 12
    while line := b.wire.line(deadline):
        if line.text.startswith("+CPIN"):
            b.found.see("sim_ms", (line.at - ready) * 1000)
            b.sim_at = line.at
            b.found.see("boot_lines", tuple(lines))
            return
        if line.text.startswith("+CFUN"):
            lines.append(line.text)
        else:
            b.wire.sort(line)
    b.found.note("boot", "no +CPIN within 12 s of RDY")


def attach(b: Bench) -> None:
    """Wait until it is registered."""
    since = b.sim_at or time.monotonic()
    while time.monotonic() - since < ATTACH_S:
        stat = _registration(b)
        if stat in (1, 5):
            took = (time.monotonic() - since) * 1000
            if b.sim_at:
                b.found.see("attach_ms", took)
            b.wire.quiet(0.3)
            shown = [u for u in b.wire.urcs if u.text.startswith("+IP:")]
            b.found.see("ip_line", bool(shown))
            b.found.see("registration", stat)
            return
        if stat == 3:
            raise Trouble("registration is denied")
        b.wire.quiet(0.05)
    raise Trouble(f"not registered after {ATTACH_S} s")


def _registration(b: Bench) -> int:
    """CEREG's number, of `+CEREG: <n>,<stat>`; a URC has one field only."""
    lines = b.wire.ask("AT+CEREG?", "+CEREG:").need().lines
    return next((int(f[1]) for f in map(_fields, lines) if len(f) > 1), 0)


def _fields(line: str) -> list[str]:
    """What stands behind a line's prefix, without quotes."""
    return [field.strip(' "') for field in line.partition(":")[2].split(",")]


def attaching(b: Bench) -> None:
    """AT+CGATT=1 and AT+CFUN=1 on a module that is attached already, and on one that is not."""
    wire, see = b.wire, b.found.see
    wire.ask("AT+CGATT=0", wait=30).need()
    inactive = _fields(wire.ask("AT+CGPADDR", "+CGPADDR:").need().lines[-1])
    see("cgpaddr_inactive", (*inactive, "")[1])
    refused = 0
    while not (answer := wire.ask("AT+CGATT=1", wait=ATTACH_S)).ok:
        refused += 1
        if refused > REFUSALS:
            raise Trouble(f"AT+CGATT=1 answered {answer.final or 'nothing'} {refused} times")
        wire.quiet(1)
    see("cgatt_ms", answer.seconds * 1000)
    if b.setting.restart:
        see("cgatt_refused", refused)
    end = time.monotonic() + ATTACH_S
    while _registration(b) not in (1, 5):
        if time.monotonic() > end:
            raise Trouble(f"not registered {ATTACH_S} s after AT+CGATT=1")
        wire.quiet(0.3)
    wire.ask("AT+CFUN=1", wait=20).need()
    told = wire.urc("+CFUN:", 1.5)
    see("function_lines", told is not None)
    if told is not None:
        wire.urc("+CPIN:", 12)


def registration(b: Bench) -> None:
    """How AT+CEREG=4 tells cell and timers, and whether its URC stands beside the reply."""
    wire, see = b.wire, b.found.see
    before = _fields(wire.ask("AT+CEREG?", "+CEREG:").need().lines[0])[0]
    wire.ask("AT+CEREG=4").need()
    wire.ask(f'AT+CPSMS=1,,,"{TAU}","{ACTIVE}"').need()
    for _ in range(b.setting.repeat):
        lines = wire.ask("AT+CEREG?", "+CEREG:").need().lines
        see("cereg_beside_reply", len(lines) > 1)
        reply = next(line for line in lines if line.startswith("+CEREG: 4,"))
        see("cereg_quoted", '"' in reply.split(",")[2])
    granted = _fields(reply)[7:9]
    see("granted_timers", () if granted == [ACTIVE, TAU] else tuple(reversed(granted)))
    wire.ask("AT+CPSMS=0").need()
    wire.ask(f"AT+CEREG={before}").need()


def identity(b: Bench) -> None:
    """Who it is; numbers that tell a person's SIM only when asked to."""
    wire, see = b.wire, b.found.see
    see("model", wire.ask("AT+CGMM", "").need().lines[-1])
    see("revision", wire.ask("AT+CGMR", "").need().lines[-1].removeprefix("Revision: "))
    see("sim", _sim(b))
    if b.setting.identity:
        see("imei", wire.ask("AT+CGSN", "").need().lines[-1])
        see("imsi", wire.ask("AT+CIMI", "").need().lines[-1])
        iccid = wire.ask("AT+QCCID", "+QCCID:").need().lines[-1]
        see("iccid", iccid.partition(":")[2].strip(' "'))
    else:
        b.found.miss("left out; --identity asks for it", "imei", "imsi", "iccid")
    rssi = wire.ask("AT+CSQ", "+CSQ:").need().lines[-1]
    see("rssi", int(re.findall(r"\d+", rssi)[0]))
    context = wire.ask("AT+QCGDEFCONT?", "+QCGDEFCONT:")
    if context.ok and context.lines:
        see("apn", (*_fields(context.lines[-1]), "")[1])


def _sim(b: Bench) -> str:
    answer = b.wire.ask("AT+CPIN?", "+CPIN:")
    b.wire.urcs.clear()
    text = answer.lines[-1] if answer.lines else answer.final
    if not answer.ok or "NOT READY" in text:
        b.found.see("cpin_without_sim", text)
        return "none"
    b.found.miss("a SIM is in", "cpin_without_sim", "no_sim_sleep_ms")
    return "pin" if "PIN" in text.partition(":")[2] else "ready"


def quotes(b: Bench) -> None:
    """Which answers are quoted; asked several times, since a firmware may vary."""
    for _ in range(b.setting.repeat):
        _addresses(b, b.wire.ask("AT+CGPADDR?", "+CGPADDR:").need().lines)
        line = b.wire.ask("AT+CGSN=1", "+CGSN:").need().lines[-1]
        b.found.see("cgsn_quoted", '"' in line)
        line = b.wire.ask("AT+CCLK?", "+CCLK:").need().lines[-1]
        b.found.see("cclk_quoted", '"' in line)
        b.found.see("cclk_zone", bool(re.search(r"[+-]\d\d\"?$", line)))


def _addresses(b: Bench, lines: list[str]) -> None:
    """AT+CGPADDR's contexts, of which one holds an address."""
    rows = [_fields(line) for line in lines]
    held = [(row, line) for row, line in zip(rows, lines, strict=True)
            if len(row) > 1 and row[1] not in ("", "0.0.0.0")]
    if not held:
        raise Trouble("AT+CGPADDR? tells no address")
    row, line = held[0]
    b.found.see("cgpaddr_contexts", tuple(int(row[0]) for row in rows))
    b.found.see("cgpaddr_quoted", '"' in line)
    b.found.see("address", row[1])
    b.found.see("address6", (*row, "")[2])


def errors(b: Bench) -> None:
    """How errors are said, and how long QIGETERROR remembers (2.1.12)."""
    wire, see = b.wire, b.found.see
    see("garbage_answer", wire.ask("XPROBE", wait=1.0).final)
    wire.find()
    cmee = int(wire.ask("AT+CMEE?", "+CMEE:").need().lines[-1][-1])
    see("cmee", cmee)
    wire.ask("AT+CMEE=1").need()
    see("tcpip_cme", wire.ask(BAD_OPEN).final.startswith("+CME"))
    wire.ask(f"AT+CMEE={cmee}").need()
    for _ in range(b.setting.repeat):
        wire.ask(BAD_OPEN)
        line = wire.ask("AT+QIGETERROR", "+QIGETERROR:").need().lines[-1]
        said = re.fullmatch(r"\+QIGETERROR: (\d+),( ?)(.*)", line)
        if not said or not said[3]:
            raise Trouble(f"AT+QIGETERROR answered {line}")
        see("error_space", bool(said[2]))
        see("error_capital", said[3][0].isupper())
    wire.ask(BAD_OPEN)
    wire.ask("AT+QISTATE?", "+QISTATE:").need()
    line = wire.ask("AT+QIGETERROR", "+QIGETERROR:").need().lines[-1]
    see("good_clears_error", line.startswith("+QIGETERROR: 0"))


def latency(b: Bench) -> None:
    """How long each kind of command takes to its first byte."""
    for command, expect in (("AT", None), ("AT+CSQ", "+CSQ:"), ("AT+CEREG?", "+CEREG:"),
                            ("AT+CGATT?", "+CGATT:"), ("AT+QISTATE?", "+QISTATE:")):  # fmt: skip
        line_s = (len(command) + 2) * b.setting.byte_s
        taken = []
        for _ in range(b.setting.repeat):
            taken.append((b.wire.ask(command, expect).need().seconds - line_s) * 1000)
            b.found.see("command_ms", max(0.0, taken[-1]))
        b.found.note(f"latency of {command}", f"{min(taken):.0f} to {max(taken):.0f} ms")
