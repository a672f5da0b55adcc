"""Where it is: names found in the text become candidates of the gazetteer, and the hierarchy decides between them."""

import re
from collections import defaultdict
from dataclasses import dataclass, replace
from typing import Final

from classifier.address import Part, address_parts, address_span
from classifier.belief import believe
from classifier.clean import BREAK, Clean
from classifier.gazetteer import Gazetteer, Place, PlaceLevel
from classifier.misheard import Misheard, misheard
from classifier.phrases import one_of
from classifier.placenames import NameHit, NameIndex, NameKind
from classifier.proposal import LocationCandidate

_NEEDED: Final = 0.3
"""Quality below which a hit makes no candidate."""
_SURE: Final = 0.6
"""Quality from which a hit helps others that lie in the same place."""
_SLURRED: Final = 0.82
_UNSURE: Final = 0.4
"""Quality to which a name of three syllables rises at most that has one of them wrong (sameness below _SLURRED)."""
_FIRST: Final = (PlaceLevel.DISTRICT, PlaceLevel.LANDMARK, PlaceLevel.SUBDISTRICT, PlaceLevel.COMMUNITY)
"""Of the places of one name the widest is meant: 望京 before the village of that name. Landmarks, written by hand, say what
people mean by a name, and go before all but districts."""
_OUTER: Final = 0.3
"""How much of a district's quality goes over to a sub-district in it."""
_AGAINST: Final = 0.35
"""How much a place in another district takes from a candidate."""
_HOUSE: Final = re.compile(one_of("医院 公园 中学 小学 大学 机场 市场 车站 站 路 小区 社区") + "$")


@dataclass(frozen=True, slots=True)
class Found:
    candidates: tuple[LocationCandidate, ...]
    silent: tuple[tuple[int, int], ...]
    """Stretches of the cleaned text that name places and say nothing of the matter."""


@dataclass(frozen=True, slots=True)
class _Option:
    """One place that a hit may mean."""

    hit: NameHit
    district: str
    subdistrict: str
    community: str
    share: float
    """Of the hit's quality, parted among its places."""


@dataclass(frozen=True, slots=True)
class _Candidate:
    district: str
    subdistrict: str
    mine: tuple[_Option, ...]
    """Options in this very place."""
    around: tuple[_Option, ...]
    """Options that say only the district."""


class PlaceFinder:
    def __init__(self, gazetteer: Gazetteer) -> None:
        self._gazetteer = gazetteer
        self._names = NameIndex(gazetteer)
        self._codes: dict[str, frozenset[str]] = {}

    def find(self, cleaned: Clean, given: str) -> Found:
        text = cleaned.text
        hits = self._supported(believe(text, self._names.find(text)))
        parts = address_parts(_without(text, [hit for hit in hits if _says_no_more(hit)]))
        options = [option for hit in hits for option in self._options(hit, hits)]
        shown = cleaned.shown(given) if options else ""
        scored = [(_score(candidate, options), candidate) for candidate in _candidates(options)]
        scored.sort(key=lambda pair: -pair[0])
        silent = [(hit.start, _silent_end(text, hit)) for hit in hits] + [(part.start, part.end) for part in parts]
        return Found(
            tuple(self._located(cleaned, shown, candidate, score, parts) for score, candidate in scored[:5] if score >= 0.05),
            tuple(sorted(silent)),
        )

    def misheard(self, cleaned: Clean, given: str) -> tuple[Misheard, ...]:
        """Names that were surely meant and not written."""
        return misheard(self._supported(believe(cleaned.text, self._names.find(cleaned.text))), cleaned, given)

    def _supported(self, hits: list[NameHit]) -> list[NameHit]:
        """Unsure hits rise beside a sure place that holds theirs; those that stay unsure go."""
        sure = {code for hit in hits if hit.quality >= _SURE for place in hit.places for code in self._above(place)}
        return [raised for hit in hits if (raised := self._raised(hit, sure)).quality >= _NEEDED]

    def _raised(self, hit: NameHit, sure: set[str]) -> NameHit:
        if hit.quality >= _SURE or not any(sure & self._above(place) for place in hit.places):
            return hit
        if hit.sameness < 1 and len(hit.name) == 2 and not hit.beside:
            return hit
        doubt = 0.55 if hit.kind in (NameKind.WEAK, NameKind.BARE) or hit.sameness < 0.9 else 0.35
        raised = 1 - (1 - hit.quality) * doubt
        unsure = hit.sameness < _SLURRED and len(hit.name) == 3 and not hit.beside
        return replace(hit, quality=max(hit.quality, min(raised, _UNSURE)) if unsure else raised)

    def _above(self, place: Place) -> frozenset[str]:
        """Codes of the place and of what is around it."""
        known = self._codes.get(place.code)
        if known is None:
            parts = self._gazetteer.chain(place)
            known = self._codes[place.code] = frozenset(part.code for part in parts if part.level is not PlaceLevel.LANDMARK)
        return known

    def _options(self, hit: NameHit, hits: list[NameHit]) -> list[_Option]:
        """The hit's places, only those that agree with other hits where any does: 朝阳区八里庄 is not the one in Haidian."""
        others = [
            other
            for other in hits
            if (other.start, other.end) != (hit.start, hit.end)
            and (other.quality >= _SURE or other.level is PlaceLevel.DISTRICT)
        ]
        codes = {code for other in others for place in other.places for code in self._above(place)}
        chosen = _widest([place for place in hit.places if codes & self._above(place)] or list(hit.places))
        wheres = self._ordered(hit, chosen)
        return [
            _Option(hit, district, subdistrict, "" if hit.kind is NameKind.FAMILY else community, hit.quality / len(wheres))
            for district, subdistrict, community in wheres
        ]

    def _ordered(self, hit: NameHit, chosen: list[Place]) -> list[tuple[str, str, str]]:
        """Where the chosen places lie, each once; first the sub-district that bears the name itself: 良乡."""
        named = {place.code for place in hit.places if place.level is PlaceLevel.SUBDISTRICT}
        return sorted(dict.fromkeys(map(self._where, chosen)), key=lambda where: where[1] not in named)

    def _where(self, place: Place) -> tuple[str, str, str]:
        """Codes of district, sub-district and community."""
        codes = {part.level: part.code for part in self._gazetteer.chain(place)}
        return (
            codes.get(PlaceLevel.DISTRICT, ""),
            codes.get(PlaceLevel.SUBDISTRICT, ""),
            codes.get(PlaceLevel.COMMUNITY, ""),
        )

    def _located(self, cleaned: Clean, shown: str, candidate: _Candidate, score: float, parts: list[Part]) -> LocationCandidate:
        support = (*candidate.mine, *candidate.around)
        communities = {option.community for option in candidate.mine if option.community}
        best = max(option.hit.quality for option in support)
        near = [
            Part(option.hit.start, option.hit.end)
            for option in support
            if not _says_no_more(option.hit) and option.hit.quality >= 0.5 * best
        ]
        span = address_span(cleaned.text, parts, near)
        return LocationCandidate(
            district_code=candidate.district or None,
            subdistrict_code=candidate.subdistrict or None,
            community_code=communities.pop() if len(communities) == 1 else None,
            name=self._gazetteer.full_name(candidate.subdistrict or candidate.district),
            address=shown[span[0] : span[1]] if span else None,
            score=round(score, 4),
            evidence=tuple(sorted({cleaned.span(option.hit.start, option.hit.end) for option in support})),
        )


