"""The emulated board's wiring: the simulated module on the second serial port, no other lines."""

from machine import UART


def uart(baudrate: int = 9600) -> UART:
    """UART(1), CMSDK UART1 of the machine; QEMU keeps no baud rate."""
    return UART(1, baudrate, rxbuf=1024)


def pins() -> dict[str, object]:
    """None of the module's lines is reachable."""
    return {}
