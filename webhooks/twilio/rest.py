"""The carrier's REST API: bring a live call whose audio stream broke back to `next`, and list recordings."""

from datetime import datetime

from twilio.base.exceptions import TwilioException
from twilio.http.http_client import TwilioHttpClient
from twilio.rest import Client
from twilio.rest.api.v2010.account.recording import RecordingInstance

from config.errors import HotlineError
from config.settings import Settings
from intake.recordings import AnnouncedRecording

_LIMIT_S = 5.0
_MOST_RECORDINGS = 10_000


class CarrierUnreachable(HotlineError):
    """The carrier's REST API did not answer as it should. Trying again later may help."""

    code = "carrier_unreachable"
    retryable = True


def open_client(settings: Settings) -> Client:
    twilio = settings.twilio
    client = Client(twilio.account_sid, twilio.auth_token.get_secret_value(), http_client=TwilioHttpClient(timeout=_LIMIT_S))
    client.api.base_url = twilio.api_url.rstrip("/")
    return client


def redirect_call(settings: Settings, call_sid: str, address: str) -> None:
    """The live call goes on with what `address` answers. Raises CarrierUnreachable."""
    try:
        open_client(settings).calls(call_sid).update(url=address, method="POST")
    except (TwilioException, OSError) as error:
        raise CarrierUnreachable(f"The live call could not be redirected ({type(error).__name__}).") from error


def list_recordings(settings: Settings, since: datetime) -> list[tuple[AnnouncedRecording, datetime]]:
    """Recordings that the carrier made since then and when, oldest first. Raises CarrierUnreachable."""
    try:
        found = open_client(settings).recordings.list(date_created_after=since, limit=_MOST_RECORDINGS)
    except (TwilioException, OSError) as error:
        raise CarrierUnreachable(f"The carrier's recordings could not be listed ({type(error).__name__}).") from error
    return sorted(
        ((_announcement(settings, one), one.date_created) for one in found if str(one.status) == "completed"),
        key=lambda pair: pair[1],
    )


def _announcement(settings: Settings, one: RecordingInstance) -> AnnouncedRecording:
    url = settings.twilio.api_url.rstrip("/") + str(one.uri).removesuffix(".json")
    return AnnouncedRecording("twilio", str(one.call_sid), str(one.sid), url, int(one.duration or 0) * 1000)
