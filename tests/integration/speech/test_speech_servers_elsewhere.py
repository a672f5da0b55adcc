"""The client of speech servers on bad days: dropped connections, wrong and missing answers, nobody there; and its deputies."""

import asyncio
import socket
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from asr.contract import AsrEngine, EnginePlan, EngineUnusable, SpeechError, Transcript
from asr.events import SpeechLost
from asr.pool import SpeechPool
from asr.registry import choose_engine, make_engine
from asr.slot import Rules
from config.errors import SettingsError
from config.settings import ROOT
from tests.speech_parts import Ear, Mouth, pcm_of, sample_turn, silence, speech_settings
from tests.speech_servers import SpeechServer, funasr_server, vosk_server
from tests.toy_onnx import build_toy_zipformer

TURN = ROOT / "samples" / "rubbish" / "2.wav"


@pytest.fixture(scope="module")
def toys(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("toys")
    build_toy_zipformer(folder / "streaming-zipformer-toy")
    return folder


@pytest.fixture(scope="module")
def behind(toys: Path) -> AsrEngine:
    return make_engine(EnginePlan("sherpa", toys / "streaming-zipformer-toy"))


@pytest.fixture(params=["vosk", "funasr"])
def server(request: pytest.FixtureRequest, behind: AsrEngine) -> Iterator[SpeechServer]:
    kinds = {"vosk": vosk_server, "funasr": funasr_server}
    with kinds[request.param](behind) as running:
        running.address = f"{request.param}+{running.address}"
        yield running


def say(engine: AsrEngine, pace_s: float = 0.005) -> Transcript:
    session = engine.open(None)
    pcm = pcm_of(TURN, engine.capabilities.sample_rate)
    try:
        for at in range(0, len(pcm), 6400):
            session.feed(pcm[at : at + 6400])
            time.sleep(pace_s)
        return session.finish()
    finally:
        session.close()


def remote(address: str, *, has_deputy: bool = False, hot_words: Path | None = None) -> AsrEngine:
    return make_engine(EnginePlan("remote", server=address, has_deputy=has_deputy, hot_words=hot_words))


def local(toys: Path) -> EnginePlan:
    return EnginePlan("sherpa", toys / "streaming-zipformer-toy")


def test_what_it_brings_is_what_the_engine_there_hears(server: SpeechServer, behind: AsrEngine) -> None:
    with closing(remote(server.address)) as engine:
        assert "".join(say(engine).raw.split()) == "".join(say(behind, 0).raw.split())


def test_it_says_what_the_protocol_wants(server: SpeechServer, tmp_path: Path) -> None:
    (tmp_path / "places.txt").write_text("天通苑\n回龙观\n", "utf-8")
    with closing(remote(server.address, hot_words=tmp_path / "places.txt")) as engine:
        say(engine)
    (greeting,) = server.greetings
    if "mode" in greeting:
        assert (greeting["mode"], greeting["audio_fs"], greeting["chunk_size"]) == ("2pass", 16000, [5, 10, 5])
        assert greeting["hotwords"] == '{"天通苑":20,"回龙观":20}'
    else:
        assert greeting == {"sample_rate": 16000, "words": 1, "max_alternatives": 0}


@pytest.mark.parametrize("after", [0, 3])
def test_a_dropped_connection_is_made_again_and_costs_no_word(server: SpeechServer, behind: AsrEngine, after: int) -> None:
    server.faults.drop_after = [after, after]
    with closing(remote(server.address)) as engine:
        assert "".join(say(engine).raw.split()) == "".join(say(behind, 0).raw.split())
    assert server.faults.drop_after == []


@pytest.mark.parametrize("wrong", ["no JSON", "[1, 2]", '{"weather": "fine"}', '{"mode": "2pass-offline", "text": 7}'])
def test_a_wrong_answer_is_an_error_with_the_servers_address(server: SpeechServer, wrong: str) -> None:
    server.faults.answers = [wrong]
    with closing(remote(server.address)) as engine, pytest.raises(SpeechError, match=server.address.partition("+")[2]):
        say(engine)


def test_after_an_error_the_next_utterance_is_heard(server: SpeechServer) -> None:
    server.faults.answers = ["no JSON"]
    with closing(remote(server.address)) as engine:
        with pytest.raises(SpeechError):
            say(engine)
        assert say(engine).raw


def test_nobody_there_is_an_error_at_once_where_another_engine_stands_behind() -> None:
    with closing(remote("vosk+ws://127.0.0.1:9", has_deputy=True)) as engine, pytest.raises(SpeechError, match="is away"):
        say(engine)


def test_a_server_that_never_greets_is_given_up() -> None:
    with socket.create_server(("127.0.0.1", 0)) as mute:
        address = f"vosk+ws://127.0.0.1:{mute.getsockname()[1]}"
        with closing(remote(address, has_deputy=True)) as engine, pytest.raises(SpeechError, match="TimeoutError"):
            say(engine)


def test_a_server_that_listens_and_says_nothing_is_given_up(server: SpeechServer) -> None:
    server.faults.deaf = True
    with closing(remote(server.address, has_deputy=True)) as engine, pytest.raises(SpeechError, match="is away"):
        say(engine)


@pytest.mark.parametrize("fault", ["away", "drops", "wrong"])
def test_the_next_engine_hears_the_utterance_from_its_beginning(toys: Path, behind: AsrEngine, fault: str) -> None:
    with vosk_server(behind) as server:
        server.faults.drop_after = [2, 2, 2] if fault == "drops" else []
        server.faults.answers = ["no JSON"] if fault == "wrong" else []
        address = "ws://127.0.0.1:9" if fault == "away" else server.address
        plan = EnginePlan("fallback", parts=(EnginePlan("remote", server=f"vosk+{address}"), local(toys)))
        with closing(make_engine(plan)) as engine:
            assert say(engine) == say(behind, 0)


def test_what_has_broken_rests_before_it_is_tried_again(toys: Path, behind: AsrEngine) -> None:
    with vosk_server(behind) as server:
        server.faults.answers = ["no JSON"]
        plan = EnginePlan("fallback", parts=(EnginePlan("remote", server=f"vosk+{server.address}"), local(toys)))
        with closing(make_engine(plan)) as engine:
            for _ in range(3):
                assert say(engine).raw
        assert len(server.greetings) == 1


def test_when_every_engine_breaks_the_error_is_told(behind: AsrEngine) -> None:
    with vosk_server(behind) as server:
        server.faults.answers = ["no JSON"]
        addresses = ("ws://127.0.0.1:9", server.address)
        parts = tuple(EnginePlan("remote", server=f"vosk+{address}") for address in addresses)
        with closing(make_engine(EnginePlan("fallback", parts=parts))) as engine:
            with pytest.raises(SpeechError, match="every engine of the fallback has broken"):
                say(engine)
            assert say(engine).raw


def test_an_engine_that_cannot_be_loaded_is_left_out(tmp_path: Path, toys: Path) -> None:
    broken = EnginePlan("vosk", tmp_path)
    with closing(make_engine(EnginePlan("fallback", parts=(broken, local(toys))))) as engine:
        assert say(engine, 0).raw
    with pytest.raises(EngineUnusable, match=r"no engine of the fallback can be used; vosk: .*am/final\.mdl"):
        make_engine(EnginePlan("fallback", parts=(broken,)))


def test_a_setting_names_the_server_and_the_order(toys: Path) -> None:
    choice = choose_engine("fallback:remote:vosk+ws://10.0.0.5:2700, sherpa, vosk", [toys])
    assert [part.name for part in choice.parts] == ["remote", "sherpa"]
    assert choice.plan.parts[0].server == "vosk+ws://10.0.0.5:2700"
    for wrong in ("remote", "remote:10.0.0.5", "fallback", "fallback:", "fallback:fallback:vosk"):
        with pytest.raises(SettingsError, match="HOTLINE_ASR__ENGINE: write"):
            choose_engine(wrong, [toys])
    for wrong in ("", "vosk+http://10.0.0.5", "kaldi+ws://10.0.0.5"):
        with pytest.raises(EngineUnusable, match=r"vosk\+ws://10.0.0.5:2700"):
            make_engine(EnginePlan("remote", server=wrong))


def test_in_a_call_the_server_elsewhere_fails_and_no_caller_notices(tmp_path: Path, toys: Path, behind: AsrEngine) -> None:
    async def call(pool: SpeechPool) -> Ear:
        ear = Ear()
        stream = pool.open("call", ear)
        await Mouth(stream.feed, pause_s=0.01).say(
            sample_turn("rubbish", 2), silence(2), sample_turn("lift-stands-still", 3), silence(2)
        )
        await stream.finish(30)
        return ear

    async def run(address: str) -> None:
        setting = f"fallback:remote:vosk+{address},sherpa"
        pool = SpeechPool(speech_settings(tmp_path, setting, models=toys), rules=Rules(tick_s=0.1))
        await pool.start()
        ears = await asyncio.gather(*(call(pool) for _ in range(3)))
        await pool.stop()
        for ear in ears:
            assert [final.sequence for final in ear.finals] == [1, 2]
            assert all(final.transcript.raw for final in ear.finals)
            assert not any(isinstance(event, SpeechLost) for event in ear.events)

    with vosk_server(behind) as server:
        server.faults.drop_after = [2, 5, 1]
        server.faults.answers = ["no JSON"] * 2
        asyncio.run(run(server.address))
        assert server.greetings
