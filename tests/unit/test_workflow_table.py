from intake.workflow import MOVES, may_move
from models.case import CaseState

# As the contract draws them.
DRAWN = {
    "open": "proposed callback",
    "proposed": "confirmed answered merged cancelled",
    "confirmed": "dispatched",
    "dispatched": "accepted refused",
    "accepted": "resolved",
    "resolved": "closed",
    "closed": "",
    "callback": "proposed answered cancelled",
    "answered": "closed",
    "merged": "proposed",
    "refused": "confirmed cancelled",
    "cancelled": "",
}


def test_the_table_is_what_the_contract_draws() -> None:
    assert {str(state): {str(to) for to in targets} for state, targets in MOVES.items()} == {
        state: set(targets.split()) for state, targets in DRAWN.items()
    }


def test_every_state_stands_in_the_table() -> None:
    assert set(MOVES) == set(CaseState)


def test_every_state_is_reached_from_open() -> None:
    reached, edge = {CaseState.OPEN}, {CaseState.OPEN}
    while edge:
        edge = {to for state in edge for to in MOVES[state]} - reached
        reached |= edge
    assert reached == set(CaseState)


def test_nothing_goes_back_to_open_and_nothing_to_itself() -> None:
    assert not any(may_move(state, CaseState.OPEN) or may_move(state, state) for state in CaseState)


def test_from_every_state_a_case_can_come_to_an_end() -> None:
    ends = {state for state in CaseState if not MOVES[state]}
    can_end = set(ends)
    while grown := {state for state in CaseState if MOVES[state] & can_end} - can_end:
        can_end |= grown
    assert ends == {CaseState.CLOSED, CaseState.CANCELLED}
    assert can_end == set(CaseState)
