"""Which prompts are said when. Their texts stand in config/prompts/, so that a city changes them without code."""

from enum import StrEnum
from typing import Final

from ivr.actions import Fixed, Piece, Spoken
from ivr.digits import digit_groups
from ivr.events import Reading
from ivr.state import Conversation, Phase, Reason

OWN_WORDS_LIMIT: Final = 40
"""Characters of the caller's own words that a read-back repeats."""


class Prompt(StrEnum):
    """Every prompt that the system plays; config/prompts/prompts.toml has each of them."""

    NOTICE = "notice"
    HUMAN_HINT = "human_hint"
    HUMAN_HINT_KEY = "human_hint_key"
    ASK_MATTER = "ask_matter"
    ASK_RECORD = "ask_record"
    GO_ON = "go_on"
    ASK_DETAIL = "ask_detail"
    ASK_PLACE = "ask_place"
    ASK_CORRECTION = "ask_correction"
    STILL_THERE = "still_there"
    NOT_HEARD = "not_heard"
    READBACK_MATTER = "readback_matter"
    READBACK_PLACE = "readback_place"
    READBACK_QUESTION = "readback_question"
    READBACK_HELP = "readback_help"
    NOTED = "noted"
    RECORDED = "recorded"
    CASE_NUMBER = "case_number"
    CASE_NUMBER_AGAIN = "case_number_again"
    GOODBYE = "goodbye"
    DANGER = "danger"
    DANGER_MEDICAL = "danger_medical"
    WILL_TRANSFER = "will_transfer"
    TRANSFER = "transfer"
    SORRY_SILENCE = "sorry_silence"
    SORRY_UNCLEAR = "sorry_unclear"
    SORRY_FAILURE = "sorry_failure"
    SORRY_TIME = "sorry_time"
    TO_OPERATOR = "to_operator"
    """A seat is free: the conversation is broken off."""
    NEXT_SEAT = "next_seat"
    CALLING_RESIDENT = "calling_resident"
    RESIDENT_NOT_REACHED = "resident_not_reached"
    WAIT = "wait"
    """Everybody is busy; what follows is where the caller stands."""
    WAIT_NEXT = "wait_next"
    WAIT_BEFORE = "wait_before"
    """Then how many are ahead, then WAIT_AFTER."""
    WAIT_AFTER = "wait_after"
    COUNT_1 = "count_1"
    COUNT_2 = "count_2"
    COUNT_MANY = "count_many"
    """More than nine."""
    CALL_BACK = "call_back"
    """For the carrier side: no human could be reached; a message follows."""
    LEAVE_MESSAGE = "leave_message"
    """For the carrier side: the conversation itself could not take place."""
    PAUSE = "pause"
    DIGIT_0 = "digit_0"
    DIGIT_1 = "digit_1"
    DIGIT_2 = "digit_2"
    DIGIT_3 = "digit_3"
    DIGIT_4 = "digit_4"
    DIGIT_5 = "digit_5"
    DIGIT_6 = "digit_6"
    DIGIT_7 = "digit_7"
    DIGIT_8 = "digit_8"
    DIGIT_9 = "digit_9"


QUESTIONS: Final = {
    Phase.MATTER: (Prompt.ASK_MATTER,),
    Phase.DETAIL: (Prompt.ASK_DETAIL,),
    Phase.PLACE: (Prompt.ASK_PLACE,),
    Phase.CORRECTION: (Prompt.ASK_CORRECTION,),
}
"""What is asked in a phase in which the caller answers freely."""

