import re

from config.settings import ROOT
from console.words import STATES

GLOSSARY = (ROOT / "docs" / "glossary.md").read_text("utf-8")


def test_pages_and_glossary_call_the_states_alike() -> None:
    section = GLOSSARY[GLOSSARY.index("## States of a case") :]
    rows = re.findall(r"^\| (\w+) \| (\S+) \|", section, re.MULTILINE)
    assert dict(rows[1:]) == {state: str(words) for state, words in STATES.items()}
