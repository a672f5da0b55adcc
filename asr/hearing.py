"""One caller in a decoder worker: sound in, events out.

sound -> windows of 32 ms -> voice activity -> beginnings and ends of utterances -> the engine, which gets voiced stretches
only, each piece of audio once. So silence, noise and hold music bring no text, whatever an engine would invent.
"""

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from asr.codecs import CODECS
from asr.contract import AsrEngine, DeferringSession, Script, Transcript, Word
from asr.endpointing import Expects, Phase, Turn, Verdict, advance, has_enough_voice, patience
from asr.events import Final, Partial, SpeechEnded, SpeechEvent, SpeechStarted
from asr.punctuation import Punctuator, Rules
from asr.voice_activity import VoiceActivity, VoiceTrack
from asr.windows import WINDOW_MS, Window, Windower
from asr.wire import Opening, Progress
from asr.written import normalise, readable

_PRE_ROLL = 10
"""Windows before the first voiced one that the engine hears too, so that the first syllable is not cut."""
_TAIL_MS = 320
"""Of a pause the engine hears this much at once; the rest only if the caller goes on."""
_AT_ONCE = 4
"""Windows that go through voice activity together: what 100 ms of audio are cut into."""
_SLICE = 8
"""Windows that work() does before another caller has its turn."""
_MOUTHFUL = 6
"""Windows that go to the engine together: Kaldi works in steps of 0.2 s, and each mouthful brings a partial."""
_LONGEST_QUIET_MS = 4000
"""Every utterance has ended by then."""
_LATE_MS = 500
"""So far behind, partials are not sent any more: finals matter, and come sooner."""


@dataclass(frozen=True, slots=True)
class _Ending:
    """An utterance that is over and whose transcript is on its way. Times in ms on the call's clock."""

    began_ms: int
    voice_end_ms: int
    cut: bool


