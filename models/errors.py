"""What can go wrong with the database itself."""

from config.errors import HotlineError


class ValueRefused(HotlineError):
    """A value fits no column: too long, or a NUL character in a text. The same again fails again."""

    code = "value_refused"


class DatabaseUnavailable(HotlineError):
    """The database is away, locked for longer than 5 s, full, or has no tables of this version."""

    code = "database_unavailable"
    retryable = True
