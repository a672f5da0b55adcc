"""What a carrier recorded while nobody listened becomes sentences: the worker's task, with a real native engine."""

import shutil
from pathlib import Path

from sqlalchemy import select

from commands.worker import transcribe_recording
from config.settings import Settings, ensure_secrets
from intake.calls import IncomingCall, call_ended, open_call
from intake.office import Office, build_office
from intake.recordings import (
    AnnouncedRecording,
    recording_announced,
    recording_fetched,
    recordings_to_transcribe,
)
from models.session import upgrade
from models.utterance import Utterance
from tests.speech_parts import NEEDS_SHARED, SENTENCES, real_model_folder

ANNOUNCED = AnnouncedRecording("twilio", "CA1", "RE1", "http://127.0.0.1/RE1")


def office_with(var: Path, **settings: str) -> tuple[Office, Settings]:
    chosen = ensure_secrets({"HOTLINE_VAR": str(var), **{f"HOTLINE_{name}": value for name, value in settings.items()}})
    office = build_office(chosen)
    upgrade(office.database)
    return office, chosen


def recorded_call(office: Office, sound: Path) -> str:
    """The id of a recording that was fetched, of a call that is over."""
    open_call(office, IncomingCall("twilio", "CA1"))
    call_ended(office, "twilio", "CA1", "completed")
    recording_id = recording_announced(office, ANNOUNCED)
    target = office.var / "recordings" / sound.name
    target.parent.mkdir(parents=True)
    shutil.copyfile(sound, target)
    recording_fetched(office, recording_id, f"recordings/{sound.name}", 5000)
    return recording_id


def sentences_of(office: Office) -> list[str]:
    with office.database.reading() as session:
        return list(session.scalars(select(Utterance.text).order_by(Utterance.sequence)))


@NEEDS_SHARED
def test_a_fetched_recording_becomes_sentences_once(tmp_path: Path) -> None:
    office, settings = office_with(tmp_path, ASR__ENGINE="pocketsphinx", ASR__MODELS=str(real_model_folder()))
    recording_id = recorded_call(office, sorted(SENTENCES.glob("*.flac"))[0])

    transcribe_recording(office, settings, recording_id)
    first = sentences_of(office)
    transcribe_recording(office, settings, recording_id)

    assert first
    assert sentences_of(office) == first
    assert recordings_to_transcribe(office) == []


def test_without_a_model_a_recording_waits_for_one(tmp_path: Path) -> None:
    office, settings = office_with(tmp_path)
    message = tmp_path / "message.wav"
    message.write_bytes((Path(__file__).resolve().parents[2] / "samples" / "rubbish" / "1.wav").read_bytes())
    recording_id = recorded_call(office, message)

    transcribe_recording(office, settings, recording_id)

    assert [waiting.id for waiting in recordings_to_transcribe(office)] == [recording_id]


def test_a_file_that_is_no_sound_is_a_recording_without_words(tmp_path: Path) -> None:
    office, settings = office_with(tmp_path, ASR__ENGINE="none")
    rubbish = tmp_path / "message.wav"
    rubbish.write_bytes(b"no sound at all" * 100)
    recording_id = recorded_call(office, rubbish)

    transcribe_recording(office, settings, recording_id)

    assert sentences_of(office) == []
    assert recordings_to_transcribe(office) == []
