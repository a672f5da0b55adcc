"""The city's articles of knowledge: what an operator answers on the phone. Data of `config/knowledge/`, one file a field.

`python -m classifier.knowledge FOLDER TAXONOMY` names what is wrong with them.
"""

import json
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

from classifier.clean import plain_text
from classifier.taxonomy import Taxonomy, load_taxonomy
from config.errors import DataError

_FEWEST_QUESTIONS: Final = 2
_ANSWER: Final = range(30, 400)
"""Characters of an answer: two to six sentences, read aloud in at most a minute and a half."""
_TEXTS: Final = ("id", "title", "answer", "office", "where")
_LONGEST_ID: Final = 40


class Source(StrEnum):
    LAW = "law"
    """A law or rule of the whole country."""
    RULE = "rule"
    """A rule of the city."""
    SERVICE = "service"
    """How an office does it."""


@dataclass(frozen=True, slots=True)
class Article:
    id: str
    title: str
    questions: tuple[str, ...]
    """As residents ask it."""
    answer: str
    """As an operator reads it aloud."""
    leaves: tuple[str, ...]
    """Codes of the matters that it answers."""
    office: str
    """Who is responsible."""
    where: str
    """Where the resident turns to."""
    source: Source
    as_of: date
    check: tuple[str, ...]
    """What in it changes (fees, dates, amounts) and is to be looked at by the city; the operator is told."""
    version: str
    """First 12 hex characters of the SHA-256 over the article."""


Knowledge = tuple[Article, ...]


def load_knowledge(folder: Path) -> Knowledge:
    """Reads every `*.json` in the folder; a city without the folder has no articles. Raises DataError, which names the file."""
    articles = [article for path in sorted(folder.glob("*.json")) for article in _read(path)]
    seen: set[str] = set()
    for article in articles:
        if article.id in seen:
            raise DataError(f"{folder}: article {article.id} stands there twice.")
        seen.add(article.id)
    return tuple(articles)


def problems(knowledge: Knowledge, taxonomy: Taxonomy) -> list[str]:
    """One sentence for each, with the article's id."""
    found: list[str] = []
    owners: dict[str, str] = {}
    for article in knowledge:
        found.extend(f"{article.id}: {problem}" for problem in _problems_of(article, taxonomy))
        for question in article.questions:
            other = owners.setdefault(plain_text(question), article.id)
            if other != article.id:
                found.append(f"{other} and {article.id}: the same question {question}")
    return found


def _problems_of(article: Article, taxonomy: Taxonomy) -> Iterator[str]:
    if len(article.questions) < _FEWEST_QUESTIONS:
        yield f"{len(article.questions)} questions, {_FEWEST_QUESTIONS} are the least"
    if len(article.answer) not in _ANSWER:
        yield f"the answer has {len(article.answer)} characters, {_ANSWER.start} to {_ANSWER.stop - 1} are expected"
    if not article.leaves:
        yield "no leaf"
    yield from (f"leaf {code} is not in the taxonomy" for code in article.leaves if taxonomy.leaf(code) is None)


def _read(path: Path) -> Iterator[Article]:
    try:
        for item in json.loads(path.read_bytes())["articles"]:
            yield _article(item)
    except (KeyError, TypeError, ValueError) as error:
        raise DataError(f"{path} is no file of articles: {type(error).__name__} {error}") from error


def _article(item: Mapping[str, Any]) -> Article:
    identity, title, answer, office, where = (_text(item, field) for field in _TEXTS)
    if len(identity) > _LONGEST_ID or not identity.replace("-", "").isalnum():
        raise ValueError(f"id {identity!r} may hold {_LONGEST_ID} letters, digits and hyphens")
    content = json.dumps(item, ensure_ascii=False, sort_keys=True).encode()
    return Article(
        id=identity,
        title=title,
        questions=tuple(map(str, item["questions"])),
        answer=answer,
        leaves=tuple(map(str, item["leaves"])),
        office=office,
        where=where,
        source=Source(item["source"]),
        as_of=date.fromisoformat(item["as_of"]),
        check=tuple(map(str, item["check"])),
        version=sha256(content).hexdigest()[:12],
    )


def _text(item: Mapping[str, Any], field: str) -> str:
    value = item[field]
    if not isinstance(value, str) or not value.strip():
        raise ValueError(f"{item.get('id', '?')}: {field} is empty")
    return value


def main(folder: str, taxonomy: str) -> int:
    knowledge = load_knowledge(Path(folder))
    found = problems(knowledge, load_taxonomy(Path(taxonomy)))
    print("\n".join(found) if found else f"{len(knowledge)} articles, no problem")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
