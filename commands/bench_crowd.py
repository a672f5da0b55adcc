"""Many callers at once in a process of their own, for benchmarks: Twilio-format streams, 50 frames a second each.

All callers of a group say the same at the same time, so that one message serves a whole group: the carrier must cost less than
what is measured. Marks are answered when their prompt has been heard out, as Twilio does.
"""

import asyncio
import base64
import multiprocessing as mp
import os
import time
import wave
from collections.abc import Sequence
from dataclasses import dataclass
from multiprocessing.connection import Connection

import uvloop

from asr.g711 import pcm_to_mulaw
from commands.stream_phone import FRAME_MS, StreamPhone
from config.settings import ROOT

GROUPS = 10
_FRAME = FRAME_MS * 8
_SILENT_MS = 9000
"""Between two times that a caller says the same."""
_PAUSE_S = 0.04
"""Between two callers: 25 a second."""
_END_S = 10.0


@dataclass(frozen=True, slots=True)
class Ticket:
    """How one caller gets in."""

    url: str
    call_sid: str
    token: str


class Crowd:
    """The process; `core`: the only one that it may run on."""

    def __init__(self, tickets: Sequence[Ticket], sample: str, core: int) -> None:
        context = mp.get_context("spawn")
        self._pipe, theirs = context.Pipe()
        self._process = context.Process(target=_run, args=(list(tickets), sample, core, theirs), daemon=True)
        self._process.start()
        self._pipe.recv()

    def grow(self, streams: int) -> None:
        """Returns once so many callers are connected."""
        self._pipe.send(streams)
        self._pipe.recv()

    def end(self) -> None:
        self._pipe.send(None)
        self._process.join(_END_S)
        self._process.kill()


def _run(tickets: list[Ticket], sample: str, core: int, pipe: Connection) -> None:
    os.sched_setaffinity(0, {core})
    uvloop.run(_call(tickets, _turn_of(sample), pipe))


def _turn_of(sample: str) -> list[str]:
    """Payloads of the frames of one turn: the sample's first words, then silence."""
    with wave.open(str(ROOT / "samples" / sample / "1.wav")) as file:
        sound = pcm_to_mulaw(file.readframes(file.getnframes())) + b"\xff" * (_SILENT_MS * 8)
    return [base64.b64encode(sound[at : at + _FRAME]).decode() for at in range(0, len(sound) - _FRAME, _FRAME)]


async def _call(tickets: list[Ticket], turn: list[str], pipe: Connection) -> None:
    phones: list[StreamPhone] = []
    sending = asyncio.create_task(_send(phones, turn))
    pipe.send("ready")
    while (wanted := await asyncio.to_thread(pipe.recv)) is not None:
        while len(phones) < wanted:
            ticket = tickets[len(phones)]
            phone = StreamPhone(ticket.url, ticket.call_sid, ticket.token)
            await phone.connect()
            phone.start()
            phones.append(phone)
            await asyncio.sleep(_PAUSE_S)
        pipe.send(len(phones))
    sending.cancel()
    for phone in phones:
        phone.drop()


async def _send(phones: list[StreamPhone], turn: list[str]) -> None:
    began, number = time.perf_counter(), 0
    while True:
        for group in range(GROUPS):
            payload = turn[(number + group * len(turn) // GROUPS) % len(turn)]
            message = _media(number, payload)
            for phone in phones[group::GROUPS]:
                phone.send_raw(message)
                phone.pass_time(number * FRAME_MS)
            due = began + (number + (group + 1) / GROUPS) * FRAME_MS / 1000
            await asyncio.sleep(max(0.0, due - time.perf_counter()))
        number += 1


def _media(number: int, payload: str) -> bytes:
    """The stream's name is that of nobody: a receiver knows the stream by its socket."""
    return (
        f'{{"event":"media","sequenceNumber":"{number + 2}","media":{{"track":"inbound","chunk":"{number + 1}",'
        f'"timestamp":"{number * FRAME_MS}","payload":"{payload}"}},"streamSid":"MZ{0:032d}"}}'
    ).encode()
