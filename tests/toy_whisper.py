"""A tiny but complete Whisper in CTranslate2's form, with tokenizer: real native loading, features, search, times and errors.

Its weights are random, so its words are nonsense; that they depend on the sound is all that is wanted of it.
"""

import json
from pathlib import Path
from typing import Any

import numpy as np
from ctranslate2.specs import WhisperSpec
from numpy.typing import NDArray

_LAYERS, _HEADS, _WIDTH = 1, 2, 16
_BANDS = 80
_SOUND_FRAMES, _TEXT_LENGTH = 1500, 448
"""Whisper's own: 30 s in steps of 20 ms, and the longest text."""
_CHARACTERS = "市民反映小区供暖停水停电噪音垃圾清运公交地铁马路积水电梯故障物业漏水违建占道经营树木路灯井盖污水异味"
_TALKATIVE = 0.5
"""The less, the longer its texts."""
_TASKS = ("<|translate|>", "<|transcribe|>", "<|startoflm|>", "<|startofprev|>", "<|nospeech|>", "<|notimestamps|>")
_LANGUAGES = 99


def build_toy_whisper(folder: Path) -> Path:
    """Writes the model; returns its folder."""
    folder.mkdir(parents=True, exist_ok=True)
    words = _vocabulary()
    spec = WhisperSpec(_LAYERS, _HEADS, _LAYERS, _HEADS)
    _fill(spec, words)
    spec.register_vocabulary(words)
    first_language = words.index("<|en|>")
    spec.config.suppress_ids = []
    spec.config.suppress_ids_begin = []
    spec.config.lang_ids = list(range(first_language, first_language + _LANGUAGES))
    spec.config.alignment_heads = [[0, 0], [0, 1]]
    spec.validate()
    spec.save(str(folder))
    (folder / "tokenizer.json").write_text(_tokenizer(words), "utf-8")
    return folder


def _vocabulary() -> list[str]:
    """Characters, then, behind the empty word that marks a model of many languages, the special ones in the published order."""
    others = [f"<|x{number}|>" for number in range(_LANGUAGES - 2)]
    times = [f"<|{step / 50:.2f}|>" for step in range(_SOUND_FRAMES + 1)]
    plain = [*sorted(set(_CHARACTERS)), "?"]
    return [*plain, "", "<|endoftext|>", "<|startoftranscript|>", "<|en|>", "<|zh|>", *others, *_TASKS, *times]


def _fill(spec: Any, words: list[str]) -> None:
    random = np.random.default_rng(7)

    def normal(*shape: int, spread: float = 0.35) -> NDArray[np.float32]:
        return random.normal(0, spread, shape).astype(np.float32)

    def level(part: Any) -> None:
        part.gamma, part.beta = np.ones(_WIDTH, np.float32), np.zeros(_WIDTH, np.float32)

    def linear(part: Any, outputs: int, inputs: int) -> None:
        part.weight, part.bias = normal(outputs, inputs), np.zeros(outputs, np.float32)

    def attention(part: Any, *sizes: tuple[int, int]) -> None:
        level(part.layer_norm)
        for place, size in enumerate(sizes):
            linear(part.linear[place], *size)

    encoder, decoder = spec.encoder, spec.decoder
    encoder.conv1.weight, encoder.conv1.bias = normal(_WIDTH, _BANDS, 3), np.zeros(_WIDTH, np.float32)
    encoder.conv2.weight, encoder.conv2.bias = normal(_WIDTH, _WIDTH, 3), np.zeros(_WIDTH, np.float32)
    encoder.position_encodings.encodings = normal(_SOUND_FRAMES, _WIDTH, spread=0.1)
    decoder.embeddings.weight = normal(len(words), _WIDTH)
    decoder.position_encodings.encodings = normal(_TEXT_LENGTH, _WIDTH)
    decoder.projection.weight = normal(len(words), _WIDTH)
    decoder.projection.bias = np.full(len(words), -40, np.float32)
    decoder.projection.bias[: len(set(_CHARACTERS))] = 0
    decoder.projection.bias[words.index("<|endoftext|>")] = _TALKATIVE
    decoder.scale_embeddings = False
    level(encoder.layer_norm)
    level(decoder.layer_norm)
    own, other = (3 * _WIDTH, _WIDTH), (2 * _WIDTH, _WIDTH)
    back = (_WIDTH, _WIDTH)
    for layer in (*encoder.layer, *decoder.layer):
        attention(layer.self_attention, own, back)
        level(layer.ffn.layer_norm)
        linear(layer.ffn.linear_0, 4 * _WIDTH, _WIDTH)
        linear(layer.ffn.linear_1, _WIDTH, 4 * _WIDTH)
    for layer in decoder.layer:
        attention(layer.attention, back, other, back)


def _tokenizer(words: list[str]) -> str:
    """Characters by a table of words; the special ones as Whisper's own tokenizer has them."""
    special = [number for number, word in enumerate(words) if word.startswith("<|")]
    added = [
        {"id": number, "content": words[number], "single_word": False, "lstrip": False, "rstrip": False, "normalized": False,
         "special": True}
        for number in special
    ]  # fmt: skip
    model = {"type": "WordLevel", "vocab": {word: number for number, word in enumerate(words)}, "unk_token": "?"}
    split = {"type": "Split", "pattern": {"String": ""}, "behavior": "Isolated", "invert": False}
    return json.dumps(
        {
            "version": "1.0", "truncation": None, "padding": None, "added_tokens": added, "normalizer": None,
            "pre_tokenizer": split, "post_processor": None, "decoder": {"type": "Fuse"}, "model": model,
        },
        ensure_ascii=False,
    )  # fmt: skip
