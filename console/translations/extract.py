"""Finds the words of all pages and brings the catalogues up to date: `python -m console.translations.extract`."""

from datetime import UTC, datetime
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po, write_po

from console.translations.compile import FOLDER

PAGES = FOLDER.parent
_FIXED = datetime(2026, 1, 1, tzinfo=UTC)
_METHODS = [("**.py", "python"), ("templates/**.html", "jinja2.ext:babel_extract")]
_OPTIONS = {"templates/**.html": {"silent": "false", "newstyle_gettext": "true"}}


def messages() -> Catalog:
    """Every word that a page may show, with the files it stands in."""
    found = Catalog(charset="utf-8")
    for file, _line, text, _comments, context in extract_from_dir(PAGES, _METHODS, _OPTIONS, keywords={"_": None}):
        found.add(text, locations=[(file, 0)], context=context)
    return found


def update(path: Path) -> list[str]:
    """Write a catalogue with all words of the pages and what was translated so far; returns what is not translated."""
    with path.open("rb") as file:
        catalogue = read_po(file, locale=path.parent.parent.name)
    catalogue.update(messages(), no_fuzzy_matching=True, update_header_comment=False)
    catalogue.obsolete.clear()
    catalogue.fuzzy = False
    # A date of the day would differ in every branch, and say nothing.
    catalogue.creation_date = _FIXED
    with path.open("wb") as file:
        write_po(file, catalogue, sort_output=True, omit_header=False, width=120, no_location=True)
    return [str(message.id) for message in catalogue if message.id and not message.string]


if __name__ == "__main__":
    for source in sorted(FOLDER.glob("*/LC_MESSAGES/*.po")):
        for text in update(source):
            print(f"{source.relative_to(FOLDER)}: {text}")
