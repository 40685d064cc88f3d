"""A real HTTP server with a few pages."""

from __future__ import annotations

import ssl
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from tools.servers import LOCAL

LARGE = bytes(range(256)) * 80
JSON = b'{"hello": "world"}'
SLOW_S = 3
NETWORK_S = 0.02  # an answer comes after SEND OK, as it does where the network has a delay


class Pages(BaseHTTPRequestHandler):
    """HTTP/1.1, the connection closed after each answer when the client asks for that."""

    protocol_version = "HTTP/1.1"
    timeout = 60

    def log_message(self, format: str, *args: object) -> None:
        """Not to stderr."""

    def do_GET(self) -> None:
        """The pages; `chunked` comes in chunks of growing size."""
        time.sleep(NETWORK_S)
        page = self.path.strip("/")
        if page == "moved":
            self.send_response(302)
            port = self.connection.getsockname()[1]
            self.send_header("Location", f"http://web.example:{port}/json")
            self._end(b"")
        elif page == "chunked":
            self._chunked()
        elif page in ("json", "large", "slow"):
            if page == "slow":
                time.sleep(SLOW_S)
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self._end(LARGE if page == "large" else JSON)
        else:
            self.send_response(404)
            self._end(b"no such page")

    def do_POST(self) -> None:
        """Sends back what it got."""
        if self.headers.get("Transfer-Encoding") == "chunked":
            body = b"".join(iter(self._chunk, b""))
        else:
            body = self.rfile.read(int(self.headers["Content-Length"]))
        time.sleep(NETWORK_S)
        self.send_response(200)
        self._end(body)

    def _chunk(self) -> bytes:
        data = self.rfile.read(int(self.rfile.readline(), 16))
        self.rfile.readline()
        return data

    def _chunked(self) -> None:
        """HTTP/1.0 knows no chunks: there the end of the connection is the end of the page."""
        self.send_response(200)
        if self.request_version == "HTTP/1.0":
            self.end_headers()
            self.wfile.write(LARGE)
            return
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        start, size = 0, 1
        while start < len(LARGE):
            piece = LARGE[start : start + size]
            self.wfile.write(b"%x\r\n%b\r\n" % (len(piece), piece))
            start, size = start + size, size * 2
        self.wfile.write(b"0\r\n\r\n")

    def _end(self, body: bytes) -> None:
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


class Web:
    """The server, with TLS when there is a context; `port` is where."""

    def __init__(self, context: ssl.SSLContext | None = None) -> None:
        self._server = ThreadingHTTPServer((LOCAL, 0), Pages)
        self._server.daemon_threads = True
        self.port = self._server.server_address[1]
        if context:
            self._server.socket = context.wrap_socket(
                self._server.socket, server_side=True, do_handshake_on_connect=False
            )
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()
