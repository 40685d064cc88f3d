"""The manual's 2.1.1 to 2.1.7: AT+QIOPEN, QICLOSE, QISTATE, QISEND, QIRD, QISENDEX, QISWTMD."""

from collections.abc import Callable
from typing import Any

from ..arguments import Choice, Number, Text
from ..command import command
from ..connection import CLIENTS, CONNECTED, LISTENER, SERVICE, TCP, UDP, Connection, Opening
from ..connections import Connections
from ..errors import BadArguments, Refused
from ..network import is_ip
from ..reply import Prompt, Reply
from ..stack import Stack

MAX_PAYLOAD = 512
_CONTEXT = Number(1, 3)
_ID = Number(0, 5)
_LENGTH = Number(1, MAX_PAYLOAD)


class TcpIp:
    """What opens, closes, sends and reads; `restart` starts the module anew."""

    def __init__(self, stack: Stack, connections: Connections,
                 restart: Callable[[], Any]) -> None:
        self._stack = stack
        self._connections = connections
        self._restart = restart

    # -- 2.1.1 -------------------------------------------------------------------------------

    @command("+QIOPEN=", "2.1.1", _CONTEXT, _ID, Choice(words=(TCP, UDP, LISTENER, SERVICE)),
             Text(shown='"<IP_address>/<domain_name>"'), Number(0, 65535, shown="<remote_port>"),
             Number(0, 65535, shown="<local_port>", default=None),
             Number(0, 1, shown="<0-1>", default=None), Number(0, 1, shown="<0-1>", default=0))
    def open(self, context: int, number: int, service: str, host: str, port: int,
             local_port: int | None, mode: int | None, ipv6: int) -> Reply:
        server = service in (LISTENER, SERVICE)
        self._check_ports(server, port, local_port)
        if not host or (is_ip(host) and bool(ipv6) != (":" in host)):
            raise BadArguments
        if mode is None:
            stored = self._stack.runtime.profile.switch_unopened
            mode = self._stack.flash.modes.get(number, 0) if stored else 0
        return self._open(Opening(context, number, service, host, 0 if server else port,
                                  local_port or 0, mode, bool(ipv6)))

    def _check_ports(self, server: bool, port: int, local_port: int | None) -> None:
        any_port = server and self._stack.runtime.profile.listener_remote_port == "any"
        if (not port and not any_port) or (server and not local_port):
            raise BadArguments

    def _open(self, opening: Opening) -> Reply:
        if opening.service == SERVICE and not self._stack.runtime.profile.udp_service:
            raise Refused(555)
        self._stack.need_address()
        if self._connections.find(opening.id) is not None:
            raise Refused(563)
        if self._connections.port_taken(opening.service, opening.local_port):
            raise Refused(574)
        return Reply(then=self._connections.open(opening).open)

    # -- 2.1.2 -------------------------------------------------------------------------------

    @command("+QICLOSE=", "2.1.2", _ID)
    def close(self, number: int) -> Reply:
        connection = self._connections.need(number)
        if connection.closing:
            raise Refused(568)
        connection.closing = True
        connection.end()
        wait = self._stack.runtime.delay("close_ok_ms")
        return Reply(then=lambda: self._stack.runtime.after(wait, self._closed, connection))

    def _closed(self, connection: Connection) -> None:
        self._connections.remove(connection)
        self._stack.output.urc("CLOSE OK")

    # -- 2.1.3 -------------------------------------------------------------------------------

    @command("+QISTATE?", "2.1.3")
    def states(self) -> Reply:
        return Reply([connection.row() for connection in self._connections.listed()])

    @command("+QISTATE=", "2.1.3", Number(0, 1), _ID, test=())
    def state(self, by_id: int, number: int) -> Reply:
        if not by_id and not _CONTEXT.low <= number <= _CONTEXT.high:
            raise BadArguments
        rows = [c.row() for c in self._connections.listed()
                if number == (c.id if by_id else c.context)]
        if by_id and not rows and self._stack.runtime.profile.unused_id_is_error:
            raise Refused(567)
        return Reply(rows)

    # -- 2.1.4, 2.1.6 ------------------------------------------------------------------------

    @command("+QISEND=", "2.1.4", _ID, Number(1, MAX_PAYLOAD, default=None),
             Text(name="data", default=None), test=('+QISEND: (0-5),(1-512),"<data>"',))
    def send(self, number: int, length: int | None, text: str | None) -> Reply:
        return self._send(number, length, text, hexadecimal=False)

    @command("+QISENDEX=", "2.1.6", _ID, Number(1, MAX_PAYLOAD, default=None),
             Text(name="hex_string", default=None),
             test=('+QISENDEX: (0-5),(1-512),"<hex_string>"',))
    def send_hex(self, number: int, length: int | None, text: str | None) -> Reply:
        return self._send(number, length, text, hexadecimal=True)

    def _send(self, number: int, length: int | None, text: str | None,
              hexadecimal: bool) -> Reply:
        if text is not None and length is None:
            raise BadArguments
        connection = self._sender(number)
        if text is not None:
            data = _payload(text.encode("latin-1"), hexadecimal, length)
            return self._transmit(connection, data)
        if self._stack.faults.hit("noprompt"):
            return Reply(final="")
        scale = 2 if hexadecimal else 1

        def done(data: bytes) -> Reply:
            if not data:
                return Reply(final="SEND FAIL")  # 2.1.4 note 4: at once, with no OK
            sender = self._sender(number)
            return self._transmit(sender, _payload(data, hexadecimal, length))
        return Reply(prompt=Prompt(length * scale if length is not None else None, done,
                                   self._cancelled, MAX_PAYLOAD * scale))

    def _sender(self, number: int) -> Connection:
        """The connection, if it can send now."""
        connection = self._connections.need(number)
        if connection.service not in CLIENTS:
            raise Refused(572)
        if connection.state != CONNECTED:
            raise Refused(567)
        if not self._stack.radio.attached:
            raise Refused(570)
        if any(other.sending for other in self._connections):
            raise Refused(568)
        return connection

    def _cancelled(self) -> Reply:
        self._stack.settings.last_error = 571
        return Reply(final=self._stack.runtime.profile.esc_answer)

    def _transmit(self, connection: Connection, data: bytes) -> Reply:
        """OK now; SEND OK once the stack has it."""
        if self._stack.faults.hit("brownout", "SEND"):
            return Reply(then=self._restart)
        connection.sending = True
        failed = self._stack.faults.hit("sendfail") is not None or not connection.send(data)
        silent = self._stack.faults.hit("nosend") is not None
        wait = self._stack.runtime.delay("send_ok_ms")
        return Reply(then=lambda: self._stack.runtime.after(
            wait, self._sent, connection, failed, silent))

    def _sent(self, connection: Connection, failed: bool, silent: bool) -> None:
        freed = connection not in self._connections
        anyway = self._stack.runtime.profile.send_ok_when_closed and not connection.closing
        if not connection.sending or (freed and not anyway):
            return
        connection.sending = False
        if failed:
            self._stack.settings.last_error = 558
        if not silent:
            self._stack.output.urc("SEND FAIL" if failed else "SEND OK")
        self._stack.runtime.count("send_fails" if failed else "sends")

    # -- 2.1.5 -------------------------------------------------------------------------------

    @command("+QIRD=", "2.1.5", _ID, _LENGTH)
    def read(self, number: int, size: int) -> Reply:
        connection = self._connections.need(number)
        if connection.service == LISTENER:
            raise Refused(572)
        data, rest = connection.read(size)
        start = self._stack.runtime.profile.line_start.encode()
        answer = self._read_answer(connection, data, rest) if data else self._nothing_to_read()
        return Reply(raw=start + answer + b"\r\n\r\nOK\r\n", then=connection.after_read)

    def _nothing_to_read(self) -> bytes:
        both = self._stack.flash.show_length and self._stack.runtime.profile.empty_read_length
        return b"+QIRD: 0,0" if both else b"+QIRD: 0"

    def _read_answer(self, connection: Connection, data: bytes, rest: int) -> bytes:
        length = f",{rest}" if self._stack.flash.show_length else ""
        glue = b"," if self._stack.flash.view_mode else b"\r\n"
        return f"+QIRD: {len(data)}{length}".encode() + glue + connection.shown(data)

    # -- 2.1.7 -------------------------------------------------------------------------------

    @command("+QISWTMD?", "2.1.7")
    def modes(self) -> None:
        """OK, as the manual has it."""

    @command("+QISWTMD=", "2.1.7", _ID, Number(0, 1), flash=True)
    def switch_mode(self, number: int, mode: int) -> Reply:
        connection = self._connections.find(number)
        if connection is None and not self._stack.runtime.profile.switch_unopened:
            raise Refused(567)
        self._stack.flash.modes[number] = mode
        if connection is None:
            return Reply()
        return Reply(then=lambda: connection.switch(mode))


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
