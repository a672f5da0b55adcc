"""Chinese is the source of every word, English a catalogue. The reader switches by a cookie, not by the browser's language."""

from dataclasses import dataclass
from pathlib import Path

from flask import Flask, request
from flask_babel import Babel, get_locale

from config.clock import CITY_ZONE
from config.settings import Settings
from console.translations.compile import FOLDER, compile_missing

COOKIE = "hotline_language"


@dataclass(frozen=True, slots=True)
class Language:
    code: str
    """As in the cookie."""
    locale: str
    html: str
    name: str
    """In itself."""


CHINESE = Language("zh", "zh_Hans_CN", "zh-CN", "中文")
ENGLISH = Language("en", "en", "en", "English")
LANGUAGES = {language.code: language for language in (CHINESE, ENGLISH)}


def chosen_language() -> Language:
    return LANGUAGES.get(request.cookies.get(COOKIE, ""), CHINESE)


def spoken_language() -> Language:
    """The language of the page being rendered."""
    return ENGLISH if str(get_locale()) == ENGLISH.locale else CHINESE


def catalogues(var: Path) -> Path:
    """Where the compiled catalogues are: beside their sources, or in `var` where the program's own folder is read-only."""
    try:
        compile_missing()
    except OSError:
        compile_missing(var / "translations")
        return var / "translations"
    return FOLDER


def add_languages(app: Flask, settings: Settings) -> None:
    folder = str(catalogues(settings.var))
    app.config.update(BABEL_TRANSLATION_DIRECTORIES=folder, BABEL_DEFAULT_LOCALE=CHINESE.locale)
    Babel(app, locale_selector=lambda: chosen_language().locale, timezone_selector=lambda: CITY_ZONE.key)
