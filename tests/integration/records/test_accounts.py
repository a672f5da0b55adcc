from datetime import timedelta

import pytest

from intake.accounts import (
    MOST_PER_ADDRESS,
    MOST_PER_NAME,
    WINDOW,
    AccountProblem,
    LoginRefused,
    Role,
    TooManyAttempts,
    add_account,
    change_password,
    check_login,
    close_account,
    find_account,
    list_accounts,
    set_password,
)
from intake.audit import list_audit, record_access
from intake.office import Office
from intake.tokens import TokenProblem, add_token, find_token, list_tokens, revoke_token
from models.account import Account, ApiToken, AuditEntry, LoginAttempt
from tests.integration.records.bureau import OPERATOR, Bureau

PASSWORD = "correct horse battery"
HERE = "192.0.2.1"


def test_the_right_password_opens_and_is_on_record(bureau: Bureau) -> None:
    made = add_account(bureau.office, " Wang ", PASSWORD, Role.OPERATOR, "王芳")
    found = check_login(bureau.office, "WANG", PASSWORD, HERE)
    assert (found.id, found.name, found.title, found.role) == (made.id, "wang", "王芳", Role.OPERATOR)
    assert found.last_login_at == bureau.clock.now()
    assert [entry.action for entry in list_audit(bureau.office, "wang")] == ["user.login", "user.added"]


def test_passwords_are_kept_as_argon2_and_never_in_the_clear(bureau: Bureau) -> None:
    add_account(bureau.office, "wang", PASSWORD, Role.OPERATOR)
    assert bureau.one(Account).password_hash.startswith("$argon2id$")


@pytest.mark.parametrize(
    ("name", "password"), [("wang", "wrong password"), ("nobody", PASSWORD), ("", ""), ("wang", "x" * 5000)]
)
def test_a_wrong_name_and_a_wrong_password_are_told_apart_by_nobody(office: Office, name: str, password: str) -> None:
    add_account(office, "wang", PASSWORD, Role.OPERATOR)
    with pytest.raises(LoginRefused) as refused:
        check_login(office, name, password, HERE)
    assert str(refused.value) == "Name or password is wrong."


def test_a_closed_account_opens_nothing(bureau: Bureau) -> None:
    made = add_account(bureau.office, "wang", PASSWORD, Role.OPERATOR)
    close_account(bureau.office, "wang", OPERATOR)
    with pytest.raises(LoginRefused):
        check_login(bureau.office, "wang", PASSWORD, HERE)
    assert find_account(bureau.office, made.id) is None


def test_many_failures_lock_a_name_for_a_while_even_for_the_right_password(bureau: Bureau) -> None:
    add_account(bureau.office, "wang", PASSWORD, Role.OPERATOR)
    with pytest.raises(LoginRefused):
        check_login(bureau.office, "wang", "wrong password", HERE)
    _attempts(bureau, MOST_PER_NAME - 1, "wang", succeeded=False)
    with pytest.raises(TooManyAttempts) as refused:
        check_login(bureau.office, "wang", PASSWORD, "198.51.100.7")
    assert refused.value.retry_after_s == int(WINDOW.total_seconds())
    bureau.clock.advance(WINDOW + timedelta(seconds=1))
    assert check_login(bureau.office, "wang", PASSWORD, HERE).name == "wang"


def test_many_failures_lock_an_address_for_every_name(bureau: Bureau) -> None:
    add_account(bureau.office, "wang", PASSWORD, Role.OPERATOR)
    _attempts(bureau, MOST_PER_ADDRESS, "guess", succeeded=False)
    with pytest.raises(TooManyAttempts):
        check_login(bureau.office, "wang", PASSWORD, HERE)
    assert check_login(bureau.office, "wang", PASSWORD, "198.51.100.7").name == "wang"


def test_successes_lock_nobody_out(bureau: Bureau) -> None:
    add_account(bureau.office, "wang", PASSWORD, Role.OPERATOR)
    _attempts(bureau, MOST_PER_NAME, "wang", succeeded=True)
    assert check_login(bureau.office, "wang", PASSWORD, HERE).name == "wang"


