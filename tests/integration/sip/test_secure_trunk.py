"""With a certificate the trunk speaks TLS and SRTP, and nothing else: a real caller (baresip) on a real Asterisk."""

import asyncio
import wave
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from asr.g711 import alaw_to_pcm, pcm_to_alaw
from config.settings import ROOT
from models.call import CallState
from models.case import CaseState
from tests.integration.sip.baresip import BaresipCall, make_certificate
from tests.integration.sip.hotline import Hotline, likeness, open_hotline, pcm

SECURE, OPEN = "13800000021", "13800000022"
SAID = ROOT / "samples" / "no-heating" / "1.wav"


@dataclass(frozen=True, slots=True)
class Day:
    hotline: Hotline
    open_line: str
    """What the caller without encryption was told."""


@pytest.fixture(scope="module")
def day(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Day]:
    folder = tmp_path_factory.mktemp("secure")
    with open_hotline(with_media=False, SIP__CERTIFICATE=str(make_certificate(folder))) as hotline:
        port = hotline.settings.sip.tls_port
        calls = (
            BaresipCall(folder / "secure", SECURE, port, SAID),
            BaresipCall(folder / "open", OPEN, port, SAID, secure=False),
        )

        async def both() -> list[str]:
            told = await asyncio.gather(*(call.run(7) for call in calls))
            await hotline.until_step(SECURE, CallState.ENDED)
            await hotline.until("the recording", lambda: "exchange caller" in hotline.recordings(SECURE))
            return told

        told = asyncio.run(both())
        yield Day(hotline, told[1])


def test_an_encrypted_call_is_heard_word_for_word(day: Day) -> None:
    with wave.open(str(SAID)) as file:
        file.setpos(8000)
        said = pcm(alaw_to_pcm(pcm_to_alaw(file.readframes(3 * 8000))))
    with wave.open(str(day.hotline.recordings(SECURE)["exchange caller"])) as file:
        assert likeness(pcm(file.readframes(file.getnframes())), said) >= 0.999
    assert day.hotline.case(SECURE).state is CaseState.CALLBACK


def test_a_call_whose_speech_could_be_read_on_the_way_is_not_taken(day: Day) -> None:
    assert "488" in day.open_line
    assert day.hotline.view(OPEN) is None
