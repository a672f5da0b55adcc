"""Articles of knowledge that likely answer what was said in a case."""

from dataclasses import dataclass

from classifier.articles import Found
from intake.office import Office
from intake.queries_case import CasePage


@dataclass(frozen=True, slots=True)
class _Chosen:
    """A matter that a person has put into the form: certain."""

    code: str
    path: tuple[str, ...]
    score: float = 1.0


def likely_answers(office: Office, page: CasePage) -> tuple[Found, ...]:
    """None while nothing was understood. A matter that a person has chosen counts alone."""
    if page.proposal is None:
        return ()
    code, asks = page.fields.category_code, page.fields.kind == "consultation"
    if code and page.provenance.get("category_code", "machine") != "machine":
        return office.articles().answers(page.proposal.text, [_Chosen(code, page.category_path)], asks=asks)
    return office.articles().answers(page.proposal.text, page.proposal.categories, asks=asks)
