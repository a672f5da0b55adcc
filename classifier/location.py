"""Where it is: names found in the text become candidates of the gazetteer, and the hierarchy decides between them."""

import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Final

from classifier.address import Part, address_parts, address_span
from classifier.clean import BREAK, Clean
from classifier.gazetteer import Gazetteer, Place, PlaceLevel
from classifier.placenames import NameHit, NameIndex, NameKind
from classifier.proposal import LocationCandidate

_WRITTEN: Final = {
    (PlaceLevel.DISTRICT, NameKind.FULL): 0.97,
    (PlaceLevel.DISTRICT, NameKind.SHORT): 0.85,
    (PlaceLevel.SUBDISTRICT, NameKind.FULL): 0.98,
    (PlaceLevel.SUBDISTRICT, NameKind.SHORT): 0.9,
    (PlaceLevel.LANDMARK, NameKind.SHORT): 0.88,
    (PlaceLevel.COMMUNITY, NameKind.FULL): 0.93,
    (PlaceLevel.COMMUNITY, NameKind.SHORT): 0.75,
    (PlaceLevel.COMMUNITY, NameKind.FAMILY): 0.6,
}
"""How often a name, written in its very characters, means one of its places."""
_WEAK: Final = 0.12
_SHORT_TWO: Final = 0.82
"""Factor for a name of two characters."""
_BEFORE: Final = re.compile("(?:[在住到去从是]|我们|我家|位于|就是|地址|来自|咱们|[，？]|^)$")
_AFTER: Final = re.compile(
    "(?:的|这边|那边|附近|旁边|小区|业主|居民|村民|路口|站|地铁|[一二三四五六七八九十0-9]+[号区里期栋]|[东西南北]门|[，？]|$)"
)
_ROAD_AFTER: Final = re.compile("(?:[东西南北中]?(?:路|大街|街(?!道)|大道|环|巷)|胡同|桥|河|高速|线)")
"""Right after a bare name it makes the name of a road, which may run anywhere."""
_NO_PLACE_AFTER: Final = re.compile("的?(?:房间|卧室|屋|窗户|阳台|户型|方向|产业|土木|面)|水库|户口")
_DENIED_BEFORE: Final = re.compile("(?:不是|不在|并非|不属于|没在)$")
_NEEDED: Final = 0.3
"""Quality below which a hit alone makes no candidate."""


@dataclass(frozen=True, slots=True)
class Found:
    candidates: tuple[LocationCandidate, ...]
    silent: tuple[tuple[int, int], ...]
    """Stretches of the cleaned text that name places."""


@dataclass(frozen=True, slots=True)
class _Option:
    """One place that a hit may mean, and how likely."""

    hit: NameHit
    place: Place
    district: str
    subdistrict: str
    community: str
    share: float


