from pathlib import Path

import pytest

from intake.calls import IncomingCall, open_call
from tests.integration.telephony.exchange_office import CALLER, DOWN, FULL, HUMAN, Switch, make_settings
from webhooks.media_health import DOWN as NOT_THERE
from webhooks.media_health import HttpMediaHealth

PARTS = {"database", "migrations", "media", "live", "dispatcher", "disk", "spool", "models", "human_number"}


def parts(switch: Switch) -> tuple[int, dict[str, dict[str, object]]]:
    answer = switch.app.test_client().get("/readyz")
    body = answer.get_json()
    assert set(body["parts"]) == PARTS
    return answer.status_code, body["parts"]


def test_healthz_asks_nobody(tmp_path: Path) -> None:
    assert Switch(make_settings(tmp_path)).app.test_client().get("/healthz").status_code == 200


def test_each_part_is_named_with_what_is_wrong_with_it(switch: Switch) -> None:
    status, found = parts(switch)

    assert status == 503  # no live process runs here
    assert {name for name, part in found.items() if not part["ok"]} == {"live", "models", "human_number"}
    assert "HOTLINE_HUMAN_NUMBER" in str(found["human_number"]["detail"])


def test_what_callers_merely_miss_makes_nothing_unready(switch: Switch) -> None:
    _, found = parts(switch)

    assert {name for name, part in found.items() if not part["needed"]} == {"models", "human_number"}


@pytest.mark.parametrize("state", [DOWN, FULL])
def test_a_media_process_that_takes_no_calls_is_not_ready(switch: Switch, state) -> None:  # type: ignore[no-untyped-def]
    switch.media.state = state

    assert parts(switch)[1]["media"]["ok"] is False


def test_tables_of_another_version_are_named_with_the_fix(tmp_path: Path) -> None:
    _, found = parts(Switch(make_settings(tmp_path, human_number=HUMAN)))

    assert found["migrations"]["ok"] is False
    assert "flask db upgrade" in str(found["migrations"]["detail"])
    assert found["human_number"]["ok"] is True


def test_a_database_that_is_away_is_named(tmp_path: Path) -> None:
    away = Switch(make_settings(tmp_path, database_url=f"sqlite:///{tmp_path}/none/such.db"))

    status, found = parts(away)

    assert status == 503
    assert found["database"]["ok"] is False


def test_a_disk_that_is_nearly_full_makes_the_system_unready(tmp_path: Path, empty_tables: Path) -> None:
    full = Switch(make_settings(tmp_path, disk_reserve_mb=10**9), empty_tables)

    assert "HOTLINE_DISK_RESERVE_MB" in str(parts(full)[1]["disk"]["detail"])


def test_figures_are_counted_in_the_database_and_name_no_caller(switch: Switch) -> None:
    open_call(switch.office, IncomingCall("twilio", "CA1", CALLER, "12345"))

    text = switch.app.test_client().get("/metrics").text

    assert 'hotline_cases{state="open"} 1.0' in text
    assert 'hotline_calls{state="talking"} 1.0' in text
    assert 'hotline_cases{state="closed"} 0.0' in text
    assert "hotline_media_capacity 60.0" in text
    assert "hotline_events_total" in text
    assert "13800138000" not in text
    assert "CA1" not in text


def test_figures_are_told_without_the_database_too(tmp_path: Path) -> None:
    text = Switch(make_settings(tmp_path)).app.test_client().get("/metrics").text

    assert "hotline_database_up 0.0" in text
    assert "hotline_media_up 1.0" in text


def test_a_media_process_that_is_not_there_is_down() -> None:
    assert HttpMediaHealth("http://127.0.0.1:9").ask() == NOT_THERE


class Answers:
    """A media process that counts how often it is asked."""

    def __init__(self, body: bytes, status: str = "200 OK") -> None:
        self.body, self.status, self.asked = body, status, 0

    def __call__(self, _environ: object, start_response) -> list[bytes]:  # type: ignore[no-untyped-def]
        self.asked += 1
        start_response(self.status, [("Content-Type", "application/json")])
        return [self.body]


def test_the_media_process_is_asked_once_a_second_at_most(serve_wsgi) -> None:  # type: ignore[no-untyped-def]
    media = Answers(b'{"status":"ok","calls":3,"capacity":60,"engine":"vosk","accepting":true,"why":""}')
    now = [0.0]
    health = HttpMediaHealth(serve_wsgi(media), lambda: now[0])

    states = [health.ask() for _ in range(5)]
    now[0] = 1.5
    health.ask()

    assert media.asked == 2
    assert (states[0].accepts, states[0].calls, states[0].engine) == (True, 3, "vosk")


def test_a_proxy_of_the_machine_is_not_asked_for_the_machine_itself(serve_wsgi, monkeypatch: pytest.MonkeyPatch) -> None:  # type: ignore[no-untyped-def]
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    media = Answers(b'{"accepting":true}')

    assert HttpMediaHealth(serve_wsgi(media)).ask().accepts


@pytest.mark.parametrize("body", [b"", b"[]", b"<html>", b"null"])
def test_an_answer_that_is_none_means_down(serve_wsgi, body: bytes) -> None:  # type: ignore[no-untyped-def]
    assert HttpMediaHealth(serve_wsgi(Answers(body))).ask() == NOT_THERE


def test_an_error_page_means_down(serve_wsgi) -> None:  # type: ignore[no-untyped-def]
    assert HttpMediaHealth(serve_wsgi(Answers(b"{}", "500 Oh"))).ask() == NOT_THERE
