"""The time of one call: it runs `speed` times as fast as the wall's."""

import asyncio
import time


class CallClock:
    def __init__(self, speed: float) -> None:
        self.speed = speed
        self._began = time.monotonic()

    def restart(self) -> None:
        """The call is answered now."""
        self._began = time.monotonic()

    def now_s(self) -> float:
        return (time.monotonic() - self._began) * self.speed

    async def sleep(self, seconds: float) -> None:
        """So many seconds of the call."""
        await asyncio.sleep(max(0.0, seconds) / self.speed)

    async def until(self, at_s: float) -> None:
        await self.sleep(at_s - self.now_s())
