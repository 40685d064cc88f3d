"""Enough of a BC25 to answer a driver: bring-up commands and six sockets, the manual's bytes.

No network, no faults, no quirks: a test scripts those on the UART (`uart.on`), or moves the
model's state.
"""

from fakeclock import clock

_APN_FORM = b"+QCGDEFCONT: "
ERRORS = {
    0: "Operation successful", 550: "Unknown error", 551: "Operation blocked",
    552: "Invalid parameters", 553: "Memory not enough", 554: "Create socket failed",
    555: "Operation not supported", 556: "Socket bind failed", 557: "Socket listen failed",
    558: "Socket write failed", 559: "Socket read failed", 560: "Socket accept failed",
    561: "Open PDP context failed", 562: "Close PDP context failed",
    563: "Socket identity has been used", 564: "DNS busy", 565: "DNS parse failed",
    566: "Socket connection failed", 567: "Socket has been closed", 568: "Operation busy",
    569: "Operation timeout", 570: "PDP context broken down", 571: "Cancel send",
    572: "Operation not allowed", 573: "APN not configured", 574: "Port busy",
}  # fmt: skip


class Sock:
    def __init__(self, service, ip, port, local=0, mode=0, context=1) -> None:
        self.service = service
        self.ip = ip
        self.port = port
        self.local = local
        self.mode = mode
        self.context = context
        self.state = 2
        self.rx = []  # segments or datagrams not read yet
        self.sent = []  # payloads taken
        self.last = ""  # the QIOPEN that made it


def split(text: str) -> list:
    """The parameters of a command or line, quotes taken off, commas inside quotes kept."""
    out, word, quoted = [], "", False
    for c in text:
        if c == '"':
            quoted = not quoted
        elif c == "," and not quoted:
            out.append(word)
            word = ""
        else:
            word += c
    return out + [word.strip()]


