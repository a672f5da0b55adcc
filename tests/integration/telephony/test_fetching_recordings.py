"""Fetching over real HTTP: what is asked, whom our account's token is shown to, and what becomes of each answer."""

import base64
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import pytest

from intake.fetching import RecordingNotThere, RecordingRefused, fetch_due_recordings
from intake.recordings import MOST_ATTEMPTS
from models.recording import RecordingState
from tests.integration.telephony.exchange_office import ACCOUNT, TOKEN, Switch, make_settings
from webhooks.fetchers import make_fetchers
from webhooks.twilio.download import TwilioFetcher

Serve = Callable[[object], str]


@dataclass
class Shelf:
    """A carrier's recordings; `script` is what it answers in turn: a status, a redirection, or the bytes of a file."""

    script: list[int | str | bytes]
    asked: list[str] = field(default_factory=list)
    shown: list[str] = field(default_factory=list)
    pause_s: float = 0.0

    def __call__(self, environ, start_response):  # type: ignore[no-untyped-def]
        self.asked.append(environ["PATH_INFO"])
        self.shown.append(environ.get("HTTP_AUTHORIZATION", ""))
        answer = self.script.pop(0) if len(self.script) > 1 else self.script[0]
        if isinstance(answer, int):
            start_response(f"{answer} Oh", [("Content-Type", "text/plain")])
            return [b"no"]
        if isinstance(answer, str):
            start_response("307 Over There", [("Location", answer)])
            return [b""]
        start_response("200 OK", [("Content-Type", "audio/x-wav")])
        return self._slowly(answer) if self.pause_s else [answer]

    def _slowly(self, body: bytes) -> Iterator[bytes]:
        for at in range(0, len(body), 100):
            time.sleep(self.pause_s)
            yield body[at : at + 100]


@dataclass
class Announced:
    switch: Switch
    shelf: Shelf
    url: str

    def fetch(self) -> int:
        return fetch_due_recordings(self.switch.office, make_fetchers(self.switch.settings))

    @property
    def state(self) -> RecordingState:
        return self.switch.recordings()[0].state


@pytest.fixture
def announce(tmp_path: Path, empty_tables: Path, serve_wsgi: Serve) -> Callable[..., Announced]:
    def make(*script: int | str | bytes, path: str = "/RE1", foreign: bool = False) -> Announced:
        shelf = Shelf(list(script))
        api_url = serve_wsgi(shelf)
        twilio = {"account_sid": ACCOUNT, "auth_token": TOKEN, "api_url": "http://127.0.0.1:9" if foreign else api_url}
        switch = Switch(make_settings(tmp_path, twilio=twilio), empty_tables)
        switch.ask("voice")
        switch.tell("recording", RecordingStatus="completed", RecordingSid="RE1", RecordingUrl=api_url + path)
        return Announced(switch, shelf, api_url)

    return make


def test_a_recording_is_fetched_with_our_account_and_kept(announce: Callable[..., Announced], wav_file: bytes) -> None:
    told = announce(wav_file)

    assert told.fetch() == 1

    (recording,) = told.switch.recordings()
    path = told.switch.settings.var / str(recording.path)
    assert path.read_bytes() == wav_file
    assert recording.duration_ms == 2000
    assert told.shelf.shown == ["Basic " + base64.b64encode(f"{ACCOUNT}:{TOKEN}".encode()).decode()]
    assert list(path.parent.glob("*.part")) == []


def test_what_is_not_there_yet_is_asked_for_again_until_it_is(announce: Callable[..., Announced], wav_file: bytes) -> None:
    told = announce(404, 503, 401, b"", b"<html>come back later</html>", wav_file)
    for _ in range(5):
        assert told.fetch() == 0
        assert told.fetch() == 0  # not before its time
        told.switch.clock.advance(timedelta(hours=1))

    assert told.fetch() == 1
    assert told.state is RecordingState.READY
    assert len(told.shelf.asked) == 6


def test_after_a_day_it_is_given_up(announce: Callable[..., Announced]) -> None:
    told = announce(404)
    for _ in range(MOST_ATTEMPTS):
        told.fetch()
        told.switch.clock.advance(timedelta(hours=1))

    assert told.state is RecordingState.FAILED


def test_a_foreign_address_is_never_asked(announce: Callable[..., Announced], wav_file: bytes) -> None:
    told = announce(wav_file, foreign=True)

    assert told.fetch() == 0
    assert told.state is RecordingState.FAILED
    assert told.shelf.asked == []


def test_a_redirection_on_the_same_host_is_followed(announce: Callable[..., Announced], wav_file: bytes) -> None:
    told = announce("/elsewhere", wav_file)

    assert told.fetch() == 1
    assert told.shelf.asked == ["/RE1", "/elsewhere"]


def test_a_redirection_to_another_host_is_not(announce: Callable[..., Announced], serve_wsgi: Serve, wav_file: bytes) -> None:
    other = Shelf([wav_file])
    told = announce(serve_wsgi(other) + "/RE1")

    assert told.fetch() == 0
    assert told.state is RecordingState.FAILED
    assert other.asked == []


def test_a_circle_of_redirections_ends(announce: Callable[..., Announced]) -> None:
    told = announce("/round")

    assert told.fetch() == 0
    assert len(told.shelf.asked) == 4


def test_a_recording_that_is_too_large_leaves_nothing(serve_wsgi: Serve, tmp_path: Path, wav_file: bytes) -> None:
    url = serve_wsgi(Shelf([wav_file]))
    settings = make_settings(tmp_path, twilio={"account_sid": ACCOUNT, "auth_token": TOKEN, "api_url": url})

    with pytest.raises(RecordingRefused, match="too_large"):
        TwilioFetcher(settings, max_bytes=1000).fetch(url + "/RE1", tmp_path / "x.wav")
    assert list(tmp_path.iterdir()) == []


def test_a_recording_that_drips_is_left_for_later(serve_wsgi: Serve, tmp_path: Path, wav_file: bytes) -> None:
    url = serve_wsgi(Shelf([wav_file], pause_s=0.05))
    settings = make_settings(tmp_path, twilio={"account_sid": ACCOUNT, "auth_token": TOKEN, "api_url": url})

    with pytest.raises(RecordingNotThere, match="too_slow"):
        TwilioFetcher(settings, limit_s=0.3).fetch(url + "/RE1", tmp_path / "x.wav")
    assert list(tmp_path.iterdir()) == []


def test_a_carrier_that_is_away_is_asked_later(tmp_path: Path) -> None:
    settings = make_settings(tmp_path, twilio={"account_sid": ACCOUNT, "auth_token": TOKEN, "api_url": "http://127.0.0.1:9"})

    with pytest.raises(RecordingNotThere, match="Connect"):
        TwilioFetcher(settings).fetch("http://127.0.0.1:9/RE1", tmp_path / "x.wav")
