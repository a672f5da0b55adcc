"""The watchdogs of one call, pure: what is due when nothing happens. Times are a monotonic clock's, in seconds."""

from dataclasses import dataclass
from enum import StrEnum

FIRST_FRAME_S = 1.0
"""From the stream's start to the caller's first audio."""
NO_AUDIO_S = 5.0
OVERTIME_S = 30.0
"""What a conversation that was told of its time limit may still take."""


class Alarm(StrEnum):
    NO_AUDIO = "no_audio"
    """The line is dead or one-way: nobody can be heard."""
    TIME_UP = "time_up"
    OVERTIME = "overtime"


@dataclass(slots=True)
class Watch:
    began_s: float
    limit_s: float
    last_audio_s: float | None = None
    _no_audio: bool = False
    _time_up: bool = False

    def heard(self, now_s: float) -> None:
        self.last_audio_s = now_s

    def forgive(self, held_up_s: float) -> None:
        """For so long we were not there ourselves: what came in that time is not read yet."""
        self.began_s += held_up_s
        if self.last_audio_s is not None:
            self.last_audio_s += held_up_s

    def quiet_ms(self, now_s: float) -> int:
        """How long no audio has come, beyond what is usual; 0 before the first audio."""
        quiet_s = 0.0 if self.last_audio_s is None else now_s - self.last_audio_s
        return int(quiet_s * 1000) if quiet_s > FIRST_FRAME_S else 0

    def due(self, now_s: float) -> Alarm | None:
        """Each alarm comes once, overtime again and again."""
        if now_s - self.began_s > self.limit_s + OVERTIME_S:
            return Alarm.OVERTIME
        if now_s - self.began_s > self.limit_s and not self._time_up:
            self._time_up = True
            return Alarm.TIME_UP
        silent_s = now_s - (self.began_s if self.last_audio_s is None else self.last_audio_s)
        if silent_s > (FIRST_FRAME_S if self.last_audio_s is None else NO_AUDIO_S) and not self._no_audio:
            self._no_audio = True
            return Alarm.NO_AUDIO
        return None
