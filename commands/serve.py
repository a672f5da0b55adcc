"""`flask serve`: check, prepare, then turn into the supervisor or into one role."""

import fcntl
import os
import socket
import sys
import time

import click

from asr.registry import choose_engine
from commands.roles import ROLES
from config.errors import HotlineError
from config.settings import ROOT, Settings, ensure_secrets
from models.session import Database, upgrade

PORTS = {"web": "port", "media": "media_port", "live": "live_port"}
"""The role that listens and the setting that names its port."""

_PATIENCE_S = 6.0
"""How long ports of a system that was just killed may stay taken: its children notice within a second."""


@click.command()
@click.option("--role", type=click.Choice([*ROLES, "all"]), default="all", show_default=True, help="Which part runs here.")
@click.option("--no-sample-call", is_flag=True, help="Place no sample call on an empty system.")
def serve(role: str, no_sample_call: bool) -> None:
    """Start the system, or one role of it, in the foreground. Ctrl-C stops all."""
    try:
        settings = ensure_secrets()
        settings.var.mkdir(parents=True, exist_ok=True)
        roles = list(ROLES) if role == "all" else [role]
        choose_engine(settings.asr.engine, settings.model_folders)
        if role == "all":
            _be_the_only_one(settings)
        _refuse_busy_ports(settings, roles)
        upgrade(Database(settings.database_url))
    except HotlineError as error:
        raise click.UsageError(str(error)) from None
    os.chdir(ROOT)
    command = ["commands.supervisor", *(["--no-sample-call"] if no_sample_call else [])]
    if role != "all":
        command = ["commands.roles", role]
    sys.stdout.flush()
    os.execv(sys.executable, [sys.executable, "-m", *command])  # noqa: S606 - this process becomes the lean one


def _be_the_only_one(settings: Settings) -> None:
    """Hold a lock on `var/serve.lock` for the life of this process, across exec; a killed system leaves none behind."""
    lock = os.open(settings.var / "serve.lock", os.O_RDWR | os.O_CREAT, 0o600)
    os.set_inheritable(lock, True)
    until = time.monotonic() + _PATIENCE_S
    while True:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() > until:
                raise click.UsageError(
                    f"The system already runs on {settings.var}: stop it first, or set HOTLINE_VAR to another folder."
                ) from None
            time.sleep(0.2)
        else:
            return


def _refuse_busy_ports(settings: Settings, roles: list[str]) -> None:
    until = time.monotonic() + _PATIENCE_S
    for role in roles:
        name = PORTS.get(role)
        while name and _is_busy(settings.host, getattr(settings, name)):
            if time.monotonic() > until:
                raise click.UsageError(
                    f"HOTLINE_{name.upper()}: port {getattr(settings, name)} on {settings.host} is taken by another program; "
                    f"stop it or choose another port, e.g. HOTLINE_{name.upper()}={getattr(settings, name) + 100}."
                )
            time.sleep(0.2)


def _is_busy(host: str, port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return True
    return False