def _candidates(options: list[_Option]) -> list[_Candidate]:
    """A district alone is none where a sub-district in it was said."""
    groups: defaultdict[tuple[str, str], list[_Option]] = defaultdict(list)
    for option in options:
        groups[option.district, option.subdistrict].append(option)
    narrowed = {district for district, subdistrict in groups if subdistrict}
    return [
        _Candidate(district, subdistrict, tuple(mine), tuple(groups.get((district, ""), ())) if subdistrict else ())
        for (district, subdistrict), mine in groups.items()
        if subdistrict or district not in narrowed
    ]


def _score(candidate: _Candidate, options: list[_Option]) -> float:
    """Probability that this is the place: at least one of the names said means it, and those of another district do not. A name
    counts once, however often it is said."""
    shares: defaultdict[str, float] = defaultdict(float)
    for option in candidate.mine:
        shares[option.hit.name] = max(shares[option.hit.name], option.share)
    for option in candidate.around:
        shares[option.hit.name] = max(shares[option.hit.name], _OUTER * option.share)
    doubt = 1.0
    for share in shares.values():
        doubt *= 1 - share
    against = {option.hit.name: option.hit.quality for option in options if option.district != candidate.district}
    trust = 1.0
    for name, quality in against.items():
        trust *= 1 if name in shares else 1 - _AGAINST * quality
    return min((1 - doubt) * trust, 0.99)


def _says_no_more(hit: NameHit) -> bool:
    """District and official sub-district stand in fields of their own; a short name (天通苑北) may be a compound's."""
    return hit.level is PlaceLevel.DISTRICT or (hit.level is PlaceLevel.SUBDISTRICT and hit.kind is NameKind.FULL)


def _without(text: str, hits: list[NameHit]) -> str:
    for hit in hits:
        text = text[: hit.start] + BREAK * (hit.end - hit.start) + text[hit.end :]
    return text


def _widest(places: list[Place]) -> list[Place]:
    """Of the first level there is; but a landmark of which the district alone is known tells less than a sub-district of its
    name there: 卢沟桥."""
    districts = {place.parent for place in places if place.level is PlaceLevel.SUBDISTRICT}
    places = [place for place in places if place.level is not PlaceLevel.LANDMARK or place.parent not in districts]
    widest = min((place.level for place in places), key=_FIRST.index)
    return [place for place in places if place.level is widest]


def _silent_end(text: str, hit: NameHit) -> int:
    """A kind of house at the end of a name speaks for the matter: 天坛医院."""
    ending = _HOUSE.search(text[hit.start : hit.end])
    return hit.start + ending.start() if ending else hit.end
