"""Makes the noisy copies of the spoken test calls: what a recogniser of speech mishears, always the same.

    python -m tests.make_noise

For each tests/data/spoken_calls*.jsonl it writes into tests/data/noisy_calls*.jsonl a line for each call and rate: 10,
20 and 30 % of the Chinese characters are other ones; and so for emergencies.jsonl, without places. Errors come in bursts of
one to three characters; a character of a place name is hit 1.5 times as often as another; two thirds of the wrong characters
sound the same, one third sounds nearly the same.
The readings are pypinyin's and the near sounds are listed here: nothing of the classifier's own tables of sound is used.
"""

import json
import random
from collections import defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Final

from pypinyin import Style, lazy_pinyin

from classifier.gazetteer import load_gazetteer
from classifier.pipeline import Understanding
from classifier.taxonomy import load_taxonomy

ROOT: Final = Path(__file__).resolve().parent.parent
DATA: Final = ROOT / "tests" / "data"
RATES: Final = (10, 20, 30)
NAMES_HIT: Final = 1.5
BURSTS: Final = (1, 1, 1, 2, 2, 3)
SAME_SOUND: Final = 2 / 3
_INITIALS: Final = (("zh", "z"), ("ch", "c"), ("sh", "s"), ("n", "l"), ("f", "h"), ("r", "l"))
_FINALS: Final = (("ing", "in"), ("eng", "en"), ("ang", "an"))


class Ear:
    """Which everyday characters (GB 2312, first level) a character may be heard as."""

    def __init__(self) -> None:
        self._of: defaultdict[str, list[str]] = defaultdict(list)
        for first in range(0xB0, 0xD8):
            for second in range(0xA1, 0xFF):
                character = bytes((first, second)).decode("gb2312", "ignore")
                if character:
                    self._of[_sound(character)].append(character)

    def misheard(self, character: str, chance: random.Random) -> str:
        sound = _sound(character)
        same = [other for other in self._of[sound] if other != character]
        near = [other for neighbour in _near(sound) for other in self._of.get(neighbour, ())]
        others = (same or near) if chance.random() < SAME_SOUND else (near or same)
        return chance.choice(others) if others else character


def _sound(character: str) -> str:
    return str(lazy_pinyin(character, style=Style.NORMAL)[0])


def _near(sound: str) -> list[str]:
    found: list[str] = []
    for pairs, replaced in ((_INITIALS, _initial), (_FINALS, _final)):
        for one, other in pairs:
            found.extend(changed for pair in ((one, other), (other, one)) if (changed := replaced(sound, *pair)))
    return found


def _initial(sound: str, one: str, other: str) -> str:
    vowel = sound[len(one) : len(one) + 1]
    return other + sound[len(one) :] if sound.startswith(one) and vowel in "aeiouv" else ""


def _final(sound: str, one: str, other: str) -> str:
    return sound[: -len(one)] + other if sound.endswith(one) else ""


def noisy(text: str, names: Sequence[tuple[int, int]], rate: float, ear: Ear, chance: random.Random) -> str:
    """`names`: stretches of the text that name places."""
    spoken = [at for at, character in enumerate(text) if "\u4e00" <= character <= "\u9fff"]
    wanted = int(rate * len(spoken) + chance.random())
    weight = [NAMES_HIT if any(start <= at < end for start, end in names) else 1.0 for at in spoken]
    hit: set[int] = set()
    while len(hit) < wanted:
        start = chance.choices(range(len(spoken)), weight)[0]
        burst = spoken[start : start + chance.choice(BURSTS)]
        hit.update([at for at in burst if at not in hit][: wanted - len(hit)])
    return "".join(ear.misheard(character, chance) if at in hit else character for at, character in enumerate(text))


def noisy_lines(calls: Sequence[dict[str, Any]], understanding: Understanding) -> Iterator[dict[str, Any]]:
    ear, chance = Ear(), random.Random(12345)  # noqa: S311 - the same noise in each run
    for call in calls:
        names = [span for place in understanding.propose(call["text"]).locations[:1] for span in place.evidence]
        for rate in RATES:
            yield {**call, "text": noisy(call["text"], names, rate / 100, ear, chance), "noise": rate}


def noisy_sentences(sentences: Sequence[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    ear, chance = Ear(), random.Random(12345)  # noqa: S311 - the same noise in each run
    for said in sentences:
        for rate in RATES:
            yield {**said, "text": noisy(said["text"], (), rate / 100, ear, chance), "noise": rate}


def write(name: str, lines: Iterator[dict[str, Any]]) -> None:
    (DATA / name).write_text("".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines), "utf-8")


def main() -> None:
    understanding = Understanding(load_taxonomy(ROOT / "config" / "taxonomy"), load_gazetteer(ROOT / "config" / "gazetteer"))
    for path in sorted(DATA.glob("spoken_calls*.jsonl")):
        calls = [json.loads(line) for line in path.read_text("utf-8").splitlines()]
        write(path.name.replace("spoken", "noisy"), noisy_lines(calls, understanding))
    emergencies = [json.loads(line) for line in (DATA / "emergencies.jsonl").read_text("utf-8").splitlines()]
    write("noisy_emergencies.jsonl", noisy_sentences(emergencies))


if __name__ == "__main__":
    main()
