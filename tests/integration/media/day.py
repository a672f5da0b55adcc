"""A busy day: many calls at once through one media process, each with its own story; tests then look at how each ended."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from commands.stream_phone import StreamPhone
from tests.integration.media.hall import Hall, call

Story = Callable[[Hall, StreamPhone], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Scene:
    """`sample`: whose words the scripted engine hears; `options`: of the phone."""

    story: Story
    sample: str = ""
    options: Mapping[str, Any] = field(default_factory=dict)


class Day:
    def __init__(self, hall: Hall, scenes: Mapping[str, Scene]) -> None:
        self.hall = hall
        self._scenes = scenes
        self._phones = {name: hall.ring(scene.sample, **scene.options) for name, scene in scenes.items()}
        self._failures: dict[str, BaseException] = {}

    def play(self) -> None:
        async def all_at_once() -> None:
            await asyncio.gather(*(self._act(name, scene.story) for name, scene in self._scenes.items()))
            await self.hall.until_at_rest()

        call(all_at_once)

    async def _act(self, name: str, story: Story) -> None:
        try:
            await story(self.hall, self._phones[name])
        except Exception as failure:
            self._failures[name] = failure

    def __getitem__(self, name: str) -> StreamPhone:
        """The phone of a scene that was played to its end."""
        if name in self._failures:
            raise self._failures[name]
        return self._phones[name]
