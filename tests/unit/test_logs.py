import logging

import pytest

from config.logs import LineFormatter, masked


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("from +8613812345678", "from *****78"),
        ("110101199001011234 said", "*****34 said"),
        ("call 3f2a0c1d4e5f60718293a4b5c6d7e8f9 opened", "call 3f2a0c1d4e5f60718293a4b5c6d7e8f9 opened"),
        ("in 123456 ms", "in 123456 ms"),
    ],
)
def test_long_numbers_are_masked_and_identifiers_are_not(text: str, shown: str) -> None:
    assert masked(text) == shown


def test_a_line_is_a_fixed_sentence_with_fields() -> None:
    record = logging.makeLogRecord({"msg": "call opened", "levelname": "INFO", "call": "3f2a", "number": "13812345678"})

    line = LineFormatter("media").format(record)

    assert line.endswith("INFO    media call opened call=3f2a number=*****78")
