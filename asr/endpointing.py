"""When does an utterance begin and end? A pure function over windows of 32 ms.

A click is no beginning, a short "对" is one. A pause ends an utterance sooner after a yes-or-no question than where a place was
asked, in a number, or after words that want others (电话是, 我叫, 住在), and later for a caller who has already paused for long
and gone on. After 15 s it is cut at a breath, at 20 s anyway; a caller who then says no more has ended as soon as the whole
pause is over.
"""

import re
from dataclasses import dataclass, replace
from enum import StrEnum

from asr.windows import WINDOW_MS


class Expects(StrEnum):
    """What the caller was asked."""

    matter = "matter"
    place = "place"
    yes_no = "yes_no"
    nothing = "nothing"


class Phase(StrEnum):
    quiet = "quiet"
    candidate = "candidate"
    speaking = "speaking"


class Verdict(StrEnum):
    """What a window meant."""

    nothing = "nothing"
    dropped = "dropped"
    """What might have been a beginning was a click or a knock."""
    started = "started"
    ended = "ended"
    cut = "cut"
    """Closed because of its length; the caller probably goes on."""
    over = "over"
    """After a cut: the caller did not go on."""


@dataclass(frozen=True, slots=True)
class Turn:
    """Where a caller is. All times in ms on the call's clock."""

    phase: Phase = Phase.quiet
    began_ms: int = 0
    voice_end_ms: int = 0
    """End of the last voiced window."""
    voiced_ms: int = 0
    longest_pause_ms: int = 0
    """Of all pauses in this call after which the caller went on in the same utterance."""
    was_cut: bool = False
    """The last utterance was cut, and since then it has been neither continued nor over."""


_VOICE_ON = 0.5
_VOICE_HOLDS = 0.35
_START_MS = 224
_KNOCK_GAP_MS = 256
_BREATH_MS = 192
_SOFT_LIMIT_MS = 15_000
_HARD_LIMIT_MS = 20_000
_LONGEST_PATIENCE_MS = 2000

_LEAST_VOICE_MS = {Expects.matter: 128, Expects.place: 128, Expects.yes_no: 96, Expects.nothing: 192}
_PATIENCE_MS = {Expects.matter: 800, Expects.place: 1200, Expects.yes_no: 600, Expects.nothing: 800}
_OPENING_WORDS_MS = 600
_UNFINISHED_PATIENCE_MS = 1400
_NUMBER_ENDS = frozenset("零〇一二三四五六七八九十百千幺两0123456789号楼栋幢座单元层室门路街弄区")
_LEADS_ON = re.compile(
    "(?:电话|手机|号码|名字|地址|我叫|叫做|我姓|免贵姓|姓名|家住|住在|住|位于|就是|因为|所以|然后|还有|而且|但是|那个|这个|在|和|是)$"
)
"""Words after which a caller has not finished: a number, a name or an address is coming."""
_LAST_WORDS = 12
"""Characters of the text that are looked at."""


def advance(turn: Turn, probability: float, start_ms: int, patience_ms: int, expects: Expects) -> tuple[Turn, Verdict]:
    """The next window begins at `start_ms` and holds a voice with `probability`; `patience_ms` is that of patience()."""
    voiced = probability >= (_VOICE_ON if turn.phase is Phase.quiet else _VOICE_HOLDS)
    match turn.phase:
        case Phase.quiet:
            return _from_quiet(turn, voiced, start_ms, patience_ms)
        case Phase.candidate:
            return _from_candidate(turn, voiced, start_ms, expects)
        case Phase.speaking:
            return _from_speaking(turn, voiced, start_ms, patience_ms)


def patience(turn: Turn, expects: Expects, text: str) -> int:
    """How long a pause (ms) ends the utterance, whose text so far is `text`."""
    allowed = _PATIENCE_MS[expects]
    if expects is Expects.yes_no:
        return allowed
    last = "".join(text[-_LAST_WORDS:].split())
    if turn.voiced_ms < _OPENING_WORDS_MS or last[-1:] in _NUMBER_ENDS or _LEADS_ON.search(last):
        allowed = max(allowed, _UNFINISHED_PATIENCE_MS)
    return min(max(allowed, turn.longest_pause_ms * 3 // 2), _LONGEST_PATIENCE_MS)


def has_enough_voice(turn: Turn, expects: Expects) -> bool:
    """Whether so little voice, followed by silence, is an utterance at all."""
    return turn.voiced_ms >= _LEAST_VOICE_MS[expects]


def _from_quiet(turn: Turn, voiced: bool, start_ms: int, patience_ms: int) -> tuple[Turn, Verdict]:
    end_ms = start_ms + WINDOW_MS
    if voiced:
        begun = replace(turn, phase=Phase.candidate, began_ms=start_ms, voice_end_ms=end_ms, voiced_ms=WINDOW_MS)
        return begun, Verdict.nothing
    if turn.was_cut and end_ms - turn.voice_end_ms >= patience_ms:
        return replace(turn, was_cut=False), Verdict.over
    return turn, Verdict.nothing


def _from_candidate(turn: Turn, voiced: bool, start_ms: int, expects: Expects) -> tuple[Turn, Verdict]:
    if voiced:
        heard = replace(turn, voice_end_ms=start_ms + WINDOW_MS, voiced_ms=turn.voiced_ms + WINDOW_MS)
        if heard.voiced_ms >= _START_MS:
            return replace(heard, phase=Phase.speaking, was_cut=False), Verdict.started
        return heard, Verdict.nothing
    if start_ms + WINDOW_MS - turn.voice_end_ms < _KNOCK_GAP_MS:
        return turn, Verdict.nothing
    if has_enough_voice(turn, expects):
        return replace(turn, phase=Phase.speaking, was_cut=False), Verdict.started
    return replace(turn, phase=Phase.quiet), Verdict.dropped


def _from_speaking(turn: Turn, voiced: bool, start_ms: int, patience_ms: int) -> tuple[Turn, Verdict]:
    end_ms = start_ms + WINDOW_MS
    if voiced:
        pause = max(turn.longest_pause_ms, start_ms - turn.voice_end_ms)
        turn = replace(turn, voice_end_ms=end_ms, voiced_ms=turn.voiced_ms + WINDOW_MS, longest_pause_ms=pause)
    length = end_ms - turn.began_ms
    pause = end_ms - turn.voice_end_ms
    if pause >= patience_ms:
        return replace(turn, phase=Phase.quiet), Verdict.ended
    if length >= _HARD_LIMIT_MS or (length >= _SOFT_LIMIT_MS and pause >= _BREATH_MS):
        return replace(turn, phase=Phase.quiet, was_cut=True), Verdict.cut
    return turn, Verdict.nothing
