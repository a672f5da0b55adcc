"""Asterisk's configuration, made of deploy/asterisk/etc and the settings: `@NAME@` stands for what differs between machines."""

import os
import re
import shutil
from collections.abc import Mapping
from pathlib import Path

from commands.pbx.prefix import Prefix
from config.errors import HotlineError
from config.exchange import CALLS, PBX, seat_password
from config.settings import ROOT, Settings

TEMPLATES = ROOT / "deploy" / "asterisk" / "etc"
PROMPTS = ROOT / "config" / "prompts"
SEAT = "pjsip_seat.conf"
NOTE = "Written by `flask pbx start`: change deploy/asterisk/etc or the settings, not this copy."
_FOLDERS = ("etc", "log", "lib/keys", "spool", "calls", "local")
_PLACE = re.compile(r"@([A-Z_]+)@")
_SECTION = re.compile(r"^@IF_([A-Z]+)@\n(.*?)^@END_\1@\n", re.M | re.S)
_SEAT_NAME = re.compile(r"[0-9A-Za-z_-]{1,32}")


class ConfigurationUnusable(HotlineError):
    """A setting or a template cannot be used; the text names it."""

    code = "pbx_configuration"


def write_configuration(settings: Settings, prefix: Prefix, run: Path) -> Path:
    """Write everything to `var/pbx/etc`, readable by us alone; the path of asterisk.conf. Raises ConfigurationUnusable.

    `run` is the folder of Asterisk's socket.
    """
    folder = settings.var / PBX
    for name in _FOLDERS:
        (folder / name).mkdir(parents=True, exist_ok=True, mode=0o700)
    values = _values(settings, prefix, run)
    etc = folder / "etc"
    shutil.rmtree(etc)
    etc.mkdir(mode=0o700)
    for template in sorted(TEMPLATES.glob("*.conf")):
        if template.name != SEAT:
            _write(etc / template.name, fill(template.read_text("utf-8"), values, is_secure=bool(settings.sip.certificate)))
    _write(etc / "pjsip_seats.conf", _seats(settings))
    return etc / "asterisk.conf"


def fill(template: str, values: Mapping[str, str], *, is_secure: bool) -> str:
    """Raises ConfigurationUnusable for a name without a value."""
    kept = _SECTION.sub(lambda found: found[2] if (found[1] == "TLS") is is_secure else "", template)

    def value(found: re.Match[str]) -> str:
        if found[1] not in values:
            raise ConfigurationUnusable(f"Nothing is known for @{found[1]}@ of deploy/asterisk/etc.")
        return values[found[1]]

    return _PLACE.sub(value, kept)


def _values(settings: Settings, prefix: Prefix, run: Path) -> Mapping[str, str]:
    sip, folder = settings.sip, settings.var / PBX
    trunks = [part.strip() for part in sip.trunk.split(",") if part.strip()]
    called = trunks[0].partition("/")[0] if trunks else "127.0.0.1"
    called = "127.0.0.1" if called.startswith("127.") else called
    way = ";transport=tls" if sip.certificate else ""
    values = {
        "NOTE": NOTE,
        "ETC": str(folder / "etc"),
        "VAR": str(folder),
        "RUN": str(run),
        "LOCAL": str(folder / "local"),
        "PREFIX": str(prefix.root),
        "MODULES": str(prefix.modules.relative_to(prefix.root)),
        "NAME": "hotline",
        "MAX_CALLS": str(sip.calls * 2),
        "SIP_HOST": sip.host,
        "SIP_PORT": str(sip.port),
        "TLS_PORT": str(sip.tls_port),
        "CERTIFICATE": sip.certificate,
        "KEY": sip.key or sip.certificate,
        "TRUNK": ",".join(trunks),
        "TRUNK_CONTACT": f"sip:{called}:{sip.trunk_port}{way}",
        "RTP_FIRST": str(sip.rtp_first),
        "RTP_LAST": str(sip.rtp_last),
        "ARI_PORT": str(sip.ari_port),
        "ARI_PASSWORD": sip.ari_password.get_secret_value(),
        "MEDIA_URL": f"ws://{_near(settings.host)}:{settings.media_port}",
        "MEDIA_USER": sip.media_user,
        "MEDIA_PASSWORD": sip.media_password.get_secret_value(),
        "WEB_URL": f"http://{_near(settings.host)}:{settings.port}",
        "TOKEN": sip.token.get_secret_value(),
        "NUMBER": sip.number,
        "CALLS": str(settings.var / CALLS),
        "PROMPTS": str(PROMPTS),
    }
    for name, value in values.items():
        if "\n" in value or ";" in value.removesuffix(way):
            raise ConfigurationUnusable(f"@{name}@ holds a character that Asterisk's files cannot hold.")
    # A semicolon begins a comment there.
    return {name: value.replace(";", "\\;") for name, value in values.items()}


def _near(host: str) -> str:
    return "127.0.0.1" if host in {"0.0.0.0", "::", ""} else host


def _seats(settings: Settings) -> str:
    template = (TEMPLATES / SEAT).read_text("utf-8")
    for name in settings.sip.seat_names:
        if not _SEAT_NAME.fullmatch(name):
            raise ConfigurationUnusable(f"HOTLINE_SIP__SEATS: {name} is no name of a seat: digits, letters, - and _ only.")
    return "\n".join(
        fill(template, {"SEAT": name, "SEAT_PASSWORD": seat_password(settings, name)}, is_secure=False)
        for name in settings.sip.seat_names
    )


def _write(path: Path, text: str) -> None:
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
        file.write(text)
