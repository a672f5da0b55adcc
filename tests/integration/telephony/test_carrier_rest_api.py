"""The simulated carrier's REST API, asked by the library with which the system asks the real one."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import requests

from commands.call.archive import Archive
from commands.call.rest_api import RestApi
from commands.call.sound import silence
from commands.trial_system import free_ports
from intake.calls import IncomingCall
from tests.integration.telephony.exchange_office import ACCOUNT, CALLER, TOKEN, make_settings
from webhooks.twilio.rest import CarrierUnavailable, TwilioRest


@dataclass
class Held:
    """A call that goes on in this process."""

    orders: list[str] = field(default_factory=list)

    def redirect(self, url: str, twiml: str) -> None:
        self.orders.append(url or twiml)

    def end(self) -> None:
        self.orders.append("end")

    def describe(self) -> Mapping[str, str]:
        return {"from": CALLER, "to": "12345", "status": "in-progress"}


@dataclass
class Carriers:
    """Two simulated calls in two processes would share the address as these two do."""

    address: str
    archive: Archive
    asked: TwilioRest

    def make(self) -> RestApi:
        return RestApi(self.address, ACCOUNT, TOKEN, self.archive)


@pytest.fixture
def carriers(tmp_path: Path) -> Carriers:
    address = f"http://127.0.0.1:{free_ports(1)[0]}"
    settings = make_settings(tmp_path, twilio={"account_sid": ACCOUNT, "auth_token": TOKEN, "api_url": address})
    return Carriers(address, Archive(tmp_path / "carrier"), TwilioRest(settings))


def test_a_live_call_is_redirected_and_looked_up(carriers: Carriers) -> None:
    async def play() -> tuple[list[str], IncomingCall]:
        api, held = carriers.make(), Held()
        await api.start()
        api.add("CA1", held)
        await asyncio.to_thread(carriers.asked.redirect, "CA1", "http://127.0.0.1:8000/next")
        found = await asyncio.to_thread(carriers.asked.find_call, "CA1")
        await api.stop()
        return held.orders, found

    assert asyncio.run(play()) == (["http://127.0.0.1:8000/next"], IncomingCall("twilio", "CA1", CALLER, "12345"))


def test_a_proxy_of_the_machine_stands_not_between(carriers: Carriers, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    test_a_live_call_is_redirected_and_looked_up(carriers)


def test_of_two_at_once_the_one_passes_on_what_concerns_the_other(carriers: Carriers) -> None:
    async def play() -> list[str]:
        first, second, held = carriers.make(), carriers.make(), Held()
        await first.start()
        await second.start()
        second.add("CA2", held)
        await asyncio.to_thread(carriers.asked.redirect, "CA2", "http://127.0.0.1:8000/next")
        await first.stop()
        for _ in range(50):
            await asyncio.sleep(0.1)
            try:
                await asyncio.to_thread(carriers.asked.redirect, "CA2", "http://127.0.0.1:8000/again")
            except CarrierUnavailable:
                continue
            break
        await second.stop()
        return held.orders

    assert asyncio.run(play()) == ["http://127.0.0.1:8000/next", "http://127.0.0.1:8000/again"]


def test_recordings_are_listed_since_a_time_and_fetched(carriers: Carriers) -> None:
    async def play() -> None:
        api = carriers.make()
        await api.start()
        kept = carriers.archive.keep("CA1", silence(3000))
        listed = await asyncio.to_thread(lambda: list(carriers.asked.recordings_since(datetime.now(UTC) - timedelta(hours=1))))
        later = await asyncio.to_thread(lambda: list(carriers.asked.recordings_since(datetime.now(UTC) + timedelta(hours=1))))
        (found,) = listed
        assert later == []
        assert (found.announced.carrier_recording_id, found.announced.carrier_call_id) == (kept.sid, "CA1")
        assert found.announced.duration_ms == 3000
        audio = await asyncio.to_thread(requests.get, found.announced.url, auth=(ACCOUNT, TOKEN), timeout=5)
        assert audio.content.startswith(b"RIFF")
        await api.stop()

    asyncio.run(play())
    assert carriers.archive.is_collected(next(carriers.archive.recordings()).sid)


@pytest.mark.parametrize("path", ["Recordings.json", "Recordings/RE1", "Calls/CA1.json"])
def test_nobody_is_served_without_the_accounts_token(carriers: Carriers, path: str) -> None:
    async def play() -> list[int]:
        api = carriers.make()
        await api.start()
        url = f"{carriers.address}/2010-04-01/Accounts/{ACCOUNT}/{path}"
        answers = [await asyncio.to_thread(requests.get, url, auth=auth, timeout=5) for auth in (None, (ACCOUNT, "wrong"))]
        await api.stop()
        return [answer.status_code for answer in answers]

    assert asyncio.run(play()) == [401, 401]


def test_an_unknown_call_or_recording_is_not_found(carriers: Carriers) -> None:
    async def play() -> None:
        api = carriers.make()
        await api.start()
        with pytest.raises(CarrierUnavailable, match="404"):
            await asyncio.to_thread(carriers.asked.redirect, "CA9", "http://127.0.0.1:8000/next")
        url = f"{carriers.address}/2010-04-01/Accounts/{ACCOUNT}/Recordings/..%2F..%2Fhotline.env"
        assert (await asyncio.to_thread(requests.get, url, auth=(ACCOUNT, TOKEN), timeout=5)).status_code == 404
        await api.stop()

    asyncio.run(play())


def test_a_carrier_that_is_away_is_named_without_the_token(carriers: Carriers) -> None:
    with pytest.raises(CarrierUnavailable) as raised:
        carriers.asked.redirect("CA1", "http://127.0.0.1:8000/next")

    assert TOKEN not in str(raised.value)
