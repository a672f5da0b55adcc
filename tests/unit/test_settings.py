from pathlib import Path

import pytest
from cryptography.fernet import Fernet

from config.errors import SettingsError
from config.settings import ensure_secrets, known_names, load_settings


def environment(tmp_path: Path, **values: str) -> dict[str, str]:
    return {"HOTLINE_VAR": str(tmp_path), **{f"HOTLINE_{name}": value for name, value in values.items()}}


def test_defaults_serve_one_machine_on_loopback(tmp_path: Path) -> None:
    settings = load_settings(environment(tmp_path))

    assert settings.public_url == "http://127.0.0.1:8000"
    assert settings.media_url == "ws://127.0.0.1:8001"
    assert settings.database_url == f"sqlite:///{tmp_path}/hotline.db"
    assert settings.is_local


def test_an_unknown_name_is_refused_with_the_nearest_known_one(tmp_path: Path) -> None:
    with pytest.raises(
        SettingsError, match=r"HOTLINE_TWILIO__AUTH_TOKN is no setting.*did you mean HOTLINE_TWILIO__AUTH_TOKEN"
    ):
        load_settings(environment(tmp_path, TWILIO__AUTH_TOKN="x"))


def test_an_unknown_name_in_the_kept_file_is_refused_too(tmp_path: Path) -> None:
    (tmp_path / "hotline.env").write_text("HOTLINE_PORTT=8000\n")

    with pytest.raises(SettingsError, match="HOTLINE_PORTT"):
        load_settings(environment(tmp_path))


@pytest.mark.parametrize(
    ("values", "named"),
    [
        ({"PORT": "eighty"}, "HOTLINE_PORT"),
        ({"PORT": "70000"}, "HOTLINE_PORT"),
        ({"PORT": "8001"}, "PORT, MEDIA_PORT and LIVE_PORT must differ"),
        ({"PUBLIC_URL": "http://hotline.example.cn"}, "HOTLINE_PUBLIC_URL"),
        ({"PUBLIC_URL": "https://hotline.example.cn", "MEDIA_URL": "ws://hotline.example.cn"}, "HOTLINE_MEDIA_URL"),
        ({"PUBLIC_URL": "https://hotline.example.cn", "SAMPLES": "1"}, "HOTLINE_SAMPLES"),
        ({"HUMAN_NUMBER": "call me"}, "HOTLINE_HUMAN_NUMBER"),
        ({"DATA_KEYS": "short"}, "HOTLINE_DATA_KEYS"),
        ({"DISPATCH__SINK": "pigeon"}, "HOTLINE_DISPATCH__SINK"),
        ({"ASR__STREAMS": "0"}, "HOTLINE_ASR__STREAMS"),
    ],
)
def test_a_wrong_value_is_one_line_that_names_the_setting(tmp_path: Path, values: dict[str, str], named: str) -> None:
    with pytest.raises(SettingsError) as refused:
        load_settings(environment(tmp_path, **values))

    assert named in str(refused.value)
    assert "\n" not in str(refused.value)


def test_a_wrong_secret_does_not_stand_in_the_error(tmp_path: Path) -> None:
    with pytest.raises(SettingsError) as refused:
        load_settings(environment(tmp_path, DATA_KEYS="my-secret-key"))

    assert "my-secret-key" not in str(refused.value)


def test_a_public_host_is_reached_by_wss(tmp_path: Path) -> None:
    settings = load_settings(environment(tmp_path, PUBLIC_URL="https://hotline.example.cn/"))

    assert settings.media_url == "wss://hotline.example.cn"
    assert not settings.is_local


def test_the_first_start_writes_random_secrets_that_a_second_shell_reads(tmp_path: Path) -> None:
    first = ensure_secrets(environment(tmp_path))
    second = load_settings(environment(tmp_path))

    assert second == first
    assert (tmp_path / "hotline.env").stat().st_mode & 0o777 == 0o600
    assert first.twilio.auth_token.get_secret_value()
    assert Fernet(first.encryption_keys[0])


def test_the_environment_wins_over_the_kept_file(tmp_path: Path) -> None:
    ensure_secrets(environment(tmp_path))

    assert load_settings(environment(tmp_path, TWILIO__AUTH_TOKEN="given")).twilio.auth_token.get_secret_value() == "given"


def test_secrets_do_not_show_when_the_tree_is_printed(tmp_path: Path) -> None:
    settings = ensure_secrets(environment(tmp_path))

    assert settings.twilio.auth_token.get_secret_value() not in repr(settings)
    assert settings.secret_key.get_secret_value() not in repr(settings)


def test_every_setting_stands_on_the_pages_of_those_who_run_it() -> None:
    docs = Path(__file__).resolve().parents[2] / "docs"
    pages = "".join((docs / name).read_text("utf-8") for name in ("operations.md", "telephony.md"))

    assert [name for name in sorted(known_names()) if f"`{name.removeprefix('HOTLINE_')}`" not in pages] == []


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({}, "http://127.0.0.1:8003"),
        ({"HOTLINE_PORT": "9000", "HOTLINE_TWILIO__ACCOUNT_SID": "AC1"}, "http://127.0.0.1:9003"),
        ({"HOTLINE_PUBLIC_URL": "https://hotline.example.cn"}, "https://api.twilio.com"),
        ({"HOTLINE_TWILIO__API_URL": "https://api.example.cn"}, "https://api.example.cn"),
    ],
)
def test_the_carriers_api_is_the_simulated_one_on_loopback(tmp_path: Path, values: dict[str, str], expected: str) -> None:
    assert load_settings({"HOTLINE_VAR": str(tmp_path), **values}).twilio.api_url == expected


def test_an_accounts_token_is_never_shown_over_plain_http(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="TWILIO__API_URL"):
        load_settings({"HOTLINE_VAR": str(tmp_path), "HOTLINE_TWILIO__API_URL": "http://api.example.cn"})
