"""The one-time token that a carrier's audio stream shows: made by web, read by media without a database."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from config.signed import read, sign

LIFETIME = timedelta(seconds=60)
_PURPOSE = "stream"


class Side(StrEnum):
    """Who is heard in the stream of a talk between a caller and a human."""

    CALLER = "caller"
    HUMAN = "human"


@dataclass(frozen=True, slots=True)
class Talk:
    """The stream only listens: its utterances are numbered from `first` on, its audio begins `offset_ms` after the call's."""

    side: Side
    first: int
    offset_ms: int


@dataclass(frozen=True, slots=True)
class StreamGrant:
    """What the stream is for. `sample` is the name of a sample call, empty for real ones; `nonce` is unique for each token.

    `stream` counts the call's streams from 1: with a later one the conversation goes on where the broken one stopped.
    `talk`: no conversation with the machine, but one side of a talk with a human.
    """

    call_id: str
    case_no: str
    carrier_call_id: str
    sample: str = ""
    stream: int = 1
    nonce: str = ""
    talk: Talk | None = None


def make_stream_token(secret: str, grant: StreamGrant, now: datetime) -> str:
    fields = {
        "call": grant.call_id,
        "case": grant.case_no,
        "carrier": grant.carrier_call_id,
        "sample": grant.sample,
        "stream": str(grant.stream),
        "talk": f"{grant.talk.side} {grant.talk.first} {grant.talk.offset_ms}" if grant.talk else "",
    }
    return sign(secret, _PURPOSE, fields, now, LIFETIME)


def read_stream_token(secret: str, token: str, now: datetime) -> StreamGrant:
    """Raises config.signed.NoteRefused. That a token serves once is for the reader to remember, by `nonce`."""
    fields = read(secret, _PURPOSE, token, now)
    return StreamGrant(
        call_id=fields["call"],
        case_no=fields["case"],
        carrier_call_id=fields["carrier"],
        sample=fields["sample"],
        stream=int(fields["stream"]),
        nonce=fields["nonce"],
        talk=_read_talk(fields["talk"]),
    )


def _read_talk(text: str) -> Talk | None:
    if not text:
        return None
    side, first, offset_ms = text.split(" ")
    return Talk(Side(side), int(first), int(offset_ms))
