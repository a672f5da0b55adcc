"""A PostgreSQL of its own for the tests: on a free loopback port, in a temporary folder, as an ordinary user."""

import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import psycopg

_BINARIES = Path("/usr/lib/postgresql")
# Nothing here has to survive a crash; what is tested is locking and order.
_FAST = ("fsync=off", "synchronous_commit=off", "full_page_writes=off", "max_connections=60", "unix_socket_directories=")


def why_no_postgres() -> str | None:
    """The reason to skip, None where it can be started."""
    if _binary("initdb") is None:
        return "PostgreSQL is not installed: run `make parts`"
    if os.getuid() == 0 and _ordinary_user() is None:
        return "PostgreSQL does not run as root and there is no user postgres or nobody: run `make parts`"
    return None


@contextmanager
def running_postgres() -> Iterator[str]:
    """Address of an empty server, `postgresql+psycopg://...:PORT/`, to which a database's name is added."""
    folder = Path(tempfile.mkdtemp(prefix="hotline-postgres-"))
    port = _free_port()
    try:
        if os.getuid() == 0:
            shutil.chown(folder, _ordinary_user() or "nobody")
        _run("initdb", "--pgdata", str(folder / "data"), "--username=test", "--auth=trust", "--encoding=UTF8", "--no-sync")
        options = [word for setting in (*_FAST, f"port={port}", "listen_addresses=127.0.0.1") for word in ("-c", setting)]
        with (folder / "log").open("wb") as log:
            server = subprocess.Popen(_command("postgres", "-D", str(folder / "data"), *options), stdout=log, stderr=log)
        try:
            _wait_until_it_answers(port)
            yield f"postgresql+psycopg://test@127.0.0.1:{port}/"
        finally:
            server.send_signal(signal.SIGQUIT)  # Without a last checkpoint: the data goes anyway.
            server.wait(30)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait_until_it_answers(port: int) -> None:
    until = time.monotonic() + 30
    while not _answers(port):
        if time.monotonic() > until:
            raise TimeoutError("PostgreSQL did not answer within 30 s")
        time.sleep(0.05)


def _answers(port: int) -> bool:
    try:
        psycopg.connect(f"postgresql://test@127.0.0.1:{port}/postgres", connect_timeout=2).close()
    except psycopg.OperationalError:
        return False
    return True


def _run(name: str, *arguments: str) -> None:
    subprocess.run(_command(name, *arguments), check=True, capture_output=True, timeout=120, cwd="/")


def _command(name: str, *arguments: str) -> Sequence[str]:
    command = [str(_binary(name)), *arguments]
    if os.getuid() != 0:
        return command
    user = pwd.getpwnam(_ordinary_user() or "nobody")
    return ["setpriv", f"--reuid={user.pw_uid}", f"--regid={user.pw_gid}", "--clear-groups", "--", *command]


def _binary(name: str) -> Path | None:
    found = sorted(_BINARIES.glob(f"*/bin/{name}"))
    return found[-1] if found else None


def _ordinary_user() -> str | None:
    known = {entry.pw_name for entry in pwd.getpwall()}
    return next((name for name in ("postgres", "nobody") if name in known), None)
