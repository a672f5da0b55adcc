from commands.call.resident import DEAD_AIR_MS, PAUSE_MS, Mood, Resident, Speech


def talk(resident: Resident, moments: list[tuple[int, bool]]) -> list[Mood]:
    return [resident.feel(now_ms, is_playing) for now_ms, is_playing in moments]


def said(length_ms: int) -> Speech:
    return Speech(b"\x01" * (length_ms * 8), "喂")


def test_nobody_speaks_before_the_system_has_said_something() -> None:
    resident = Resident([said(20)])

    assert set(talk(resident, [(at, False) for at in range(0, 5000, 20)])) == {Mood.QUIET}


def test_a_turn_begins_a_human_pause_after_the_prompt() -> None:
    resident = Resident([said(20)])
    talk(resident, [(0, True)])
    resident.mark_came_back()

    moods = talk(resident, [(20, False), (20 + PAUSE_MS - 20, False), (20 + PAUSE_MS, False)])

    assert moods == [Mood.QUIET, Mood.QUIET, Mood.BEGINS]


def test_a_new_prompt_within_the_pause_is_listened_to() -> None:
    resident = Resident([said(20)])
    resident.mark_came_back()

    moods = talk(
        resident, [(0, False), (PAUSE_MS - 20, False), (PAUSE_MS, True), (PAUSE_MS + 20, False), (2 * PAUSE_MS, False)]
    )

    assert Mood.BEGINS not in moods


def test_a_sentence_is_spoken_to_its_end_and_padded_with_silence() -> None:
    resident = Resident([said(30)])
    resident.mark_came_back()
    talk(resident, [(0, False), (PAUSE_MS, False)])

    assert resident.take(20) == b"\x01" * 160
    assert resident.feel(PAUSE_MS + 20, False) is Mood.SPEAKS
    assert resident.take(20) == b"\x01" * 80 + b"\xff" * 80
    assert resident.feel(PAUSE_MS + 40, False) is Mood.QUIET


def test_the_next_turn_waits_for_the_next_prompt() -> None:
    resident = Resident([said(20), said(20)])
    resident.mark_came_back()
    talk(resident, [(0, False), (PAUSE_MS, False)])
    resident.take(20)

    assert Mood.BEGINS not in talk(resident, [(at, False) for at in range(PAUSE_MS + 20, PAUSE_MS + 5000, 20)])
    resident.mark_came_back()
    assert resident.feel(PAUSE_MS + 6000, False) is Mood.BEGINS
    assert resident.spoken == 2


def test_half_a_minute_of_dead_air_makes_anybody_hang_up() -> None:
    resident = Resident([])

    assert talk(resident, [(0, False), (DEAD_AIR_MS - 1, False), (DEAD_AIR_MS, False)]) == [
        Mood.QUIET,
        Mood.QUIET,
        Mood.GIVES_UP,
    ]


def test_on_a_second_stream_the_resident_goes_on_with_the_next_turn() -> None:
    resident = Resident([said(2000), said(20)])
    resident.mark_came_back()
    talk(resident, [(0, False), (PAUSE_MS, False)])

    resident.new_stream()
    resident.mark_came_back()

    assert talk(resident, [(0, False), (PAUSE_MS, False)])[-1] is Mood.BEGINS
    assert resident.spoken == 2
