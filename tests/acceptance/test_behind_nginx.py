"""The system as a city runs it: behind the project's own nginx, everything over TLS under one name."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import requests

from commands.trial_system import free_ports
from config.clock import SystemClock
from config.live_ticket import LiveTicket, make_live_ticket
from tests.nginx import running_nginx, why_no_nginx
from tests.running_system import SPEED, RunningSystem, case_of, running_system

pytestmark = pytest.mark.skipif(why_no_nginx() is not None, reason=why_no_nginx() or "")


@dataclass(frozen=True, slots=True)
class City:
    system: RunningSystem
    url: str
    certificate: Path

    def get(self, path: str, **options: object) -> requests.Response:
        return requests.get(self.url + path, verify=str(self.certificate), timeout=20, **options)  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory) -> Iterator[City]:
    folder = tmp_path_factory.mktemp("city")
    front, web, media, live = free_ports(4)
    address = f"127.0.0.1:{front}"
    trust = {name: str(folder / "certificate.pem") for name in ("REQUESTS_CA_BUNDLE", "SSL_CERT_FILE")}
    ports = {"PORT": str(web), "MEDIA_PORT": str(media), "LIVE_PORT": str(live)}
    addresses = {"PUBLIC_URL": f"https://{address}", "MEDIA_URL": f"wss://{address}"}
    with (
        running_nginx(folder, front, {8000: web, 8001: media, 8002: live}) as certificate,
        running_system(folder, **ports, **addresses) as system,
    ):
        system.trial.environment.update(trust)  # type: ignore[attr-defined]
        yield City(system, f"https://{address}", certificate)


def test_a_call_over_the_public_name_becomes_a_case(city: City) -> None:
    calling = city.system.trial.start_flask("call", "samples/no-heating", "--speed", SPEED, "--json")

    case = city.system.settled(case_of(calling))

    assert case["state"] == "proposed"
    assert case["category"]["code"]


def test_the_pages_are_served_and_their_cookies_are_kept_to_tls(city: City) -> None:
    page = city.get("/login")

    assert page.status_code == 200
    assert "12345" in page.text
    assert "Secure" in page.headers["Set-Cookie"]


def test_news_come_through_at_once_and_not_when_a_buffer_is_full(city: City) -> None:
    settings = city.system.trial.settings
    secret = settings.secret_key.get_secret_value()
    ticket = make_live_ticket(secret, LiveTicket("a page", "operator"), SystemClock().now())

    with city.get("/live/events", params={"topic": "cases", "ticket": ticket}, stream=True) as news:
        first = next(news.iter_lines())

    assert first == b"event: hello"


def test_news_are_refused_to_whoever_has_no_ticket(city: City) -> None:
    assert city.get("/live/events").status_code == 403


def test_a_forged_webhook_is_refused_through_nginx_too(city: City) -> None:
    answer = requests.post(
        city.url + "/webhooks/twilio/voice", data={"CallSid": "CA1"}, verify=str(city.certificate), timeout=20
    )

    assert answer.status_code == 403


def test_health_and_figures_are_open_to_the_intranet_only(city: City) -> None:
    assert city.get("/healthz").status_code == 200
    assert "hotline_" in city.get("/metrics").text
