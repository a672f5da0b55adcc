"""Every setting of the system: one frozen tree, read once at start.

Values come from the environment (`HOTLINE_PORT`, `HOTLINE_TWILIO__AUTH_TOKEN`), then from `var/hotline.env`, which the first
start writes with random secrets. A name that is not in the tree is refused with the nearest one that is.
"""

import os
import re
import secrets
from collections.abc import Iterator, Mapping
from datetime import time
from difflib import get_close_matches
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

from cryptography.fernet import Fernet
from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError, field_validator, model_validator

from config.errors import SettingsError

PREFIX = "HOTLINE_"
ROOT = Path(__file__).resolve().parent.parent
TWILIO_API = "https://api.twilio.com"
_LOOPBACK = {"127.0.0.1", "localhost", "::1"}


class _Branch(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", validate_default=True)


class Twilio(_Branch):
    account_sid: str = ""
    auth_token: SecretStr = SecretStr("")
    number: str = ""
    """The hotline's number there: who is called back sees it. Empty: nobody is called back through Twilio."""
    api_url: str = ""
    """REST API. Empty: on loopback the simulated carrier of `flask call` (PORT + 3), else Twilio's."""


class Sip(_Branch):
    token: SecretStr = SecretStr("")
    """Shown by the exchange's dialplan to `/webhooks/sip/...`."""
    media_user: str = "asterisk"
    media_password: SecretStr = SecretStr("")
    host: str = "127.0.0.1"
    """Address at which Asterisk takes SIP and audio."""
    port: int = Field(default=5060, ge=1, le=65535)
    tls_port: int = Field(default=5061, ge=1, le=65535)
    certificate: str = ""
    """PEM file. With it the trunk speaks TLS and SRTP only."""
    key: str = ""
    """PEM file of the certificate's private key."""
    trunk: str = "127.0.0.0/8"
    """Where the trunk's calls come from: addresses or networks, `,` between them. The first one is also called."""
    trunk_port: int = Field(default=5080, ge=1, le=65535)
    rtp_first: int = Field(default=20000, ge=1024, le=65534)
    rtp_last: int = Field(default=23999, ge=1025, le=65535)
    ari_port: int = Field(default=8088, ge=1, le=65535)
    """Asterisk's REST interface, on loopback."""
    ari_password: SecretStr = SecretStr("")
    prefix: str = ""
    """Folder of deploy/asterisk/install.sh. Empty: the places where it puts Asterisk by itself."""
    seats: str = "seat1001,seat1002"
    """Names of the operators' telephones, `,` between them. With a letter: no caller's number may look like one."""
    calls: int = Field(default=400, ge=1, le=10_000)
    """Most calls at once that the exchange takes."""
    number: str = "12345"
    """What residents see who are called back."""
    ring_s: int = Field(default=15, ge=1, le=120)
    """A seat that has not answered after so many seconds is paused, and the caller goes to another."""
    wrap_up_s: int = Field(default=60, ge=0, le=3600)
    """Time for writing up after a call, then the seat is ready again; 0: only when the operator says so."""
    wait_limit_s: int = Field(default=180, ge=5, le=3600)
    """Longest wait of a caller who can do nothing but wait; then the human number, or the recorder."""

    @property
    def seat_names(self) -> tuple[str, ...]:
        return tuple(filter(None, (name.strip() for name in self.seats.split(","))))


class Asr(_Branch):
    engine: str = "auto"
    second_engine: str = ""
    """An engine as in `engine` that hears each finished utterance of a call again, for the better text. Empty: none."""
    models: str = ""
    """Folders searched for speech models beside `var/models`, `:` between them."""
    punctuation: str = ""
    """Folder of a model that sets punctuation. Empty, or unusable: rules do."""
    hot_words: str = ""
    """A file of names to be expected, one a line, for engines that lean towards such words."""
    threads: int = Field(default=1, ge=1, le=64)
    """Processor cores that one recognition may use."""
    workers: int = Field(default=1, ge=1, le=64)
    """Decoder processes that the media process starts."""
    streams: int = Field(default=60, ge=1, le=2000)
    """Callers heard at once on this machine; the next one goes to a human."""


class Dispatch(_Branch):
    sink: Literal["local"] = "local"
    url: str = ""


def _hours(text: str) -> tuple[time, time]:
    found = re.fullmatch(r"(\d\d:\d\d)-(\d\d:\d\d)", text)
    try:
        first, last = (time.fromisoformat(part) for part in found.groups()) if found else (None, None)
    except ValueError:
        first = last = None
    if first is None or last is None:
        raise ValueError("are no hours of a day: write e.g. 08:00-21:00")
    return first, last


class Settings(_Branch):
    """The tree. Names are those of docs/operations.md, upper-cased and prefixed with HOTLINE_."""

    var: Path = Path("var")
    database_url: str = ""
    broker_url: str = ""
    host: str = "127.0.0.1"
    port: int = Field(default=8000, ge=1, le=65535)
    media_port: int = Field(default=8001, ge=1, le=65535)
    live_port: int = Field(default=8002, ge=1, le=65535)
    public_url: str = ""
    media_url: str = ""
    human_number: str = ""
    """Where callers are transferred: digits with an optional leading +. Empty: they leave a message and are called back."""
    secret_key: SecretStr = SecretStr("")
    data_keys: SecretStr = SecretStr("")
    """Fernet keys for callers' numbers, newest first, `,` between them."""
    city: str = "beijing"
    samples: bool = False
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"
    disk_reserve_mb: int = Field(default=2048, ge=0)
    """Free space on the disk of `var` below which new calls are no longer recorded here."""
    call_limit_s: int = Field(default=600, ge=30)
    """Longest conversation with the machine; then the caller goes to a human."""
    call_back_hours: str = "08:00-21:00"
    """From when to when residents are called back, in the city's time; urgent cases at any hour."""
    web_workers: int = Field(default=2, ge=1, le=64)
    web_threads: int = Field(default=8, ge=1, le=64)
    twilio: Twilio = Twilio()
    sip: Sip = Sip()
    asr: Asr = Asr()
    dispatch: Dispatch = Dispatch()

    @field_validator("human_number")
    @classmethod
    def _is_a_number(cls, value: str) -> str:
        if value and not (value.removeprefix("+").isdigit() and 3 <= len(value) <= 16):
            raise ValueError("is no telephone number: write digits with an optional leading +, e.g. +861012345678")
        return value

    @field_validator("call_back_hours")
    @classmethod
    def _are_hours(cls, value: str) -> str:
        first, last = _hours(value)
        if first >= last:
            raise ValueError("ends before it begins: write e.g. 08:00-21:00")
        return value

    @property
    def call_back_times(self) -> tuple[time, time]:
        return _hours(self.call_back_hours)

    @field_validator("data_keys")
    @classmethod
    def _are_fernet_keys(cls, value: SecretStr) -> SecretStr:
        for key in filter(None, value.get_secret_value().split(",")):
            try:
                Fernet(key)
            except ValueError as error:
                raise ValueError("holds something that is no Fernet key: 44 characters of URL-safe base64") from error
        return value

    @model_validator(mode="before")
    @classmethod
    def _fill_derived(cls, data: dict[str, object]) -> dict[str, object]:
        filled = dict(data)
        var = Path(str(filled.get("var") or "var"))
        filled["var"] = var if var.is_absolute() else ROOT / var
        port, media_port = filled.get("port") or 8000, filled.get("media_port") or 8001
        filled["public_url"] = str(filled.get("public_url") or f"http://127.0.0.1:{port}").rstrip("/")
        if not filled.get("media_url"):
            host = urlsplit(str(filled["public_url"])).hostname or ""
            local = f"ws://127.0.0.1:{media_port}"
            filled["media_url"] = local if host in _LOOPBACK else f"wss://{urlsplit(str(filled['public_url'])).netloc}"
        filled["twilio"] = _with_api_url(filled.get("twilio"), str(filled["public_url"]), str(port))
        filled["database_url"] = filled.get("database_url") or f"sqlite:///{filled['var']}/hotline.db"
        filled["broker_url"] = filled.get("broker_url") or f"sqla+sqlite:///{filled['var']}/broker.db"
        return filled

    @model_validator(mode="after")
    def _is_consistent(self) -> "Settings":
        if not self.is_local and not self.public_url.startswith("https://"):
            raise ValueError("PUBLIC_URL: a public host is reached by https:// only")
        if not self.is_local and self.media_url.startswith("ws://"):
            raise ValueError("MEDIA_URL: plain ws:// is refused with a public host; write wss://")
        if self.samples and not self.is_local:
            raise ValueError("SAMPLES: sample calls are for loopback only; unset it or PUBLIC_URL")
        api = urlsplit(self.twilio.api_url)
        if api.scheme != "https" and not (api.scheme == "http" and api.hostname in _LOOPBACK):
            raise ValueError("TWILIO__API_URL: write https://, an account's token is shown there (http:// on loopback only)")
        ports = [self.port, self.media_port, self.live_port]
        if len(set(ports)) < len(ports):
            raise ValueError("PORT, MEDIA_PORT and LIVE_PORT must differ")
        return self

    @property
    def is_local(self) -> bool:
        """Whether the system is reached over loopback only."""
        return (urlsplit(self.public_url).hostname or "") in _LOOPBACK

    @property
    def model_folders(self) -> list[Path]:
        return [self.var / "models", *(Path(part) for part in self.asr.models.split(":") if part)]

    @property
    def encryption_keys(self) -> list[str]:
        return [key for key in self.data_keys.get_secret_value().split(",") if key]


def _with_api_url(twilio: object, public_url: str, port: str) -> object:
    if isinstance(twilio, Twilio):
        twilio = twilio.model_dump()
    if twilio is not None and not isinstance(twilio, Mapping):
        return twilio
    given = dict(twilio or {})
    is_local = (urlsplit(public_url).hostname or "") in _LOOPBACK
    if not given.get("api_url"):
        # A port that is no number is reported as such, later.
        beside = (int(port) + 3) % 65536 if port.isascii() and port.isdigit() else 8003
        given["api_url"] = f"http://127.0.0.1:{beside}" if is_local else TWILIO_API
    return given


def known_names() -> set[str]:
    """All names the tree knows, as they stand in the environment."""
    return set(_names(Settings, PREFIX))


def _names(branch: type[BaseModel], prefix: str) -> Iterator[str]:
    for name, field in branch.model_fields.items():
        kind = field.annotation
        if isinstance(kind, type) and issubclass(kind, BaseModel):
            yield from _names(kind, f"{prefix}{name.upper()}__")
        else:
            yield f"{prefix}{name.upper()}"


def read_env_file(path: Path) -> dict[str, str]:
    """NAME=value lines; empty lines and lines that start with # are skipped. A missing file is empty."""
    if not path.exists():
        return {}
    values: dict[str, str] = {}
    for number, line in enumerate(path.read_text("utf-8").splitlines(), 1):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        name, separator, value = line.partition("=")
        if not separator:
            raise SettingsError(f"{path}:{number}: expected NAME=value")
        values[name.strip()] = value.strip()
    return values


def load_settings(environment: Mapping[str, str] | None = None) -> Settings:
    """The settings of this machine. Raises SettingsError with one line that names the setting and the fix."""
    given = {name: value for name, value in (environment or os.environ).items() if name.startswith(PREFIX)}
    var = Path(given.get(f"{PREFIX}VAR") or "var")
    kept = read_env_file((var if var.is_absolute() else ROOT / var) / "hotline.env")
    merged = {**kept, **given}
    _refuse_unknown(merged)
    try:
        return Settings.model_validate(_tree(merged))
    except ValidationError as error:
        raise SettingsError(_first_problem(error)) from None


def ensure_secrets(environment: Mapping[str, str] | None = None) -> Settings:
    """Write what is missing of the random secrets to `var/hotline.env` (mode 600) and return the settings with them."""
    settings = load_settings(environment)
    wanted = {
        "SECRET_KEY": (settings.secret_key, secrets.token_urlsafe(48)),
        "DATA_KEYS": (settings.data_keys, Fernet.generate_key().decode()),
        "TWILIO__ACCOUNT_SID": (settings.twilio.account_sid, "AC" + secrets.token_hex(16)),
        "TWILIO__AUTH_TOKEN": (settings.twilio.auth_token, secrets.token_hex(16)),
        "SIP__TOKEN": (settings.sip.token, secrets.token_urlsafe(32)),
        "SIP__MEDIA_PASSWORD": (settings.sip.media_password, secrets.token_urlsafe(32)),
        "SIP__ARI_PASSWORD": (settings.sip.ari_password, secrets.token_urlsafe(32)),
    }
    missing = {
        name: made
        for name, (value, made) in wanted.items()
        if not (value.get_secret_value() if isinstance(value, SecretStr) else value)
    }
    if not missing:
        return settings
    settings.var.mkdir(parents=True, exist_ok=True)
    path = settings.var / "hotline.env"
    text = path.read_text("utf-8") if path.exists() else "# Secrets of this machine, made at the first start. Keep them.\n"
    if not text.endswith("\n"):
        text += "\n"
    text += "".join(f"{PREFIX}{name}={value}\n" for name, value in missing.items())
    draft = path.with_suffix(".tmp")
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
        file.write(text)
    draft.replace(path)
    return load_settings(environment)


def _refuse_unknown(values: Mapping[str, str]) -> None:
    known = known_names()
    for name in sorted(values):
        if name not in known:
            near = get_close_matches(name, known, n=1, cutoff=0.5)
            hint = f"did you mean {near[0]}?" if near else "see docs/operations.md for the names"
            raise SettingsError(f"{name} is no setting of this system: {hint}")


def _tree(values: Mapping[str, str]) -> dict[str, object]:
    tree: dict[str, object] = {}
    for name, value in values.items():
        if value == "":
            continue
        *branches, leaf = name.removeprefix(PREFIX).lower().split("__")
        place = tree
        for branch in branches:
            place = place.setdefault(branch, {})  # type: ignore[assignment]
        place[leaf] = value
    return tree


def _first_problem(error: ValidationError) -> str:
    problem = error.errors()[0]
    name = PREFIX + "__".join(str(part).upper() for part in problem["loc"]) if problem["loc"] else PREFIX.rstrip("_")
    text = problem["msg"].removeprefix("Value error, ")
    return f"{name}: {text}" if problem["loc"] else f"{PREFIX}{text}"
