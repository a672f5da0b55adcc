"""What we ask of Twilio by its REST API: redirect a live call, list what was recorded. Every question has a time limit."""

import logging
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Any, Protocol
from urllib.parse import urlsplit, urlunsplit

import requests

from config.errors import HotlineError
from config.settings import Settings
from intake.calls import IncomingCall
from intake.recordings import AnnouncedRecording
from webhooks.outgoing import open_session
from webhooks.twilio.parse import CARRIER

LIMIT_S = 5.0
MOST_RECORDINGS = 10_000


class CarrierUnavailable(HotlineError):
    """The carrier's REST API cannot be reached, or it refused; the text says which."""

    code = "carrier_unavailable"
    retryable = True


class LiveCalls(Protocol):
    def redirect(self, call: str, address: str) -> None:
        """Let the call leave what it does and ask `address` what to do. Raises CarrierUnavailable."""


@dataclass(frozen=True, slots=True)
class CarrierRecording:
    announced: AnnouncedRecording
    made_at: datetime | None


class TwilioRest:
    """Against settings.twilio.api_url, which is the simulated carrier on a machine without a public address."""

    def __init__(self, settings: Settings) -> None:
        self._account = settings.twilio.account_sid
        self._token = settings.twilio.auth_token.get_secret_value()
        self._api_url = settings.twilio.api_url.rstrip("/")

    def redirect(self, call: str, address: str) -> None:
        self._ask(lambda client: client.calls(call).update(url=address, method="POST"))

    def place(self, to: str, caller: str, address: str, ended: str) -> None:
        """A call of ours: once it is picked up `address` is asked what to do, and `ended` is told of its end."""
        self._ask(
            lambda client: client.calls.create(
                to=to,
                from_=caller,
                url=address,
                method="POST",
                status_callback=ended,
                status_callback_method="POST",
                timeout=25,
            )
        )

    def recordings_since(self, since: datetime) -> Iterator[CarrierRecording]:
        """What was recorded since then, of all calls. Raises CarrierUnavailable."""
        listed = self._ask(lambda client: list(islice(client.recordings.stream(date_created_after=since), MOST_RECORDINGS)))
        for found in listed:
            if found.status == "completed":
                address = f"{self._api_url}/2010-04-01/Accounts/{self._account}/Recordings/{found.sid}"
                duration = int(found.duration) * 1000 if str(found.duration or "").isdigit() else None
                announced = AnnouncedRecording(CARRIER, found.call_sid, found.sid, address, duration_ms=duration)
                yield CarrierRecording(announced, found.date_created)

    def find_call(self, call: str) -> IncomingCall:
        """Who called whom. Raises CarrierUnavailable."""
        found = self._ask(lambda client: client.calls(call).fetch())
        return IncomingCall(CARRIER, call, caller=found._from, dialled=found.to)

    def _ask(self, question: Any) -> Any:
        # Here, because the library's client is large and most processes never ask.
        from twilio.base.exceptions import TwilioException  # noqa: PLC0415

        try:
            return question(self._client())
        except TwilioException as error:
            status = getattr(error, "status", None)
            raise CarrierUnavailable(f"The carrier's REST API refused: {status or type(error).__name__}.") from None
        except (requests.RequestException, ValueError) as error:
            raise CarrierUnavailable(f"The carrier's REST API does not answer: {type(error).__name__}.") from None

    def _client(self) -> Any:
        from twilio.http.http_client import TwilioHttpClient  # noqa: PLC0415
        from twilio.rest import Client  # noqa: PLC0415

        limited = TwilioHttpClient(timeout=LIMIT_S, logger=_quiet())
        limited.session = open_session(self._api_url)
        return Client(self._account, self._token, http_client=_OurHost(limited, self._api_url))


class TwilioDialler:
    """Calls the humans' number first; Twilio then asks us whom to call."""

    needs_seat = False

    def __init__(self, settings: Settings) -> None:
        self._rest = TwilioRest(settings)
        self._from, self._to = settings.twilio.number, settings.human_number
        self._webhooks = f"{settings.public_url}/webhooks/twilio"

    def ring(self, call: str, seat: str) -> None:  # noqa: ARG002 - there are no seats here
        """Raises CarrierUnavailable."""
        self._rest.place(self._to, self._from, f"{self._webhooks}/call-back/{call}", f"{self._webhooks}/called-back/{call}")


def _quiet() -> logging.Logger:
    """The library logs each request in full; an account's calls do not belong into our log."""
    logger = logging.getLogger("twilio.http_client")
    logger.setLevel(logging.WARNING)
    return logger


class _OurHost:
    """The library knows Twilio's public hosts only: its requests go to the configured one."""

    def __init__(self, client: Any, api_url: str) -> None:
        self._client = client
        self._base = urlsplit(api_url)

    def request(self, method: str, url: str, **more: Any) -> Any:
        asked = urlsplit(url)
        return self._client.request(
            method, urlunsplit((self._base.scheme, self._base.netloc, asked.path, asked.query, "")), **more
        )
