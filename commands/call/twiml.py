"""TwiML as the carrier reads it: strictly. What Twilio would refuse is refused here."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from urllib.parse import urljoin, urlsplit
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

from config.errors import HotlineError

MAX_BYTES = 64 * 1024
_PARAMETER_LIMIT = 500
"""Characters of a stream parameter's name and value together."""
_LOOPBACK = {"127.0.0.1", "localhost", "::1"}
_LONGEST_S = 24 * 3600


class TwimlRefused(HotlineError):
    """The document is not what a carrier executes; the text says why."""

    code = "twiml_refused"


@dataclass(frozen=True, slots=True)
class Stream:
    url: str
    name: str
    status_url: str
    parameters: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Say:
    text: str
    language: str


@dataclass(frozen=True, slots=True)
class Play:
    url: str


@dataclass(frozen=True, slots=True)
class Pause:
    seconds: float


@dataclass(frozen=True, slots=True)
class Gather:
    spoken: tuple[Say | Play | Pause, ...]
    action: str
    digits: int | None
    timeout_s: float
    finish: str


@dataclass(frozen=True, slots=True)
class Record:
    """`action` is empty where the document itself is asked again."""

    action: str
    limit_s: float
    silence_s: float
    finish: str
    beep: bool
    status_url: str


@dataclass(frozen=True, slots=True)
class Dial:
    number: str
    timeout_s: float
    action: str


@dataclass(frozen=True, slots=True)
class Redirect:
    url: str


@dataclass(frozen=True, slots=True)
class Hangup:
    pass


Verb = Stream | Say | Play | Pause | Gather | Record | Dial | Redirect | Hangup


@dataclass(frozen=True, slots=True)
class Document:
    """`url` is where it came from: a Record without an action asks there again. Empty for a local file."""

    verbs: tuple[Verb, ...]
    url: str = ""


def read_twiml(body: bytes, url: str, *, allows_plain_ws: bool) -> Document:
    """Addresses in it are made whole by `url`. Raises TwimlRefused."""
    if len(body) > MAX_BYTES:
        raise TwimlRefused("the TwiML is larger than 64 kB")
    if b"<!DOCTYPE" in body or b"<!ENTITY" in body:
        raise TwimlRefused("the TwiML declares entities")
    try:
        root = ElementTree.fromstring(body)  # noqa: S314 - no entities, bounded size
    except ElementTree.ParseError as error:
        raise TwimlRefused(f"the TwiML is no XML: {error}") from None
    if root.tag != "Response":
        raise TwimlRefused(f"the TwiML begins with <{root.tag}>, not <Response>")
    return Document(tuple(_read(element, _Place(url, allows_plain_ws)) for element in root), url)


@dataclass(frozen=True, slots=True)
class _Place:
    url: str
    allows_plain_ws: bool

    def whole(self, address: str) -> str:
        joined = urljoin(self.url, address.strip())
        if urlsplit(joined).scheme not in {"http", "https"}:
            raise TwimlRefused(f"{joined!r} is no http address")
        return joined

    def optional(self, element: Element, name: str) -> str:
        return self.whole(element.attrib[name]) if element.get(name) else ""


def _read(element: Element, place: _Place) -> Verb:
    reader = _READERS.get(element.tag)
    if reader is None:
        raise TwimlRefused(f"<{element.tag}> is no verb that this carrier knows")
    _refuse_other_method(element)
    return reader(element, place)


def _read_connect(element: Element, place: _Place) -> Stream:
    streams = list(element)
    if len(streams) != 1 or streams[0].tag != "Stream":
        raise TwimlRefused("<Connect> holds one <Stream>")
    stream = streams[0]
    url = stream.get("url", "")
    _check_stream_address(url, place.allows_plain_ws)
    parameters = {}
    for parameter in stream:
        if parameter.tag != "Parameter":
            raise TwimlRefused(f"<Stream> holds <Parameter>, not <{parameter.tag}>")
        name, value = parameter.get("name", ""), parameter.get("value", "")
        if not name or len(name) + len(value) >= _PARAMETER_LIMIT:
            raise TwimlRefused("a <Parameter> has a name, and name and value have less than 500 characters")
        parameters[name] = value
    return Stream(url, stream.get("name", ""), place.optional(stream, "statusCallback"), parameters)


