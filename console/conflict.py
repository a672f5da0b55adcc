"""Two versions of a case side by side: what this operator wrote and what stands there now."""

from collections.abc import Mapping
from dataclasses import dataclass

from console import words
from console.case_form import COMPARED, values
from console.saying import say as _
from intake.office import Office
from intake.queries_case import CaseFields
from intake.queries_names import category_name, place_name


@dataclass(frozen=True, slots=True)
class Side:
    """`value` as the form sends it, `text` as a person reads it."""

    value: str
    text: str


@dataclass(frozen=True, slots=True)
class Comparison:
    field: str
    name: str
    mine: Side
    theirs: Side

    @property
    def differs(self) -> bool:
        return self.mine.value != self.theirs.value


def compare(office: Office, mine: CaseFields, theirs: CaseFields) -> list[Comparison]:
    own, now = values(mine), values(theirs)
    own_texts, now_texts = _texts(office, mine), _texts(office, theirs)
    return [
        Comparison(field, _name(field), Side(own[field], own_texts[field]), Side(now[field], now_texts[field]))
        for field in COMPARED
    ]


def are_equal(mine: CaseFields, theirs: CaseFields) -> bool:
    return values(mine) == values(theirs)


def _name(field: str) -> str:
    return words.word(words.FIELDS, "location" if field == "place" else field)


def _texts(office: Office, fields: CaseFields) -> Mapping[str, str]:
    return {
        **values(fields),
        "category_code": category_name(office, fields.category_code) or "",
        "place": place_name(office, fields.district_code, fields.subdistrict_code, fields.community_code) or "",
        "urgency": words.word(words.URGENCIES, fields.urgency),
        "kind": words.word(words.KINDS, fields.kind),
        "confidential": _("是") if fields.confidential else _("否"),
    }
