"""An operator's telephone (baresip): registered at a seat, it rings or picks up, speaks a file and keeps what it hears."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from config.exchange import seat_password
from tests.integration.sip.hotline import Hotline

_CONFIG = """
sip_listen 127.0.0.1:0
audio_source aufile,{said}
audio_channels 1
snd_path {folder}
module_path /usr/lib/baresip/modules
module g711.so
module aufile.so
module sndfile.so
module_tmp account.so
module_app menu.so
"""


class Telephone:
    def __init__(self, hotline: Hotline, name: str, said: Path, *, picks_up: bool) -> None:
        self._hotline = hotline
        self.name = name
        self.folder = hotline.settings.var / name
        self._said = said
        self._mode = "auto" if picks_up else "manual"

    async def start(self, *arguments: str) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        (self.folder / "config").write_text(_CONFIG.format(said=self._said, folder=self.folder))
        (self.folder / "accounts").write_text(self._account() + "\n")
        self._process = await asyncio.create_subprocess_exec(
            *("baresip", "-f", str(self.folder), *arguments),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.DEVNULL,
        )

    async def registered(self) -> None:
        contact = f"{self.name}/sip"
        await self._hotline.until(
            f"a telephone at {self.name}", lambda: contact in self._hotline.asterisk.ask("pjsip show contacts")
        )

    async def stop(self) -> None:
        """In order: a call is hung up, the registration ends."""
        if self._process.returncode is None:
            self._process.terminate()
        try:
            await asyncio.wait_for(self._process.wait(), 5)
        except TimeoutError:
            await self.die()

    async def die(self) -> None:
        if self._process.returncode is None:
            self._process.kill()
        await self._process.wait()

    def _account(self) -> str:
        login = f"auth_user={self.name};auth_pass={seat_password(self._hotline.settings, self.name)}"
        port = self._hotline.settings.sip.port
        return f"<sip:{self.name}@127.0.0.1:{port}>;{login};regint=60;answermode={self._mode};audio_codecs=PCMA"


class Resident(Telephone):
    """The same program as a caller, for what he hears."""

    async def call(self) -> None:
        await self.start("-e", f"/dial sip:12345@127.0.0.1:{self._hotline.settings.sip.port}")

    def _account(self) -> str:
        return f"<sip:{self.name}@127.0.0.1>;regint=0;audio_codecs=PCMA"


@asynccontextmanager
async def telephone(hotline: Hotline, seat: str, said: Path, *, picks_up: bool = True) -> AsyncIterator[Telephone]:
    phone = Telephone(hotline, seat, said, picks_up=picks_up)
    await phone.start()
    try:
        await phone.registered()
        yield phone
    finally:
        await phone.stop()
