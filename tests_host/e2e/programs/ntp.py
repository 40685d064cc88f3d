"""QNTP against the server that the test runs."""

import desk

desk.tell(ntp=desk.attached().ntp("127.0.0.1", desk.args["port"]))
