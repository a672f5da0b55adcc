"""A RabbitMQ of its own for the tests: on free loopback ports, in a temporary folder, as whoever runs the tests."""

import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

# Debian's command in /usr/sbin insists on root or the user rabbitmq; this one does not.
_SERVER = Path("/usr/lib/rabbitmq/bin/rabbitmq-server")
_START_S = 90


def why_no_rabbitmq() -> str | None:
    """The reason to skip, None where it can be started."""
    return None if _SERVER.exists() else "RabbitMQ is not installed: run `make parts`"


class Broker:
    """`stop` and `start` as often as wanted: what was queued durably is still there."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._port, self._far_port, self._names_port = _free_ports(3)
        self._running: list[subprocess.Popen[bytes]] = []

    @property
    def url(self) -> str:
        return f"amqp://guest:guest@127.0.0.1:{self._port}//"

    def start(self) -> None:
        # Erlang's name server is started here, because one that the broker starts outlives it.
        self._run("epmd", "-port", str(self._names_port), "-address", "127.0.0.1")
        server = self._run(str(_SERVER))
        until = time.monotonic() + _START_S
        while not _greets(self._port):
            if time.monotonic() > until or server.poll() is not None:
                raise TimeoutError(f"RabbitMQ did not start: {(self._folder / 'log').read_text()[-2000:]}")
            time.sleep(0.2)

    def stop(self) -> None:
        for process in reversed(self._running):
            os.killpg(process.pid, signal.SIGTERM)
            try:
                process.wait(5)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait(10)
        self._running.clear()

    def _run(self, *command: str) -> "subprocess.Popen[bytes]":
        with (self._folder / "log").open("ab") as log:
            started = subprocess.Popen(
                command, env=self._environment(), stdout=log, stderr=log, cwd=self._folder, start_new_session=True
            )
        self._running.append(started)
        return started

    def _environment(self) -> dict[str, str]:
        folder = str(self._folder)
        return {
            "PATH": os.environ["PATH"],
            "HOME": folder,
            "LANG": "C.UTF-8",
            "RABBITMQ_NODENAME": f"test-{self._port}@localhost",
            "RABBITMQ_NODE_IP_ADDRESS": "127.0.0.1",
            "RABBITMQ_NODE_PORT": str(self._port),
            "RABBITMQ_DIST_PORT": str(self._far_port),
            "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": "+S 1:1 +sbwt none",
            "ERL_EPMD_PORT": str(self._names_port),
            "RABBITMQ_MNESIA_BASE": f"{folder}/data",
            "RABBITMQ_LOG_BASE": f"{folder}/logs",
            "RABBITMQ_ENABLED_PLUGINS_FILE": f"{folder}/plugins",
            "RABBITMQ_CONF_ENV_FILE": f"{folder}/none",
        }


@contextmanager
def running_rabbitmq() -> Iterator[Broker]:
    folder = Path(tempfile.mkdtemp(prefix="hotline-rabbitmq-"))
    broker = Broker(folder)
    try:
        broker.start()
        yield broker
    finally:
        broker.stop()
        shutil.rmtree(folder, ignore_errors=True)


def _free_ports(count: int) -> list[int]:
    probes = [socket.socket() for _ in range(count)]
    try:
        for probe in probes:
            probe.bind(("127.0.0.1", 0))
        return [int(probe.getsockname()[1]) for probe in probes]
    finally:
        for probe in probes:
            probe.close()


def _greets(port: int) -> bool:
    """It answers a wrong greeting with the name of its protocol."""
    try:
        with socket.create_connection(("127.0.0.1", port), 2) as connection:
            connection.settimeout(5)
            connection.sendall(b"AMQP\0\0\0\0")
            return connection.recv(4) == b"AMQP"
    except OSError:
        return False