class Module:
    def __init__(self) -> None:
        self.uart = None
        self.ok_ms = 20
        self.open_ms = 200
        self.send_ms = 60
        self.close_ms = 50
        self.boot_ms = 1500
        self.echo = False
        self.sclk = 0
        self.apn = "your.apn"
        self.registered = 1
        self.address = "100.127.243.105"
        self.pin = "READY"
        self.view = 0
        self.show = 0
        self.hex = 0
        self.error = 0
        self.keepalive = "0,60,10,9"
        self.dns = ["8.8.8.8", "8.8.4.4"]
        self.psms = '1,,,"00100100","00000001"'
        self.edrx = "0"
        self.asleep = False
        self.sends_fail = 0  # so many sends end in SEND FAIL
        self.open_error = 0  # what the next +QIOPEN reports
        self.open_refused = 0  # code with which the next QIOPEN gets ERROR
        self.sockets = {}
        self.open_lines = []  # every QIOPEN seen
        self.swtmd = []
        self._send_until = -1
        self._prompt = None

    # -- what a test moves

    def say(self, line: str, after_ms=0) -> None:
        self.uart.push(b"\r\n" + line.encode() + b"\r\n", after_ms)

    def recv(self, sid: int, data: bytes, after_ms=0) -> None:
        """The network brings a segment or a datagram."""
        self.uart.at(after_ms, lambda: self._recv(sid, data))

    def _recv(self, sid, data) -> None:
        s = self.sockets[sid]
        size = f",{len(data)}" if self.show else ""
        shown = _hex(data) if self.hex else data
        head = b'\r\n+QIURC: "recv",%d%s' % (sid, size.encode())
        if s.mode:
            self.uart.push(head + (b"," if self.view else b"\r\n") + shown + b"\r\n")
            return
        s.rx.append(data)
        if len(s.rx) == 1:
            self.uart.push(head + b"\r\n")

    def closed(self, sid: int, after_ms=0) -> None:
        """The peer closes."""
        self.say(f'+QIURC: "closed",{sid}', after_ms)
        if sid in self.sockets:
            self.sockets[sid].state = 3

    def incoming(self, sid: int, server: int, ip="192.168.2.2", port=36566, mode=0) -> Sock:
        self.sockets[sid] = s = Sock("TCP INCOMING", ip, port, self.sockets[server].local, mode)
        self.say(f'+QIURC: "incoming",{sid},{server},"{ip}",{port}')
        return s

    def boot(self, after_ms=0) -> None:
        """A restart: everything not in flash is gone, echo is on again, sleep is allowed again."""
        self.sockets = {}
        self.echo, self.sclk, self.asleep = True, 1, False
        self.uart.mute = False
        self.say("RDY", after_ms)
        self.say("+CFUN: 1", after_ms + 100)
        self.say("+CPIN: " + (self.pin if self.pin == "READY" else "NOT READY"), after_ms + 300)

    def sleep(self) -> None:
        """Deep sleep: the UART is off, TCP sockets are lost, UDP ones live on."""
        self.uart.push(b"+QATSLEEP\r\n")
        self.uart.at(1, self._doze)

    def _doze(self) -> None:
        self.asleep = self.uart.mute = True
        self.sockets = {i: s for i, s in self.sockets.items() if s.service != "TCP"}

    def wake(self) -> None:
        """PSM_EINT was pulled."""
        if self.asleep:
            self.asleep = self.uart.mute = False
            self.sclk = 1
            self.uart.push(b"+QATWAKEUP\r\n", 50)

    # -- what the UART asks

    def command(self, line: bytes) -> bool:
        if self.echo:
            self.uart.push(line + b"\r\n")
        text = "".join(chr(b) for b in line)
        if text == "" or text[:2].upper() != "AT":
            return True
        name, args = _name(text)
        handler = getattr(self, "_" + name.lower(), None)
        answer = handler(args) if handler else _FIXED.get(text)
        if answer is None:
            return False
        if answer is not _DONE:
            self._answer(answer)
        return True

    def _answer(self, lines: list) -> None:
        out = b""
        for line in lines:
            out += b"\r\n" + (line if isinstance(line, bytes) else line.encode()) + b"\r\n"
        self.uart.push(out + b"\r\nOK\r\n", self.ok_ms)

    def _fail(self, code=552):
        self.error = code
        self.uart.push(b"\r\nERROR\r\n", self.ok_ms)
        return _DONE

    def _ate(self, args):
        self.echo = args == "1"
        return []

    def _qsclk(self, args):
        if args == "?":
            return [f"+QSCLK: {self.sclk}"]
        self.sclk = int(args[1:])
        return []

    def _qcgdefcont(self, args):
        if args == "?":
            return [f'+QCGDEFCONT: "IP","{self.apn}"']
        self.apn = split(args[1:])[1]
        return []

    def _cgdcont(self, args):
        return [f'+CGDCONT: 1,"IP","{self.apn}",,0,0'] if args == "?" else []

    def _qrst(self, args):
        self.uart.at(self.ok_ms + self.boot_ms, self.boot)
        return []

    def _cpin(self, args):
        """`pin`: what the SIM says; "" while it is busy, "NONE" without one."""
        if self.pin not in ("", "NONE"):
            return ["+CPIN: " + self.pin]
        self.uart.push(b"\r\n+CME ERROR: %d\r\n" % (10 if self.pin else 14), self.ok_ms)
        return _DONE

    def _cereg(self, args):
        return [f"+CEREG: 0,{self.registered}"] if args == "?" else []

    def _cgatt(self, args):
        return [f"+CGATT: {int(bool(self.address))}"] if args == "?" else []

    def _cgpaddr(self, args):
        form = '+CGPADDR: %d,"%s"' if self.address else "+CGPADDR: %d"
        return [form % ((cid, self.address) if self.address else cid) for cid in (1, 2, 3)]

    def _cpsms(self, args):
        if args == "?":
            return ["+CPSMS: " + self.psms]
        self.psms = args[1:]
        return []

    def _cedrxs(self, args):
        if args == "?":
            parts = split(self.edrx)
            return [f'+CEDRXS: {parts[1]},"{parts[2]}"'] if len(parts) > 2 else []
        self.edrx = args[1:]
        return []

    def _qigeterror(self, args):
        return [f"+QIGETERROR: {self.error},{ERRORS[self.error].lower()}"]

    def _qikalive(self, args):
        if args == "?":
            return ["+QIKALIVE: " + self.keepalive]
        given = args[1:].split(",")
        self.keepalive = ",".join(given + self.keepalive.split(",")[len(given) :])
        return []

    def _qidnscfg(self, args):
        if args == "?":
            return [f'+QIDNSCFG: "{self.dns[0]}","{self.dns[1]}"']
        given = split(args[1:])
        self.dns = given + self.dns[len(given) :]
        return []

    def _qicfg(self, args):
        word, *values = split(args[1:])
        if values and word == "dataformat":
            self.hex = int(values[1])
        elif values and word == "viewmode":
            self.view = int(values[0])
        elif values:
            self.show = int(values[0])
        now = {"dataformat": f"0,{self.hex}", "viewmode": self.view, "showlength": self.show}
        return [f'+QICFG: "{word}",{now[word]}']

    # -- sockets

    def _qiopen(self, args):
        self.open_lines.append(args[1:])
        p = split(args[1:])
        sid, local, mode = (
            int(p[1]),
            int(p[5]) if len(p) > 5 else 0,
            int(p[6]) if len(p) > 6 else 0,
        )
        refused, self.open_refused = self.open_refused, 0
        if sid in self.sockets or refused:
            return self._fail(refused or 563)
        error, self.open_error = self.open_error, 0
        if not error:
            self.sockets[sid] = s = Sock(p[2], p[3], int(p[4]), local, mode, int(p[0]))
            s.last = args[1:]
        self.error = error
        self.say(f"+QIOPEN: {sid},{error}", self.open_ms)
        return []

    def _qiclose(self, args):
        if self.sockets.pop(int(args[1:]), None) is None:
            return self._fail(552)
        self.say("CLOSE OK", self.ok_ms + self.close_ms)
        return []

    def _qistate(self, args):
        parts = args[1:].split(",")
        picked = sorted(self.sockets)
        if args != "?" and parts[0] == "1":
            picked = [i for i in picked if i == int(parts[1])]
        elif args != "?":
            picked = [i for i in picked if self.sockets[i].context == int(parts[1])]
        return [self._state(i, self.sockets[i]) for i in picked]

    def _state(self, sid, s) -> str:
        form = '+QISTATE: %d,"%s","%s",%d,%d,%d,%d,%d'
        return form % (sid, s.service, s.ip, s.port, s.local, s.state, s.context, s.mode)

    def _qiswtmd(self, args):
        sid, mode = (int(x) for x in args[1:].split(","))
        self.swtmd.append((sid, mode))
        if sid in self.sockets:
            self.sockets[sid].mode = mode
        return []

    def _qird(self, args):
        sid, size = (int(x) for x in args[1:].split(","))
        s = self.sockets.get(sid)
        if s is None:
            return self._fail(567)
        if not s.rx:
            return ["+QIRD: 0"]
        data, rest = s.rx[0][:size], s.rx[0][size:]
        s.rx[:1] = [rest] if rest else []
        head = f"+QIRD: {len(data)}" + (f",{len(rest)}" if self.show else "")
        return [
            head.encode() + (b"," if self.view else b"\r\n") + (_hex(data) if self.hex else data)
        ]

    def _qisend(self, args):
        return self._take(args, False)

    def _qisendex(self, args):
        return self._take(args, True)

    def _take(self, args, in_hex):
        p = args[1:].split(",", 2)
        sid = int(p[0])
        if clock.us < self._send_until:
            return self._fail(568)
        if sid not in self.sockets:
            return self._fail(567)
        if self.sockets[sid].service in ("TCP LISTENER", "UDP SERVICE"):
            return self._fail(572)
        if len(p) > 1 and not 1 <= int(p[1]) <= 512:
            return self._fail(552)
        self._prompt = (sid, in_hex, int(p[1]) if len(p) > 1 else -1)
        if len(p) > 2:
            self.payload_done(self.uart, p[2][1:-1].encode())
            return _DONE
        self.uart.push(b"\r\n> ", self.ok_ms)
        self.uart.expect_raw(self._prompt[2] * (2 if in_hex and len(p) > 1 else 1), self)
        return _DONE

    def payload_done(self, uart, payload: bytes) -> None:
        """A payload is in: OK, then SEND OK or SEND FAIL."""
        sid, in_hex, size = self._prompt
        data = _unhex(payload) if in_hex else payload
        if size not in (-1, len(data)):
            self._fail(552)
            return
        uart.push(b"\r\nOK\r\n", self.ok_ms)
        self._send_until = clock.us + (self.ok_ms + self.send_ms) * 1000
        if self.sends_fail or not data:
            self.sends_fail -= 1
            uart.push(b"\r\nSEND FAIL\r\n", self.ok_ms + self.send_ms)
            return
        self.sockets[sid].sent.append(data)
        uart.push(b"\r\nSEND OK\r\n", self.ok_ms + self.send_ms)


