"""Lists of words as patterns, so that the lists can be read by those who know the words."""


def one_of(words: str) -> str:
    """A pattern for any of the words between the spaces, the longest first; a word may itself be a pattern without spaces."""
    return "(?:" + "|".join(sorted(words.split(), key=len, reverse=True)) + ")"
