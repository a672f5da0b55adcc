"""Understanding: from a transcript to a proposal, stage by stage over one frozen draft."""

from collections.abc import Callable
from dataclasses import replace
from hashlib import sha256
from typing import Final, Protocol

from classifier.asking import open_questions
from classifier.clean import BREAK, LIMIT, clean, plain_text
from classifier.danger import DangerJudge
from classifier.draft import Draft, Stage
from classifier.entities import find_entities, to_entities
from classifier.gazetteer import Gazetteer
from classifier.grams import BLANK
from classifier.location import PlaceFinder
from classifier.matter import Match, MatterIndex
from classifier.misheard import Misheard
from classifier.proposal import CategoryCandidate, EntityType, Kind, Proposal
from classifier.stored import Stored
from classifier.summary import summarise
from classifier.taxonomy import Leaf, Taxonomy
from classifier.versions import METHOD, UNTRAINED
from classifier.wish import said_wish, urgency, wished

ABSTAIN: Final = 0.25
"""Score below which the best category is not taken for the matter: the caller's own words stand instead."""
_SILENT: Final = frozenset({EntityType.PHONE, EntityType.ID_NUMBER, EntityType.PLATE, EntityType.ROOM, EntityType.PERSON})
_PRIVATE: Final = frozenset({EntityType.PHONE, EntityType.ID_NUMBER})


class Danger(Protocol):
    @property
    def phrase(self) -> str:
        """The words that tell it."""


DangerFinder = Callable[[str], Danger | None]


def no_danger(text: str) -> None:
    """For understanding without a danger list: only an emergency's leaf makes a call one."""


