"""Who asks: the token of `Authorization: Bearer ...`, and what its role may do."""

from dataclasses import dataclass

from flask import Request

from console.api.limits import Limiter
from console.api.problems import Problem
from intake.actors import Actor, ActorKind
from intake.answers import Receiver
from intake.office import Office
from intake.tokens import TokenView, find_token
from models.account import Role

READERS = frozenset({Role.OPERATOR, Role.SUPERVISOR, Role.ADMIN, Role.SERVICE})
"""Read and confirm cases."""
RECEIVERS = frozenset({Role.RECEIVER})
"""Work off the orders of their own organisation, and see nothing else."""


@dataclass(frozen=True, slots=True)
class Bearer:
    """`area` is the organisation's code for a receiver; for the others a limit to one district or sub-district, or None."""

    actor: Actor
    role: Role
    area: str | None

    def as_receiver(self) -> Receiver:
        if self.area is None:
            fix = "Make one that does with `flask token add --role receiver --area CODE`."
            raise Problem(403, "no_organisation", f"This token belongs to no organisation. {fix}")
        return Receiver(self.area, self.actor)


def identify(office: Office, request: Request) -> Bearer:
    """Raises Problem 401."""
    scheme, _, secret = request.headers.get("Authorization", "").partition(" ")
    secret = secret.strip()
    if scheme.lower() != "bearer" or not secret:
        raise _unknown("token_missing", "Send the header Authorization: Bearer TOKEN; `flask token add` makes a token.")
    found: TokenView | None = find_token(office, secret) if secret.isascii() else None
    if found is None:
        raise _unknown("token_unknown", "This token is not known or was revoked. Make a new one with `flask token add`.")
    return Bearer(Actor(ActorKind.TOKEN, found.id, found.name), found.role, found.area)


def admit(bearer: Bearer, roles: frozenset[Role], limiter: Limiter) -> None:
    """Raises Problem 403, 429."""
    if bearer.role not in roles:
        wanted = ", ".join(sorted(roles))
        raise Problem(
            403, "role_forbidden", f"A token with the role {bearer.role} may not do this. Use one with a role of: {wanted}."
        )
    seconds = limiter.wait(bearer.actor.id)
    if seconds > 0:
        detail = "This token asks too often. Wait as long as the header Retry-After says, and ask for more at a time."
        raise Problem(429, "too_many_requests", detail, headers={"Retry-After": str(int(seconds) + 1)})


def _unknown(code: str, detail: str) -> Problem:
    return Problem(401, code, detail, headers={"WWW-Authenticate": "Bearer"})
