"""What the live process tells its pages: the event log, read once for all of them, and the cases that it names."""

import json
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, select

from config.clock import CITY_ZONE
from console.board import Board, Figures, Span, city_day
from console.hub import Message, Topic, case_topic, frame, seat_topic
from intake.events import EventKind, EventView, last_position, read_events
from intake.office import Office
from intake.queries_cases import CaseRow, counted_cases, rows_of
from intake.queries_line import LineFigures, line_figures
from models.order import OutboxMessage, OutboxState

BOARD_EVERY = timedelta(seconds=1)
_OF_THE_LINE = frozenset({EventKind.SEAT_CHANGED, EventKind.LINE_CHANGED})
RECONCILE_EVERY = timedelta(seconds=60)
"""How often the wallboard is counted afresh from the tables."""


class Feed:
    """Blocking; used by one thread."""

    def __init__(self, office: Office) -> None:
        self._office = office
        self._position = 0
        self._board: Board | None = None
        self._line_moved = False
        self._counted_at = self._told_at = office.clock.now() - RECONCILE_EVERY

    def start(self) -> int:
        """Begin at the end of the log; the position that pages are told."""
        self._position = last_position(self._office)
        return self._position

    def poll(self) -> list[Message]:
        """What happened since the last time, then the wallboard when it is due. Raises DatabaseUnavailable."""
        events = read_events(self._office, self._position)
        rows = {row.case_no: row for row in rows_of(self._office, sorted({event.case_no for event in events if event.case_no}))}
        told = [*case_messages(events, rows), *alarm_messages(events), *seat_messages(events), *mass_event_messages(events)]
        self._line_moved = self._line_moved or any(event.kind in _OF_THE_LINE for event in events)
        if events:
            self._position = events[-1].position
        return sorted(told, key=lambda message: message.position) + self._board_messages(rows.values())

    def _board_messages(self, changed: Iterable[CaseRow]) -> list[Message]:
        now = self._office.clock.now()
        board = self._reconciled(now)
        for row in changed:
            board.apply(row)
        if now - self._told_at < BOARD_EVERY:
            return []
        self._told_at = now
        line = line_figures(self._office)
        board.dead_letters = dead_letters(self._office)
        text = json.dumps(board_json(board.figures(), now, line), ensure_ascii=False)
        moved, self._line_moved = self._line_moved, False
        return [Message(frozenset({Topic.BOARD}), frame("board", text)), *([_line_message(line)] if moved else [])]

    def _reconciled(self, now: datetime) -> Board:
        day = city_day(now)
        if self._board is None or self._board.day != day or now - self._counted_at >= RECONCILE_EVERY:
            self._board = count_board(self._office, now)
            self._counted_at = now
        return self._board


def count_board(office: Office, now: datetime) -> Board:
    """The wallboard from the tables alone."""
    day = now.astimezone(CITY_ZONE).date()
    return Board(day, counted_cases(office, day), dead_letters(office))


def dead_letters(office: Office) -> int:
    with office.database.reading() as session:
        dead = select(func.count()).select_from(OutboxMessage).where(OutboxMessage.state == OutboxState.DEAD)
        return session.scalar(dead) or 0


def case_messages(events: Iterable[EventView], rows: dict[str, CaseRow]) -> list[Message]:
    """One message for each case that something happened to, at the position of the last event."""
    last: dict[str, EventView] = {event.case_no: event for event in events if event.case_no}
    return [_case_message(event, rows[case_no]) for case_no, event in last.items() if case_no in rows]


def alarm_messages(events: Iterable[EventView]) -> list[Message]:
    alarms = (event for event in events if event.kind == EventKind.ALARM)
    return [
        Message(
            frozenset({Topic.BOARD}),
            frame("alarm", json.dumps({"at": event.at.isoformat(), "code": event.data.get("name")}), event.position),
            event.position,
        )
        for event in alarms
    ]


def _line_message(line: LineFigures) -> Message:
    return Message(frozenset({Topic.BOARD, Topic.LINE}), frame("line", json.dumps(line_json(line))))


def seat_messages(events: Iterable[EventView]) -> list[Message]:
    """To the person who sits there, each change of the seat."""
    return [
        Message(
            frozenset({seat_topic(str(event.data["account"]))}),
            frame("seat", _seat_json(event), event.position),
            event.position,
        )
        for event in events
        if event.kind == EventKind.SEAT_CHANGED and event.data.get("account")
    ]


def _seat_json(event: EventView) -> str:
    return json.dumps({"seat": event.data["seat"], "state": event.data["state"], "case_no": event.case_no})


def line_json(line: LineFigures) -> dict[str, Any]:
    return {
        "waiting": line.waiting,
        "longest_since": line.longest_since.isoformat() if line.longest_since else None,
        "seats": dict(line.seats),
        "answered": line.answered,
        "share_in_time": line.share_in_time,
    }


def mass_event_messages(events: Iterable[EventView]) -> list[Message]:
    """That something changed; pages then ask for all of them."""
    changed = [event.position for event in events if event.kind == EventKind.MASS_EVENT]
    topics = frozenset({Topic.BOARD.value, Topic.CASES.value})
    return [Message(topics, frame("mass-event", "{}", position), position) for position in changed[-1:]]


def _case_message(event: EventView, row: CaseRow) -> Message:
    topics = frozenset({Topic.CASES.value, case_topic(row.case_no)})
    return Message(topics, frame("case", json.dumps(row_json(row), ensure_ascii=False), event.position), event.position)


def row_json(row: CaseRow) -> dict[str, Any]:
    """A row of the list as pages take it."""
    return {
        "case_no": row.case_no,
        "state": row.state,
        "urgent": row.urgent,
        "urgency": row.urgency,
        "kind": row.kind,
        "category": row.category,
        "place": row.place,
        "summary": row.summary,
        "sample": row.sample,
        "owner": row.owner,
        "version": row.version,
        "created_at": row.created_at.isoformat(),
        "since": row.waiting_since.isoformat(),
    }


def board_json(figures: Figures, as_of: datetime, line: LineFigures) -> dict[str, Any]:
    """The case of a caller who speaks with an operator is open no more, but his call goes on."""
    return {
        "as_of": as_of.isoformat(),
        "day": figures.day.isoformat(),
        "calls_now": figures.calls_now + line.talking,
        "calls_today": figures.calls_today,
        "urgent_waiting": figures.urgent_waiting,
        "oldest_waiting_at": figures.oldest_waiting_at.isoformat() if figures.oldest_waiting_at else None,
        "states": dict(figures.states),
        "to_confirmed": _span_json(figures.to_confirmed),
        "to_queued": _span_json(figures.to_queued),
        "dead_letters": figures.dead_letters,
    }


def _span_json(span: Span) -> dict[str, float | int | None]:
    return {"median_s": span.median_s, "p95_s": span.p95_s, "count": span.count}