class PlaceFinder:
    def __init__(self, gazetteer: Gazetteer) -> None:
        self._gazetteer = gazetteer
        self._names = NameIndex(gazetteer)

    def find(self, cleaned: Clean) -> Found:
        text = cleaned.text
        hits = [replace(hit, quality=_quality(text, hit)) for hit in self._names.find(text)]
        hits = self._supported(hits)
        parts = address_parts(_without(text, [hit for hit in hits if _says_no_more(hit)]))
        candidates = tuple(self._candidates(cleaned, hits, parts))
        silent = [(hit.start, _silent_end(text, hit)) for hit in hits] + [(part.start, part.end) for part in parts]
        return Found(candidates, tuple(sorted(silent)))

    def _supported(self, hits: list[NameHit]) -> list[NameHit]:
        """Unsure hits rise beside a sure place that holds or equals theirs, and keep only the places that agree with it."""
        sure = [hit for hit in hits if hit.quality >= 0.6]
        kept = []
        for hit in hits:
            others = {code for other in sure if other is not hit for place in other.places for code in self._above(place)}
            agreeing = tuple(place for place in hit.places if others & self._above(place))
            if agreeing and hit.quality < 0.97:
                doubt = 0.55 if hit.kind is NameKind.WEAK or hit.sameness < 0.9 else 0.35
                hit = replace(hit, quality=1 - (1 - hit.quality) * doubt if hit.quality < 0.6 else hit.quality)
            if hit.quality >= _NEEDED:
                kept.append(hit)
        return kept

    def _above(self, place: Place) -> set[str]:
        return {part.code for part in self._gazetteer.chain(place) if part.level is not PlaceLevel.LANDMARK}

    def _candidates(self, cleaned: Clean, hits: list[NameHit], parts: list[Part]) -> list[LocationCandidate]:
        options = [option for hit in hits for option in self._options(hit, hits)]
        groups: defaultdict[tuple[str, str], list[_Option]] = defaultdict(list)
        for option in options:
            groups[option.district, option.subdistrict].append(option)
        narrow = {district for district, subdistrict in groups if subdistrict}
        scored = []
        for (district, subdistrict), mine in groups.items():
            if not subdistrict and district in narrow:
                continue
            support = mine + (groups.get((district, ""), []) if subdistrict else [])
            score = _score(mine, support, options)
            scored.append((score, self._candidate(cleaned, (district, subdistrict), mine, support, score, parts)))
        scored.sort(key=lambda pair: -pair[0])
        return [candidate for score, candidate in scored[:5] if score >= 0.05]

    def _options(self, hit: NameHit, hits: list[NameHit]) -> Iterable[_Option]:
        """The hit's places, those first that agree with the other hits: 朝阳区八里庄 is not the one in Haidian."""
        places = _deepest_wide(hit.places)
        codes = {place.code: self._above(place) for place in places}
        others = [other for other in hits if other is not hit and (other.start, other.end) != (hit.start, hit.end)]
        agreeing = [place for place in places if any(self._agree(codes[place.code], other) for other in others)]
        chosen = agreeing or list(places)
        tails = {(self._part(place, PlaceLevel.DISTRICT), self._part(place, PlaceLevel.SUBDISTRICT)) for place in chosen}
        for place in chosen:
            yield _Option(
                hit,
                place,
                self._part(place, PlaceLevel.DISTRICT),
                self._part(place, PlaceLevel.SUBDISTRICT),
                self._part(place, PlaceLevel.COMMUNITY) if hit.kind is not NameKind.FAMILY else "",
                hit.quality / len(tails),
            )

    def _agree(self, codes: set[str], other: NameHit) -> bool:
        return other.quality >= 0.3 and any(codes & self._above(place) for place in other.places)

    def _part(self, place: Place, level: PlaceLevel) -> str:
        return next((part.code for part in self._gazetteer.chain(place) if part.level is level), "")

    def _candidate(
        self,
        cleaned: Clean,
        where: tuple[str, str],
        mine: list[_Option],
        support: list[_Option],
        score: float,
        parts: list[Part],
    ) -> LocationCandidate:
        district, subdistrict = where
        communities = {option.community for option in mine if option.community}
        near = [Part(option.hit.start, option.hit.end) for option in support if not _says_no_more(option.hit)]
        span = address_span(cleaned.text, parts, near)
        return LocationCandidate(
            district_code=district or None,
            subdistrict_code=subdistrict or None,
            community_code=communities.pop() if len(communities) == 1 else None,
            name=self._gazetteer.full_name(subdistrict or district),
            address=cleaned.text[span[0] : span[1]] if span else None,
            score=round(score, 4),
            evidence=tuple(sorted({cleaned.span(option.hit.start, option.hit.end) for option in support})),
        )


def _says_no_more(hit: NameHit) -> bool:
    """District and official sub-district stand in fields of their own; a short name (天通苑北) may be a compound's."""
    levels = {place.level for place in hit.places}
    return PlaceLevel.DISTRICT in levels or (PlaceLevel.SUBDISTRICT in levels and hit.kind is NameKind.FULL)


