"""The operator, its cell and its contexts, as programs in the field ask about them."""

from ..arguments import Anything, Choice, Number, Text, one_of
from ..command import command
from ..errors import CME_NO_NETWORK, CME_NO_SIM, CmeError
from ..radio import AREA, CELL, TECHNOLOGY, Radio
from ..reply import Reply
from ..runtime import Runtime
from ..settings import Settings

_PLMN = "46011"
# What a search may find: one line of over 300 characters.
_FOUND = ",".join(f'({state},"{long}","{short}","{number}",{TECHNOLOGY})'
                  for state, long, short, number in (
    (2, "CHINA TELECOM", "CTCC", _PLMN), (1, "CHINA MOBILE", "CMCC", "46000"),
    (1, "CHINA MOBILE", "CMCC", "46008"), (3, "CHINA UNICOM", "UNICOM", "46001"),
    (3, "CHINA UNICOM", "UNICOM", "46009"), (3, "CHINA BROADNET", "CBN", "46015"),
    (3, "Test PLMN 1-1", "TEST11", "00101"), (3, "Test PLMN 1-2", "TEST12", "00102")))
_BAND = Number(1, 85, default=None)


class Operator:
    """AT+COPS, AT+CREG, AT+CGCONTRDP, AT+CESQ, AT+QENG, …"""

    def __init__(self, runtime: Runtime, settings: Settings, radio: Radio) -> None:
        self._runtime = runtime
        self._settings = settings
        self._radio = radio
        self._bands: tuple[int, ...] = (3, 5, 8)
        self._reports = {"+CREG": 0, "+CGREG": 0, "+CTZR": 0, "+CTZU": 0}
        self._initial = (3, 1)  # AT+CIPCA

    # -- operator ----------------------------------------------------------------------------

    @command("+COPS?")
    def operator(self) -> Reply:
        chosen = f',2,"{_PLMN}",{TECHNOLOGY}' if self._radio.attached else ""
        return Reply([f"+COPS: 0{chosen}"])

    @command("+COPS=", "", Number(0, 4), Number(0, 2, default=2), Text(name="oper", default=""),
             Number(0, 9, default=None), test=(f"+COPS: {_FOUND},,(0-4),(0-2)",))
    def choose_operator(self, mode: int, _format: int, _operator: str, _act: int | None) -> Reply:
        return Reply(then=self._radio.detach if mode == 2 else self._radio.search)

    @command("+CREG?")
    def registration(self) -> Reply:
        return Reply([f"+CREG: {self._reports['+CREG']},{self._radio.stat}"])

    @command("+CREG=", "", one_of(0, 1, 2))
    def report_registration(self, report: int) -> None:
        self._reports["+CREG"] = report

    @command("+CGREG?")
    def packet_registration(self) -> Reply:
        return Reply([f"+CGREG: {self._reports['+CGREG']},{self._radio.stat}"])

    @command("+CGREG=", "", one_of(0, 1, 2))
    def report_packet_registration(self, report: int) -> None:
        self._reports["+CGREG"] = report

    @command("+CNUM")
    def own_number(self) -> Reply:
        if self._radio.sim != "ready":
            raise CmeError(CME_NO_SIM)
        return Reply(['+CNUM: ,"",129'])

    @command("+CTZR?")
    def zone_reports(self) -> Reply:
        return Reply([f"+CTZR: {self._reports['+CTZR']}"])

    @command("+CTZR=", "", Number(0, 3))
    def report_zone(self, report: int) -> None:
        self._reports["+CTZR"] = report

    @command("+CTZU?")
    def zone_updates(self) -> Reply:
        return Reply([f"+CTZU: {self._reports['+CTZU']}"])

    @command("+CTZU=", "", one_of(0, 1, 3))
    def update_zone(self, how: int) -> None:
        self._reports["+CTZU"] = how

    # -- contexts ----------------------------------------------------------------------------

    @command("+CGDCONT?")
    def contexts(self) -> Reply:
        kind, apn = (*self._radio.context, "")[:2]
        return Reply([f'+CGDCONT: 1,"{kind}","{apn}"'])

    @command("+CGDCONT=", "", Number(0, 10), Choice(words=("IP", "IPV6", "IPV4V6", "NONIP"),
             default="IP"), Text(name="apn", default=""), *[Anything()] * 8)
    def define_context(self, context: int, kind: str, apn: str, *_more: object) -> None:
        if context == 1:
            self._radio.context = (kind, apn)

    @command("+CGACT?")
    def active(self) -> Reply:
        return Reply([f"+CGACT: 1,{int(self._radio.attached)}"])

    @command("+CGACT=", "", one_of(0, 1), Number(0, 10, default=1))
    def activate(self, on: int, _context: int) -> None:
        """The context is active as long as the module is attached."""
        if on and not self._radio.attached:
            raise CmeError(CME_NO_NETWORK)

    @command("+CGCONTRDP")
    @command("+CGCONTRDP=", "", Number(0, 10, default=1))
    def context_in_force(self, _context: int | None = None) -> Reply:
        if not self._radio.attached:
            return Reply()
        apn = (*self._radio.context, "")[1]
        servers = ",".join(f'"{server}"' for server in self._settings.dns_servers)
        address = self._runtime.profile.address
        return Reply([f'+CGCONTRDP: 1,5,"{apn}","{address}.255.255.255.0",,{servers}'])

    @command("+CIPCA?")
    def initial_context(self) -> Reply:
        return Reply(["+CIPCA: {},{}".format(*self._initial)])

    @command("+CIPCA=", "", one_of(0, 3), one_of(0, 1, default=1))
    def set_initial_context(self, activation: int, without: int) -> None:
        self._initial = (activation, without)

    # -- radio -------------------------------------------------------------------------------

    @command("+CESQ")
    def signal_quality(self) -> Reply:
        if self._radio.function != 1:
            return Reply(["+CESQ: 99,99,255,255,255,255"])
        return Reply([f"+CESQ: {self._runtime.profile.rssi},99,255,255,20,45"])

    @command("+CEER")
    def why_not(self) -> Reply:
        return Reply(["+CEER: No cause information available"])

    @command("+CEDRXRDP")
    def edrx_in_force(self) -> Reply:
        on, cycle = self._settings.edrx
        return Reply([f'+CEDRXRDP: 5,"{cycle}","{cycle}","0011"' if on else "+CEDRXRDP: 0"])

    @command("+QENG=", "", one_of(0))
    def engineering(self, _mode: int) -> Reply:
        if not self._radio.attached:
            return Reply()
        return Reply([f'+QENG: 0,2506,2,107,"{CELL}",-90,-10,-80,8,6,"{AREA}",0,,2'])

    @command("+QBAND?")
    def bands(self) -> Reply:
        return Reply([f"+QBAND: {','.join(str(band) for band in self._bands)}"])

    @command("+QBAND=", "", Number(0, 8), *[_BAND] * 8, flash=True)
    def set_bands(self, _count: int, *bands: int | None) -> None:
        self._bands = tuple(band for band in bands if band is not None) or (3, 5, 8)

    @command("+QCSEARFCN")
    def forget_frequencies(self) -> None:
        """OK."""
