"""The case page as its templates take it: tiles to choose from, marks of provenance, lines of the transcript."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from console.transcript import Line, Span, lines
from intake.listening import CALLER
from intake.queries_case import CasePage, CategorySeen, PlaceSeen
from models.case import CaseState

EDITABLE = frozenset({CaseState.OPEN, CaseState.PROPOSED, CaseState.CALLBACK, CaseState.REFUSED})
"""States in which the form is filled in; from `open` and `callback` it cannot be confirmed yet."""
CONFIRMABLE = frozenset({CaseState.PROPOSED, CaseState.REFUSED})

CATEGORY_KEYS = "12345"
PLACE_KEYS = "67890"


@dataclass(frozen=True, slots=True)
class Tile:
    """Something to choose: the form sends `value`; `evidence` names its words in the transcript; `percent` is 0 to 100."""

    value: str
    name: str
    detail: str
    key: str | None = None
    percent: int | None = None
    evidence: str = ""
    address: str = ""
    is_chosen: bool = False


@dataclass(frozen=True, slots=True)
class CaseView:
    page: CasePage
    lines: tuple[Line, ...]
    categories: tuple[Tile, ...]
    places: tuple[Tile, ...]

    @property
    def is_editable(self) -> bool:
        return self.page.state in EDITABLE

    @property
    def is_confirmable(self) -> bool:
        return self.page.state in CONFIRMABLE

    @property
    def is_talk(self) -> bool:
        """A human of ours spoke with the resident, and was heard too."""
        return any(line.said.channel != CALLER for line in self.lines)

    @property
    def sample(self) -> str | None:
        return next((call.sample for call in self.page.calls if call.sample), None)


def case_view(page: CasePage, more: Mapping[str, Sequence[Span]] | None = None) -> CaseView:
    """`more`: what else led to something, by names of its own; offsets count in the proposal's text."""
    return CaseView(
        page=page,
        lines=lines(page.utterances, page.proposal, more),
        categories=category_tiles(page),
        places=place_tiles(page),
    )


def category_tiles(page: CasePage) -> tuple[Tile, ...]:
    """The candidates, and after them the present choice where it is none of them."""
    chosen = page.fields.category_code
    candidates = page.proposal.categories if page.proposal else ()
    tiles = [_category(candidate, place, chosen) for place, candidate in enumerate(candidates)]
    if chosen and not any(tile.is_chosen for tile in tiles):
        tiles.append(Tile(chosen, page.category or chosen, " › ".join(page.category_path[:-1]), is_chosen=True))
    return tuple(tiles)


def place_tiles(page: CasePage) -> tuple[Tile, ...]:
    chosen = place_value(page.fields.district_code, page.fields.subdistrict_code, page.fields.community_code)
    candidates = page.proposal.places if page.proposal else ()
    tiles = [_place(candidate, place, chosen) for place, candidate in enumerate(candidates)]
    if chosen and not any(tile.is_chosen for tile in tiles):
        tiles.append(Tile(chosen, page.place or chosen, "", is_chosen=True))
    return tuple(_without_doubles(tiles))


def place_value(district: str | None, subdistrict: str | None, community: str | None) -> str:
    """The codes of a place as one value of the form; empty without a district."""
    return "/".join((district, subdistrict or "", community or "")) if district else ""


def _category(candidate: CategorySeen, place: int, chosen: str | None) -> Tile:
    return Tile(
        value=candidate.code,
        name=candidate.name,
        detail=" › ".join(candidate.path[:-1]),
        key=CATEGORY_KEYS[place] if place < len(CATEGORY_KEYS) else None,
        percent=_percent(candidate.score),
        evidence=f"c{place + 1}",
        is_chosen=candidate.code == chosen,
    )


def _place(candidate: PlaceSeen, place: int, chosen: str) -> Tile:
    value = place_value(candidate.district_code, candidate.subdistrict_code, candidate.community_code)
    return Tile(
        value=value,
        name=candidate.name,
        detail=candidate.address or "",
        key=PLACE_KEYS[place] if place < len(PLACE_KEYS) else None,
        percent=_percent(candidate.score),
        evidence=f"l{place + 1}",
        address=candidate.address or "",
        is_chosen=value == chosen,
    )


def _without_doubles(tiles: Sequence[Tile]) -> list[Tile]:
    """Two candidates may differ by address alone: the first one is the choice."""
    seen: set[str] = set()
    kept = []
    for tile in tiles:
        if tile.value and tile.value not in seen:
            kept.append(tile)
        seen.add(tile.value)
    return kept


def _percent(score: float) -> int:
    return round(100 * max(0.0, min(1.0, score)))
