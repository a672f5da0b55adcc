"""Names of the city's codes, for reading: None for no code, the code itself where the city's data no longer knows it."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from intake.office import Office

if TYPE_CHECKING:
    from classifier.gazetteer import Place


def category_name(office: Office, code: str | None) -> str | None:
    """The leaf's own name, last of its path."""
    path = category_path(office, code)
    return path[-1] if path else code


def category_path(office: Office, code: str | None) -> tuple[str, ...]:
    """Names from the first level to the leaf; empty for no code or an unknown one."""
    leaf = office.taxonomy().leaf(code) if code else None
    return tuple(leaf.path) if leaf else ()


def place_name(office: Office, district: str | None, subdistrict: str | None, community: str | None) -> str | None:
    """The smallest known place with what is around it, from the large to the small: 昌平区天通苑北街道."""
    code = community or subdistrict or district
    return office.places().full_name(code) or code if code else None


@dataclass(frozen=True, slots=True)
class PlaceFound:
    """`around` names what lies around it; `address` is a landmark's own name, which belongs into the address."""

    district_code: str
    subdistrict_code: str | None
    community_code: str | None
    name: str
    around: str
    address: str


def find_places(office: Office, words: str) -> list[PlaceFound]:
    """Places of the city that go by these words, wide ones first."""
    places = office.places()
    found = (_found(places.chain(place)) for place in places.search(words)) if words else ()
    return [place for place in found if place]


def _found(chain: "tuple[Place, ...]") -> PlaceFound | None:
    codes = {str(place.level): place.code for place in chain}
    if "district" not in codes:
        return None
    last = chain[-1]
    return PlaceFound(
        district_code=codes["district"],
        subdistrict_code=codes.get("subdistrict"),
        community_code=codes.get("community"),
        name=last.name,
        around="".join(place.name for place in chain[:-1]),
        address=last.name if "landmark" in codes else "",
    )
