"""What the system makes of the call, seen from the same machine. A carrier would not know it; who reads the screen may."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

from commands.call.happenings import TellNow, What
from config.errors import HotlineError
from intake.heard import CallHeard, call_heard
from intake.office import Office
from intake.queries_case import CasePage, case_page

_EVERY_S = 0.3
_SETTLES_S = 4.0
CARRIER = "twilio"


@dataclass
class Inside:
    """With the system's database away nothing is told; the call is not disturbed by it."""

    office: Office
    call: str
    tell: TellNow
    carrier: str = CARRIER
    case_no: str = ""
    _told: int = 0

    async def follow(self) -> None:
        """Tells each sentence as it was understood, until it is cancelled."""
        while True:
            await self.look()
            await asyncio.sleep(_EVERY_S)

    async def look(self) -> CallHeard | None:
        try:
            heard = await asyncio.to_thread(call_heard, self.office, self.carrier, self.call)
        except HotlineError:
            return None
        if heard is not None:
            self.case_no = heard.case_no
            for sentence in heard.sentences[self._told :]:
                self.tell(What.HEARD, sentence, None)
            self._told = len(heard.sentences)
        return heard

    async def case(self, is_settled: Callable[[CallHeard], bool] = lambda heard: heard.case_state != "open") -> CasePage | None:
        """The case once it has left `open`, or as it is after a few seconds; None where there is none."""
        until = asyncio.get_running_loop().time() + _SETTLES_S
        heard = await self.look()
        while (heard is None or not is_settled(heard)) and asyncio.get_running_loop().time() < until:
            await asyncio.sleep(_EVERY_S)
            heard = await self.look()
        try:
            return await asyncio.to_thread(case_page, self.office, heard.case_no) if heard else None
        except HotlineError:
            return None
