"""Asterisk's REST interface (ARI), as far as it is used: what channels there are, asking one, hanging one up."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

import requests

from config.errors import HotlineError
from config.exchange import ARI_USER
from config.settings import Settings
from webhooks.outgoing import open_session

LIMIT_S = 3.0


class ExchangeUnavailable(HotlineError):
    """The exchange does not answer, or refuses. The text is a short code."""

    code = "exchange_unavailable"
    retryable = True


@dataclass(frozen=True, slots=True)
class Channel:
    """One leg of a call. `name` begins with its technology: PJSIP/trunk-..., WebSocket/hotline/..."""

    id: str
    name: str
    state: str


@dataclass(frozen=True, slots=True)
class Ari:
    """Every method raises ExchangeUnavailable."""

    address: str
    password: str

    @classmethod
    def of(cls, settings: Settings) -> "Ari":
        return cls(f"http://127.0.0.1:{settings.sip.ari_port}/ari", settings.sip.ari_password.get_secret_value())

    def channels(self) -> list[Channel]:
        found = self._ask("GET", "/channels")
        return [Channel(str(one["id"]), str(one["name"]), str(one["state"])) for one in found or []]

    def variable(self, channel: str, name: str) -> str:
        """Empty where the channel, or the variable, is not there."""
        found = self._ask("GET", f"/channels/{quote(channel, safe='')}/variable", variable=name)
        return str(found.get("value", "")) if isinstance(found, Mapping) else ""

    def registered(self) -> frozenset[str]:
        """Names of the telephones that are registered and answer."""
        found = self._ask("GET", "/endpoints/PJSIP")
        return frozenset(str(one["resource"]) for one in found or [] if one.get("state") == "online")

    def hang_up(self, channel: str) -> None:
        """One that is gone already is no error."""
        self._ask("DELETE", f"/channels/{quote(channel, safe='')}")

    def originate(self, channel: str, endpoint: str, context: str, caller: str, timeout_s: int) -> None:
        """Let a telephone ring; once it is picked up the dialplan's `context` goes on, with CALL as the channel's id."""
        self._ask(
            "POST",
            f"/channels/{quote(channel, safe='')}",
            {"variables": {"CALL": channel}},
            endpoint=endpoint,
            context=context,
            extension="s",
            priority="1",
            callerId=caller,
            timeout=str(timeout_s),
        )

    def _ask(self, method: str, path: str, body: Mapping[str, Any] | None = None, /, **query: str) -> Any:
        """The answer's JSON; None where there is nothing, or no such thing."""
        login = (ARI_USER, self.password)
        try:
            with open_session(self.address) as session:
                answer = session.request(method, self.address + path, params=query, json=body, auth=login, timeout=LIMIT_S)
                if answer.status_code in {404, 204}:
                    return None
                answer.raise_for_status()
                return answer.json()
        except (requests.RequestException, ValueError) as error:
            raise ExchangeUnavailable(type(error).__name__) from None
