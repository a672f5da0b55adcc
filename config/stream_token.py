"""The one-time token that a carrier's audio stream shows: made by web, read by media without a database."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from config.signed import read, sign

LIFETIME = timedelta(seconds=60)
_PURPOSE = "stream"


@dataclass(frozen=True, slots=True)
class StreamGrant:
    """What the stream is for. `sample` is the name of a sample call, empty for real ones; `nonce` is unique for each token.

    `stream` counts the call's streams from 1: with a later one the conversation goes on where the broken one stopped.
    """

    call_id: str
    case_no: str
    carrier_call_id: str
    sample: str = ""
    stream: int = 1
    nonce: str = ""


def make_stream_token(secret: str, grant: StreamGrant, now: datetime) -> str:
    fields = {
        "call": grant.call_id,
        "case": grant.case_no,
        "carrier": grant.carrier_call_id,
        "sample": grant.sample,
        "stream": str(grant.stream),
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
    )