TRANSFERS: Final = {
    Reason.HUMAN_ASKED: (Prompt.WILL_TRANSFER,),
    Reason.DANGER: (Prompt.DANGER, Prompt.TRANSFER),
    Reason.SILENCE: (Prompt.SORRY_SILENCE, Prompt.TRANSFER),
    Reason.UNCLEAR: (Prompt.SORRY_UNCLEAR, Prompt.TRANSFER),
    Reason.READBACK_FAILED: (Prompt.SORRY_UNCLEAR, Prompt.TRANSFER),
    Reason.TIME_UP: (Prompt.SORRY_TIME, Prompt.TRANSFER),
    Reason.OPERATOR: (Prompt.TO_OPERATOR,),
}
"""What is said before a human is called; any other reason is a failure of ours."""
_COUNTS: Final = {1: Prompt.COUNT_1, 2: Prompt.COUNT_2}
"""Numbers that are said otherwise when something is counted."""
FAILURE: Final = (Prompt.SORRY_FAILURE, Prompt.TRANSFER)


def fixed(*prompts: Prompt) -> tuple[Piece, ...]:
    return tuple(Fixed(prompt) for prompt in prompts)


def question(phase: Phase, recognises: bool) -> tuple[Piece, ...]:
    return fixed(Prompt.ASK_RECORD) if not recognises else fixed(*QUESTIONS[phase])


def open_question(recognises: bool) -> tuple[Piece, ...]:
    """The first question, with the way to a human told before it. Where words are not understood, danger cannot be heard
    either: the caller is told whom to ring."""
    hint = fixed(Prompt.HUMAN_HINT) if recognises else fixed(Prompt.DANGER, Prompt.HUMAN_HINT_KEY)
    return (*hint, *question(Phase.MATTER, recognises))


def read_back(reading: Reading, words: str) -> tuple[Piece, ...]:
    """The matter in residents' words, or the caller's own where it was not recognised, then the place."""
    matter = reading.matter or own_words(reading.own_words or words)
    place = (*fixed(Prompt.READBACK_PLACE), Spoken(reading.place)) if reading.place else ()
    asked = fixed(Prompt.READBACK_QUESTION, Prompt.READBACK_HELP)
    return (*fixed(Prompt.READBACK_MATTER), Spoken(matter), *place, *asked)


def own_words(text: str) -> str:
    """The beginning of what the caller said, cut at a pause where there is one."""
    if len(text) <= OWN_WORDS_LIMIT:
        return text.rstrip("，。、；,. ")
    head = text[:OWN_WORDS_LIMIT]
    pause = max(head.rfind(mark) for mark in "，。！？；,")
    return head[:pause] if pause >= OWN_WORDS_LIMIT // 3 else head


def case_number(case_no: str) -> tuple[Piece, ...]:
    """The number digit by digit, a pause between groups."""
    pieces: list[Piece] = []
    for group in digit_groups(case_no):
        pieces += fixed(*([Prompt.PAUSE] if pieces else []), *(Prompt(f"digit_{digit}") for digit in group))
    return tuple(pieces)


def closing(state: Conversation) -> tuple[Piece, ...]:
    """Thanks, case number, goodbye."""
    return (*fixed(Prompt.NOTED if state.recognises else Prompt.RECORDED), *closing_again(state))


def closing_again(state: Conversation) -> tuple[Piece, ...]:
    number = (*fixed(Prompt.CASE_NUMBER), *case_number(state.case_no)) if state.case_no else ()
    return (*number, *fixed(Prompt.CASE_NUMBER_AGAIN, Prompt.GOODBYE))


def place_in_line(ahead: int) -> tuple[Piece, ...]:
    """Where the caller stands: fixed prompts only, for a voice may be what has failed."""
    if ahead == 0:
        return fixed(Prompt.WAIT_NEXT)
    count = _COUNTS.get(ahead) or (Prompt(f"digit_{ahead}") if ahead < 10 else Prompt.COUNT_MANY)
    return fixed(Prompt.WAIT_BEFORE, count, Prompt.WAIT_AFTER)


def transfer(reason: str, *, medical: bool = False) -> tuple[Piece, ...]:
    prompts = TRANSFERS.get(Reason(reason), FAILURE) if reason in set(Reason) else FAILURE
    if medical:
        prompts = (Prompt.DANGER, Prompt.DANGER_MEDICAL, Prompt.TRANSFER)
    return fixed(*prompts)
