"""The `worker` role: a Celery worker for batch work. Every task may run twice; what it does is idempotent."""

import logging
from typing import Any

from celery import Celery

from asr.batch import FileTranscript, transcribe_file
from asr.contract import SpeechError
from asr.events import Final
from asr.sound_files import AudioUnreadable
from commands.jobs import FETCH, TRANSCRIBE, open_queue
from config.settings import Settings
from intake.fetching import fetch_due_recordings
from intake.listening import HeardUtterance, HeardWord
from intake.office import Office, build_office
from intake.recordings import find_recording, transcript_of_recording
from webhooks.fetchers import make_fetchers

log = logging.getLogger(__name__)


def run(settings: Settings) -> None:
    queue = open_queue(settings)
    _offer_tasks(queue, build_office(settings), settings)
    alone: dict[str, Any] = {"without_gossip": True, "without_mingle": True, "without_heartbeat": True}
    queue.Worker(pool="solo", concurrency=1, quiet=True, loglevel=settings.log_level, **alone).start()


def _offer_tasks(queue: Celery, office: Office, settings: Settings) -> None:
    fetchers = make_fetchers(settings)

    @queue.task(name=FETCH)
    def fetch() -> None:
        fetch_due_recordings(office, fetchers)

    @queue.task(name=TRANSCRIBE)
    def transcribe(recording_id: str) -> None:
        transcribe_recording(office, settings, recording_id)


def transcribe_recording(office: Office, settings: Settings, recording_id: str) -> None:
    """What a carrier recorded becomes utterances and a proposal. A file that is no sound counts as one without words."""
    recording = find_recording(office, recording_id)
    if recording is None:
        return
    try:
        heard = transcribe_file(office.var / recording.path, settings)
    except AudioUnreadable as error:
        log.warning("a recording could not be read", extra={"recording": recording_id, "code": error.code})
        transcript_of_recording(office, recording_id, ())
        return
    except SpeechError as error:
        # It stays in the list, and is recognised once there is a model.
        log.info("a recording is not recognised for now", extra={"recording": recording_id, "code": error.code})
        return
    transcript_of_recording(office, recording_id, _sentences(heard))


def _sentences(heard: FileTranscript) -> list[HeardUtterance]:
    return [_sentence(number, final) for number, final in enumerate(heard.utterances) if final.transcript.text]


def _sentence(number: int, final: Final) -> HeardUtterance:
    said = final.transcript
    words = [HeardWord(word.text, word.start_ms, word.end_ms, word.confidence) for word in said.words]
    return HeardUtterance(number, said.raw, said.text, final.start_ms, final.end_ms, final.engine, words)
