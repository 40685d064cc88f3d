"""Ping, NTP and DNS (2.1.8 to 2.1.10, 2.1.14)."""

import datetime
import re
import time

from tools.probe.module import Bench
from tools.probe.wire import Line, Trouble

UNENDED = b"+QPING: 1"
NOBODY = "no-such-host.invalid"


def ping(b: Bench) -> None:
    """A host that answers: quotes, TTL, and whether each line is ended at once."""
    for _ in range(max(1, b.setting.repeat // 4)):
        answer = b.wire.ask(f'AT+QPING=1,"{b.setting.ping}",4,2').need()
        joined = _joined(b, answer.at)
        replies, last = _replies(b, 2)
        if last is None:
            raise Trouble(f"{b.setting.ping} does not answer pings")
        for reply in replies:
            if fields := re.fullmatch(r'\+QPING: 0,("?)[^,]+,\d+,\d+,(\d+)', reply.text):
                b.found.see("ping_quoted", bool(fields[1]))
                b.found.see("ping_ttl", int(fields[2]))
                b.found.see("ping_joined", joined)


def _joined(b: Bench, since: float) -> bool:
    """Whether the first reply's text stands there without its line end for a while."""
    held, seen = 0.0, b""
    while time.monotonic() - since < 6:
        b.wire.fill()
        here = b.wire.partial()
        at = here.find(b"+QPING: 0,")
        if at < 0 or here != seen:
            held, seen = time.monotonic(), here
        if at >= 0 and b"\r\n" in here[at:]:
            return False
        if at >= 0 and time.monotonic() - held > 0.12:
            return True
    return False


def _replies(b: Bench, count: int, wait: float = 20) -> tuple[list[Line], Line | None]:
    """The reply lines, and the one that ends them."""
    replies: list[Line] = []
    while told := b.wire.urc("+QPING:", wait):
        if not re.match(r"\+QPING: [01](,|$)", told.text):
            return replies, told
        replies.append(told)
        if len(replies) == count:
            wait = 2
    if b.wire.partial().endswith(UNENDED):  # joined lines, of which only the last is ended
        text = b.wire.raw(0.1).strip().decode()
        replies.append(Line(text, b"", time.monotonic()))
    return replies, None


def unanswered(b: Bench) -> None:
    """All replies lost, and a name that is not found."""
    for _ in range(max(1, b.setting.repeat // 4)):
        b.wire.ask(f'AT+QPING=1,"{b.setting.silent}",1,1').need()
        replies, last = _replies(b, 1, 4)
        if not replies or replies[0].text != "+QPING: 1":
            raise Trouble(f"{b.setting.silent} is not silent")
        zeros = last is not None and last.text.startswith("+QPING: 2,")
        b.found.see("ping_all_lost", "zeros" if zeros else "none")
    b.wire.ask(f'AT+QPING=1,"{NOBODY}",1,1').need()
    told = b.wire.urc("+QPING:", 65)
    if told is None:
        raise Trouble(f"AT+QPING says nothing of {NOBODY}")
    b.found.see("ping_not_found", int(told.text.split()[1].split(",")[0]))


def ntp(b: Bench) -> None:
    """The space of example 4.7."""
    server, port = b.setting.ntp
    for _ in range(max(1, b.setting.repeat // 2)):
        b.wire.ask(f'AT+QNTP=1,"{server}",{port}').need()
        told = b.wire.urc("+QNTP:", 75)
        if told is None or not told.text.startswith("+QNTP: 0,"):
            raise Trouble(f"{server}: {told.text if told else 'no answer'}")
        b.found.see("ntp_space", told.text.startswith("+QNTP: 0, "))
        b.found.note("NTP", told.text)
        _digits(b, told.text)


def _digits(b: Bench, text: str) -> None:
    """Whether the time is UTC or local, by this computer's clock."""
    said = re.search(r"(\d\d/\d\d/\d\d,\d\d:\d\d:\d\d)([+-]\d\d)", text)
    if said is None or int(said[2]) == 0:
        return b.found.miss("the module's zone is 0", "ntp_digits")
    stamp = datetime.datetime.strptime(said[1], "%y/%m/%d,%H:%M:%S")
    off = (stamp - datetime.datetime.now(datetime.UTC).replace(tzinfo=None)).total_seconds()
    zone = int(said[2]) * 15 * 60
    b.found.see("ntp_digits", "utc" if abs(off) < abs(off - zone) else "local")
    return None


def dns(b: Bench) -> None:
    """How several addresses come, and what is set."""
    line = b.wire.ask("AT+QIDNSCFG?", "+QIDNSCFG:").need().lines[-1]
    servers = [f.strip(' "') for f in line.partition(":")[2].split(",")]
    b.found.see("dnscfg_fields", len(servers))
    b.found.see("dns_servers", tuple(servers[:2]))
    answer = b.wire.ask(f'AT+QIDNSGIP=1,"{b.setting.name}"').need()
    head = b.wire.urc('+QIURC: "dnsgip",', 75)
    fields = head.text.split(",") if head else []
    if head is None or len(fields) < 4 or fields[1] != "0":
        raise Trouble(f"{b.setting.name}: {head.text if head else 'no answer'}")
    b.found.see("dns_ms", (head.at - answer.at) * 1000)
    b.found.see("dns_ttl", int(fields[3]))
    told = b.wire.urc('+QIURC: "dnsgip",', 3)
    if told is not None and int(fields[2]) > 1:
        b.found.see("dns_joined", told.text.count(",") > 1)
    else:
        b.found.miss(f"{b.setting.name} has one address only", "dns_joined")
    b.wire.quiet(0.5)
    b.wire.urcs.clear()