def test_a_new_password_ends_the_sessions_of_the_old_one(bureau: Bureau) -> None:
    made = add_account(bureau.office, "wang", PASSWORD, Role.OPERATOR)
    changed = change_password(bureau.office, made.id, PASSWORD, "another long password")
    assert changed.session_epoch == made.session_epoch + 1
    with pytest.raises(LoginRefused):
        check_login(bureau.office, "wang", PASSWORD, HERE)
    assert check_login(bureau.office, "wang", "another long password", HERE).id == made.id


def test_the_old_password_is_needed_for_a_new_one(bureau: Bureau) -> None:
    made = add_account(bureau.office, "wang", PASSWORD, Role.OPERATOR)
    with pytest.raises(LoginRefused):
        change_password(bureau.office, made.id, "guess guess guess", "another long password")


def test_accounts_that_cannot_be_are_refused_with_the_reason(office: Office) -> None:
    add_account(office, "wang", PASSWORD, Role.OPERATOR)
    for name, password, role, word in (
        ("wang", PASSWORD, Role.OPERATOR, "already"),
        ("li", "short", Role.OPERATOR, "characters"),
        ("li li", PASSWORD, Role.OPERATOR, "spaces"),
        ("li", PASSWORD, Role.RECEIVER, "token"),
    ):
        with pytest.raises(AccountProblem, match=word):
            add_account(office, name, password, role)
    with pytest.raises(AccountProblem, match="user list"):
        set_password(office, "nobody", PASSWORD)
    assert [account.name for account in list_accounts(office)] == ["wang"]


def test_a_token_is_shown_once_and_kept_as_a_hash(bureau: Bureau) -> None:
    plain = add_token(bureau.office, Role.RECEIVER, "110114", "昌平")
    found = find_token(bureau.office, plain)
    assert found is not None
    assert (found.role, found.area, found.name) == (Role.RECEIVER, "110114", "昌平")
    assert plain not in str(vars(bureau.one(ApiToken)))


def test_a_token_that_is_unknown_or_revoked_opens_nothing(bureau: Bureau) -> None:
    plain = add_token(bureau.office, Role.SERVICE)
    assert find_token(bureau.office, plain + "x") is None
    assert find_token(bureau.office, "") is None
    revoke_token(bureau.office, list_tokens(bureau.office)[0].id, OPERATOR)
    assert find_token(bureau.office, plain) is None


def test_a_receiver_needs_an_organisation_of_the_city(office: Office) -> None:
    for area in (None, "999999", "11"):
        with pytest.raises(TokenProblem):
            add_token(office, Role.RECEIVER, area)


def test_the_use_of_a_token_is_noted_now_and_then(bureau: Bureau) -> None:
    plain = add_token(bureau.office, Role.SERVICE)
    find_token(bureau.office, plain)
    first = bureau.clock.now()
    bureau.clock.advance(timedelta(minutes=1))
    find_token(bureau.office, plain)
    assert bureau.one(ApiToken).last_used_at == first


def test_who_read_which_case_is_on_record(bureau: Bureau) -> None:
    record_access(bureau.office, OPERATOR, "case.listed", ["260105000001", "260105000002"])
    record_access(bureau.office, OPERATOR, "case.read", "260105000001")
    record_access(bureau.office, OPERATOR, "case.listed", [])
    assert [(entry.action, entry.actor_name) for entry in list_audit(bureau.office, "260105000001")] == [
        ("case.read", "wang"),
        ("case.listed", "wang"),
    ]
    assert len(bureau.all(AuditEntry)) == 3


def _attempts(bureau: Bureau, times: int, name: str, *, succeeded: bool) -> None:
    """Attempts that were made before, without the cost of their passwords."""
    with bureau.database.transaction() as session:
        for _ in range(times):
            session.add(LoginAttempt(at=bureau.clock.now(), name=name, address=HERE, succeeded=succeeded))
