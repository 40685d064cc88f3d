"""Wiring of a NUCLEO-WB55 to a BC25: change the names to yours."""

from machine import UART, Pin

RESET, WAKE, POWER = "D6", "D9", "D3"


def uart(baudrate: int = 9600) -> UART:
    """UART("LP1"): TX is D1 (PA2), RX is D0 (PA3).

    Each init() needs rxbuf again, else it is 64 bytes.
    """
    return UART("LP1", baudrate, rxbuf=1024)


def pins() -> dict[str, Pin]:
    """The module's lines through one transistor each: a 1 pulls the line low."""
    return {
        "reset": Pin(RESET, Pin.OUT, value=0),
        "wake": Pin(WAKE, Pin.OUT, value=0),
        "power": Pin(POWER, Pin.OUT, value=0),
    }
