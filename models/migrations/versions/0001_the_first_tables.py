"""The first tables."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

Time = sa.DateTime(timezone=True)
Json = sa.JSON().with_variant(JSONB(), "postgresql")
Serial = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    _account()
    _api_token()
    _audit_entry()
    _case_counter()
    _event()
    _login_attempt()
    _case()
    _call()
    _case_move()
    _order()
    _proposal()
    _outbox_message()
    _queue_entry()
    _recording()
    _utterance()


def downgrade() -> None:
    for table in (
        "utterance",
        "recording",
        "queue_entry",
        "outbox_message",
        "proposal",
        "order",
        "case_move",
        "call",
        "case",
        "login_attempt",
        "event",
        "case_counter",
        "audit_entry",
        "api_token",
        "account",
    ):
        op.drop_table(table)


def _account() -> None:
    op.create_table(
        "account",
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("name", sa.String(64), nullable=False),
        sa.Column("title", sa.String(64), nullable=False),
        sa.Column("role", sa.String(24), nullable=False),
        sa.Column("password_hash", sa.String(256), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("session_epoch", sa.Integer(), nullable=False),
        sa.Column("created_at", Time, nullable=False),
        sa.Column("last_login_at", Time, nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_account"),
        sa.UniqueConstraint("name", name="uq_account_name"),
    )


def _api_token() -> None:
    op.create_table(
        "api_token",
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("token_hash", sa.String(64), nullable=False),
        sa.Column("role", sa.String(24), nullable=False),
        sa.Column("area", sa.String(32), nullable=True),
        sa.Column("name", sa.String(64), nullable=False),
        sa.Column("created_at", Time, nullable=False),
        sa.Column("last_used_at", Time, nullable=True),
        sa.Column("revoked_at", Time, nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_api_token"),
        sa.UniqueConstraint("token_hash", name="uq_api_token_token_hash"),
    )


def _audit_entry() -> None:
    op.create_table(
        "audit_entry",
        sa.Column("id", Serial, autoincrement=True, nullable=False),
        sa.Column("at", Time, nullable=False),
        sa.Column("actor_kind", sa.String(16), nullable=False),
        sa.Column("actor_id", sa.String(32), nullable=True),
        sa.Column("actor_name", sa.String(64), nullable=False),
        sa.Column("action", sa.String(48), nullable=False),
        sa.Column("subject", sa.String(64), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_audit_entry"),
    )
    op.create_index("ix_audit_entry_actor_id_at", "audit_entry", ["actor_id", "at"])
    op.create_index("ix_audit_entry_subject_at", "audit_entry", ["subject", "at"])


def _case_counter() -> None:
    op.create_table(
        "case_counter",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("last", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("day", name="pk_case_counter"),
    )


def _event() -> None:
    op.create_table(
        "event",
        sa.Column("position", Serial, autoincrement=True, nullable=False),
        sa.Column("at", Time, nullable=False),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("call_id", sa.String(32), nullable=True),
        sa.Column("case_id", sa.String(32), nullable=True),
        sa.Column("case_no", sa.String(12), nullable=True),
        sa.Column("data", Json, nullable=False),
        sa.PrimaryKeyConstraint("position", name="pk_event"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_event_at", "event", ["at"])
    op.create_index("ix_event_call_id", "event", ["call_id"])
    op.create_index("ix_event_case_id", "event", ["case_id"])
    op.create_index("ix_event_kind_position", "event", ["kind", "position"])


def _login_attempt() -> None:
    op.create_table(
        "login_attempt",
        sa.Column("id", Serial, autoincrement=True, nullable=False),
        sa.Column("at", Time, nullable=False),
        sa.Column("name", sa.String(64), nullable=False),
        sa.Column("address", sa.String(64), nullable=False),
        sa.Column("succeeded", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_login_attempt"),
    )
    op.create_index("ix_login_attempt_address_at", "login_attempt", ["address", "at"])
    op.create_index("ix_login_attempt_name_at", "login_attempt", ["name", "at"])


def _case() -> None:
    op.create_table(
        "case",
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("case_no", sa.String(12), nullable=False),
        sa.Column("state", sa.String(24), nullable=False),
        sa.Column("urgent", sa.Boolean(), nullable=False),
        sa.Column("kind", sa.String(16), nullable=True),
        sa.Column("urgency", sa.String(16), nullable=True),
        sa.Column("category_code", sa.String(32), nullable=True),
        sa.Column("district_code", sa.String(6), nullable=True),
        sa.Column("subdistrict_code", sa.String(9), nullable=True),
        sa.Column("community_code", sa.String(12), nullable=True),
        sa.Column("address", sa.Text(), nullable=True),
        sa.Column("summary", sa.Text(), nullable=True),
        sa.Column("narrative", sa.Text(), nullable=True),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("caller_name", sa.String(64), nullable=True),
        sa.Column("callback_reason", sa.String(64), nullable=True),
        sa.Column("refusal", sa.Text(), nullable=True),
        sa.Column("organisation_code", sa.String(32), nullable=True),
        sa.Column("organisation_name", sa.String(128), nullable=True),
        sa.Column("deadline", Time, nullable=True),
        sa.Column("confidential", sa.Boolean(), nullable=False),
        sa.Column("provenance", Json, nullable=False),
        sa.Column("owner_id", sa.String(32), nullable=True),
        sa.Column("merged_into", sa.String(32), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", Time, nullable=False),
        sa.Column("answered_at", Time, nullable=True),
        sa.Column("first_partial_at", Time, nullable=True),
        sa.Column("speech_ended_at", Time, nullable=True),
        sa.Column("final_text_at", Time, nullable=True),
        sa.Column("proposed_at", Time, nullable=True),
        sa.Column("hung_up_at", Time, nullable=True),
        sa.Column("opened_at", Time, nullable=True),
        sa.Column("confirmed_at", Time, nullable=True),
        sa.Column("queued_at", Time, nullable=True),
        sa.ForeignKeyConstraint(["merged_into"], ["case.id"], name="fk_case_merged_into"),
        sa.ForeignKeyConstraint(["owner_id"], ["account.id"], name="fk_case_owner_id"),
        sa.PrimaryKeyConstraint("id", name="pk_case"),
        sa.UniqueConstraint("case_no", name="uq_case_case_no"),
    )
    op.create_index("ix_case_category_code", "case", ["category_code"])
    op.create_index("ix_case_created_at", "case", ["created_at"])
    op.create_index("ix_case_state_urgent_created_at", "case", ["state", "urgent", "created_at"])
    op.create_index("ix_case_subdistrict_code", "case", ["subdistrict_code"])


def _call() -> None:
    op.create_table(
        "call",
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("carrier", sa.String(16), nullable=False),
        sa.Column("carrier_call_id", sa.String(128), nullable=False),
        sa.Column("case_id", sa.String(32), nullable=False),
        sa.Column("state", sa.String(24), nullable=False),
        sa.Column("caller_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("caller_hash", sa.String(64), nullable=True),
        sa.Column("dialled", sa.String(64), nullable=True),
        sa.Column("sample", sa.String(128), nullable=True),
        sa.Column("engine", sa.String(64), nullable=True),
        sa.Column("stream_nonce", sa.String(32), nullable=True),
        sa.Column("conversation", Json, nullable=True),
        sa.Column("outcome", Json, nullable=True),
        sa.Column("dial_result", sa.String(16), nullable=True),
        sa.Column("streams", sa.Integer(), nullable=False),
        sa.Column("step", sa.String(32), nullable=False),
        sa.Column("started_at", Time, nullable=False),
        sa.Column("media_started_at", Time, nullable=True),
        sa.Column("last_sign_at", Time, nullable=False),
        sa.Column("ended_at", Time, nullable=True),
        sa.Column("end_reason", sa.String(64), nullable=True),
        sa.Column("lag_ms", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["case.id"], name="fk_call_case_id", initially="DEFERRED", deferrable=True),
        sa.PrimaryKeyConstraint("id", name="pk_call"),
        sa.UniqueConstraint("carrier", "carrier_call_id", name="uq_call_carrier_carrier_call_id"),
    )
    op.create_index("ix_call_caller_hash", "call", ["caller_hash"])
    op.create_index("ix_call_case_id", "call", ["case_id"])
    op.create_index("ix_call_state_last_sign_at", "call", ["state", "last_sign_at"])


def _case_move() -> None:
    op.create_table(
        "case_move",
        sa.Column("id", Serial, autoincrement=True, nullable=False),
        sa.Column("case_id", sa.String(32), nullable=False),
        sa.Column("at", Time, nullable=False),
        sa.Column("actor", sa.String(64), nullable=False),
        sa.Column("actor_id", sa.String(32), nullable=True),
        sa.Column("from_state", sa.String(24), nullable=True),
        sa.Column("to_state", sa.String(24), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["case.id"], name="fk_case_move_case_id"),
        sa.PrimaryKeyConstraint("id", name="pk_case_move"),
    )
    op.create_index("ix_case_move_case_id", "case_move", ["case_id"])


def _order() -> None:
    op.create_table(
        "order",
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("case_id", sa.String(32), nullable=False),
        sa.Column("dedupe_key", sa.String(64), nullable=False),
        sa.Column("body", Json, nullable=False),
        sa.Column("created_at", Time, nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["case.id"], name="fk_order_case_id"),
        sa.PrimaryKeyConstraint("id", name="pk_order"),
        sa.UniqueConstraint("dedupe_key", name="uq_order_dedupe_key"),
    )
    op.create_index("ix_order_case_id", "order", ["case_id"])


def _proposal() -> None:
    op.create_table(
        "proposal",
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("case_id", sa.String(32), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("classifier_version", sa.String(64), nullable=False),
        sa.Column("body", Json, nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("created_at", Time, nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["case.id"], name="fk_proposal_case_id"),
        sa.PrimaryKeyConstraint("id", name="pk_proposal"),
        sa.UniqueConstraint("case_id", "sequence", name="uq_proposal_case_id_sequence"),
    )


def _outbox_message() -> None:
    op.create_table(
        "outbox_message",
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("order_id", sa.String(32), nullable=False),
        sa.Column("dedupe_key", sa.String(64), nullable=False),
        sa.Column("state", sa.String(24), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("next_attempt_at", Time, nullable=False),
        sa.Column("lease_until", Time, nullable=True),
        sa.Column("lease_owner", sa.String(64), nullable=True),
        sa.Column("last_error", sa.Text(), nullable=True),
        sa.Column("created_at", Time, nullable=False),
        sa.Column("sent_at", Time, nullable=True),
        sa.ForeignKeyConstraint(["order_id"], ["order.id"], name="fk_outbox_message_order_id"),
        sa.PrimaryKeyConstraint("id", name="pk_outbox_message"),
        sa.UniqueConstraint("dedupe_key", name="uq_outbox_message_dedupe_key"),
    )
    op.create_index("ix_outbox_message_order_id", "outbox_message", ["order_id"])
    op.create_index("ix_outbox_message_state_next_attempt_at", "outbox_message", ["state", "next_attempt_at"])


def _queue_entry() -> None:
    op.create_table(
        "queue_entry",
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("order_id", sa.String(32), nullable=False),
        sa.Column("dedupe_key", sa.String(64), nullable=False),
        sa.Column("organisation_code", sa.String(32), nullable=False),
        sa.Column("queued_at", Time, nullable=False),
        sa.Column("leased_until", Time, nullable=True),
        sa.Column("leased_by", sa.String(64), nullable=True),
        sa.Column("answer", sa.String(24), nullable=True),
        sa.Column("reason_code", sa.String(32), nullable=True),
        sa.Column("text", sa.Text(), nullable=True),
        sa.Column("answered_at", Time, nullable=True),
        sa.ForeignKeyConstraint(["order_id"], ["order.id"], name="fk_queue_entry_order_id"),
        sa.PrimaryKeyConstraint("id", name="pk_queue_entry"),
        sa.UniqueConstraint("dedupe_key", name="uq_queue_entry_dedupe_key"),
        sa.UniqueConstraint("order_id", name="uq_queue_entry_order_id"),
    )
    op.create_index(
        "ix_queue_entry_organisation_code_answer_queued_at", "queue_entry", ["organisation_code", "answer", "queued_at"]
    )


def _recording() -> None:
    op.create_table(
        "recording",
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("call_id", sa.String(32), nullable=False),
        sa.Column("case_id", sa.String(32), nullable=False),
        sa.Column("source", sa.String(24), nullable=False),
        sa.Column("carrier_recording_id", sa.String(128), nullable=True),
        sa.Column("url", sa.Text(), nullable=True),
        sa.Column("path", sa.String(256), nullable=True),
        sa.Column("duration_ms", sa.Integer(), nullable=True),
        sa.Column("tracks", sa.String(32), nullable=False),
        sa.Column("state", sa.String(24), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("next_attempt_at", Time, nullable=True),
        sa.Column("last_error", sa.String(256), nullable=True),
        sa.Column("transcribed_at", Time, nullable=True),
        sa.Column("created_at", Time, nullable=False),
        sa.ForeignKeyConstraint(["call_id"], ["call.id"], name="fk_recording_call_id"),
        sa.ForeignKeyConstraint(["case_id"], ["case.id"], name="fk_recording_case_id"),
        sa.PrimaryKeyConstraint("id", name="pk_recording"),
        sa.UniqueConstraint("carrier_recording_id", name="uq_recording_carrier_recording_id"),
        sa.UniqueConstraint("path", name="uq_recording_path"),
    )
    op.create_index("ix_recording_call_id", "recording", ["call_id"])
    op.create_index("ix_recording_case_id", "recording", ["case_id"])
    op.create_index("ix_recording_state_next_attempt_at", "recording", ["state", "next_attempt_at"])


def _utterance() -> None:
    op.create_table(
        "utterance",
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("call_id", sa.String(32), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("channel", sa.String(16), nullable=False),
        sa.Column("raw", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("words", Json, nullable=False),
        sa.Column("start_ms", sa.Integer(), nullable=False),
        sa.Column("end_ms", sa.Integer(), nullable=False),
        sa.Column("engine", sa.String(64), nullable=False),
        sa.Column("spoken", sa.Text(), nullable=True),
        sa.Column("created_at", Time, nullable=False),
        sa.ForeignKeyConstraint(["call_id"], ["call.id"], name="fk_utterance_call_id"),
        sa.PrimaryKeyConstraint("id", name="pk_utterance"),
        sa.UniqueConstraint("call_id", "sequence", name="uq_utterance_call_id_sequence"),
    )
