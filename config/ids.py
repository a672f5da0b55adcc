"""Identifiers: 32 lower-case hex characters, random."""

from uuid import uuid4


def new_id() -> str:
    return uuid4().hex
