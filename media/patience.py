"""When silence is due: no prompt, no voice and no text on its way for as long as the conversation asked."""

from dataclasses import dataclass


@dataclass(slots=True)
class Patience:
    """Times are those of the caller's audio. One silence for each `ask`; whatever interrupts the quiet begins it anew."""

    _patience_ms: int | None = None
    _since_ms: int = 0
    _playing: bool = False
    _speaking: bool = False

    def ask(self, patience_ms: int, now_ms: int) -> None:
        self._patience_ms = patience_ms
        self._since_ms = now_ms

    def forget(self) -> None:
        self._patience_ms = None

    def prompt_began(self) -> None:
        self._playing = True

    def prompt_ended(self, now_ms: int) -> None:
        self._playing = False
        self._since_ms = max(self._since_ms, now_ms)

    def speech_began(self) -> None:
        self._speaking = True

    def speech_ended(self, now_ms: int) -> None:
        self._speaking = False
        self._since_ms = max(self._since_ms, now_ms)

    def is_over(self, now_ms: int, lag_ms: int = 0) -> bool:
        """True once, when silence is due. `lag_ms`: how far recognition is behind; a voice in there is not known yet."""
        if self._patience_ms is None or self._playing or self._speaking:
            return False
        if now_ms - lag_ms - self._since_ms < self._patience_ms:
            return False
        self._patience_ms = None
        return True
