"""What a speech engine is: loaded once, one session for each caller, audio in, words out.

An engine knows nothing of telephones, voice activity, end of speech or sockets: it gets the audio of one utterance after the
other, at its own rate. Engines live in `asr/engines/`, one file each; the table is in `asr/registry.py`.
"""

from dataclasses import dataclass
from typing import Protocol

from config.errors import HotlineError


class SpeechError(HotlineError):
    """Something about recognition went wrong; the text names the fix."""

    code = "speech"


class EngineUnusable(SpeechError):
    """The engine cannot be loaded: its library or a file of its model is missing or wrong. The text names which."""

    code = "engine_unusable"


@dataclass(frozen=True, slots=True)
class Word:
    """One word as it was heard. Engines count `start_ms` and `end_ms` from the first sample of the utterance that they were
    fed; everywhere else they count from the start of the call or file. `confidence` is in [0, 1], None where there is none."""

    text: str
    start_ms: int
    end_ms: int
    confidence: float | None = None


@dataclass(frozen=True, slots=True)
class Transcript:
    """The words of one utterance. `raw` is what the engine wrote, kept for ever; `text` is the same made readable (an engine
    leaves both alike). Empty: there was a voice, but no word was understood."""

    text: str
    raw: str
    words: tuple[Word, ...] = ()


NOTHING_UNDERSTOOD = Transcript("", "")


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What an engine can do, as data."""

    streaming: bool
    """Partials come while it is fed. False: the whole work is done in finish()."""
    sample_rate: int
    """Rate in Hz of the PCM that feed() takes: mono, 16-bit little-endian. A multiple of 125."""
    word_times: bool
    confidences: bool
    recognises: bool = True
    """False for the engine that understands nothing and only lets voice activity through."""


@dataclass(frozen=True, slots=True)
class Script:
    """What a sample call speaks, a text for each utterance. Only the `scripted` engine reads it."""

    turns: tuple[str, ...]


class AsrSession(Protocol):
    """One caller. Utterances follow each other: feed, feed, ..., finish, feed, ..., finish."""

    def feed(self, pcm: bytes) -> str | None:
        """More audio of this utterance, any even number of bytes. Its text so far, or None where nothing changed."""

    def finish(self) -> Transcript:
        """Ends the utterance; the session takes the next one afterwards. Without audio: NOTHING_UNDERSTOOD."""

    def close(self) -> None:
        """Frees what the session holds; may be called twice."""


class AsrEngine(Protocol):
    """Loaded once in a decoder worker; raises EngineUnusable when it cannot be."""

    name: str
    capabilities: Capabilities

    def open(self, script: Script | None, first_turn: int = 0) -> AsrSession:
        """A session. `first_turn`: how many utterances of this caller were finished before, in another worker."""

    def close(self) -> None: ...
