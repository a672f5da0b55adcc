"""The office: what every use case takes first. Built once in each process."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from argon2 import PasswordHasher

from config.clock import Clock, SystemClock
from config.loading import load
from config.settings import Settings
from models.sealed import Sealer
from models.session import Database

if TYPE_CHECKING:
    from classifier.articles import ArticleIndex
    from classifier.gazetteer import Gazetteer
    from classifier.misheard import Misheard
    from classifier.proposal import Proposal
    from classifier.taxonomy import Taxonomy
    from intake.places import LivingPlaces
    from intake.understanding import LivingUnderstanding


PASSWORDS: Final = PasswordHasher(time_cost=3, memory_cost=65536, parallelism=1)
"""RFC 9106's second recommendation (64 MiB, 3 passes), with one lane: gunicorn's threads share the cores."""


def _nothing_misheard(_text: str) -> "tuple[Misheard, ...]":
    return ()


@cache
def _no_articles() -> "ArticleIndex":
    empty: ArticleIndex = load("classifier.articles:ArticleIndex")((), load("classifier.taxonomy:Taxonomy")((), {}, ""))
    return empty


@dataclass(frozen=True, slots=True)
class Office:
    """`places`, `taxonomy` and `propose` load the city's data at their first use: who never asks never pays."""

    database: Database
    clock: Clock
    sealer: Sealer
    places: "Callable[[], Gazetteer]"
    taxonomy: "Callable[[], Taxonomy]"
    propose: "Callable[[str], Proposal]"
    var: Path
    settings: Settings
    passwords: PasswordHasher = PASSWORDS
    articles: "Callable[[], ArticleIndex]" = _no_articles
    """What is answered on the phone (config/knowledge)."""
    misheard: "Callable[[str], tuple[Misheard, ...]]" = _nothing_misheard
    """Names of places in one sentence that the gazetteer corrects."""


def build_office(settings: Settings, clock: Clock | None = None) -> Office:
    """Raises models.sealed.SealBroken when the secrets were never written."""
    places = _places(settings.var)

    def current_places() -> "Gazetteer":
        return places()()

    taxonomy = _once("classifier.taxonomy:load_taxonomy", CITY_DATA / "taxonomy")
    understanding = _understanding(taxonomy, places, settings.var)
    return Office(
        database=Database(settings.database_url),
        clock=clock or SystemClock(),
        sealer=Sealer(settings.encryption_keys, settings.secret_key.get_secret_value()),
        places=current_places,
        taxonomy=taxonomy,
        propose=lambda text: understanding().propose(text),
        articles=_articles(taxonomy),
        misheard=lambda text: understanding().misheard(text),
        var=settings.var,
        settings=settings,
    )


CITY_DATA = Path(__file__).resolve().parent.parent / "config"


def _places(var: Path) -> "Callable[[], LivingPlaces]":
    @cache
    def made() -> "LivingPlaces":
        living: LivingPlaces = load("intake.places:LivingPlaces")(CITY_DATA / "gazetteer", var)
        return living

    return made


def _once(loader: str, folder: Path) -> Callable[[], Any]:
    @cache
    def loaded() -> Any:
        return load(loader)(folder)

    return loaded


def _articles(taxonomy: Callable[[], Any]) -> "Callable[[], ArticleIndex]":
    @cache
    def made() -> "ArticleIndex":
        found: ArticleIndex = load("classifier.articles:ArticleIndex")(
            load("classifier.knowledge:load_knowledge")(CITY_DATA / "knowledge"), taxonomy()
        )
        return found

    return made


def _understanding(
    taxonomy: Callable[[], Any], places: "Callable[[], LivingPlaces]", var: Path
) -> "Callable[[], LivingUnderstanding]":
    @cache
    def understanding() -> "LivingUnderstanding":
        made: LivingUnderstanding = load("intake.understanding:LivingUnderstanding")(
            taxonomy(), places(), load("ivr.danger:find_danger"), var
        )
        return made

    return understanding
