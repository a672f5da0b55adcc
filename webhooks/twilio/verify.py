"""Whether Twilio itself sent this: the signature over the public address, never over the one behind a proxy."""

from collections.abc import Callable, Mapping

from twilio.request_validator import RequestValidator
from werkzeug.datastructures import MultiDict

from config.settings import Settings

SIGNATURE = "X-Twilio-Signature"


def is_signed(settings: Settings, path: str, form: MultiDict[str, str], signature: str) -> bool:
    """`path` with its query; `form` as it came, for a key that repeats signs differently when it is flattened."""
    token = settings.twilio.auth_token.get_secret_value()
    # An empty token would let everybody sign.
    return bool(token and signature) and RequestValidator(token).validate(settings.public_url + path, form, signature)


def verify_upgrade(settings: Settings) -> Callable[[str, Mapping[str, str]], bool]:
    """For the media process (media.transports.contract.VerifyUpgrade): a forged signature is refused, a missing one is not,
    because a proxy may have taken it away and the stream's own token decides."""
    validator = RequestValidator(settings.twilio.auth_token.get_secret_value())

    def verify(path: str, headers: Mapping[str, str]) -> bool:
        signature = next((value for name, value in headers.items() if name.lower() == SIGNATURE.lower()), None)
        return signature is None or bool(validator.validate(settings.media_url + path, {}, signature))

    return verify