_DONE = ()
_FIXED = {
    "AT": [], "AT+CFUN=1": [], "AT+CFUN=0": [], "AT+CFUN?": ["+CFUN: 1"], "AT&W": [],
    "AT+CGSN=1": ["+CGSN: 867723030000001"], "AT+CGSN": ["867723030000001"],
    "AT+CIMI": ["460111174500001"], "AT+QCCID": ["+QCCID: 89861118206001500001"],
    "AT+CGMM": ["BC25"], "AT+CGMR": ["Revision: BC25PAR01A01"],
    "ATI": ["Quectel_Ltd", "Quectel_BC25", "Revision: BC25PAR01A01"],
    "AT+CSQ": ["+CSQ: 20,0"], "AT+QISWTMD?": [], "AT+CMEE=1": [], "AT+CMEE=0": [],
    "AT+CSCON=1": [], "AT+CSCON=0": [], "AT+QATWAKEUP=1": [], "AT+COPS?": ["+COPS: 0"],
    "AT+COPS=0": [], "AT+COPS=2": [], "AT+CMEE?": ["+CMEE: 0"], "AT+IPR?": ["+IPR: 9600"],
}  # fmt: skip


def _name(text: str):
    """("QIOPEN", "=1,0,…") of a command."""
    if text[2:3].upper() == "E":
        return "ATE", text[3:]
    if text[2:3] != "+":
        return "", ""
    end = 3
    while end < len(text) and text[end] not in "=?":
        end += 1
    return text[3:end], text[end:]


def _hex(data: bytes) -> bytes:
    return b"".join(b"%02X" % b for b in data)


def _unhex(text: bytes) -> bytes:
    return bytes(int(text[i : i + 2], 16) for i in range(0, len(text), 2))
