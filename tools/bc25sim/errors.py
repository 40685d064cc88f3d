"""The manual's two tables of chapter 3, as data, and how a command says no."""

ERRORS = {
    0: "Operation successful",
    550: "Unknown error",
    551: "Operation blocked",
    552: "Invalid parameters",
    553: "Memory not enough",
    554: "Create socket failed",
    555: "Operation not supported",
    556: "Socket bind failed",
    557: "Socket listen failed",
    558: "Socket write failed",
    559: "Socket read failed",
    560: "Socket accept failed",
    561: "Open PDP context failed",
    562: "Close PDP context failed",
    563: "Socket identity has been used",
    564: "DNS busy",
    565: "DNS parse failed",
    566: "Socket connection failed",
    567: "Socket has been closed",
    568: "Operation busy",
    569: "Operation timeout",
    570: "PDP context broken down",
    571: "Cancel send",
    572: "Operation not allowed",
    573: "APN not configured",
    574: "Port busy",
}

PING_RESULTS = {
    0: "PING_ECHO",
    1: "PING_TIMEOUT",
    2: "PING_SUCCESS",
    3: "PING_TCPIP_ERROR",
    4: "PING_ADDRESS_NOT_FOUND",
    5: "PING_PDP_ACT_FAIL",
}

CME_NO_NETWORK = 30
CME_NOT_ALLOWED = 3
CME_NOT_SUPPORTED = 4
CME_NO_SIM = 10
CME_WRONG_PASSWORD = 16
CME_BAD_PARAMETERS = 50


class Refused(Exception):
    """A TCP/IP command that fails: the code that AT+QIGETERROR then tells (table 1)."""

    def __init__(self, code: int) -> None:
        super().__init__(f"{code} {ERRORS[code]}")
        self.code = code


class CmeError(Exception):
    """Any other command that fails: its +CME ERROR number."""

    def __init__(self, code: int) -> None:
        super().__init__(f"CME {code}")
        self.code = code


class BadArguments(Exception):
    """Missing, surplus, ill-typed or out of range: 552, or CME 50 outside chapter 2."""


def described(code: int, capital: bool) -> str:
    """The text of `code`; example 4.8 starts it with a small letter, table 1 with a capital."""
    text = ERRORS[code]
    keep = capital or text[1].isupper()
    return text if keep else text[0].lower() + text[1:]
