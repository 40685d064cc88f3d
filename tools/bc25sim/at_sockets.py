"""The manual's 2.1.1 to 2.1.7: AT+QIOPEN, QICLOSE, QISTATE, QISEND, QIRD, QISENDEX, QISWTMD."""

from typing import TYPE_CHECKING

from .arguments import Arguments
from .connection import CLIENTS, CONNECTED, LISTENER, SERVICE, TCP, UDP, Opening, Socket
from .errors import BadArguments, Refused
from .network import is_ip
from .reply import Command, Prompt, Reply

if TYPE_CHECKING:
    from .core import Module

MAX_PAYLOAD = 512
_SERVICES = (TCP, UDP, LISTENER, SERVICE)


# -- 2.1.1 AT+QIOPEN ---------------------------------------------------------------------------

def _opening(module: "Module", args: Arguments) -> Opening:
    args.limit(5, 8)
    context, number = args.number(0, 1, 3), args.number(1, 0, 5)
    service, host = args.text(2).upper(), args.text(3)
    server = service in (LISTENER, SERVICE)
    least = 1 if not server or module.profile.listener_remote_port == "nonzero" else 0
    port = args.number(4, least, 65535)
    local_port = args.number(5, 1 if server else 0, 65535, default=None if server else 0)
    mode = args.number(6, 0, 1, default=_stored_mode(module, number))
    ipv6 = args.number(7, 0, 1, default=0) == 1
    if service not in _SERVICES or not host or (is_ip(host) and ipv6 != (":" in host)):
        raise BadArguments
    return Opening(context, number, service, host, 0 if server else port, local_port, mode,
                   ipv6)


def _stored_mode(module: "Module", number: int) -> int:
    return module.flash.modes.get(number, 0) if module.profile.switch_unopened else 0


def qiopen(module: "Module", args: Arguments) -> Reply:
    opening = _opening(module, args)
    if opening.service == SERVICE and not module.profile.udp_service:
        raise Refused(555)
    if not module.radio.attached:
        raise Refused(561)
    if module.sockets.find(opening.id) is not None:
        raise Refused(563)
    if module.sockets.port_taken(opening.service, opening.local_port):
        raise Refused(574)
    socket = Socket(module, opening)
    module.sockets.add(socket)
    return Reply(then=socket.open)


# -- 2.1.2 AT+QICLOSE --------------------------------------------------------------------------

def qiclose(module: "Module", args: Arguments) -> Reply:
    args.limit(1, 1)
    socket = module.sockets.need(args.number(0, 0, 5))
    if socket.closing:
        raise Refused(568)
    socket.closing = True
    socket.end()
    return Reply(then=lambda: module.after(module.delay("close_ok_ms"), _closed, module, socket))


def _closed(module: "Module", socket: Socket) -> None:
    module.sockets.remove(socket)
    module.urc("CLOSE OK")


# -- 2.1.3 AT+QISTATE --------------------------------------------------------------------------

def qistate_all(module: "Module", _args: Arguments) -> Reply:
    return Reply([socket.row() for socket in module.sockets])


def qistate(module: "Module", args: Arguments) -> Reply:
    args.limit(2, 2)
    if args.number(0, 0, 1) == 1:
        socket = module.sockets.find(args.number(1, 0, 5))
        return Reply([socket.row()] if socket is not None else [])
    context = args.number(1, 1, 3)
    return Reply([s.row() for s in module.sockets if s.context == context])


# -- 2.1.4 AT+QISEND, 2.1.6 AT+QISENDEX --------------------------------------------------------

def _sender(module: "Module", number: int) -> Socket:
    """The socket, if it can send now."""
    socket = module.sockets.need(number)
    if socket.service not in CLIENTS:
        raise Refused(572)
    if socket.state != CONNECTED:
        raise Refused(567)
    if not module.radio.attached:
        raise Refused(570)
    if any(other.sending for other in module.sockets):
        raise Refused(568)
    return socket


def _send(module: "Module", args: Arguments, hexadecimal: bool) -> Reply:
    args.limit(1, 3)
    number = args.number(0, 0, 5)
    length = args.number(1, 1, MAX_PAYLOAD) if len(args) > 1 else None
    text = args.text(2) if len(args) == 3 else None
    socket = _sender(module, number)
    if text is not None:
        return _transmit(module, socket, _payload(text.encode("latin-1"), hexadecimal, length))
    if module.faults.hit("noprompt"):
        return Reply(final="drop")
    scale = 2 if hexadecimal else 1
    return Reply(prompt=Prompt(
        length * scale if length is not None else None,
        lambda data: _prompted(module, number, data, hexadecimal, length),
        lambda: _cancelled(module), MAX_PAYLOAD * scale))


