"""One caller in a decoder worker: sound in, events out.

sound -> windows of 32 ms -> voice activity -> beginnings and ends of utterances -> the engine, which gets voiced stretches
only, each piece of audio once. So silence, noise and hold music bring no text, whatever an engine would invent.
"""

from collections import deque
from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from asr.codecs import CODECS
from asr.contract import AsrEngine, Script, Transcript, Word
from asr.endpointing import Expects, Phase, Turn, Verdict, advance, has_enough_voice, patience
from asr.events import Final, Partial, SpeechEnded, SpeechEvent, SpeechStarted
from asr.normalising import normalise, readable
from asr.voice_activity import VoiceActivity, VoiceTrack
from asr.windows import Window, Windower
from asr.wire import Opening, Progress

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
_LATE_MS = 500
"""So far behind, partials are not sent any more: finals matter, and come sooner."""


class Hearing:
    def __init__(self, opening: Opening, engine: AsrEngine, activity: VoiceActivity) -> None:
        codec = CODECS[opening.codec]
        self.engine_name = engine.name
        self._codec = codec
        self._session = engine.open(None if opening.turns is None else Script(opening.turns), opening.first_turn)
        self._windower = Windower(codec.sample_rate, engine.capabilities.sample_rate)
        self._track = VoiceTrack(activity)
        self._turn = Turn(was_cut=opening.cut_at_ms is not None, voice_end_ms=opening.cut_at_ms or 0)
        self._expects = Expects(opening.expects)
        self._sequence = opening.next_sequence
        self._incoming: deque[tuple[bytes, int]] = deque()
        self._windows: deque[Window] = deque()
        self._held: deque[Window] = deque()
        """Heard but not fed: the pre-roll, what may become an utterance, and the rest of a pause."""
        self._fed_from_ms = self._passed_ms = 0
        """Where the utterance's audio begins, and where the last window ended."""
        self._text = ""
        self._heard_ms = self._until_ms = 0
        self._finishing = False
        self.finished = False

    @property
    def has_work(self) -> bool:
        return bool(self._incoming or self._windows or (self._finishing and not self.finished))

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

    def finish(self) -> None:
        """The caller has gone: once all audio is worked on, what is being said is an utterance."""
        self._finishing = True

    def work(self) -> Iterator[SpeechEvent]:
        """A slice of what is waiting."""
        for _ in range(_SLICE // _AT_ONCE):
            self._cut_windows()
            batch = [self._windows.popleft() for _ in range(min(_AT_ONCE, len(self._windows)))]
            for window, probability in zip(batch, self._track.probabilities([w.activity for w in batch]), strict=True):
                yield from self._hear(window, probability)
            yield from self._feed_waiting()
            if not self._incoming and not self._windows:
                self._heard_ms = self._until_ms
                break
        if self._finishing and not self._incoming and not self._windows:
            yield from self._wind_up()

    def close(self) -> None:
        self._session.close()

    def _cut_windows(self) -> None:
        while self._incoming and len(self._windows) < _AT_ONCE:
            sound, at_ms = self._incoming.popleft()
            samples = np.frombuffer(self._codec.to_pcm(sound), "<i2")
            self._windows.extend(self._windower.push(samples, at_ms))
            self._heard_ms = max(self._heard_ms, at_ms + len(sound) // self._codec.bytes_per_ms)

    def _hear(self, window: Window, probability: float) -> Iterator[SpeechEvent]:
        self._held.append(window)
        self._passed_ms = window.end_ms
        allowed = patience(self._turn, self._expects, self._text)
        self._turn, verdict = advance(self._turn, probability, window.start_ms, allowed, self._expects)
        match verdict:
            case Verdict.started:
                self._begin()
                yield SpeechStarted(self._turn.began_ms)
            case Verdict.ended | Verdict.cut:
                yield self._end(cut=verdict is Verdict.cut)
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
        text = self._feed(self._turn.voice_end_ms + _TAIL_MS)
        if text is not None:
            self._text = text
            if self.lag_ms < _LATE_MS:
                yield Partial(self._sequence, readable(text))

    def _feed(self, until_ms: int) -> str | None:
        pieces = []
        while self._held and self._held[0].end_ms <= until_ms:
            pieces.append(self._held.popleft().speech)
        return self._session.feed(np.concatenate(pieces).astype("<i2").tobytes()) if pieces else None

    def _end(self, *, cut: bool) -> Final:
        turn = self._turn
        self._feed(turn.voice_end_ms + _TAIL_MS)
        transcript = normalise(self._on_call_clock(self._session.finish()))
        final = Final(self._sequence, transcript, turn.began_ms, turn.voice_end_ms, self.engine_name, cut)
        self._sequence += 1
        self._text = ""
        self._forget_old()
        return final

    def _wind_up(self) -> Iterator[SpeechEvent]:
        for window, probability in _with(self._track, self._windower.flush()):
            yield from self._hear(window, probability)
        if self._turn.phase is Phase.candidate and has_enough_voice(self._turn, self._expects):
            self._begin()
            yield SpeechStarted(self._turn.began_ms)
            yield self._end(cut=False)
        elif self._turn.phase is Phase.speaking:
            yield self._end(cut=False)
        self._turn = replace(self._turn, phase=Phase.quiet)
        self.finished = True

    def _forget_old(self) -> None:
        while len(self._held) > _PRE_ROLL:
            self._held.popleft()

    def _released_ms(self) -> int:
        if self._turn.phase is Phase.speaking:
            return self._fed_from_ms
        return self._held[0].start_ms if self._held else self._passed_ms

    def _on_call_clock(self, transcript: Transcript) -> Transcript:
        start = self._fed_from_ms
        words = tuple(Word(w.text, w.start_ms + start, w.end_ms + start, w.confidence) for w in transcript.words)
        return replace(transcript, words=words)


def _with(track: VoiceTrack, windows: list[Window]) -> Iterator[tuple[Window, float]]:
    return zip(windows, track.probabilities([window.activity for window in windows]), strict=True)
