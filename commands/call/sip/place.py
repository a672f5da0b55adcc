"""Placing one call over SIP: sipp is the telephone, the running Asterisk the exchange. The resident speaks when asked.

sipp does not listen; what the system says is heard from the recording beside us, and the stand of the conversation is read
from the system's database.
"""

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass, field

from commands.call.happenings import CallResult, Happening, Tell, What
from commands.call.inside import Inside
from commands.call.place import Placed, in_short, prompt_names
from commands.call.plan import KeyPress, Plan, PlanUnusable, Wish, read_keys, read_plan
from commands.call.sip.ear import Ear
from commands.call.sip.packets import Law
from commands.call.sip.sipp import Clip, Route, SippCall, SippMissing
from commands.call.sound import BYTES_PER_MS, read_mulaw
from config.errors import HotlineError
from config.settings import Settings
from intake.calls import CallView, find_call
from intake.office import Office, build_office
from ivr.state import Phase
from models.errors import DatabaseUnavailable
from webhooks.sip.ari import Ari, ExchangeUnavailable
from webhooks.sip.parse import CARRIER

SAMPLE_HEADER = "X-Hotline-Sample"
_EVERY_S = 0.2
_PATIENCE_S = 45.0
"""Who hears no new question for so long hangs up."""
_ASKING = {str(phase) for phase in (Phase.MATTER, Phase.DETAIL, Phase.PLACE, Phase.CONFIRM, Phase.CORRECTION)}


def place_sip_call(settings: Settings, wish: Wish, tell: Tell) -> Placed:
    """Raises PlanUnusable."""
    plan, keys = read_plan(wish.audio), read_keys(wish.keys)
    if not wish.number.removeprefix("+").isdigit():
        raise PlanUnusable(f"--from: {wish.number} is no telephone number, e.g. +8613800138000")
    if wish.speed != 1:
        raise PlanUnusable("--speed: a real telephone call lasts as long as it lasts; leave it out with --via sip")
    try:
        return asyncio.run(_Resident(settings, wish, plan, keys, tell).call())
    except SippMissing as error:
        raise PlanUnusable(str(error)) from None


@dataclass
class _Resident:
    settings: Settings
    wish: Wish
    plan: Plan
    keys: Sequence[KeyPress]
    tell: Tell
    office: Office = field(init=False)
    _began_s: float = field(default_factory=time.monotonic)
    _spoken: int = 0
    _quiet_since_s: float = 0.0

    def __post_init__(self) -> None:
        self._name_of = prompt_names()
        self.office = build_office(self.settings)

    async def call(self) -> Placed:
        sip, result = self.settings.sip, CallResult()
        speeches = [read_mulaw(turn.audio) for turn in self.plan.turns]
        clips = [*(Clip(mulaw=speech) for speech in speeches), *(Clip(keys=press.digit) for press in self.keys)]
        headers = {SAMPLE_HEADER: self.plan.sample} if self.plan.sample else {}
        self._tell(What.CALLS, f"sip:12345@{sip.host}:{sip.port}")
        sipp = SippCall(Route(sip.host, sip.port), self.wish.number, Law.ALAW, clips, headers)
        async with sipp:
            inside = await self._find(sipp)
            if inside is None:
                result.unreachable = sipp.over.done() or not inside
                return Placed(sipp.call_id, result, "")
            await self._converse(sipp, inside, [len(speech) / BYTES_PER_MS / 1000 for speech in speeches], result)
        case = await inside.case()
        if case is not None:
            self._tell(What.CASE, in_short(case, self.settings))
        return Placed(inside.call, result, case.case_no if case else "")

    async def _find(self, sipp: SippCall) -> Inside | None:
        """Which of the exchange's calls is ours; None where none is within some seconds."""
        ari, until = Ari.of(self.settings), time.monotonic() + 10
        while time.monotonic() < until and not sipp.over.done():
            call = await asyncio.to_thread(_call_of, ari, sipp.call_id)
            if call:
                self._began_s = time.monotonic()
                return Inside(self.office, call, self._tell, carrier=CARRIER)
            await asyncio.sleep(_EVERY_S)
        return None

    async def _converse(self, sipp: SippCall, inside: Inside, lengths_s: Sequence[float], result: CallResult) -> None:
        keys = list(enumerate(self.keys, len(lengths_s)))
        ends_at_s, self._quiet_since_s = self.wish.hang_up_at_s, time.monotonic()
        ear: Ear | None = None
        while not sipp.over.done():
            now_s = time.monotonic() - self._began_s
            await inside.look()
            view = await asyncio.to_thread(self._view, inside.call)
            while keys and keys[0][1].at_s <= now_s:
                clip, press = keys.pop(0)
                self._tell(What.KEY, press.digit)
                sipp.play(clip)
            if view is not None:
                ear = ear or Ear(self.settings.var / "recordings", view.id)
                said = await asyncio.to_thread(ear.listen)
                if said:
                    self._answer(said, view, sipp, lengths_s)
            if (ends_at_s is not None and now_s >= ends_at_s) or self._has_lost_patience():
                result.ended_by = "caller"
                sipp.hang_up()
                await asyncio.wait({sipp.over}, timeout=5)
                break
            await asyncio.wait({sipp.over}, timeout=_EVERY_S)
        result.ended_by = result.ended_by or "system"
        self._tell(What.HUNG_UP, f"the {result.ended_by} hangs up")
        if sipp.over.done() and sipp.over.result() != 0:
            result.problems.append(f"sipp ended with status {sipp.over.result()}")

    def _answer(self, said: bytes, view: CallView, sipp: SippCall, lengths_s: Sequence[float]) -> None:
        """The system has said something; if it was a question, the next sentence is the answer."""
        self._tell(What.PROMPT, self._name_of(said), len(said) / BYTES_PER_MS / 1000)
        self._quiet_since_s = time.monotonic()
        phase = (view.conversation or {}).get("phase")
        if phase not in _ASKING or self._spoken >= len(lengths_s):
            return
        self._tell(What.TURN, self.plan.turns[self._spoken].text, lengths_s[self._spoken])
        sipp.play(self._spoken)
        self._quiet_since_s += lengths_s[self._spoken]
        self._spoken += 1

    def _has_lost_patience(self) -> bool:
        return time.monotonic() - self._quiet_since_s > _PATIENCE_S

    def _view(self, call: str) -> CallView | None:
        try:
            return find_call(self.office, CARRIER, call)
        except DatabaseUnavailable:
            return None

    def _tell(self, what: What, text: str = "", seconds: float | None = None) -> None:
        self.tell(Happening(time.monotonic() - self._began_s, what, text, seconds))


def _call_of(ari: Ari, call_id: str) -> str:
    """The exchange's name for the call with this SIP Call-ID; empty while there is none."""
    try:
        for channel in ari.channels():
            if channel.name.startswith("PJSIP/") and ari.variable(channel.id, "CHANNEL(pjsip,call-id)") == call_id:
                return channel.id
    except (ExchangeUnavailable, HotlineError):
        return ""
    return ""
