"""A small hotline for tests of pages: a database of its own, people who work there, callers made by the use cases."""

import wave
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from tempfile import mkdtemp

import numpy as np
from flask import Flask
from jinja2 import FileSystemBytecodeCache

from classifier.proposal import CategoryCandidate, Kind, LocationCandidate, Proposal, Urgency
from config.clock import Clock
from config.ids import new_id
from config.settings import Settings, ensure_secrets
from console import register
from intake.accounts import AccountView, Role, add_account, list_accounts
from intake.call_backs import DIALLER
from intake.calls import Ending, IncomingCall, Outcome, call_ended, conversation_ended, media_started, open_call
from intake.listening import HeardUtterance, HeardWord, add_utterance
from intake.office import Office, build_office
from intake.queries_cases import rows_of
from intake.recordings import recording_stored
from intake.triage import propose_case
from models.errors import DatabaseUnavailable
from models.session import upgrade
from tests.databases import QUICK_PASSWORDS

FLAT = "天通苑北一区5号楼2单元301"
PASSWORD = "correct horse 12345"
PEOPLE = (
    ("li", Role.OPERATOR, "李静"),
    ("wang", Role.OPERATOR, "王磊"),
    ("chen", Role.SUPERVISOR, "陈班长"),
    ("admin", Role.ADMIN, "管理员"),
)
COLD = (
    "你好我是天通苑北一区的我家暖气三天没热了",
    "家里有八十多岁的老人受不了啊",
    "五号楼二单元三零一你们给催一催",
)


@dataclass(frozen=True, slots=True)
class Caller:
    call_id: str
    case_no: str
    carrier_call_id: str


class Town:
    def __init__(
        self, folder: Path, ports: tuple[int, int, int] = (8000, 8001, 8002), clock: Clock | None = None, database_url: str = ""
    ) -> None:
        port, media_port, live_port = ports
        self.settings: Settings = ensure_secrets(
            {
                "HOTLINE_VAR": str(folder),
                "HOTLINE_PORT": str(port),
                "HOTLINE_MEDIA_PORT": str(media_port),
                "HOTLINE_LIVE_PORT": str(live_port),
                "HOTLINE_DATABASE_URL": database_url,
            }
        )
        # The city's data is read once for all tests: it is the same, and only read.
        own = build_office(self.settings, clock)
        city = _city()
        self.office: Office = replace(
            own,
            places=city.places,
            taxonomy=city.taxonomy,
            propose=city.propose,
            articles=city.articles,
            passwords=QUICK_PASSWORDS,
        )
        upgrade(self.office.database)
        known = {account.name: account for account in list_accounts(self.office)}
        self.people: dict[str, AccountView] = known or self._employ()

    def _employ(self) -> dict[str, AccountView]:
        """Passwords are slow to make on purpose: a copied database brings its people along."""
        hired = [add_account(self.office, name, PASSWORD, role, title) for name, role, title in PEOPLE]
        return {account.name: account for account in hired}

    def ring(self, number: str = "+8613800138000", sample: str | None = None, engine: str = "vosk") -> Caller:
        carrier_call_id = new_id()
        opened = open_call(self.office, IncomingCall("twilio", carrier_call_id, number, "12345", sample))
        media_started(self.office, opened.call_id, engine, new_id())
        return Caller(opened.call_id, opened.case_no, carrier_call_id)

    def say(self, caller: Caller, sentences: Sequence[str], *, first: int = 0, spoken: Sequence[str] | None = None) -> None:
        for place, sentence in enumerate(sentences, first):
            start = 2000 + place * 6000
            heard = HeardUtterance(
                sequence=place,
                raw=sentence,
                text=sentence,
                start_ms=start,
                end_ms=start + 230 * len(sentence),
                engine="vosk",
                words=words_of(sentence, start),
                spoken=spoken[place - first] if spoken else None,
            )
            add_utterance(self.office, caller.call_id, heard)

    def propose(self, caller: Caller, proposal: Proposal, text: str) -> None:
        propose_case(self.office, caller.call_id, proposal, text)

    def hang_up(self, caller: Caller, *, heard: bool = True, urgent: bool = False) -> None:
        ending = Ending.GOODBYE if heard else Ending.HUNG_UP
        conversation_ended(self.office, caller.call_id, Outcome(ending, "", urgent, heard, heard))
        call_ended(self.office, "twilio", caller.carrier_call_id, "completed")

    def record(self, caller: Caller, seconds: int = 20) -> str:
        path = self.settings.var / "recordings" / f"{caller.call_id}.wav"
        path.parent.mkdir(parents=True, exist_ok=True)
        write_tone(path, seconds)
        return recording_stored(self.office, caller.call_id, str(path.relative_to(self.settings.var)), seconds * 1000)

    def cold_flat(self, *, number: str = "+8613800138000", urgent: bool = False, sample: str | None = None) -> Caller:
        """A whole call of a resident without heating: heard, understood, recorded, over."""
        caller = self.ring(number, sample)
        spoken = [f"{sentence}。" for sentence in COLD] if sample else None
        self.say(caller, COLD, spoken=spoken)
        self.propose(caller, cold_proposal(), "".join(COLD))
        self.record(caller)
        self.hang_up(caller, urgent=urgent)
        return caller

    def state(self, case_no: str) -> str:
        return str(rows_of(self.office, [case_no])[0].state)


