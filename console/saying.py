"""Words in the reader's language. Modules import these as `_`, which is what the catalogues are made from."""

from flask_babel import gettext, lazy_gettext


def say(text: str, **values: object) -> str:
    """The text in the language of the page; `%(name)s` takes a value. Without values a percent sign stands for itself."""
    return str(gettext(text, **values))


def say_later(text: str) -> str:
    """The same for tables made at import: the language is that of the moment when it is written."""
    lazy: str = lazy_gettext(text)
    return lazy
