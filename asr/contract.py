"""What a speech engine is: loaded once, one session for each caller, audio in, words out.

An engine knows nothing of telephones, voice activity, end of speech or sockets: it gets the audio of one utterance after the
other, at its own rate. Engines live in `asr/engines/`, one file each; the table is in `asr/registry.py`.

Every engine opens sessions (`AsrEngine`). One that hears an utterance only as a whole is a `BatchEngine` as well, so that a
second pass may hand it finished utterances, several at once. One that decodes several callers together is a `JoiningEngine`.
A session that need not be waited for is a `DeferringSession`.
"""

from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, runtime_checkable

from config.errors import HotlineError


class SpeechError(HotlineError):
    """Something about recognition went wrong; the text names the fix."""

    code = "speech"


class EngineUnusable(SpeechError):
    """The engine cannot be loaded: its library or a file of its model is missing or wrong. The text names which."""

    code = "engine_unusable"


@dataclass(frozen=True, slots=True)
class EnginePlan:
    """What an engine is made from; each reads what it needs of it."""

    name: str
    """A row of the table in asr/registry.py."""
    model: Path | None = None
    """The model's folder."""
    server: str = ""
    """Address of the speech server elsewhere."""
    parts: tuple["EnginePlan", ...] = ()
    """The engines that it stands on, in the order in which they are tried."""
    hot_words: Path | None = None
    """A file of words to be expected, one a line, in UTF-8. Engines without `Capabilities.hot_words` do not open it."""
    threads: int = 1
    """Processor cores that one recognition may use."""
    has_deputy: bool = False
    """Another engine stands behind this one: it fails at once instead of waiting for a server that is away."""
    punctuation: Path | None = None
    """Folder of a model that sets punctuation; None: rules do."""
    alone: bool = False
    """Callers are decoded one by one, though the engine could do it together: so it comes out which one it dies of."""


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
    hot_words: bool = False
    """It leans towards the words of `EnginePlan.hot_words`."""


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


@runtime_checkable
class DeferringSession(AsrSession, Protocol):
    """Its transcript takes time that another thread or machine spends, and other callers are heard meanwhile."""

    def end(self) -> None:
        """What finish() does, without waiting. Nothing is fed until answer() has brought the transcript."""

    def answer(self) -> Transcript | None:
        """None: not yet. Raises what finish() would raise."""


class AsrEngine(Protocol):
    """Loaded once in a decoder worker; raises EngineUnusable when it cannot be."""

    name: str
    capabilities: Capabilities

    def open(self, script: Script | None, first_turn: int = 0) -> AsrSession:
        """A session. `first_turn`: how many utterances of this caller were finished before, in another worker."""

    def close(self) -> None: ...


@runtime_checkable
class BatchEngine(AsrEngine, Protocol):
    """Hears whole utterances. `capabilities.streaming` is False; its sessions collect (asr/collecting.py)."""

    def transcribe(self, utterances: Sequence[bytes]) -> list[Transcript]:
        """One transcript for each utterance, in their order; PCM as `capabilities.sample_rate` says, of any length, also none.

        Utterances that are given together may be decoded together, which is faster; each comes out as it would alone, but
        for the rounding of the arithmetic. Raises SpeechError; then nothing of the batch came out.
        """


@runtime_checkable
class JoiningEngine(AsrEngine, Protocol):
    """Decodes what several callers said in one go, which costs less than one after the other."""

    def together(self) -> AbstractContextManager[None]:
        """Within it feed() only takes audio in and answers None; when it ends, all that waits is decoded, callers together.
        What came of it is each session's next answer to feed(), which may be given no audio (b"") to ask. A session whose
        audio cannot be decoded raises then, alone."""
