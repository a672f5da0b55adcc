"""One case as its page shows it: calls, transcript, recordings, the newest proposal, history, and what became of its order."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from intake.errors import UnknownCase
from intake.office import Office
from intake.queries_names import category_name, category_path, place_name
from models.account import Account
from models.call import Call, CallState
from models.call_back import CallBack
from models.case import Case, CaseMove, CaseState
from models.order import Answer, Order, OutboxMessage, OutboxState, QueueEntry
from models.proposal import Proposal
from models.recording import Recording, RecordingSource, RecordingState
from models.utterance import Utterance


@dataclass(frozen=True, slots=True)
class WordSeen:
    text: str
    start_ms: int
    confidence: float | None


@dataclass(frozen=True, slots=True)
class CorrectionSeen:
    """Offsets count in the utterance's text, which is as it was heard."""

    start: int
    end: int
    name: str


@dataclass(frozen=True, slots=True)
class UtteranceSeen:
    """`spoken` is what a sample call really said; None for a resident's call."""

    call_id: str
    sequence: int
    text: str
    raw: str
    words: tuple[WordSeen, ...]
    start_ms: int
    end_ms: int
    engine: str
    spoken: str | None
    channel: str = "caller"
    """Who speaks: "caller", or "human" for one of ours."""
    corrections: tuple[CorrectionSeen, ...] = ()
    second_text: str | None = None
    """The second engine's text where it stands beside `text` and not in its place."""


@dataclass(frozen=True, slots=True)
class RecordingSeen:
    id: str
    call_id: str
    source: RecordingSource
    tracks: str
    state: RecordingState
    duration_ms: int | None
    at: datetime


@dataclass(frozen=True, slots=True)
class CallSeen:
    """`number` is masked, None where the carrier named none."""

    id: str
    carrier: str
    state: CallState
    number: str | None
    sample: str | None
    engine: str | None
    started_at: datetime
    ended_at: datetime | None
    lag_ms: int


@dataclass(frozen=True, slots=True)
class CategorySeen:
    code: str
    name: str
    path: tuple[str, ...]
    score: float
    evidence: tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class PlaceSeen:
    """`name` as the gazetteer has it, `address` as it was said."""

    district_code: str | None
    subdistrict_code: str | None
    community_code: str | None
    name: str
    address: str | None
    score: float
    evidence: tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class ProposalSeen:
    """Offsets of evidence count in `text`."""

    sequence: int
    text: str
    categories: tuple[CategorySeen, ...]
    places: tuple[PlaceSeen, ...]
    questions: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class MoveSeen:
    at: datetime
    actor: str
    from_state: CaseState | None
    to_state: CaseState
    reason: str


@dataclass(frozen=True, slots=True)
class OrderSeen:
    id: str
    created_at: datetime
    outbox: OutboxState | None
    attempts: int
    queued_at: datetime | None
    claimed: bool
    answer: Answer | None
    answered_at: datetime | None
    answer_text: str | None


@dataclass(frozen=True, slots=True)
class CaseFields:
    """What an operator reads and confirms."""

    kind: str | None
    urgency: str | None
    category_code: str | None
    district_code: str | None
    subdistrict_code: str | None
    community_code: str | None
    address: str | None
    summary: str | None
    note: str | None
    caller_name: str | None
    confidential: bool


@dataclass(frozen=True, slots=True)
class CasePage:
    case_no: str
    state: CaseState
    urgent: bool
    version: int
    fields: CaseFields
    provenance: Mapping[str, str]
    category: str | None
    category_path: tuple[str, ...]
    place: str | None
    callback_reason: str | None
    refusal: str | None
    organisation: str | None
    deadline: datetime | None
    owner_id: str | None
    owner: str | None
    merged_into: str | None
    merged_state: CaseState | None
    """State of the case that this one follows."""
    followers: tuple[str, ...]
    """Numbers of the cases that were joined to this one."""
    created_at: datetime
    hung_up_at: datetime | None
    confirmed_at: datetime | None
    queued_at: datetime | None
    calls: tuple[CallSeen, ...]
    """Those that the resident placed; what we placed stands among the attempts to call back."""
    utterances: tuple[UtteranceSeen, ...]
    recordings: tuple[RecordingSeen, ...]
    proposal: ProposalSeen | None
    moves: tuple[MoveSeen, ...]
    orders: tuple[OrderSeen, ...]


