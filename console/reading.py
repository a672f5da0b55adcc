"""What every template may call: words for codes, times in the city's zone, and where a person may go."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from flask import Flask, request

from console import formats, words
from console.desk import desk, office, person, person_or_none
from console.headers import live_address
from console.languages import CHINESE, ENGLISH, Language, spoken_language
from console.saying import say as _
from console.sessions import ALLOWED
from intake.accounts import AccountView
from intake.queries_line import seat_desk
from intake.seats import CHOSEN
from intake.settling import JOINED


@dataclass(frozen=True, slots=True)
class Destination:
    endpoint: str
    name: str
    is_here: bool


def places_to_go(account: AccountView) -> list[Destination]:
    named = (("cases", _("工单")), ("queue", _("派单队列")), ("wallboard", _("大屏")), ("admin", _("管理")))
    return [
        Destination(f"{group}.index", name, request.blueprint == group)
        for group, name in named
        if account.role in ALLOWED[group]
    ]


def other_language() -> Language:
    return CHINESE if spoken_language() is ENGLISH else ENGLISH


def here() -> str:
    """The page to come back to: only one that a GET opened."""
    return request.full_path.rstrip("?") if request.method == "GET" else request.path


def engine_word(engine: str | None) -> str:
    if engine is None:
        return _("未启动")
    if engine == "none":
        return _("未启用（没有模型）")
    return _("样例脚本") if engine == "scripted" else engine


def actor_word(actor: str, names: Mapping[str, str]) -> str:
    """A person's name to show, or the part of the machine."""
    return names.get(actor) or words.word(words.MACHINES, actor)


def reason_word(reason: str) -> str:
    """A code's word, or what a person wrote."""
    if reason.startswith(JOINED):
        return _("并入 %(no)s", no=formats.spaced(reason.removeprefix(JOINED)))
    return words.word(words.REASONS, reason)


def no_summary(state: str) -> str:
    return _("市民正在讲述……") if state == "open" else _("没有识别到内容，请听录音")


def has_seat() -> bool:
    """Operators take calls at a seat; supervisors and administrators do not."""
    account = person_or_none()
    return account is not None and account.role in ALLOWED["seat"]


def seat_words() -> str:
    """What the script of the seat's bar writes."""
    return json.dumps(
        {
            "connected": _("来电已接入"),
            "waiting": _("来电已接入。请点上方的来电工单；本页填写的内容不会丢失。"),
            "hours": _("%(hours)s 小时 %(minutes)s 分", hours="{a}", minutes="{b}"),
            "days": _("%(days)s 天 %(hours)s 小时", days="{a}", hours="{b}"),
        },
        ensure_ascii=False,
    )


def add_reading(app: Flask) -> None:
    def _parts() -> dict[str, Any]:
        now = office().clock.now()
        return {
            "person": person_or_none(),
            "language": spoken_language(),
            "live_address": live_address(desk().settings, request.host),
            "now": now,
            "day_and_time": lambda at: formats.day_and_time(at, now),
            "elapsed": lambda at: formats.span((now - at).total_seconds()),
            "ago": lambda at: formats.ago(at, now),
            "time_left": lambda at: formats.time_left(at, now),
        }

    app.context_processor(_parts)
    app.jinja_env.globals.update(
        places_to_go=places_to_go,
        has_seat=has_seat,
        seat_words=seat_words,
        seat_desk=lambda: seat_desk(office(), person().actor),
        pauses=CHOSEN,
        other_language=other_language,
        here=here,
        engine_word=engine_word,
        no_summary=no_summary,
        clock_time=formats.clock_time,
        full_time=formats.full_time,
        span=formats.span,
        seconds=formats.seconds,
        spaced=formats.spaced,
        actor_word=actor_word,
        position_in_audio=formats.position_in_audio,
        **_word_functions(),
    )


def _word_functions() -> Mapping[str, Any]:
    def of(table: Mapping[str, str]) -> Any:
        return lambda code: words.word(table, code)

    return {
        "state_word": of(words.STATES),
        "kind_word": of(words.KINDS),
        "urgency_word": of(words.URGENCIES),
        "role_word": of(words.ROLES),
        "seat_word": of(words.SEATS),
        "pause_word": of(words.PAUSES),
        "provenance_word": of(words.PROVENANCES),
        "reason_word": reason_word,
        "recording_word": of(words.RECORDINGS),
        "call_back_outcome": of(words.CALL_BACK_OUTCOMES),
        "call_back_state": of(words.CALL_BACK_STATES),
        "machine_word": of(words.MACHINES),
    }
