"""From what an engine writes to what a person reads: pure text, small and certain. The raw text is kept beside it.

Spaces between Chinese words go; a clear run of seven or more spoken digits (a telephone number) becomes figures, 幺 being 1.
Everything else stays as it was said: 十一点 is a time, 三号楼 a house. No punctuation is invented within an utterance.
"""

import re
from dataclasses import replace

from asr.contract import Transcript

_DIGITS = {
    "零": "0",
    "〇": "0",
    "幺": "1",
    "一": "1",
    "二": "2",
    "三": "3",
    "四": "4",
    "五": "5",
    "六": "6",
    "七": "7",
    "八": "8",
    "九": "9",
}
_SIGNS = "".join(_DIGITS)
_BESIDE = rf"[{_SIGNS}\d十百千万亿点]"
_SPOKEN_NUMBER = re.compile(rf"(?<!{_BESIDE})[{_SIGNS}]{{7,}}(?!{_BESIDE})")
_WIDE = r"\u3000-\u303f\u3400-\u4dbf\u4e00-\u9fff\uff00-\uffef"
_SPACE_BESIDE_CHINESE = re.compile(rf"(?<=[{_WIDE}])\s+|\s+(?=[{_WIDE}])")


def normalise(transcript: Transcript) -> Transcript:
    """The same transcript with its text made readable; `raw` and the words stay."""
    return replace(transcript, text=readable(transcript.raw))


def readable(raw: str) -> str:
    joined = _SPACE_BESIDE_CHINESE.sub("", " ".join(raw.split()))
    return _SPOKEN_NUMBER.sub(lambda found: "".join(_DIGITS[sign] for sign in found.group()), joined)