class Understanding:
    """Built once for a process; takes at most two seconds. Safe to share between threads."""

    def __init__(
        self,
        taxonomy: Taxonomy,
        gazetteer: Gazetteer,
        find_danger: DangerFinder = no_danger,
        trained: Stored | None = None,
        places: PlaceFinder | None = None,
        *,
        judge: DangerJudge | None = None,
    ) -> None:
        """`find_danger` is the conversation's (docs/adr/0006), so that both rooms hear danger in the same words; `judge` hears
        what it has no words for. `trained`: the version of the matters' model; without one the taxonomy alone is searched.
        `places`: made before of `gazetteer`."""
        self._find_danger = find_danger
        self._judge_danger = judge
        self._taxonomy = taxonomy
        self._gazetteer = gazetteer
        self._matters = MatterIndex(taxonomy, trained.model if trained else None)
        self._places = places or PlaceFinder(gazetteer)
        self._stages: tuple[Stage, ...] = (
            self._alarm,
            self._place,
            self._name,
            self._categorise,
            self._judge,
            self._tell,
            self._ask,
        )
        data = sha256(f"{taxonomy.version}{gazetteer.version}{judge.version if judge else ''}".encode()).hexdigest()[:12]
        self.version = f"{METHOD}.{trained.card.name if trained else UNTRAINED}+{data}"
        """Of the method, of what it learnt, and of the city's data."""

    def with_version(self, trained: Stored) -> "Understanding":
        """The same with another version of the matters' model; the places, which take long to read, are shared."""
        return Understanding(
            self._taxonomy, self._gazetteer, self._find_danger, trained, self._places, judge=self._judge_danger
        )

    def matter_text(self, text: str) -> str:
        """What the model of the matters sees of a text: without places, names, numbers and what no model may learn."""
        draft = self._name(self._place(Draft(given=text, cleaned=clean(text))))
        return _masked(draft.cleaned.text, self._silent(draft)).replace(BLANK, BREAK)

    def propose(self, text: str) -> Proposal:
        """Never raises, whatever the text."""
        draft = Draft(given=text, cleaned=clean(text))
        for stage in self._stages:
            draft = stage(draft)
        return Proposal(
            kind=draft.kind,
            urgency=draft.urgency,
            categories=draft.categories,
            locations=draft.locations,
            entities=draft.entities,
            summary=draft.summary,
            questions=draft.questions,
            version=self.version,
            is_alarm=draft.is_alarm,
        )

    def misheard(self, text: str) -> tuple[Misheard, ...]:
        """Names of places in one sentence that were surely meant and misheard."""
        return self._places.misheard(clean(text), text)

    def _alarm(self, draft: Draft) -> Draft:
        """The words of the list tell it, or the stretch that made the judge call it."""
        heard = self._find_danger(draft.given[:LIMIT])
        phrase = plain_text(heard.phrase) if heard else ""
        if self._judge_danger is None:
            return replace(draft, danger=phrase)
        found = self._judge_danger.confirms(draft.cleaned.text, heard=bool(phrase))
        if found is None:
            return draft
        danger = phrase or draft.cleaned.text[found.start : found.end]
        return replace(draft, danger=danger, is_alarm=found.margin >= self._judge_danger.limits.sure)

    def _place(self, draft: Draft) -> Draft:
        found = self._places.find(draft.cleaned, draft.given)
        return replace(draft, locations=found.candidates, places=found.silent)

    def _name(self, draft: Draft) -> Draft:
        found = tuple(find_entities(draft.cleaned.text))
        return replace(draft, named=found, entities=to_entities(draft.cleaned, draft.given, found))

    def _categorise(self, draft: Draft) -> Draft:
        matches = self._matches(draft)
        candidates = tuple(
            CategoryCandidate(
                code=match.leaf.code,
                name=match.leaf.name,
                path=match.leaf.path,
                score=round(match.probability, 4),
                evidence=tuple(draft.cleaned.span(*span) for span in match.spans),
            )
            for match in matches
        )
        return replace(draft, categories=candidates, told=matches[0].spans if matches else ())

    def _matches(self, draft: Draft) -> list[Match]:
        """Ranked without the words of the wish (我要投诉, 我提个建议), which are no matter; with them where nothing else is."""
        text = draft.cleaned.text
        silent = self._silent(draft)
        said = said_wish(text)
        if said is None or said[0] is Kind.PRAISE:
            return self._matters.rank(_masked(text, silent), said[0] if said else None)
        matches = self._matters.rank(_masked(text, [*silent, said[1]]), said[0])
        if matches and matches[0].probability >= ABSTAIN:
            return matches
        return self._matters.rank(_masked(text, silent), said[0])

    @staticmethod
    def _silent(draft: Draft) -> list[tuple[int, int]]:
        return [*draft.places, *((named.start, named.end) for named in draft.named if named.type in _SILENT)]

    def _judge(self, draft: Draft) -> Draft:
        leaf, score = self._best(draft)
        text = draft.cleaned.text
        return replace(draft, kind=wished(text, leaf), urgency=urgency(text, leaf, score, danger=bool(draft.danger)))

    def _tell(self, draft: Draft) -> Draft:
        text = draft.cleaned.text
        private = [(named.start, named.end) for named in draft.named if named.type in _PRIVATE]
        danger = text.find(draft.danger) if draft.danger else -1
        told = [*draft.told, *([(danger, danger + len(draft.danger))] if danger >= 0 else [])]
        return replace(draft, summary=summarise(text, draft.cleaned.shown(draft.given), told, private, draft.places))

    def _ask(self, draft: Draft) -> Draft:
        if not draft.cleaned.text:
            return draft
        leaf, _ = self._best(draft)
        named = {entity.type for entity in draft.entities}
        return replace(draft, questions=open_questions(leaf, draft.kind, draft.locations, named))

    def _best(self, draft: Draft) -> tuple[Leaf | None, float]:
        """The leaf that stands for the matter, None below the abstain level."""
        if not draft.categories or draft.categories[0].score < ABSTAIN:
            return None, 0.0
        return self._taxonomy.leaf(draft.categories[0].code), draft.categories[0].score


def _masked(text: str, silent: list[tuple[int, int]]) -> str:
    characters = list(text)
    for start, end in silent:
        characters[start:end] = BLANK * (end - start)
    return "".join(characters)
