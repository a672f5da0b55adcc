"""The prompt book: what callers hear, as text and as audio. Loaded once at start from config/prompts/."""

import tomllib
import wave
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from config.errors import DataError
from ivr.wording import Prompt

RATE: Final = 8000
"""Samples a second of prompt files: 16-bit mono."""
_FIELDS: Final = {"text", "say", "gloss"}


@dataclass(frozen=True, slots=True)
class PromptText:
    text: str
    """As it is written."""
    say: str
    """As a synthesiser must read it."""
    gloss: str
    """In English."""


@dataclass(frozen=True, slots=True)
class PromptBook:
    texts: Mapping[str, PromptText]
    sounds: Mapping[str, bytes]
    """PCM of the prompts that have a file."""

    @property
    def missing(self) -> tuple[str, ...]:
        """Names of the audio files that are not there; their prompts must be synthesised from `say`."""
        return tuple(f"{prompt}.wav" for prompt in Prompt if prompt not in self.sounds)

    def text(self, prompt_id: str) -> str:
        return self.texts[prompt_id].text

    def say(self, prompt_id: str) -> str:
        return self.texts[prompt_id].say

    def gloss(self, prompt_id: str) -> str:
        return self.texts[prompt_id].gloss

    def audio(self, prompt_id: str) -> bytes:
        """16-bit mono PCM at RATE. Raises DataError that names the file where it is missing."""
        try:
            return self.sounds[prompt_id]
        except KeyError:
            raise DataError(
                f"config/prompts/{prompt_id}.wav is missing: record it or run python -m commands.make_prompts"
            ) from None


def load_prompts(folder: Path) -> PromptBook:
    """The book in `folder`. A missing audio file is named by `missing`; anything else that is wrong raises DataError."""
    texts = load_texts(folder / "prompts.toml")
    sounds = {prompt: read_sound(path) for prompt in texts if (path := folder / f"{prompt}.wav").exists()}
    return PromptBook(texts, sounds)


def load_texts(path: Path) -> dict[str, PromptText]:
    try:
        tables = tomllib.loads(path.read_text("utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise DataError(f"{path}: cannot be read: {error}") from error
    unknown, missing = set(tables) - set(Prompt), set(Prompt) - set(tables)
    if unknown or missing:
        names = ", ".join(sorted(unknown or missing))
        raise DataError(f"{path}: {'no prompt of this program: ' if unknown else 'missing: '}{names}")
    return {prompt: _prompt(f"{path}: [{prompt}]", table) for prompt, table in tables.items()}


def _prompt(place: str, table: object) -> PromptText:
    if not isinstance(table, dict) or not set(table) <= _FIELDS or not {"text", "gloss"} <= set(table):
        raise DataError(f"{place} has text and gloss, and say where it is read otherwise")
    words = {name: value for name, value in table.items() if isinstance(value, str) and value.strip()}
    if len(words) < len(table):
        raise DataError(f"{place}: text, say and gloss are words")
    return PromptText(words["text"], words.get("say") or words["text"], words["gloss"])


def read_sound(path: Path) -> bytes:
    """PCM of an 8 kHz 16-bit mono wav file. Raises DataError that says what it is instead."""
    try:
        with wave.open(str(path), "rb") as file:
            shape = (file.getframerate(), file.getsampwidth() * 8, file.getnchannels())
            pcm = file.readframes(file.getnframes())
    except (OSError, wave.Error, EOFError) as error:
        raise DataError(f"{path}: is no readable wav file: {error}") from error
    if shape != (RATE, 16, 1):
        rate, bits, channels = shape
        raise DataError(f"{path}: has {rate} Hz, {bits} bit, {channels} channels; prompts have 8000 Hz, 16 bit, 1 channel")
    return pcm