def _check_stream_address(url: str, allows_plain_ws: bool) -> None:
    address = urlsplit(url)
    if address.query or "?" in url:
        raise TwimlRefused("a stream's address has no query string: custom values travel as <Parameter>")
    if address.scheme == "wss" and address.hostname:
        return
    if not (address.scheme == "ws" and address.hostname in _LOOPBACK and allows_plain_ws):
        raise TwimlRefused("a stream's address begins with wss://")


def _read_say(element: Element, _place: _Place) -> Say:
    text = "".join(element.itertext()).strip()
    if not text:
        raise TwimlRefused("<Say> has nothing to say")
    return Say(text, element.get("language", "en-US"))


def _read_play(element: Element, place: _Place) -> Play:
    return Play(place.whole(element.text or ""))


def _read_pause(element: Element, _place: _Place) -> Pause:
    return Pause(_seconds(element, "length", 1))


def _read_gather(element: Element, place: _Place) -> Gather:
    spoken = tuple(_read(child, place) for child in element)
    if not all(isinstance(verb, Say | Play | Pause) for verb in spoken):
        raise TwimlRefused("<Gather> holds <Say>, <Play> and <Pause>")
    digits = element.get("numDigits")
    if digits is not None and not digits.isdigit():
        raise TwimlRefused("numDigits is a number")
    action = place.whole(element.get("action") or place.url)
    return Gather(
        tuple(verb for verb in spoken if isinstance(verb, Say | Play | Pause)),
        action,
        int(digits) if digits else None,
        _seconds(element, "timeout", 5),
        element.get("finishOnKey", "#"),
    )


def _read_record(element: Element, place: _Place) -> Record:
    return Record(
        place.optional(element, "action"),
        _seconds(element, "maxLength", 3600),
        _seconds(element, "timeout", 5),
        element.get("finishOnKey", "1234567890*#"),
        element.get("playBeep", "true") == "true",
        place.optional(element, "recordingStatusCallback"),
    )


def _read_dial(element: Element, place: _Place) -> Dial:
    numbers = [child for child in element if child.tag == "Number"]
    if len(list(element)) != len(numbers) or len(numbers) > 1:
        raise TwimlRefused("<Dial> holds one number")
    number = ((numbers[0].text if numbers else element.text) or "").strip()
    if not number:
        raise TwimlRefused("<Dial> names nobody")
    return Dial(number, _seconds(element, "timeout", 30), place.optional(element, "action"))


def _read_redirect(element: Element, place: _Place) -> Redirect:
    return Redirect(place.whole(element.text or ""))


def _read_hangup(_element: Element, _place: _Place) -> Hangup:
    return Hangup()


_READERS: Mapping[str, Callable[[Element, _Place], Verb]] = {
    "Connect": _read_connect,
    "Say": _read_say,
    "Play": _read_play,
    "Pause": _read_pause,
    "Gather": _read_gather,
    "Record": _read_record,
    "Dial": _read_dial,
    "Redirect": _read_redirect,
    "Hangup": _read_hangup,
}


def _seconds(element: Element, name: str, default: float) -> float:
    text = element.get(name)
    if text is None:
        return default
    if not (text.isascii() and text.isdigit()) or int(text) > _LONGEST_S:
        raise TwimlRefused(f"{name} of <{element.tag}> is no number of seconds")
    return float(text)


def _refuse_other_method(element: Element) -> None:
    if element.get("method", "POST").upper() != "POST":
        raise TwimlRefused("this carrier asks by POST only")