def _without(text: str, hits: list[NameHit]) -> str:
    for hit in hits:
        text = text[: hit.start] + BREAK * (hit.end - hit.start) + text[hit.end :]
    return text


def _score(mine: list[_Option], support: list[_Option], options: list[_Option]) -> float:
    doubt = 1.0
    best: dict[tuple[int, int], float] = {}
    for option in support:
        span = (option.hit.start, option.hit.end)
        share = option.share if option in mine else 0.3 * option.share
        best[span] = max(best.get(span, 0.0), share)
    for share in best.values():
        doubt *= 1 - share
    score = 1 - doubt
    ours = {option.district for option in mine}
    against = {(option.hit.start, option.hit.end): option.hit.quality for option in options if option.district not in ours}
    for span, quality in against.items():
        if span not in best:
            score *= 1 - 0.35 * quality
    return min(score, 0.99)


def _quality(text: str, hit: NameHit) -> float:
    """Probability that the hit is a place, from its name and the characters around it."""
    level = min((place.level for place in hit.places), key=list(PlaceLevel).index)
    before, after = text[max(0, hit.start - 4) : hit.start], text[hit.end : hit.end + 6]
    quality = _WEAK if hit.kind is NameKind.WEAK else _WRITTEN.get((level, hit.kind), 0.6)
    if hit.kind is not NameKind.FULL and level is not PlaceLevel.DISTRICT and hit.end - hit.start == 2:
        quality *= _SHORT_TWO
    if hit.sameness < 1:
        quality *= _heard(hit, level)
    if _DENIED_BEFORE.search(before):
        return 0.1 * quality
    bare = hit.kind is not NameKind.FULL and level is not PlaceLevel.LANDMARK
    if bare and (_NO_PLACE_AFTER.match(after) or (_ROAD_AFTER.match(after) and not hit.name.endswith(("路", "街")))):
        return 0.25 * quality if level is PlaceLevel.DISTRICT or hit.end - hit.start == 2 else 0.6 * quality
    if _BEFORE.search(before) and quality > 0.2:
        quality += 0.3 * (1 - quality)
    if _AFTER.match(after) and quality > 0.2:
        quality += 0.15 * (1 - quality)
    return quality


def _heard(hit: NameHit, level: PlaceLevel) -> float:
    """Factor for a name that only sounds like the one of the gazetteer: the shorter the name, the likelier by chance."""
    length = hit.end - hit.start
    slurred = hit.sameness < 0.82
    if level is PlaceLevel.COMMUNITY:
        certain = {3: 0.25, 4: 0.6 if hit.kind is NameKind.SHORT else 0.75}.get(length, 0.85)
        return certain * (0.45 if slurred else 1.0)
    certain = {2: 0.2, 3: 0.85}.get(length, 0.95)
    if slurred:
        certain *= {3: 0.35, 4: 0.6}.get(length, 0.85)
    return certain * hit.sameness**0.5


def _deepest_wide(places: tuple[Place, ...]) -> tuple[Place, ...]:
    """Of the places of one name the widest level: 望京 is the sub-district before the community of that name in another one.
    Landmarks written by hand go before all but districts: they say what people mean by the name."""
    levels = [PlaceLevel.DISTRICT, PlaceLevel.LANDMARK, PlaceLevel.SUBDISTRICT, PlaceLevel.COMMUNITY]
    widest = min((place.level for place in places), key=levels.index)
    return tuple(place for place in places if place.level is widest)


def _silent_end(text: str, hit: NameHit) -> int:
    """A kind of house at the end of a name speaks for the matter: 天坛医院."""
    ending = re.search("(?:医院|公园|中学|小学|大学|机场|市场|车站|站|路|小区|社区)$", text[hit.start : hit.end])
    return hit.start + ending.start() if ending else hit.end
