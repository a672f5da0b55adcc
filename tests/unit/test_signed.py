from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.live_ticket import LiveTicket, make_live_ticket, read_live_ticket
from config.signed import NoteRefused
from config.stream_token import StreamGrant, make_stream_token, read_stream_token

NOW = datetime(2026, 1, 5, 1, 0, tzinfo=UTC)
GRANT = StreamGrant("c" * 32, "260105000001", "CA1", "no-heating")


def test_a_stream_token_brings_its_grant_and_a_new_nonce_each_time() -> None:
    one = read_stream_token("secret", make_stream_token("secret", GRANT, NOW), NOW)
    other = read_stream_token("secret", make_stream_token("secret", GRANT, NOW), NOW)

    assert (one.call_id, one.case_no, one.carrier_call_id, one.sample) == (GRANT.call_id, GRANT.case_no, "CA1", "no-heating")
    assert one.nonce != other.nonce


def test_a_token_of_another_secret_is_refused() -> None:
    with pytest.raises(NoteRefused):
        read_stream_token("other", make_stream_token("secret", GRANT, NOW), NOW)


def test_a_token_expires() -> None:
    with pytest.raises(NoteRefused, match="expired"):
        read_stream_token("secret", make_stream_token("secret", GRANT, NOW), NOW + timedelta(seconds=62))


def test_a_live_ticket_is_no_stream_token() -> None:
    ticket = make_live_ticket("secret", LiveTicket("a1", "operator"), NOW)

    assert read_live_ticket("secret", ticket, NOW).role == "operator"
    with pytest.raises(NoteRefused):
        read_stream_token("secret", ticket, NOW)


@given(st.text())
def test_any_text_that_we_did_not_sign_is_refused(text: str) -> None:
    with pytest.raises(NoteRefused):
        read_stream_token("secret", text, NOW)
