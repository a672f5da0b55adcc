"""Recordings of any common kind (wav, mp3, flac, opus, ...) as plain samples, decoded piece by piece."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any

import av
import numpy as np

from asr.contract import SpeechError


class AudioUnreadable(SpeechError):
    """The file holds no sound that can be read; the text says why."""

    code = "audio_unreadable"


@dataclass(frozen=True, slots=True)
class Channel:
    """One side of a recording with several tracks, counted from 0."""

    number: int


class SoundFile:
    """`with SoundFile(path, rate) as sound: for pcm in sound.pieces(): ...` Raises AudioUnreadable.

    Damaged stretches are skipped and counted in `damaged`. Without `channel` all tracks are mixed.
    """

    def __init__(self, path: Path, rate: int, channel: Channel | None = None) -> None:
        self._path = path
        self._rate = rate
        self._channel = channel
        self._container: Any = None
        self.damaged = 0
        self.length_ms: int | None = None
        """As the file's head says, which may be wrong; None where it says nothing."""

    def __enter__(self) -> "SoundFile":
        if not self._path.exists():
            raise AudioUnreadable("there is no such file")
        if self._path.is_dir():
            raise AudioUnreadable("is a folder, not a recording")
        try:
            self._container = av.open(str(self._path), metadata_errors="ignore")
        except (av.FFmpegError, OSError, ValueError) as error:
            raise AudioUnreadable(f"is no recording that can be read ({_short(error)})") from error
        if not self._container.streams.audio:
            self._container.close()
            raise AudioUnreadable("holds no sound")
        if self._container.duration:
            self.length_ms = self._container.duration * 1000 // av.time_base
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._container.close()

    def pieces(self) -> Iterator[bytes]:
        """Mono, 16-bit little-endian, at the rate asked for. Raises AudioUnreadable when nothing at all could be decoded."""
        resampler = av.AudioResampler("s16", None if self._channel else "mono", self._rate)
        heard = False
        for frame in self._frames():
            for ready in resampler.resample(frame):
                if pcm := self._pcm(ready):
                    heard = True
                    yield pcm
        if heard:
            yield from filter(None, map(self._pcm, resampler.resample(None)))
        else:
            raise AudioUnreadable("is empty" if not self.damaged else "is damaged from its first second to its last")

    def _frames(self) -> Iterator[Any]:
        packets = self._container.demux(self._container.streams.audio[0])
        while True:
            try:
                packet = next(packets)
                frames = packet.decode()
            except StopIteration:
                return
            except av.FFmpegError:
                self.damaged += 1
                if self.damaged > _TOO_DAMAGED:
                    return
                continue
            yield from frames

    def _pcm(self, frame: Any) -> bytes:
        samples = frame.to_ndarray()
        if self._channel is None:
            return bytes(np.ascontiguousarray(samples[0], "<i2").tobytes())
        count = frame.layout.nb_channels
        if self._channel.number >= count:
            raise AudioUnreadable(f"has {count} tracks, so there is no track {self._channel.number}")
        return bytes(samples[0].reshape(-1, count)[:, self._channel.number].astype("<i2").tobytes())


_TOO_DAMAGED = 10_000


def _short(error: Exception) -> str:
    return getattr(error, "strerror", None) or type(error).__name__
