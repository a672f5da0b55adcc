"""A call in which nothing happens does not last."""

from media.watch import Alarm, Watch


def test_no_audio_in_the_first_second_is_noticed_once() -> None:
    watch = Watch(began_s=100.0, limit_s=600)
    assert watch.due(100.9) is None
    assert watch.due(101.1) is Alarm.NO_AUDIO
    assert watch.due(102.0) is None


def test_audio_that_stops_is_noticed_after_five_seconds() -> None:
    watch = Watch(began_s=0.0, limit_s=600)
    watch.heard(0.5)
    assert watch.due(5.4) is None
    assert watch.due(5.6) is Alarm.NO_AUDIO


def test_a_conversation_has_a_limit_and_a_last_one() -> None:
    watch = Watch(began_s=0.0, limit_s=60)
    watch.heard(61.0)
    assert watch.due(61.0) is Alarm.TIME_UP
    watch.heard(89.0)
    assert watch.due(89.0) is None
    assert watch.due(91.0) is Alarm.OVERTIME
    assert watch.due(92.0) is Alarm.OVERTIME


def test_quiet_counts_only_beyond_the_usual() -> None:
    watch = Watch(began_s=0.0, limit_s=60)
    assert watch.quiet_ms(3.0) == 0
    watch.heard(3.0)
    assert watch.quiet_ms(3.9) == 0
    assert watch.quiet_ms(5.0) == 2000


def test_time_in_which_we_were_held_up_ourselves_does_not_count() -> None:
    watch = Watch(began_s=0.0, limit_s=600)
    watch.forgive(2.0)
    assert watch.due(2.9) is None
    assert watch.due(3.1) is Alarm.NO_AUDIO
