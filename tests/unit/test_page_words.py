"""Every word of the pages has an English one, and the tables of words miss no state, kind or reason of the house."""

import re
from pathlib import Path

from babel.messages.pofile import read_po

from classifier.proposal import Kind, Urgency
from console import words
from console.translations.compile import FOLDER, compile_missing
from console.translations.extract import messages
from intake import closing
from intake.outcome import Ending
from intake.provenance import Provenance
from models.account import Role
from models.case import CaseState

_VALUES = re.compile(r"%\(\w+\)s|\{\w+\}")


def test_the_english_catalogue_is_complete_and_keeps_every_value() -> None:
    with (FOLDER / "en" / "LC_MESSAGES" / "messages.po").open("rb") as file:
        english = read_po(file, locale="en")
    for message in messages():
        if message.id:
            known = english.get(message.id)
            assert known is not None, message.id
            assert known.string, message.id
            assert sorted(_VALUES.findall(str(message.id))) == sorted(_VALUES.findall(str(known.string))), message.id


def test_templates_hold_no_chinese_outside_of_translation() -> None:
    for path in (FOLDER.parent / "templates").rglob("*.html"):
        bare = re.sub(r"{#.*?#}|_\(\"[^\"]*\"|_\('[^']*'", "", path.read_text("utf-8"), flags=re.S)
        assert not re.search(r"[\u4e00-\u9fff]", bare), path.name


def test_catalogues_are_compiled_once(tmp_path: Path) -> None:
    assert compile_missing(tmp_path) == [tmp_path / "en" / "LC_MESSAGES" / "messages.mo"]
    assert compile_missing(tmp_path) == []


def test_every_state_kind_urgency_role_and_provenance_has_a_word() -> None:
    assert set(words.STATES) == set(CaseState)
    assert set(words.KINDS) == set(Kind)
    assert set(words.URGENCIES) == set(Urgency)
    assert set(words.PROVENANCES) == set(Provenance)
    assert set(words.ROLES) == set(Role)


def test_every_reason_that_the_machine_writes_has_a_word() -> None:
    written = {closing.NO_HUMAN, closing.NOTHING_HEARD, closing.MESSAGE, *Ending}
    assert written <= set(words.REASONS)
