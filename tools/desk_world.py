"""What the examples need on the desk: names and servers of their settings, the board's files."""

import runpy
import shutil
import subprocess
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any, Self

from tools import published
from tools.mp import MPY, ROOT
from tools.servers import LOCAL, Servers, free_port
from tools.servers.broker import Broker
from tools.servers.ntp import answer
from tools.servers.tls import authority
from tools.servers.web import Web

EXAMPLES = ROOT / "lib" / "examples"
OWN_ADDRESS = "100.64.0.25"  # the module's (RFC 6598)
NTP_PORT = 123
PINGS_MS = "192,-,241,479"  # the manual's example 4.6, one reply lost


class World:
    """The servers, for a `with` statement, and what the simulated module is told of them.

    `told` is given each report that telemetry.example receives.
    """

    def __init__(self, told: Callable[[bytes], object] = len) -> None:
        self.settings: dict[str, Any] = runpy.run_path(str(EXAMPLES / "settings.py"))
        self.listen_port = free_port()
        self._told = told
        self._names: dict[str, str] = {}
        self._maps: list[str] = []

    def __enter__(self) -> Self:
        self._folder = Path(tempfile.mkdtemp(prefix="world"))
        self._servers = Servers()
        self.broker = Broker(free_port())
        self._servers.loop.run(self.broker.start())
        web_name = self.settings["WEB"][0]
        self._authority = authority(self._folder, web_name)
        self._web = Web(self._authority.context)
        self._add(self.settings["ECHO"], self._servers.echo())
        self._add(self.settings["TELEMETRY"], self._servers.udp(self._report))
        self._add(self.settings["MQTT"], self.broker.port)
        self._add(self.settings["WEB"], self._web.port)
        self._add((self.settings["NTP"], NTP_PORT), self._servers.udp(answer()))
        self._add((self.settings["PING"], 0), 0)
        return self

    def __exit__(self, *error: object) -> None:
        self._web.stop()
        self._servers.loop.run(self.broker.stop())
        self._servers.stop()
        shutil.rmtree(self._folder, ignore_errors=True)

    def _report(self, data: bytes) -> None:
        self._told(data)

    def _add(self, peer: tuple[str, int], port: int) -> None:
        """A name there is, and where its server really is."""
        name, its_port = peer
        address = self._names.setdefault(name, f"192.0.2.{len(self._names) + 1}")  # RFC 5737
        if port:
            self._maps.append(f"{address}:{its_port}={LOCAL}:{port}")

    def sim_arguments(self) -> list[str]:
        """What the simulated module is started with."""
        listen = f"{OWN_ADDRESS}:{self.settings['LISTEN']}={LOCAL}:{self.listen_port}"
        words = ["--set", f"address={OWN_ADDRESS}", "--listen", listen]
        words += ["--ping", f"{self.settings['PING']}={PINGS_MS}"]
        for name, address in self._names.items():
            words += ["--dns", f"{name}={address}"]
        for where in self._maps:
            words += ["--map", where]
        return words

    def furnish(self, board: Path) -> str:
        """Put what the examples import and read on the board; what is missing, in words.

        A settings.py that is there already stays.
        """
        board.mkdir(parents=True, exist_ok=True)
        shutil.copytree(MPY / "bc25", board / "lib" / "bc25", dirs_exist_ok=True)
        shutil.copy(self._authority.ca, board / self.settings["CA"])
        if not (board / "settings.py").exists():
            shutil.copy(EXAMPLES / "settings.py", board)
        try:
            published.put("umqtt.simple", board / "lib")
        except (OSError, subprocess.CalledProcessError):
            return "umqtt.simple could not be fetched: mqtt_sensor.py will not run"
        return ""

    def notes(self) -> list[str]:
        """How to reach from this computer what the examples talk to."""
        return [
            f"web_server.py is http://{LOCAL}:{self.listen_port}/",
            f"mqtt_sensor.py takes orders: .venv/bin/amqtt_pub --url mqtt://{LOCAL}:"
            f"{self.broker.port} -t bc25/every -m 5",
        ]


def names() -> list[str]:
    """The examples."""
    return sorted(path.stem for path in EXAMPLES.glob("*.py") if path.stem != "settings")


def command(port: str, example: str) -> str:
    """The line that runs an example on a board."""
    mpremote = f".venv/bin/mpremote connect {port}"
    source = f"lib/examples/{example}.py"
    if example == "telemetry":  # sleeps deeply, and then starts anew: it is the board's main.py
        return f"{mpremote} cp {source} :main.py + reset"
    return f"{mpremote} run {source}"
