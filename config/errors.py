"""The root of every error that this system raises on purpose."""


class HotlineError(Exception):
    """Something went wrong that we have a name for.

    `code` is stable and machine-readable; `retryable` says whether trying the same again later can succeed. The text is a
    whole sentence that names the fix; it never holds a caller's words or number.
    """

    code = "hotline_error"
    retryable = False


class SettingsError(HotlineError):
    """A setting is unknown, missing or unusable; the text is one line that names the setting and the fix."""

    code = "settings"


class DataError(HotlineError):
    """A file of the city's data (taxonomy, gazetteer, prompts, routing) is missing or not valid."""

    code = "city_data"
