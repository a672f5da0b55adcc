import json

import pytest

from commands.call.happenings import CallResult, Happening, What
from commands.call.screen import LINES, print_json, print_line, print_result_json


@pytest.mark.parametrize("what", list(What))
def test_everything_that_can_happen_has_its_line(what: What, capsys: pytest.CaptureFixture[str]) -> None:
    print_line(Happening(1.25, what, "文字", 2.0))

    line = capsys.readouterr().out
    assert line.startswith("   1.2  ")
    assert what in LINES


def test_json_is_one_object_a_line_without_empty_fields(capsys: pytest.CaptureFixture[str]) -> None:
    print_json(Happening(1.234, What.TURN, "喂\n您好", 2.0))
    print_result_json("CA1", CallResult("system"), "261123000001")

    turn, ended = (json.loads(line) for line in capsys.readouterr().out.splitlines())
    assert turn == {"what": "turn", "at_s": 1.23, "text": "喂\n您好", "seconds": 2.0}
    assert ended == {"what": "ended", "call": "CA1", "case_no": "261123000001", "by": "system", "ok": True, "problems": []}
