"""The budgets of the design contract, in one place, for tools.bench and tools.size."""

HEAP_STEADY = 0  # bytes that poll(), readinto() and write() allocate once warm
WIRE = 0.98  # efficiency at 9600 and 115200, each way
WIRE_HARD = 0.96  # ... both ways at once, and at 921600
WIRE_ASYNCIO = {"esp32": 0.90, "stm32": 0.95}  # both ways at 115200
BYTES_UP, BYTES_DOWN = 1.10, 1.09  # on the wire per payload byte of a stream
SENDS = {"requests.get": 1, "umqtt publish": 2, "aiohttp GET": 1}  # AT+QISENDs
PAUSE_MS = 50  # that an asyncio task sees at 9600 baud
COMMANDS_WARM, COMMANDS_COLD = 6, 12  # before the first QIOPEN or QISEND
COMMANDS_DATAGRAM = 8  # from the MCU's wake to the module asleep again
MPY_ALL, MPY_CLIENT = 36864, 27648  # bytes of .mpy
# Heap that importing the client takes: .mpy and frozen on 32 bits, ROMFS on 64 bits (unix).
HEAP_MPY, HEAP_FROZEN, HEAP_ROMFS_64 = 39936, 9216, 31744
HEAP_STATUS = 4096  # that the first nic.status("rssi") takes beyond, .mpy, 32 bits
HEAP_HELD = 7680  # by one BC25 with two open sockets, 32 bits
ATTRIBUTES, BOOLEANS, METHODS = 30, 6, 40  # of the largest object, of the largest class