def case_page(office: Office, case_no: str) -> CasePage:
    """Raises UnknownCase."""
    with office.database.reading() as session:
        case = session.scalar(select(Case).where(Case.case_no == case_no))
        if case is None:
            raise UnknownCase
        owner = session.get(Account, case.owner_id) if case.owner_id else None
        earlier = session.get(Case, case.merged_into) if case.merged_into else None
        calls = session.scalars(select(Call).where(Call.case_id == case.id).order_by(Call.started_at)).all()
        ours = set(session.scalars(select(CallBack.call_id).where(CallBack.case_id == case.id)))
        return CasePage(
            case_no=case.case_no,
            state=case.state,
            urgent=case.urgent,
            version=case.version,
            fields=_fields(case),
            provenance=case.provenance or {},
            category=category_name(office, case.category_code),
            category_path=category_path(office, case.category_code),
            place=place_name(office, case.district_code, case.subdistrict_code, case.community_code),
            callback_reason=case.callback_reason,
            refusal=case.refusal,
            organisation=case.organisation_name,
            deadline=case.deadline,
            owner_id=case.owner_id,
            owner=owner.title if owner else None,
            merged_into=earlier.case_no if earlier else None,
            merged_state=earlier.state if earlier else None,
            followers=tuple(session.scalars(select(Case.case_no).where(Case.merged_into == case.id).order_by(Case.case_no))),
            created_at=case.created_at,
            hung_up_at=case.hung_up_at,
            confirmed_at=case.confirmed_at,
            queued_at=case.queued_at,
            calls=tuple(_call(office, call) for call in calls if call.id not in ours),
            utterances=_utterances(session, [call.id for call in calls]),
            recordings=_recordings(session, case),
            proposal=_proposal(session, case),
            moves=_moves(session, case),
            orders=_orders(session, case),
        )


def _fields(case: Case) -> CaseFields:
    return CaseFields(
        kind=case.kind,
        urgency=case.urgency,
        category_code=case.category_code,
        district_code=case.district_code,
        subdistrict_code=case.subdistrict_code,
        community_code=case.community_code,
        address=case.address,
        summary=case.summary,
        note=case.note,
        caller_name=case.caller_name,
        confidential=case.confidential,
    )


def mask_number(number: str) -> str:
    """The number with its middle hidden: 138****8000, 010****5678, +852****5678; short numbers of services stay."""
    if not number.startswith("+"):
        return number if len(number) < 7 else f"****{number[-4:]}"
    if not number.startswith("+86"):
        return f"{number[:4]}****{number[-4:]}"
    own = number.removeprefix("+86")
    if len(own) == 11 and own.startswith("1"):
        return f"{own[:3]}****{own[-4:]}"
    # Area codes have two digits for the largest cities (10, 20 to 29), three elsewhere.
    area = own[:2] if own.startswith(("10", "2")) else own[:3]
    return f"0{area}****{own[-4:]}"


def _call(office: Office, call: Call) -> CallSeen:
    return CallSeen(
        id=call.id,
        carrier=call.carrier,
        state=call.state,
        number=mask_number(office.sealer.unseal(call.caller_sealed)) if call.caller_sealed else None,
        sample=call.sample,
        engine=call.engine,
        started_at=call.started_at,
        ended_at=call.ended_at,
        lag_ms=call.lag_ms,
    )


