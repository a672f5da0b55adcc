"""Webhooks as the carrier sends them: signed forms, 15 s in all, bodies of 4xx and 5xx thrown away."""

import asyncio
import base64
import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass

import aiohttp

from config.errors import HotlineError

WEBHOOK_LIMIT_S = 15.0
CONNECT_LIMIT_S = 5.0
SIGNATURE = "X-Twilio-Signature"
_MOST_BYTES = 10 * 1024 * 1024
_PIECE = 64 * 1024


class WebhookFailed(HotlineError):
    """No usable answer came; the text says why."""

    code = "webhook_failed"


class Unreachable(WebhookFailed):
    """Nobody listens there."""

    code = "webhook_unreachable"


@dataclass(frozen=True, slots=True)
class Answer:
    body: bytes
    content_type: str


def sign(token: str, url: str, form: Mapping[str, str]) -> str:
    """As https://www.twilio.com/docs/usage/security has it; written anew, a second opinion on the system's own check."""
    text = url + "".join(name + form[name] for name in sorted(form))
    return base64.b64encode(hmac.new(token.encode(), text.encode(), hashlib.sha1).digest()).decode()


class Exchange:
    """One for all calls of a carrier."""

    def __init__(self, client: aiohttp.ClientSession, token: str) -> None:
        self._client = client
        self._token = token

    async def post(self, url: str, form: Mapping[str, str]) -> Answer:
        """Raises WebhookFailed. A connection that is not made is tried once more, as Twilio does."""
        try:
            return await self._post(url, form)
        except Unreachable:
            await asyncio.sleep(0.2)
            return await self._post(url, form)

    async def get(self, url: str) -> Answer:
        """A sound to be played. Raises WebhookFailed."""
        return await self._ask("GET", url, None, {})

    async def _post(self, url: str, form: Mapping[str, str]) -> Answer:
        return await self._ask("POST", url, dict(form), {SIGNATURE: sign(self._token, url, form)})

    async def _ask(self, method: str, url: str, form: dict[str, str] | None, headers: dict[str, str]) -> Answer:
        limit = aiohttp.ClientTimeout(total=WEBHOOK_LIMIT_S, sock_connect=CONNECT_LIMIT_S)
        headers = {"User-Agent": "TwilioProxy/1.1 (simulated)", **headers}
        try:
            async with self._client.request(method, url, data=form, headers=headers, timeout=limit) as answer:
                if answer.status >= 400:
                    raise WebhookFailed(f"{url} answered {answer.status}")
                return Answer(await _read_whole(answer), answer.content_type)
        except (aiohttp.ClientConnectorError, aiohttp.ServerDisconnectedError) as error:
            raise Unreachable(f"{url} cannot be reached ({type(error).__name__})") from None
        except TimeoutError:
            raise WebhookFailed(f"{url} did not answer within {WEBHOOK_LIMIT_S:.0f} s") from None
        except aiohttp.ClientError as error:
            raise WebhookFailed(f"{url} broke off ({type(error).__name__})") from None


async def _read_whole(answer: aiohttp.ClientResponse) -> bytes:
    body = bytearray()
    async for piece in answer.content.iter_chunked(_PIECE):
        body += piece
        if len(body) > _MOST_BYTES:
            raise WebhookFailed(f"{answer.url} answered with more than {_MOST_BYTES // 2**20} MB")
    return bytes(body)
