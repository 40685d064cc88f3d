"""What the driver needs on a Cortex-M3, measured with MicroPython's qemu port in QEMU."""
