"""Payloads that would do harm if they were taken for the module's own words, or for commands."""

NASTY = (
    b"\r\nOK\r\n", b"\r\nERROR\r\n", b"+CME ERROR: 3\r\n", b"\r\n+CME ERROR: 3\r\n",
    b'\r\n+QIURC: "closed",0\r\n', b'\r\n+QIURC: "recv",1\r\n', b'+QIURC: "recv",0,5\r\n',
    b"+QIRD: 512\r\n", b"\r\n+QIRD: 512\r\n", b"+QIRD: 0\r\n\r\nOK\r\n", b"+QIOPEN: 1,566\r\n",
    b"\r\nSEND OK\r\n", b"\r\nSEND FAIL\r\n", b"\r\nCLOSE OK\r\n",
    b"\r\nRDY\r\n", b"\r\nRDY\r\n\r\n+CFUN: 1\r\n", b"\r\n+QATSLEEP\r\n",
    b"> ", b"\r\n> ", b"\x1a", b"\x1b", b"\x00", b"\x00\x1a\x1b", b"\xff\xfe\x80",
    b"\x00\xff\xfe@",
    b'"', b'a"b,"c"', b"\r", b"\n", b"\r\n",
    b"AT\r\n", b"AT+QICLOSE=0\r\n", b"AT+QICLOSE=1\r\n", b"AT+QICLOSE=1\r",
    b'AT+QIOPEN=1,5,"UDP","6.6.6.6",66\r\n', b'"\r\nAT+QRST=1\r\n',
)  # fmt: skip