def _payload(data: bytes, hexadecimal: bool, length: int | None) -> bytes:
    """The bytes to send, as long as announced."""
    if hexadecimal:
        try:
            data = bytes.fromhex(data.decode("ascii"))
        except ValueError:
            raise BadArguments from None
    if len(data) != (length if length is not None else len(data)) or len(data) > MAX_PAYLOAD:
        raise BadArguments
    return data


def _prompted(module: "Module", number: int, data: bytes, hexadecimal: bool,
              length: int | None) -> Reply:
    """What follows the payload of an open prompt."""
    if not data:
        return Reply(final="SEND FAIL")  # 2.1.4 note 4: at once, with no OK
    try:
        socket = _sender(module, number)
        return _transmit(module, socket, _payload(data, hexadecimal, length))
    except Refused as refused:
        return module.refuse(refused.code)
    except BadArguments:
        return module.refuse(552)


def _cancelled(module: "Module") -> Reply:
    module.last_error = 571
    return Reply(final=module.profile.esc_answer or "drop")


def _transmit(module: "Module", socket: Socket, data: bytes) -> Reply:
    """OK now; SEND OK once the stack has it."""
    socket.sending = True
    failed = module.faults.hit("sendfail") is not None or not socket.send(data)
    silent = module.faults.hit("nosend") is not None
    wait = module.delay("send_ok_ms")
    return Reply(then=lambda: module.after(wait, _sent, module, socket, failed, silent))


def _sent(module: "Module", socket: Socket, failed: bool, silent: bool) -> None:
    if not socket.sending or socket not in module.sockets:
        return
    socket.sending = False
    if failed:
        module.last_error = 558
    if not silent:
        module.urc("SEND FAIL" if failed else "SEND OK")
    module.count("send_fails" if failed else "sends")


def qisend(module: "Module", args: Arguments) -> Reply:
    return _send(module, args, hexadecimal=False)


def qisendex(module: "Module", args: Arguments) -> Reply:
    return _send(module, args, hexadecimal=True)


# -- 2.1.5 AT+QIRD -----------------------------------------------------------------------------

def qird(module: "Module", args: Arguments) -> Reply:
    args.limit(2, 2)
    socket = module.sockets.need(args.number(0, 0, 5))
    size = args.number(1, 1, MAX_PAYLOAD)
    if socket.service == LISTENER:
        raise Refused(572)
    data, rest = socket.read(size)
    flash = module.flash
    start = module.profile.line_start.encode()
    if not data:
        empty = "0,0" if flash.show_length and module.profile.empty_read_length else "0"
        raw = start + f"+QIRD: {empty}\r\n\r\nOK\r\n".encode()
    else:
        length = f",{rest}" if flash.show_length else ""
        glue = "," if flash.view_mode else "\r\n"
        head = f"+QIRD: {len(data)}{length}{glue}".encode()
        raw = start + head + socket.shown(data) + b"\r\n\r\nOK\r\n"
    return Reply(raw=raw, then=socket.after_read)


# -- 2.1.7 AT+QISWTMD --------------------------------------------------------------------------

def qiswtmd(module: "Module", args: Arguments) -> Reply:
    args.limit(2, 2)
    number, mode = args.number(0, 0, 5), args.number(1, 0, 1)
    socket = module.sockets.find(number)
    if socket is None and not module.profile.switch_unopened:
        raise Refused(567)
    module.flash.modes[number] = mode
    return Reply(then=(lambda: socket.switch(mode)) if socket is not None else None)


def nothing(_module: "Module", _args: Arguments) -> Reply:
    """A form whose whole answer is OK."""
    return Reply()


TABLE = (
    Command("+QIOPEN", "2.1.1", write=qiopen, test=(
        '+QIOPEN: (1-3),(0-5),"TCP/UDP/TCP LISTENER/UDP SERVICE",'
        '"<IP_address>/<domain_name>",<remote_port>[,<local_port>[,<0-1>[,<0-1>]]]',)),
    Command("+QICLOSE", "2.1.2", ("+QICLOSE: (0-5)",), write=qiclose),
    Command("+QISTATE", "2.1.3", (), read=qistate_all, write=qistate),
    Command("+QISEND", "2.1.4", ('+QISEND: (0-5),(1-512),"<data>"',), write=qisend),
    Command("+QIRD", "2.1.5", ("+QIRD: (0-5),(1-512)",), write=qird),
    Command("+QISENDEX", "2.1.6", ('+QISENDEX: (0-5),(1-512),"<hex_string>"',), write=qisendex),
    Command("+QISWTMD", "2.1.7", ("+QISWTMD: (0-5),(0-1)",), read=nothing, write=qiswtmd,
            flash=True),
)
