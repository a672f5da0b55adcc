"""Makes syllables.txt from pypinyin: one line a toneless syllable with the characters that are read so.

    python -m classifier.build_syllables

The product reads the small file instead of pypinyin, whose dictionaries take 57 MB in each process. Every character of
GBK stands there once, with its first reading or the one that place names use.
"""

from collections import defaultdict
from pathlib import Path

from pypinyin import Style, lazy_pinyin

READ_SO = {
    "长": "chang",
    "朝": "chao",
    "单": "dan",
    "都": "du",
    "乐": "le",
    "会": "hui",
    "地": "di",
    "还": "hai",
    "得": "de",
    "调": "diao",
}
"""Characters of several readings whose first one is not the usual one in names and daily speech."""
TARGET = Path(__file__).with_name("syllables.txt")


def main() -> None:
    groups: defaultdict[str, list[str]] = defaultdict(list)
    for code in range(0x4E00, 0xA000):
        character = chr(code)
        if _is_gbk(character):
            syllable = READ_SO.get(character) or lazy_pinyin(character, style=Style.NORMAL)[0]
            if syllable.isascii() and syllable.isalpha():
                groups[syllable].append(character)
    lines = (f"{syllable} {''.join(characters)}\n" for syllable, characters in sorted(groups.items()))
    TARGET.write_text("".join(lines), "utf-8")


def _is_gbk(character: str) -> bool:
    try:
        character.encode("gbk")
    except UnicodeEncodeError:
        return False
    return True


if __name__ == "__main__":
    main()
