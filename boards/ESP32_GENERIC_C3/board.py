"""Wiring of an ESP32-C3 to a BC25: change the numbers to yours."""

from machine import UART, Pin

TX, RX = 4, 5
RESET, WAKE, POWER = 6, 7, 10


def uart(baudrate: int = 9600) -> UART:
    """UART(1), with room for a full QIRD answer; 256 bytes, the default, lose data."""
    return UART(1, baudrate, tx=TX, rx=RX, rxbuf=1024)


def pins() -> dict[str, Pin]:
    """The module's lines through one transistor each: a 1 pulls the line low."""
    return {
        "reset": Pin(RESET, Pin.OUT, value=0),
        "wake": Pin(WAKE, Pin.OUT, value=0),
        "power": Pin(POWER, Pin.OUT, value=0),
    }
