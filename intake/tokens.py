"""Tokens of other systems: shown once, kept as a hash."""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select

from config.errors import HotlineError
from config.ids import new_id
from intake.actors import Actor, machine
from intake.audit import audit
from intake.office import Office
from models.account import ApiToken, Role

PREFIX = "hl_"
_SEEN_EVERY = timedelta(minutes=5)


class TokenProblem(HotlineError):
    """The token cannot be made like this; the text says what to do."""

    code = "token"


@dataclass(frozen=True, slots=True)
class TokenView:
    """`area` is the organisation of a receiver, for others a limit to one district or sub-district; None: the whole city."""

    id: str
    name: str
    role: Role
    area: str | None
    created_at: datetime
    last_used_at: datetime | None
    revoked_at: datetime | None


def add_token(office: Office, role: Role, area: str | None = None, name: str = "", by: Actor | None = None) -> str:
    """The token itself, for this once. Raises TokenProblem: a receiver without an area, or an area that is not the city's."""
    if role is Role.RECEIVER and not area:
        raise TokenProblem(
            "A receiver works for one organisation: add --area with a district's 6 or a sub-district's 9 digits."
        )
    if area and not (office.places().district(area) or office.places().subdistrict(area)):
        raise TokenProblem(f"{area} is no district or sub-district of the city: take a code of config/gazetteer.")
    plain, now = PREFIX + secrets.token_urlsafe(32), office.clock.now()
    row = ApiToken(
        id=new_id(),
        token_hash=_hash(plain),
        role=role,
        area=area,
        name=(name.strip() or f"{role} {area or ''}".strip())[:64],
        created_at=now,
    )
    with office.database.transaction() as session:
        session.add(row)
        audit(session, by or machine("command line"), "token.added", row.id, now)
    return plain


def find_token(office: Office, plain: str) -> TokenView | None:
    """None for an unknown or revoked one. Its last use is noted, every five minutes at most."""
    now = office.clock.now()
    with office.database.reading() as session:
        row = session.scalar(select(ApiToken).where(ApiToken.token_hash == _hash(plain), ApiToken.revoked_at.is_(None)))
    if row is None:
        return None
    if row.last_used_at is None or now - row.last_used_at > _SEEN_EVERY:
        with office.database.transaction() as session:
            session.get_one(ApiToken, row.id, with_for_update=True).last_used_at = now
    return _view(row)


def revoke_token(office: Office, token_id: str, by: Actor) -> None:
    """From now on it opens nothing. Raises TokenProblem."""
    now = office.clock.now()
    with office.database.transaction() as session:
        row = session.get(ApiToken, token_id, with_for_update=True)
        if row is None:
            raise TokenProblem("There is no such token: `flask token list` shows all.")
        row.revoked_at = row.revoked_at or now
        audit(session, by, "token.revoked", row.id, now)


def list_tokens(office: Office) -> list[TokenView]:
    with office.database.reading() as session:
        return [_view(row) for row in session.scalars(select(ApiToken).order_by(ApiToken.created_at))]


def _hash(plain: str) -> str:
    return hashlib.sha256(plain.encode("utf-8", "replace")).hexdigest()


def _view(row: ApiToken) -> TokenView:
    return TokenView(row.id, row.name, row.role, row.area, row.created_at, row.last_used_at, row.revoked_at)
