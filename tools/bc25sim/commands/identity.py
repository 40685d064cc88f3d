"""Who the module is, and what is in its SIM slot."""

from ..arguments import Text, one_of
from ..command import command
from ..errors import CME_NO_SIM, CME_NOT_ALLOWED, CME_WRONG_PASSWORD, CmeError
from ..radio import Radio
from ..reply import Reply
from ..runtime import Runtime

_PIN = "1234"
_VERSION = "01"  # of the software, in an IMEISV


class Identity:
    """ATI, AT+CGSN, AT+CPIN, …"""

    def __init__(self, runtime: Runtime, radio: Radio) -> None:
        self._runtime = runtime
        self._radio = radio

    @command("I")
    def all(self) -> Reply:
        profile = self._runtime.profile
        return Reply(["Quectel_Ltd", f"Quectel_{profile.model}", f"Revision: {profile.revision}"])

    @command("+GMI")
    @command("+CGMI")
    def maker(self) -> Reply:
        return Reply(["Quectel"])

    @command("+GMM")
    @command("+CGMM")
    def model(self) -> Reply:
        return Reply([self._runtime.profile.model])

    @command("+GMR")
    @command("+CGMR")
    def revision(self) -> Reply:
        return Reply([f"Revision: {self._runtime.profile.revision}"])

    @command("+QGMR")
    def full_revision(self) -> Reply:
        return Reply([f"+QGMR: {self._runtime.profile.revision}_{_VERSION}"])

    @command("+CGSN")
    @command("+GSN")
    @command("+CGSN=", "", one_of(0, 1, 2, 3, default=0))
    def serial_number(self, kind: int = 0) -> Reply:
        """IMEI bare and not, IMEI with the software's version, that version alone."""
        imei = self._runtime.profile.imei
        quote = '"' if self._runtime.profile.cgsn_quoted else ""
        told = ("", imei, imei[:14] + _VERSION, _VERSION)[kind]
        return Reply([f"+CGSN: {quote}{told}{quote}" if kind else imei])

    # -- SIM ---------------------------------------------------------------------------------

    def _need_sim(self) -> None:
        if self._radio.sim == "none":
            raise CmeError(CME_NO_SIM)

    @command("+CIMI")
    def imsi(self) -> Reply:
        self._need_sim()
        return Reply([self._runtime.profile.imsi])

    @command("+QCCID")
    @command("+QCCID?")
    def iccid(self) -> Reply:
        self._need_sim()
        return Reply([f"+QCCID: {self._runtime.profile.iccid}"])

    @command("+CPIN?")
    def pin_state(self) -> Reply:
        if self._radio.sim != "none":
            return Reply(["+CPIN: READY" if self._radio.sim == "ready" else "+CPIN: SIM PIN"])
        answer = self._runtime.profile.cpin_without_sim
        if answer == "ERROR":
            return Reply(final=answer)
        if answer.startswith("+CME"):
            raise CmeError(int(answer.rpartition(" ")[2]))
        return Reply([answer])

    @command("+CPIN=", "", Text(name="pin", bare=True))
    def enter_pin(self, pin: str) -> None:
        self._need_sim()
        if self._radio.sim != "pin":
            raise CmeError(CME_NOT_ALLOWED)
        if pin != _PIN:
            raise CmeError(CME_WRONG_PASSWORD)
        self._radio.unlock()
