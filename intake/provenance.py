"""Where the content of a case's field comes from: the machine, a person who changed the machine's, or a person alone."""

from enum import StrEnum

from models.case import Case


class Provenance(StrEnum):
    MACHINE = "machine"
    EDITED = "edited"
    """A person changed what the machine had proposed."""
    TYPED = "typed"
    """A person filled what was empty."""


def is_the_machines(case: Case, field: str) -> bool:
    """Whether the machine may still fill the field: no person has touched it."""
    return case.provenance.get(field) in {None, Provenance.MACHINE}


def note_machine(case: Case, *fields: str) -> None:
    _note(case, Provenance.MACHINE, fields)


def note_person(case: Case, field: str, before: object) -> None:
    """A person has set the field, which held `before` (None: it was empty)."""
    had_machine_text = before not in {None, ""} and case.provenance.get(field) != Provenance.TYPED
    _note(case, Provenance.EDITED if had_machine_text else Provenance.TYPED, (field,))


def _note(case: Case, provenance: Provenance, fields: tuple[str, ...]) -> None:
    # A new dictionary: the column notices no change within the old one.
    case.provenance = {**case.provenance, **dict.fromkeys(fields, str(provenance))}
