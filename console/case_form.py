"""The form of the case page: what was sent, what of it differs, and what it means to the use cases."""

from collections.abc import Mapping
from dataclasses import dataclass

from console.case_view import place_value
from intake.confirmation import CaseChange
from intake.filing import KINDS, URGENCIES, PlaceChange
from intake.queries_case import CaseFields

TEXTS = {"category_code": 32, "address": 200, "summary": 500, "note": 1000, "caller_name": 64}
"""Text fields and their longest content."""
COMPARED = ("category_code", "place", "address", "urgency", "kind", "summary", "caller_name", "confidential", "note")
"""Fields in the order in which two versions are laid side by side."""


@dataclass(frozen=True, slots=True)
class Submitted:
    version: int
    fields: CaseFields

    @property
    def change(self) -> CaseChange:
        """The whole form: what is empty here is emptied."""
        fields = self.fields
        return CaseChange(
            version=self.version,
            kind=fields.kind or "",
            urgency=fields.urgency or "",
            category_code=fields.category_code or "",
            location=PlaceChange(fields.district_code, fields.subdistrict_code, fields.community_code, fields.address),
            summary=fields.summary or "",
            note=fields.note or "",
            caller_name=fields.caller_name or "",
            confidential=fields.confidential,
        )


def read_form(form: Mapping[str, str]) -> Submitted:
    """Raises ValueError for a form that no page of ours sends."""
    version = int(form.get("version", ""))
    texts = {name: _clean(form.get(name, ""), longest) for name, longest in TEXTS.items()}
    district, subdistrict, community = read_place(form.get("place", ""))
    return Submitted(
        version,
        CaseFields(
            kind=_one_of(form.get("kind", ""), KINDS),
            urgency=_one_of(form.get("urgency", ""), URGENCIES),
            category_code=texts["category_code"],
            district_code=district,
            subdistrict_code=subdistrict,
            community_code=community,
            address=texts["address"],
            summary=texts["summary"],
            note=texts["note"],
            caller_name=texts["caller_name"],
            confidential=form.get("confidential") == "1",
        ),
    )


def read_place(value: str) -> tuple[str | None, str | None, str | None]:
    """District, sub-district and community of a tile's value. Raises ValueError."""
    if not value:
        return None, None, None
    parts = value.split("/")
    if len(parts) != 3 or any(part and not (part.isascii() and part.isdigit() and len(part) <= 12) for part in parts):
        raise ValueError("no place of our form")
    return parts[0] or None, parts[1] or None, parts[2] or None


def values(fields: CaseFields) -> dict[str, str]:
    """The fields as the form sends them, by name."""
    return {
        "category_code": fields.category_code or "",
        "place": place_value(fields.district_code, fields.subdistrict_code, fields.community_code),
        "address": fields.address or "",
        "urgency": fields.urgency or "",
        "kind": fields.kind or "",
        "summary": fields.summary or "",
        "caller_name": fields.caller_name or "",
        "confidential": "1" if fields.confidential else "",
        "note": fields.note or "",
    }


def _clean(text: str, longest: int) -> str | None:
    plain = "".join(character for character in text.replace("\r\n", "\n") if character >= " " or character == "\n")
    return plain.strip()[:longest] or None


def _one_of(text: str, allowed: tuple[str, ...]) -> str | None:
    if text and text not in allowed:
        raise ValueError("no choice of our form")
    return text or None