@cache
def _city() -> Office:
    return build_office(ensure_secrets({"HOTLINE_VAR": mkdtemp(prefix="hotline-city-")}))


@cache
def _compiled() -> Path:
    """Templates are compiled once for all tests."""
    return Path(mkdtemp(prefix="hotline-templates-"))


def make_app(settings: Settings, office: Office) -> Flask:
    app = Flask("town", static_folder=None, template_folder=None)
    app.jinja_options = {"bytecode_cache": FileSystemBytecodeCache(str(_compiled()))}
    app.config.update(SECRET_KEY=settings.secret_key.get_secret_value(), MAX_CONTENT_LENGTH=1024 * 1024)
    app.extensions[DIALLER] = Telephone()
    register.register(app, office, settings)
    return app


@dataclass
class Telephone:
    """A dialler that notes what it was asked."""

    rung: list[tuple[str, str]] = field(default_factory=list)
    is_away: bool = False
    needs_seat: bool = True

    def ring(self, call: str, seat: str) -> None:
        if self.is_away:
            raise DatabaseUnavailable
        self.rung.append((call, seat))


def words_of(sentence: str, start_ms: int) -> tuple[HeardWord, ...]:
    pairs = [sentence[place : place + 2] for place in range(0, len(sentence), 2)]
    return tuple(
        HeardWord(pair, start_ms + 460 * place, start_ms + 460 * (place + 1), 0.41 if pair in ("老人", "三零") else 0.93)
        for place, pair in enumerate(pairs)
    )


def cold_proposal() -> Proposal:
    text = "".join(COLD)

    def at(words: str) -> tuple[int, int]:
        return text.index(words), text.index(words) + len(words)

    heat = ("水电气热", "供暖")
    return Proposal(
        kind=Kind.HELP,
        urgency=Urgency.URGENT,
        categories=(
            CategoryCandidate("010101", "室内温度不达标", (*heat, "室内温度不达标"), 0.83, (at("暖气三天没热"),)),
            CategoryCandidate("010102", "停暖", (*heat, "停暖"), 0.09, (at("暖气"),)),
            CategoryCandidate("010103", "暖气漏水", (*heat, "暖气漏水"), 0.03, (at("暖气"),)),
        ),
        locations=(
            LocationCandidate(
                "110114", "110114008", None, "昌平区天通苑北街道", FLAT, 0.91, (at("天通苑北"), at("五号楼二单元三零一"))
            ),
            LocationCandidate("110114", "110114009", None, "昌平区天通苑南街道", FLAT, 0.06, (at("天通苑"),)),
        ),
        entities=(),
        summary="天通苑北一区5号楼2单元301暖气三天没热，家中有八十多岁老人，希望催促处理。",
        questions=("请问室内温度大概多少度？", "请问邻居家也不热吗？"),
        version="town",
    )


def scored(proposal: Proposal, summary: str) -> Proposal:
    return replace(proposal, summary=summary)


def write_tone(path: Path, seconds: int) -> None:
    """A voice-like hum, 8 kHz, 16 bit, mono."""
    times = np.arange(8000 * seconds) / 8000
    signal = 0.2 * np.sin(2 * np.pi * 180 * times) * (0.55 + 0.45 * np.sin(2 * np.pi * 2.3 * times))
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(8000)
        file.writeframes((signal * 32767).astype("<i2").tobytes())
