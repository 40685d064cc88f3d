"""The virtual board's wiring: the simulated module on UART(1), its lines on pins of their name."""

from machine import UART, Pin


def uart(baudrate: int = 9600) -> UART:
    """UART(1), whose PTY the environment names."""
    return UART(1, baudrate)


def pins() -> dict[str, Pin]:
    """The module's lines; a 1 asserts one."""
    return {name: Pin(name, Pin.OUT, value=0) for name in ("reset", "wake", "power")}
