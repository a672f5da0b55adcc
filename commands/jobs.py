"""Batch work that must not run in a request: its names, its queue, and what is put into it."""

import logging
import time
from dataclasses import dataclass, field

from celery import Celery
from kombu.exceptions import OperationalError

from config.settings import Settings
from intake.office import Office
from intake.recordings import has_due_recordings, recordings_to_transcribe

log = logging.getLogger(__name__)

FETCH = "hotline.fetch_recordings"
TRANSCRIBE = "hotline.transcribe_recording"

_AGAIN_AFTER_S = 600.0
"""A task that was lost with its worker is put into the queue again after this time; every task may run twice."""
_BROKER_PAUSE_S = 10.0
"""While the broker is away it is asked this often: orders go out from the same loop and must not wait for it."""


def open_queue(settings: Settings) -> Celery:
    """Celery on the city's broker: SQLite in `var` by default, RabbitMQ at scale."""
    queue = Celery("hotline", broker=settings.broker_url, set_as_current=False)
    queue.conf.update(
        task_ignore_result=True,
        task_default_queue="hotline",
        task_serializer="json",
        accept_content=["json"],
        broker_connection_retry_on_startup=True,
        broker_connection_timeout=2.0,
        worker_prefetch_multiplier=1,
        worker_hijack_root_logger=False,
        worker_max_tasks_per_child=500,
        timezone="UTC",
    )
    return queue


@dataclass(slots=True)
class Jobs:
    """Puts due work into the queue: the dispatcher's part. Remembers what it sent, so that the queue does not grow."""

    office: Office
    queue: Celery
    sent_at: dict[str, float] = field(default_factory=dict)

    away_until: float = 0.0
    """The broker did not take what was sent."""

    def send_due(self) -> None:
        """While the broker is away nothing is sent and nothing is lost: what is due stays due."""
        if time.monotonic() < self.away_until:
            return
        try:
            self._send_all()
        except OperationalError as error:
            self.away_until = time.monotonic() + _BROKER_PAUSE_S
            log.warning("the queue of batch work takes nothing", extra={"why": str(error)})

    def _send_all(self) -> None:
        if has_due_recordings(self.office):
            self._send(FETCH, FETCH, (), again_after_s=10.0)
        for recording in recordings_to_transcribe(self.office):
            self._send(recording.id, TRANSCRIBE, (recording.id,), _AGAIN_AFTER_S)

    def _send(self, key: str, task: str, arguments: tuple[str, ...], again_after_s: float) -> None:
        now = time.monotonic()
        if now - self.sent_at.get(key, -again_after_s) < again_after_s:
            return
        self.queue.send_task(task, args=arguments, retry=False)
        self.sent_at = {sent: at for sent, at in self.sent_at.items() if now - at < _AGAIN_AFTER_S} | {key: now}
