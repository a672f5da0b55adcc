"""What the speech pool tells of one call. All times in ms are those of the audio that was fed (`at_ms`)."""

from dataclasses import dataclass

from asr.contract import Transcript


@dataclass(frozen=True, slots=True)
class SpeechStarted:
    """The caller speaks: a quarter of a second of voice, so that a click stops no prompt. `at_ms`: where it began."""

    at_ms: int


@dataclass(frozen=True, slots=True)
class Partial:
    """The text so far of the utterance that will be Final `sequence`. May be taken back; never stored."""

    sequence: int
    text: str


@dataclass(frozen=True, slots=True)
class Final:
    """One finished utterance; sequences count from 1 without gap or double, whatever happened to the workers.

    An empty text means that a voice was heard and no word understood. `start_ms` and `end_ms` are where the voice began and
    ended. `cut`: closed because of its length while the caller was speaking: either the next utterance follows, or SpeechEnded.
    """

    sequence: int
    transcript: Transcript
    start_ms: int
    end_ms: int
    engine: str
    cut: bool = False


@dataclass(frozen=True, slots=True)
class SpeechEnded:
    """After a Final that was cut: the caller did not go on. The voice had ended at `at_ms`."""

    at_ms: int


@dataclass(frozen=True, slots=True)
class SpeechLost:
    """Recognition has ended for this call and will not come back. The reason is a sentence for a log."""

    reason: str


@dataclass(frozen=True, slots=True)
class Revised:
    """What a second engine made of the whole utterance of Final `sequence`. May come after the stream was closed, once for each
    utterance or not at all; never before its Final."""

    sequence: int
    transcript: Transcript
    engine: str


SpeechEvent = SpeechStarted | Partial | Final | SpeechEnded | SpeechLost | Revised
