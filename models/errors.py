"""What can go wrong with the database itself."""

from config.errors import HotlineError


class DatabaseUnavailable(HotlineError):
    """The database is away, locked for longer than 5 s, full, or has no tables of this version."""

    code = "database_unavailable"
    retryable = True
