"""Recordings to text: the same decoder workers, voice activity and end of speech as on the telephone, faster than real time."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from types import TracebackType

from asr.codecs import CODECS
from asr.contract import SpeechError, Word
from asr.events import Final, SpeechEvent, SpeechLost
from asr.g711 import pcm_to_mulaw
from asr.pool import SpeechPool
from asr.punctuation import MARKS
from asr.sound_files import Channel, SoundFile
from asr.stream import SpeechStream
from config.settings import Settings

Progress = Callable[[int, int | None], None]
"""Called with the ms worked on and those there are, None where the file does not say."""

_AHEAD_MS = 2000
_GLANCE_S = 0.005
_LAST_WORD_S = 60.0
_BETWEEN = "，"
"""Between two utterances of one recording, where the speaker paused. Within an utterance no punctuation is invented."""


class RecognitionFailed(SpeechError):
    """The decoder gave this recording up."""

    code = "recognition_failed"
    retryable = True


class Route(StrEnum):
    direct = "direct"
    """At 16 kHz, as good as the file is."""
    phone = "phone"
    """Through 8 kHz and G.711 first, as if it had come over the telephone."""


_CODEC = {Route.direct: "pcm16k", Route.phone: "mulaw"}


@dataclass(frozen=True, slots=True)
class FileTranscript:
    """Times in ms from the start of the file. `raw` is what the engine wrote, utterances joined by a space."""

    text: str
    raw: str
    engine: str
    duration_ms: int
    words: tuple[Word, ...]
    utterances: tuple[Final, ...]
    is_damaged: bool
    """Stretches of the file could not be read and were left out."""


class Transcriber:
    """`async with Transcriber(settings) as transcriber`. Entering loads the engine; raises SpeechError when it cannot be."""

    def __init__(self, settings: Settings) -> None:
        self._asked = settings.asr.engine
        self._pool = SpeechPool(settings)

    @property
    def engine(self) -> str:
        return self._pool.engine

    async def __aenter__(self) -> "Transcriber":
        await self._pool.start()
        if self._pool.why_silent and self._asked != self._pool.engine:
            await self._pool.stop()
            raise SpeechError(self._pool.why_silent.splitlines()[-1])
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._pool.stop()

    async def transcribe(
        self, path: Path, route: Route = Route.direct, channel: Channel | None = None, on_progress: Progress | None = None
    ) -> FileTranscript:
        """Raises AudioUnreadable, RecognitionFailed."""
        heard: list[SpeechEvent] = []
        stream = self._pool.open(path.name, heard.append, codec=_CODEC[route])
        try:
            with SoundFile(path, CODECS[_CODEC[route]].sample_rate, channel) as sound:
                duration_ms = await _feed(stream, sound, route, on_progress or _in_silence)
                is_damaged = sound.damaged > 0
            await stream.finish(_LAST_WORD_S)
        finally:
            stream.close()
        if lost := next((event for event in heard if isinstance(event, SpeechLost)), None):
            raise RecognitionFailed(f"recognition failed: {lost.reason}")
        return _joined([event for event in heard if isinstance(event, Final)], self.engine, duration_ms, is_damaged=is_damaged)


def transcribe_file(path: Path, settings: Settings, channel: Channel | None = None) -> FileTranscript:
    """One recording, with a decoder of its own: for jobs. Blocks. Raises SpeechError."""

    async def run() -> FileTranscript:
        async with Transcriber(settings) as transcriber:
            return await transcriber.transcribe(path, Route.direct, channel)

    return asyncio.run(run())


async def _feed(stream: SpeechStream, sound: SoundFile, route: Route, on_progress: Progress) -> int:
    """Returns the length in ms of what was read."""
    sent, per_ms = 0, CODECS[_CODEC[route]].bytes_per_ms
    for pcm in sound.pieces():
        coded = pcm_to_mulaw(pcm) if route is Route.phone else pcm
        stream.feed(coded, sent // per_ms)
        sent += len(coded)
        while stream.lag_ms > _AHEAD_MS and not stream.is_closed:
            await asyncio.sleep(_GLANCE_S)
        on_progress(sent // per_ms - stream.lag_ms, sound.length_ms)
    return sent // per_ms


def _joined(finals: list[Final], engine: str, duration_ms: int, *, is_damaged: bool) -> FileTranscript:
    text = ""
    for final in finals:
        said = final.transcript.text
        text += said + ("" if final.cut or not said or said[-1] in MARKS else _BETWEEN)
    return FileTranscript(
        text=text.removesuffix(_BETWEEN),
        raw=" ".join(filter(None, (final.transcript.raw for final in finals))),
        engine=engine,
        duration_ms=duration_ms,
        words=tuple(word for final in finals for word in final.transcript.words),
        utterances=tuple(finals),
        is_damaged=is_damaged,
    )


def _in_silence(done_ms: int, length_ms: int | None) -> None:
    pass