class Hearing:
    def __init__(
        self, opening: Opening, engine: AsrEngine, activity: VoiceActivity, punctuator: Punctuator | None = None
    ) -> None:
        codec = CODECS[opening.codec]
        self.engine_name = engine.name
        self._codec = codec
        self._punctuator = punctuator or Rules()
        self._session = engine.open(None if opening.turns is None else Script(opening.turns), opening.first_turn)
        self._deferring = self._session if isinstance(self._session, DeferringSession) else None
        self._windower = Windower(codec.sample_rate, engine.capabilities.sample_rate)
        self._track = VoiceTrack(activity)
        self._turn = Turn(was_cut=opening.cut_at_ms is not None, voice_end_ms=opening.cut_at_ms or 0)
        self._expects = Expects(opening.expects)
        self._sequence = opening.next_sequence
        self._incoming: deque[tuple[bytes, int]] = deque()
        self._windows: deque[Window] = deque()
        self._judged: deque[tuple[Window, float]] = deque()
        self._held: deque[Window] = deque()
        """Heard but not fed: the pre-roll, what may become an utterance, and the rest of a pause."""
        self._fed_from_ms = self._passed_ms = 0
        """Where the utterance's audio begins, and where the last window ended."""
        self._text = ""
        self._heard_ms = self._until_ms = 0
        self._ending: _Ending | None = None
        self._was_fed = False
        self._quiet_until_ms = 0
        """Without audio, it is at least so late on the call's clock."""
        self._finishing = self._flushed = False
        self.finished = False

    @property
    def has_work(self) -> bool:
        is_unsettled = self._is_quiet_due or (self._finishing and not self.finished)
        return not self.is_waiting and (not self._is_idle or is_unsettled)

    @property
    def is_waiting(self) -> bool:
        """For a transcript: until it has come, nothing more is listened to."""
        return self._ending is not None

    @property
    def _is_idle(self) -> bool:
        return not (self._incoming or self._windows or self._judged or self._ending)

    @property
    def _is_quiet_due(self) -> bool:
        return self._passed_ms > 0 and self._quiet_until_ms >= max(self._passed_ms, self._heard_ms) + WINDOW_MS

    @property
    def lag_ms(self) -> int:
        return self._until_ms - self._heard_ms

    @property
    def progress(self) -> Progress:
        return Progress(self._heard_ms, self._released_ms())

    def take(self, sound: bytes, at_ms: int) -> None:
        """More audio; nothing is worked on yet."""
        self._incoming.append((sound, at_ms))
        self._until_ms = max(self._until_ms, at_ms + len(sound) // self._codec.bytes_per_ms)

    def expect(self, expects: Expects) -> None:
        self._expects = expects

    def be_quiet(self, until_ms: int) -> None:
        """No audio comes, but it is `until_ms` by now: a pause that no audio fills ends an utterance too."""
        self._quiet_until_ms = until_ms

    def finish(self) -> None:
        """The caller has gone: once all audio is worked on, what is being said is an utterance."""
        self._finishing = True

    def work(self) -> Iterator[SpeechEvent]:
        """A slice of what is waiting; where a transcript is waited for, a look whether it has come."""
        yield from self._answer()
        for _ in range(_SLICE // _AT_ONCE):
            if self._ending:
                return
            self._cut_windows()
            self._judge()
            while self._judged and not self._ending:
                yield from self._hear(*self._judged.popleft())
            yield from self._feed_waiting()
            if self._is_idle:
                self._heard_ms = self._until_ms
                yield from self._pass_quiet()
                break
        if self._finishing and self._is_idle:
            yield from self._wind_up()

    def news(self) -> Iterator[SpeechEvent]:
        """What an engine that decodes callers together has made of this one's audio meanwhile."""
        if self._was_fed and self._turn.phase is Phase.speaking:
            yield from self._show(self._session.feed(b""))
        self._was_fed = False

    def close(self) -> None:
        self._session.close()

    def _cut_windows(self) -> None:
        while self._incoming and len(self._windows) < _AT_ONCE:
            sound, at_ms = self._incoming.popleft()
            samples = np.frombuffer(self._codec.to_pcm(sound), "<i2")
            self._windows.extend(self._windower.push(samples, at_ms))
            self._heard_ms = max(self._heard_ms, at_ms + len(sound) // self._codec.bytes_per_ms)

    def _judge(self) -> None:
        batch = [self._windows.popleft() for _ in range(min(_AT_ONCE, len(self._windows)))]
        self._judged.extend(zip(batch, self._track.probabilities([window.activity for window in batch]), strict=True))

    def _hear(self, window: Window, probability: float) -> Iterator[SpeechEvent]:
        self._held.append(window)
        self._passed_ms = window.end_ms
        yield from self._advance(window.start_ms, probability)

    def _pass_quiet(self) -> Iterator[SpeechEvent]:
        """Windows without a voice that nobody sent. Should their audio still come, it is heard all the same."""
        if not self._is_quiet_due:
            return
        start_ms, self._quiet_until_ms = self._passed_ms, min(self._quiet_until_ms, self._passed_ms + _LONGEST_QUIET_MS)
        while start_ms + WINDOW_MS <= self._quiet_until_ms and not self._ending:
            yield from self._advance(start_ms, 0.0)
            start_ms += WINDOW_MS
        self._quiet_until_ms = 0

    def _advance(self, start_ms: int, probability: float) -> Iterator[SpeechEvent]:
        allowed = patience(self._turn, self._expects, self._text)
        self._turn, verdict = advance(self._turn, probability, start_ms, allowed, self._expects)
        match verdict:
            case Verdict.started:
                self._begin()
                yield SpeechStarted(self._turn.began_ms)
            case Verdict.ended | Verdict.cut:
                yield from self._end(cut=verdict is Verdict.cut)
            case Verdict.over:
                yield SpeechEnded(self._turn.voice_end_ms)
            case _ if self._turn.phase is Phase.quiet:
                self._forget_old()

    def _begin(self) -> None:
        self._fed_from_ms = self._held[0].start_ms
        self._text = ""

    def _feed_waiting(self) -> Iterator[SpeechEvent]:
        """Gives the engine what it may hear of the utterance that goes on."""
        if self._turn.phase is not Phase.speaking or len(self._held) < _MOUTHFUL:
            return
        yield from self._show(self._feed(self._turn.voice_end_ms + _TAIL_MS))

    def _show(self, text: str | None) -> Iterator[SpeechEvent]:
        if text is not None:
            self._text = text
            if self.lag_ms < _LATE_MS:
                yield Partial(self._sequence, readable(text))

    def _feed(self, until_ms: int) -> str | None:
        pieces = []
        while self._held and self._held[0].end_ms <= until_ms:
            pieces.append(self._held.popleft().speech)
        if not pieces:
            return None
        self._was_fed = True
        return self._session.feed(np.concatenate(pieces).astype("<i2").tobytes())

    def _end(self, *, cut: bool) -> Iterator[SpeechEvent]:
        self._feed(self._turn.voice_end_ms + _TAIL_MS)
        self._ending = _Ending(self._turn.began_ms, self._turn.voice_end_ms, cut)
        if self._deferring:
            self._deferring.end()
        yield from self._answer()

    def _answer(self) -> Iterator[SpeechEvent]:
        if self._ending is None:
            return
        transcript = self._deferring.answer() if self._deferring else self._session.finish()
        if transcript is None:
            return
        ended, self._ending = self._ending, None
        said = self._punctuator.punctuate(normalise(self._on_call_clock(transcript)))
        final = Final(self._sequence, said, ended.began_ms, ended.voice_end_ms, self.engine_name, ended.cut)
        self._sequence += 1
        self._text = ""
        self._forget_old()
        yield final

    def _wind_up(self) -> Iterator[SpeechEvent]:
        if not self._flushed:
            self._flushed = True
            self._windows.extend(self._windower.flush())
            return
        turn, self._turn = self._turn, replace(self._turn, phase=Phase.quiet)
        if turn.phase is Phase.candidate and has_enough_voice(turn, self._expects):
            self._begin()
            yield SpeechStarted(turn.began_ms)
            yield from self._end(cut=False)
        elif turn.phase is Phase.speaking:
            yield from self._end(cut=False)
        self.finished = not self._ending

    def _forget_old(self) -> None:
        while len(self._held) > _PRE_ROLL:
            self._held.popleft()

    def _released_ms(self) -> int:
        if self._turn.phase is Phase.speaking or self._ending:
            return self._fed_from_ms
        return self._held[0].start_ms if self._held else self._passed_ms

    def _on_call_clock(self, transcript: Transcript) -> Transcript:
        start = self._fed_from_ms
        words = tuple(Word(w.text, w.start_ms + start, w.end_ms + start, w.confidence) for w in transcript.words)
        return replace(transcript, words=words)
