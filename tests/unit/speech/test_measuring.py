from asr.measuring import character_errors


def test_punctuation_case_and_spaces_are_no_errors() -> None:
    assert character_errors([("您好，我住天通苑。", "您好 我住 天通苑"), ("APP", "app")]).wrong == 0


def test_characters_more_less_and_other_are_counted() -> None:
    errors = character_errors([("三号楼", "三好楼"), ("暖气", "暖气不"), ("停水", "水")])
    assert (errors.said, errors.wrong) == (7, 3)
    assert round(errors.percent, 1) == 42.9


def test_nothing_said_is_no_division_by_zero() -> None:
    assert character_errors([]).percent == 0
    assert character_errors([("", "喂")]).wrong == 1
