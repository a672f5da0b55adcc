"""Word lists as patterns: spaces part the entries."""


def one_of(words: str) -> str:
    """A group that matches any of the words, the longest first."""
    return "(?:" + "|".join(sorted(words.split(), key=len, reverse=True)) + ")"
