"""What a use case can refuse. Each text is a whole sentence; none holds a caller's words or number."""

from dataclasses import dataclass

from config.errors import HotlineError
from models.case import CaseState


class UnknownCall(HotlineError):
    """No such call: it was never announced, or it belongs to another system."""

    code = "unknown_call"

    def __init__(self) -> None:
        super().__init__(type(self).__doc__)


class UnknownCase(HotlineError):
    """No case has this number."""

    code = "unknown_case"

    def __init__(self) -> None:
        super().__init__(type(self).__doc__)


class StreamTokenUsed(HotlineError):
    """This call already has an audio stream, by another socket."""

    code = "stream_token_used"

    def __init__(self) -> None:
        super().__init__(type(self).__doc__)


class MoveForbidden(HotlineError):
    """The case cannot go from its state to the wanted one."""

    code = "move_forbidden"

    def __init__(self, case_no: str, now: CaseState, wanted: CaseState) -> None:
        super().__init__(f"Case {case_no} is {now}; it cannot become {wanted}. Read it again.")
        self.case_no, self.now, self.wanted = case_no, now, wanted


class StaleCase(HotlineError):
    """Somebody else changed the case since it was read."""

    code = "stale_case"

    def __init__(self, case_no: str, given: int, current: int) -> None:
        super().__init__(f"Case {case_no} was changed in between: you read version {given}, it is at {current}. Read it again.")
        self.case_no, self.given, self.current = case_no, given, current


@dataclass(frozen=True, slots=True)
class FieldProblem:
    """`field` is a name of the confirm request (location, ...); `text` an English sentence, translated where it is shown."""

    field: str
    code: str
    """The field's state: place_missing, category_unknown, ..."""
    text: str

    @property
    def is_missing(self) -> bool:
        return self.code.endswith("_missing")


class MissingForDispatch(HotlineError):
    """The receiver needs more than the case holds, or a code is not one of the city's."""

    code = "missing_for_dispatch"

    def __init__(self, problems: tuple[FieldProblem, ...]) -> None:
        super().__init__(" ".join(problem.text for problem in problems))
        self.problems = problems

    @property
    def fields(self) -> tuple[str, ...]:
        return tuple(problem.field for problem in self.problems)
