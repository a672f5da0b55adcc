"""Every confirmation is a label: read from the cases, learnt, compared, promoted while processes run, and taken back."""

from dataclasses import replace
from pathlib import Path
from threading import Event
from time import monotonic

import pytest
from cryptography.fernet import Fernet
from flask import Flask
from pydantic import SecretStr
from sqlalchemy import update

from classifier.pipeline import Understanding
from classifier.taxonomy import Taxonomy
from commands.classifier import classifier, train_version
from config.settings import Settings
from intake.audit import list_audit
from intake.confirmation import CaseChange, confirm_case
from intake.office import CITY_DATA, Office
from intake.places import LivingPlaces
from intake.queries_learning import confirmed_calls, is_held_out
from intake.understanding import LivingUnderstanding, versions_in
from ivr.danger import find_danger
from models.case import Case
from tests.integration.records.bureau import OPERATOR, Bureau, places, proposal, taxonomy

SAID = "冰箱嗡嗡嗡震得慌"
ON_SQLITE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
"""What learns is the same on every database."""
HUMS = [
    "嗡嗡嗡的震得慌",
    "冰箱嗡嗡震人",
    "嗡嗡嗡震得睡不好",
    "冰箱那个嗡嗡声震得慌",
    "嗡嗡震一宿",
    "老是嗡嗡嗡震",
    "冰箱震得嗡嗡的",
    "嗡嗡嗡嗡",
    "震得慌，嗡嗡嗡",
    "冰箱又嗡嗡震了",
    "冰箱嗡嗡的",
    "整宿嗡嗡震得慌",
]


@pytest.fixture(scope="module")
def few() -> Taxonomy:
    """Four matters of the city, so that training takes a second."""
    whole = taxonomy()
    leaves = [whole.leaves[at] for at in (0, 1)]
    leaves += [leaf for leaf in whole.leaves if leaf.code.startswith("05")][:1]
    leaves += [leaf for leaf in whole.leaves if leaf.name == "电梯故障停运"]
    return replace(whole, leaves=tuple(leaves), moved={}, version="few")


@pytest.fixture(scope="module")
def understanding(few: Taxonomy) -> Understanding:
    return Understanding(few, places())


@pytest.fixture
def office(bureau: Bureau, few: Taxonomy) -> Office:
    bureau.office = replace(bureau.office, taxonomy=lambda: few)
    return bureau.office


def confirm(bureau: Bureau, said: str, code: str) -> str:
    case = bureau.proposed(f"CA-{said}", proposal(category=None), said)
    confirm_case(bureau.office, case.case_no, CaseChange(case.version, category_code=code), OPERATOR)
    return case.case_no


def confirm_hums(bureau: Bureau, code: str) -> None:
    for said in HUMS:
        confirm(bureau, said, code)


def test_confirmed_calls_are_read_with_the_code_that_the_operator_chose(bureau: Bureau, office: Office, few: Taxonomy) -> None:
    code = few.leaves[2].code
    case_no = confirm(bureau, SAID, code)
    secret = confirm(bureau, "不能说出去的事", code)
    bureau.proposed("CA-open", said="还没有确认")
    with bureau.database.transaction() as session:
        session.execute(update(Case).where(Case.case_no == secret).values(confidential=True))
    (call,) = confirmed_calls(office, OPERATOR)
    assert (call.text, call.category_code, call.is_held_out) == (SAID, code, is_held_out(case_no))
    entry = list_audit(office)[0]
    assert (entry.action, entry.subject) == ("classifier.trained", "1 confirmed calls")


def test_a_fifth_of_the_cases_is_held_out_for_good() -> None:
    numbers = [f"26010500{at:04d}" for at in range(2000)]
    assert 300 < sum(map(is_held_out, numbers)) < 500


@ON_SQLITE
def test_a_better_version_is_promoted_taken_by_running_processes_and_rolled_back(
    bureau: Bureau, office: Office, few: Taxonomy, understanding: Understanding
) -> None:
    code = few.leaves[2].code
    confirm_hums(bureau, code)
    living = LivingUnderstanding(few, LivingPlaces(CITY_DATA / "gazetteer", office.var), find_danger, office.var, look_s=0.0)
    before = living.propose(SAID)
    sentences = list(train_version(office, fewest=1, understanding=understanding))
    assert "better and in use" in sentences[-1], sentences
    assert versions_in(office.var).in_use() == "1"
    after = wait_for_other_version(living, before.version)
    assert after != before.version and ".1+" in after
    assert living.propose(SAID).categories[0].code == code
    assert [entry.subject for entry in list_audit(office) if entry.action == "classifier.promoted"] == ["1"]
    assert "no better" in list(train_version(office, fewest=1, understanding=understanding))[-1]
    run(office, "rollback")
    assert wait_for_other_version(living, after) == before.version


@ON_SQLITE
def test_too_few_held_out_calls_promote_nothing(
    bureau: Bureau, office: Office, few: Taxonomy, understanding: Understanding
) -> None:
    confirm(bureau, SAID, few.leaves[2].code)
    assert "tell too little" in list(train_version(office, understanding=understanding))[-1]
    assert versions_in(office.var).in_use() == "base"
    assert "kept" in list(train_version(office, is_kept_only=True, understanding=understanding))[-1]


@ON_SQLITE
def test_no_version_holds_a_callers_sentence(
    bureau: Bureau, office: Office, few: Taxonomy, understanding: Understanding
) -> None:
    confirm_hums(bureau, few.leaves[2].code)
    list(train_version(office, is_kept_only=True, understanding=understanding))
    kept = b"".join(path.read_bytes() for path in Path(office.var).rglob("*") if path.is_file())
    assert len(kept) > 10_000
    for said in HUMS:
        assert said.encode("utf-8") not in kept and said.encode("utf-16-le") not in kept


@ON_SQLITE
def test_the_commands_list_promote_and_refuse(office: Office, understanding: Understanding) -> None:
    list(train_version(office, is_kept_only=True, understanding=understanding))
    assert "* base" in run(office, "list") and "0 confirmed calls" in run(office, "list")
    assert "within seconds" in run(office, "promote", "1")
    assert "* 1" in run(office, "list")
    assert "it has base, 1" in run(office, "promote", "7")
    (office.var / "classifier" / "1.npz").write_bytes(b"broken")
    assert "rollback" in run(office, "list")
    assert "base is in use again" in run(office, "rollback")


def run(office: Office, *words: str) -> str:
    app = Flask("commands")
    app.extensions["settings"] = Settings(
        var=office.var,
        database_url=office.database.url.render_as_string(hide_password=False),
        secret_key=SecretStr("secret"),
        data_keys=SecretStr(Fernet.generate_key().decode()),
    )
    with app.app_context():
        return app.test_cli_runner().invoke(classifier, words).output


def wait_for_other_version(living: LivingUnderstanding, before: str) -> str:
    until = monotonic() + 20
    while living.propose(SAID).version == before and monotonic() < until:
        Event().wait(0.02)
    return living.version
