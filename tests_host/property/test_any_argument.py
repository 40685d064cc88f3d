"""Whatever a program passes: it is taken, or refused with a word before a byte is sent."""

from hypothesis import HealthCheck, given, seed, settings
from hypothesis import strategies as st

from tools.bc25sim import Echo
from tools.rig import SERVER, Rig

ADDRESS = (SERVER, 7)
_LIMIT_MS = 3_000_000
# What may stand for anything, near the borders of what is allowed and far from it.
values = st.one_of(
    st.just("a\r\nAT+QRST=1"), st.none(), st.booleans(), st.integers(-2, 12),
    st.integers(-(1 << 40), 1 << 40), st.floats(),
    st.sampled_from(("", "a", "a b", 'a"b', "x" * 256, "ä", "1.2.3.4", "AT",
                     "AT+CSQ", "IP", "imei", "rssi", "urc", "addr4")),
    st.text(max_size=6), st.binary(max_size=600), st.just(bytearray(4)), st.just(memoryview(b"m")),
    st.tuples(st.sampled_from((SERVER, "", "h", None, 5)), st.integers(-1, 65537)),
    st.lists(st.integers(0, 3), max_size=3), st.just(object()), st.just(print))
NIC = ("at", "config", "connect", "dns", "edrx", "format", "ipconfig", "keepalive", "ntp", "on",
       "ping", "psm", "resolve", "socket", "sockets", "status")
SOCKET = ("access_mode", "bind", "connect", "read", "readinto", "readline", "recv", "recv_into",
          "recvfrom", "send", "sendall", "sendto", "setblocking", "setsockopt", "settimeout",
          "write")
WORDS = ("timeout_ms", "count", "size", "timeout_s", "context", "id", "user", "pdp", "data", "end",
         "view", "ttl", "set_clock", "port")


METHODS = [*NIC, *(f"{kind}.{name}" for kind in ("tcp", "udp") for name in SOCKET)]


@seed(25)
@settings(max_examples=800, deadline=None, print_blob=True, database=None,
          suppress_health_check=[HealthCheck.too_slow])
@given(method=st.sampled_from(METHODS), args=st.lists(values, max_size=3),
       words=st.dictionaries(st.sampled_from(WORDS), values, max_size=1))
def test_it_is_taken_or_refused_with_a_word(method, args, words):
    made = Rig(1)
    made.network.serve(*ADDRESS, Echo)
    made.up()
    made.clock.limit(400_000, _LIMIT_MS)
    owner, _, name = method.rpartition(".")
    target = made.socket(ADDRESS, owner == "udp", 5) if owner else made.nic
    made.run(100)
    before, lines = made.uart.written, made.commands()
    try:
        getattr(target, name)(*args, **words)
    except (ValueError, TypeError) as error:
        assert str(error), "no word of what was wrong"
        made.run(100)
        assert made.uart.written == before, "something was sent"
    except OSError as error:
        assert name == "at" or getattr(error, "code", 0) != 552, "the module had to refuse it"
    assert not any(b"QRST" in line for line in lines), lines
