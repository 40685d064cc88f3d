"""A reader, a writer and an exchange on a UART, without the rest of the driver."""

from bc25.exchange import Exchange
from bc25.reader import LINE, NONE, Reader
from bc25.writer import Writer
from mockuart import MockUART

from desk import clock, mockuart


class Wire:
    def __init__(self) -> None:
        self.uart = MockUART(mockuart.PIECE)
        self.uart.on(b"*", times=-1)
        self.reader = Reader(self.uart)
        self.writer = Writer(self.uart)
        self.exchange = Exchange(self.writer)

    def send(self) -> bytes:
        """Hand the command to the UART, its body too if the prompt came; what went out."""
        before = len(self.uart.tx)
        clock.advance(5000)
        while self.writer.transmit(True) and self.writer.pending():
            pass
        return bytes(self.uart.tx[before:])

    def hear(self, text: bytes) -> int:
        """What a line is to the exchange."""
        self.uart.push(b"\r\n" + text + b"\r\n")
        while self.reader.item(False) == NONE:
            self.reader.fill()
        assert self.reader.item(False) == LINE
        what = self.exchange.take(self.reader)
        self.reader.done()
        return what


class Owner:
    """Who sent a command."""

    def info(self, reader) -> None:
        pass

    def ended(self, result) -> bool:
        return False
