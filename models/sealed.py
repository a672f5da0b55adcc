"""Callers' numbers: encrypted to be kept, hashed with a key to be found again, normalised so that one number has one form."""

import hashlib
import hmac
import re
from collections.abc import Sequence

from cryptography.fernet import Fernet, InvalidToken, MultiFernet

from config.errors import HotlineError

_COUNTRY = "+86"
_NOT_DIGITS = re.compile(r"\D")


class SealBroken(HotlineError):
    """A sealed number cannot be opened: none of HOTLINE_DATA_KEYS made it. Put the older key back, after the newest."""

    code = "seal_broken"


class Sealer:
    """`keys` are Fernet keys, newest first: the first seals, all of them open. `secret` keys the hash."""

    def __init__(self, keys: Sequence[str], secret: str) -> None:
        if not keys or not secret:
            raise SealBroken(
                "Numbers cannot be sealed: HOTLINE_DATA_KEYS or HOTLINE_SECRET_KEY is empty; `flask serve` writes both."
            )
        self._fernet = MultiFernet([Fernet(key) for key in keys])
        self._key = hmac.new(secret.encode(), b"caller number", hashlib.sha256).digest()

    def seal(self, number: str) -> bytes:
        return self._fernet.encrypt(number.encode())

    def unseal(self, sealed: bytes) -> str:
        """Raises SealBroken."""
        try:
            return self._fernet.decrypt(sealed).decode()
        except InvalidToken:
            raise SealBroken(SealBroken.__doc__) from None

    def trace(self, number: str) -> str:
        """64 hex characters, the same for the same number; not to be computed without the key."""
        return hmac.new(self._key, number.encode(), hashlib.sha256).hexdigest()


def normalise_number(number: str | None, area: str = "10") -> str | None:
    """E.164 with its plus: "+8613800138000" for 13800138000, 013800138000, 86 138..., 0086138...; `area`: the city's own code.

    None where there are no digits to speak of (anonymous). Short numbers of services (12345, 10086) stay as they are.
    """
    given = (number or "").strip()
    digits = _NOT_DIGITS.sub("", given)
    if len(digits) < 3:
        return None
    international = given.startswith("+") or digits.startswith("00")
    digits = digits.removeprefix("00")
    if international or (digits.startswith("86") and len(digits) > 11):
        return _COUNTRY + digits[2:].removeprefix("0") if digits.startswith("86") else f"+{digits}"
    if digits.startswith("0"):
        return _COUNTRY + digits[1:]
    if len(digits) == 11 and digits.startswith("1"):
        return _COUNTRY + digits
    return _COUNTRY + area + digits if len(digits) in {7, 8} else digits
