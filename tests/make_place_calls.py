"""Makes the test calls that say a place of the gazetteer, clean and as a recogniser of speech mishears them: always the same.

    python -m tests.make_place_calls

Writes tests/data/place_calls.jsonl: every sub-district, some communities and some landmarks, each said once in one of the
ways in which people say one, before a sentence of tests/data/place_matters.txt; the sentences alone, in which no place was
said; and all of it again with 10, 20 and 30 % errors. Errors come in bursts; a character of the place's name is hit 1.5
times as often as another; eight of ten errors are another character of the same or a near sound (tests/make_noise.py), one
is a character too many, one a character too few.
"""

import json
import random
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any, Final

from classifier.gazetteer import Gazetteer, Place, PlaceLevel, load_gazetteer
from tests.make_noise import BURSTS, DATA, NAMES_HIT, RATES, ROOT, Ear

LEADS: Final = (
    "我住在{}，",
    "我家在{}，",
    "您好，我是{}的居民，",
    "{}这边，",
    "就是{}那个地方，",
    "喂你好，{}，",
    "我反映一下{}的问题，",
    "在{}附近，",
    "我是{}的，",
    "地址是{}，",
    "我们这儿是{}，",
    "我想问一下{}，",
)
COMMUNITIES: Final = 120
LANDMARKS: Final = 120
_INSERTED: Final = "的一是了那个在这不有我就"
_KINDS: Final = ("wrong",) * 8 + ("added", "lost")


def said(places: Gazetteer, place: Place, chance: random.Random) -> str:
    """In one of the ways in which people say it; with what lies around it where its own name does not tell it."""
    if place.level is PlaceLevel.LANDMARK:
        return place.name
    around = places.place(place.parent)
    if around is None:
        return place.name
    if place.level is PlaceLevel.COMMUNITY:
        return chance.choice((around.name, *around.aliases[:1])) + place.aliases[0]
    short = next((alias for alias in place.aliases if len(alias) > 1), place.name)
    own = next((alias for alias in around.aliases if len(alias) > 1), around.name)
    return chance.choice((around.name + place.name, place.name, around.name + short, own + short))


def clean_calls(places: Gazetteer, matters: Sequence[str], chance: random.Random) -> Iterator[dict[str, Any]]:
    for place in _chosen(places, chance):
        name = said(places, place, chance)
        lead, matter = chance.choice(LEADS), chance.choice(matters)
        start = lead.index("{}")
        around = {part.level: part.code for part in places.chain(place)}
        yield {
            "text": lead.format(name) + matter,
            "name": [start, start + len(name)],
            "district": around[PlaceLevel.DISTRICT],
            "subdistricts": sorted(_subdistricts(places, place)),
            "level": str(place.level),
            "noise": 0,
        }


def _chosen(places: Gazetteer, chance: random.Random) -> Iterator[Place]:
    """Landmarks and communities that lie in one district and bear a name of their own."""
    names = Counter(place.name for place in places.places)
    yield from (place for district in places.districts() for place in places.within(district.code))
    communities = [place for place in places.places if place.level is PlaceLevel.COMMUNITY and place.aliases]
    yield from chance.sample(communities, COMMUNITIES)
    landmarks = [
        place for place in places.places if place.level is PlaceLevel.LANDMARK and len(place.parent) == len("110101001")
    ]
    yield from chance.sample([place for place in landmarks if names[place.name] == 1], LANDMARKS)


def _all_of(places: Gazetteer, place: Place) -> list[Place]:
    return [one for one in places.places if one.name == place.name] if place.level is PlaceLevel.LANDMARK else [place]


def _subdistricts(places: Gazetteer, place: Place) -> set[str]:
    """Codes that count as right: one name that is said alone may be two sub-districts'."""
    chains = [places.chain(one) for one in _all_of(places, place)]
    return {part.code for chain in chains for part in chain if part.level is PlaceLevel.SUBDISTRICT}


def noisy(text: str, name: tuple[int, int], rate: float, ear: Ear, chance: random.Random) -> str:
    spoken = [at for at, character in enumerate(text) if "一" <= character <= "鿿"]
    weight = [NAMES_HIT if name[0] <= at < name[1] else 1.0 for at in spoken]
    wanted = int(rate * len(spoken) + chance.random())
    hit: set[int] = set()
    while len(hit) < wanted:
        start = chance.choices(range(len(spoken)), weight)[0]
        burst = spoken[start : start + chance.choice(BURSTS)]
        hit.update([at for at in burst if at not in hit][: wanted - len(hit)])
    return "".join(_heard(character, ear, chance) if at in hit else character for at, character in enumerate(text))


def _heard(character: str, ear: Ear, chance: random.Random) -> str:
    kind = chance.choice(_KINDS)
    if kind == "lost":
        return ""
    if kind == "added":
        return character + (ear.misheard(character, chance) if chance.random() < 0.5 else chance.choice(_INSERTED))
    return ear.misheard(character, chance)


def lines(places: Gazetteer, matters: Sequence[str]) -> Iterator[dict[str, Any]]:
    chance, ear = random.Random(1_011), Ear()  # noqa: S311 - the same calls in each run
    nowhere = {"name": [0, 0], "district": None, "subdistricts": [], "level": "", "noise": 0}
    clean = [*clean_calls(places, matters, chance), *({"text": matter, **nowhere} for matter in matters)]
    yield from clean
    for rate in RATES:
        for call in clean:
            yield {
                **call,
                "text": noisy(call["text"], (call["name"][0], call["name"][1]), rate / 100, ear, chance),
                "noise": rate,
            }


def main() -> None:
    matters = (DATA / "place_matters.txt").read_text("utf-8").splitlines()
    rows = (
        json.dumps(line, ensure_ascii=False) + "\n" for line in lines(load_gazetteer(ROOT / "config" / "gazetteer"), matters)
    )
    (DATA / "place_calls.jsonl").write_text("".join(rows), "utf-8")


if __name__ == "__main__":
    main()
