"""Recordings from Twilio's REST API: our account's name and token are shown to that host alone."""

import os
import time
from pathlib import Path
from urllib.parse import urljoin

import requests
from urllib3.exceptions import HTTPError

from config.settings import Settings
from intake.fetching import LIMIT_S, MAX_BYTES, RecordingNotThere, RecordingRefused, is_ours_to_ask
from webhooks.outgoing import open_session

_PATIENCE_S = 5.0
_PIECE = 64 * 1024
_MOST_REDIRECTS = 3


class TwilioFetcher:
    """intake.fetching.Fetcher for the carrier "twilio"."""

    def __init__(self, settings: Settings, max_bytes: int = MAX_BYTES, limit_s: float = LIMIT_S) -> None:
        self._api_url = settings.twilio.api_url
        self._account = (settings.twilio.account_sid, settings.twilio.auth_token.get_secret_value())
        self._max_bytes = max_bytes
        self._limit_s = limit_s

    def fetch(self, address: str, target: Path) -> None:
        until = time.monotonic() + self._limit_s
        draft = target.with_suffix(".part")
        try:
            with open_session(self._api_url) as session:
                session.auth = self._account
                self._follow(session, address, draft, until)
            draft.replace(target)
        except (requests.RequestException, HTTPError) as error:
            raise RecordingNotThere(type(error).__name__) from None
        finally:
            draft.unlink(missing_ok=True)

    def _follow(self, session: requests.Session, address: str, draft: Path, until: float) -> None:
        for _ in range(_MOST_REDIRECTS + 1):
            if not is_ours_to_ask(address, self._api_url):
                raise RecordingRefused("foreign_address")
            with session.get(address, stream=True, timeout=_PATIENCE_S, allow_redirects=False) as answer:
                if answer.is_redirect:
                    address = urljoin(address, answer.headers["Location"])
                    continue
                if answer.status_code != 200:
                    raise RecordingNotThere(f"status_{answer.status_code}")
                self._save(answer, draft, until)
                return
        raise RecordingNotThere("redirects")

    def _save(self, answer: requests.Response, draft: Path, until: float) -> None:
        size = 0
        with draft.open("wb") as file:
            while piece := answer.raw.read1(_PIECE, decode_content=True):
                size += len(piece)
                if size > self._max_bytes:
                    raise RecordingRefused("too_large")
                if time.monotonic() > until:
                    raise RecordingNotThere("too_slow")
                file.write(piece)
            file.flush()
            os.fsync(file.fileno())
        if not size:
            raise RecordingNotThere("empty")
