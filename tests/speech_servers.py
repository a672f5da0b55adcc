"""Speech servers that keep to the protocols of vosk-server and FunASR 2-pass, with real engines behind them, and with faults.

They run in a thread of their own, as the real ones run on another machine.
"""

import asyncio
import json
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import Event, Thread
from typing import Any

from websockets.asyncio.server import ServerConnection, serve
from websockets.typing import Subprotocol

from asr.contract import AsrEngine, Word

_RATE = 16000


@dataclass
class Faults:
    """What the server does wrong; each entry is used up by one connection."""

    drop_after: list[int] = field(default_factory=list)
    """Pieces of audio after which the connection is cut; at 0 before it is greeted."""
    answers: list[str] = field(default_factory=list)
    """Said to the first piece of audio instead of what is right."""
    deaf: bool = False
    """Takes everything and answers nothing."""


@dataclass
class SpeechServer:
    address: str
    faults: Faults
    greetings: list[dict[str, Any]]
    """What each client said first."""


@contextmanager
def vosk_server(engine: AsrEngine) -> Iterator[SpeechServer]:
    """Answers each piece of audio with a partial, and the end with words in seconds."""
    with _running(lambda faults, greetings: _vosk(engine, faults, greetings)) as server:
        yield server


@contextmanager
def funasr_server(engine: AsrEngine) -> Iterator[SpeechServer]:
    """Says what is new of each 0.6 s (online), and each sentence of 3 s again as a whole (offline)."""
    with _running(lambda faults, greetings: _funasr(engine, faults, greetings), "binary") as server:
        yield server


_Handler = Callable[[ServerConnection], Coroutine[Any, Any, None]]


@contextmanager
def _running(make: Callable[[Faults, list[dict[str, Any]]], _Handler], subprotocol: str = "") -> Iterator[SpeechServer]:
    loop = asyncio.new_event_loop()
    found: list[int] = []
    is_up = Event()
    server = SpeechServer("", Faults(), [])

    async def run() -> None:
        handler = make(server.faults, server.greetings)
        protocols = [Subprotocol(subprotocol)] if subprotocol else None
        async with serve(handler, "127.0.0.1", 0, subprotocols=protocols, compression=None) as listening:
            found.append(next(iter(listening.sockets)).getsockname()[1])
            is_up.set()
            await listening.serve_forever()

    task = loop.create_task(run())
    thread = Thread(target=lambda: loop.run_until_complete(asyncio.wait([task])), daemon=True)
    thread.start()
    assert is_up.wait(10)
    server.address = f"ws://127.0.0.1:{found[0]}"
    try:
        yield server
    finally:
        loop.call_soon_threadsafe(task.cancel)
        thread.join(10)


def _vosk(engine: AsrEngine, faults: Faults, greetings: list[dict[str, Any]]) -> _Handler:
    async def talk(client: ServerConnection) -> None:
        dropped = faults.drop_after.pop(0) if faults.drop_after else -1
        wrong = faults.answers.pop(0) if faults.answers else ""
        session, heard = engine.open(None), 0
        text = ""
        async for message in client:
            if heard == dropped:
                client.transport.abort()
                return
            if isinstance(message, bytes):
                heard += 1
                text = session.feed(message) or text
                if not faults.deaf:
                    await client.send(wrong or json.dumps({"partial": text}))
            elif message == '{"eof" : 1}':
                said = session.finish()
                words = [_in_seconds(word) for word in said.words]
                if not faults.deaf:
                    await client.send(json.dumps({"result": words, "text": said.raw} if words else {"text": said.raw}))
                    return
            else:
                greetings.append(json.loads(message)["config"])

    return talk


def _in_seconds(word: Word) -> dict[str, Any]:
    return {"word": word.text, "start": word.start_ms / 1000, "end": word.end_ms / 1000, "conf": word.confidence}


def _funasr(engine: AsrEngine, faults: Faults, greetings: list[dict[str, Any]]) -> _Handler:
    sentence = 3 * _RATE * 2

    async def talk(client: ServerConnection) -> None:
        dropped = faults.drop_after.pop(0) if faults.drop_after else -1
        wrong = faults.answers.pop(0) if faults.answers else ""
        session, heard, began, fed, shown = engine.open(None), 0, 0, 0, 0

        async def say(mode: str, text: str, **more: str) -> None:
            if not faults.deaf:
                await client.send(json.dumps({"mode": mode, "text": text, "wav_name": "call", "is_final": False, **more}))

        async def end_sentence() -> None:
            said = session.finish()
            times = [[word.start_ms + began, word.end_ms + began] for word in said.words]
            await say("2pass-offline", "".join(word.text for word in said.words), timestamp=json.dumps(times))

        async for message in client:
            if heard == dropped:
                client.transport.abort()
                return
            if isinstance(message, bytes):
                heard += 1
                if wrong:
                    await client.send(wrong)
                text = "".join((session.feed(message) or "").split())
                fed += len(message)
                if len(text) > shown:
                    await say("2pass-online", text[shown:])
                    shown = len(text)
                if fed >= sentence:
                    await end_sentence()
                    began, fed, shown = began + fed // 32, 0, 0
            elif json.loads(message).get("is_speaking"):
                greetings.append(json.loads(message))
            else:
                await end_sentence()

    return talk