def _utterances(session: Session, call_ids: list[str]) -> tuple[UtteranceSeen, ...]:
    rank = {call_id: place for place, call_id in enumerate(call_ids)}
    rows = session.scalars(select(Utterance).where(Utterance.call_id.in_(call_ids))).all()
    talks = {row.call_id for row in rows if row.channel != "caller"}

    def order(row: Utterance) -> tuple[int, float, int]:
        # In a talk each side counts for itself: they stand in the order in which they were heard.
        return rank[row.call_id], row.created_at.timestamp() if row.call_id in talks else 0.0, row.sequence

    return tuple(
        UtteranceSeen(
            call_id=row.call_id,
            sequence=row.sequence,
            text=row.text,
            raw=row.raw,
            words=tuple(WordSeen(word["text"], word["start_ms"], word["confidence"]) for word in row.words),
            start_ms=row.start_ms,
            end_ms=row.end_ms,
            engine=row.engine,
            spoken=row.spoken,
            channel=row.channel,
            corrections=tuple(CorrectionSeen(one["start"], one["end"], one["name"]) for one in row.corrections or ()),
            second_text=row.second_text if row.second_text not in {None, row.text} else None,
        )
        for row in sorted(rows, key=order)
    )


def _recordings(session: Session, case: Case) -> tuple[RecordingSeen, ...]:
    rows = session.scalars(select(Recording).where(Recording.case_id == case.id).order_by(Recording.created_at))
    return tuple(
        RecordingSeen(row.id, row.call_id, row.source, row.tracks, row.state, row.duration_ms, row.created_at) for row in rows
    )


def _proposal(session: Session, case: Case) -> ProposalSeen | None:
    newest = select(Proposal).where(Proposal.case_id == case.id).order_by(Proposal.sequence.desc()).limit(1)
    row = session.scalar(newest)
    if row is None:
        return None
    return ProposalSeen(
        sequence=row.sequence,
        text=row.text,
        categories=tuple(_category(candidate) for candidate in row.body.get("categories", [])),
        places=tuple(_place(candidate) for candidate in row.body.get("locations", [])),
        questions=tuple(row.body.get("questions", [])),
    )


def _category(candidate: Mapping[str, Any]) -> CategorySeen:
    return CategorySeen(
        candidate["code"], candidate["name"], tuple(candidate["path"]), candidate["score"], _spans(candidate["evidence"])
    )


def _place(candidate: Mapping[str, Any]) -> PlaceSeen:
    return PlaceSeen(
        candidate["district_code"],
        candidate["subdistrict_code"],
        candidate["community_code"],
        candidate["name"],
        candidate["address"],
        candidate["score"],
        _spans(candidate["evidence"]),
    )


def _spans(evidence: list[list[int]]) -> tuple[tuple[int, int], ...]:
    return tuple((start, end) for start, end in evidence)


def _moves(session: Session, case: Case) -> tuple[MoveSeen, ...]:
    rows = session.scalars(select(CaseMove).where(CaseMove.case_id == case.id).order_by(CaseMove.id))
    return tuple(MoveSeen(row.at, row.actor, row.from_state, row.to_state, row.reason) for row in rows)


def _orders(session: Session, case: Case) -> tuple[OrderSeen, ...]:
    statement = (
        select(Order, OutboxMessage, QueueEntry)
        .outerjoin(OutboxMessage, OutboxMessage.order_id == Order.id)
        .outerjoin(QueueEntry, QueueEntry.order_id == Order.id)
        .where(Order.case_id == case.id)
        .order_by(Order.created_at)
    )
    return tuple(_order(*row) for row in session.execute(statement))


def _order(order: Order, message: OutboxMessage | None, entry: QueueEntry | None) -> OrderSeen:
    return OrderSeen(
        id=order.id,
        created_at=order.created_at,
        outbox=message.state if message else None,
        attempts=message.attempts if message else 0,
        queued_at=entry.queued_at if entry else None,
        claimed=bool(entry and entry.leased_by),
        answer=entry.answer if entry else None,
        answered_at=entry.answered_at if entry else None,
        answer_text=entry.text if entry else None,
    )
