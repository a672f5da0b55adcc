"""espeak-ng as a voice: small, quick (some hundred times faster than speech), brings Mandarin with it; a robot by ear.

espeak-ng is GPL-3.0-or-later. It is loaded by a process of its own (`media.voices.espeak_child`) that we talk to over pipes.
"""

import asyncio
import json
import os
import struct
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process
from dataclasses import asdict, dataclass
from typing import Final

from config.settings import ROOT
from media.voices.contract import MAX_CHARACTERS, VoiceUnavailable

_HEAD: Final = struct.Struct("<BI")
_TRIES: Final = 2


@dataclass(frozen=True, slots=True)
class Manner:
    """How it speaks."""

    voice: str = "cmn"
    """A language of espeak-ng, perhaps with a variant: cmn+f2."""
    rate: int = 145
    """espeak's words a minute; 145 is about 170 Chinese characters a minute."""
    pitch: int = 45
    """0 to 99."""
    spread: int = 55
    """Range of the pitch, 0 to 99."""


class EspeakVoice:
    """One child, one sentence at a time. A child that dies, hangs or is left in mid-sentence is replaced at the next one."""

    name = "espeak-ng"

    def __init__(self, manner: Manner | None = None, *, limit_s: float = 3.0, queue: int = 64) -> None:
        """`limit_s`: for one sentence, the child's start (some 0.3 s) included. `queue`: how many may wait before more are
        refused; a sentence takes 20 ms."""
        self._manner = manner or Manner()
        self.limit_s = limit_s
        self._queue = queue
        self._waiting = 0
        self._turn = asyncio.Lock()
        self._child: Process | None = None

    @property
    def pid(self) -> int | None:
        """Of the child; None while none runs."""
        return self._child.pid if self._child and self._child.returncode is None else None

    async def speak(self, text: str) -> bytes:
        if len(text) > MAX_CHARACTERS:
            raise VoiceUnavailable(f"A text of more than {MAX_CHARACTERS} characters is not spoken; shorten it.")
        if self._waiting >= self._queue:
            raise VoiceUnavailable("The voice has too much to say; try again in a moment.")
        self._waiting += 1
        try:
            async with self._turn:
                return await self._spoken(text)
        finally:
            self._waiting -= 1

    async def close(self) -> None:
        child, self._child = self._child, None
        if child is None:
            return
        if child.stdin:
            child.stdin.close()
        if child.returncode is None:
            child.kill()
        await child.wait()

    async def _spoken(self, text: str) -> bytes:
        wanted = json.dumps({"text": _printable(text), **asdict(self._manner)}).encode() + b"\n"
        try:
            async with asyncio.timeout(self.limit_s):
                for _ in range(_TRIES):
                    answer = await self._asked(wanted)
                    if answer is not None:
                        return answer
        except TimeoutError:
            raise VoiceUnavailable("espeak-ng did not answer in time.") from None
        except OSError as error:
            raise VoiceUnavailable(f"The process of espeak-ng cannot be started: {error.strerror}.") from error
        raise VoiceUnavailable("The process of espeak-ng dies at this text.")

    async def _asked(self, wanted: bytes) -> bytes | None:
        """None where the child died over it."""
        child = await self._running()
        if child.stdin is None or child.stdout is None:
            return None
        whole = False
        try:
            child.stdin.write(wanted)
            await child.stdin.drain()
            failed, size = _HEAD.unpack(await child.stdout.readexactly(_HEAD.size))
            answer = await child.stdout.readexactly(size)
            whole = True
        except (asyncio.IncompleteReadError, ConnectionError):
            return None
        finally:
            if not whole:
                self._drop(child)
        if failed:
            raise VoiceUnavailable(f"espeak-ng cannot speak so: {answer.decode(errors='replace')}")
        return answer

    async def _running(self) -> Process:
        if self._child is None or self._child.returncode is not None:
            self._child = await asyncio.create_subprocess_exec(
                sys.executable,
                "-m",
                "media.voices.espeak_child",
                stdin=PIPE,
                stdout=PIPE,
                stderr=DEVNULL,
                cwd=ROOT,
                env=_environment(),
            )
        return self._child

    def _drop(self, child: Process) -> None:
        """What is left of its answer would be taken for the next one."""
        self._child = None
        if child.returncode is None:
            child.kill()


def _environment() -> dict[str, str]:
    """The child needs no secret of ours."""
    return {name: value for name, value in os.environ.items() if not name.startswith("HOTLINE_")}


def _printable(text: str) -> str:
    """A control character would end the text or be taken for a command."""
    return "".join(sign if sign.isprintable() else " " for sign in text)
