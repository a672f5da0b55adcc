"""Sides of a talk between a caller and a human, heard by a running media process."""

import asyncio

from commands.stream_phone import StreamPhone
from config.stream_token import Side, StreamGrant, Talk
from intake.talks import talk_grants
from tests.integration.media.hall import SPEED, Hall
from tests.integration.media.resident import turns_of

SAMPLE = "rubbish"
LATER_MS = 20_000


def side(hall: Hall, phone: StreamPhone, talk: Talk, sample: str = "") -> StreamPhone:
    view = hall.view(phone)
    token = hall.token(StreamGrant(view.id, view.case_no, phone.call_sid, sample, talk=talk))
    return StreamPhone(hall.url, phone.call_sid, token, speed=SPEED)


async def speak(listened: StreamPhone) -> None:
    await listened.dial()
    listened.say(turns_of(SAMPLE)[0].mulaw)
    await listened.until_said()
    listened.hang_up()
    await listened.closed.wait()


def test_the_callers_side_of_a_talk_fills_the_form_at_its_time_in_the_call(hall: Hall) -> None:
    phone = hall.ring()

    asyncio.run(speak(side(hall, phone, Talk(Side.CALLER, 1, LATER_MS), SAMPLE)))
    case = asyncio.run(hall.until(lambda: found if (found := hall.case(phone)).summary else None))

    (heard,) = hall.heard(phone)
    assert (heard.channel, heard.text) == ("caller", turns_of(SAMPLE)[0].text)
    assert LATER_MS < heard.start_ms < heard.end_ms
    assert heard.words[0]["start_ms"] >= LATER_MS
    assert case.narrative == heard.text


def test_what_the_human_says_stands_in_the_transcript_and_not_in_the_narrative(hall: Hall) -> None:
    phone = hall.ring()

    asyncio.run(speak(side(hall, phone, Talk(Side.HUMAN, 1, LATER_MS), SAMPLE)))
    asyncio.run(hall.until(lambda: hall.heard(phone)))

    (heard,) = hall.heard(phone)
    assert (heard.channel, heard.text) == ("human", turns_of(SAMPLE)[0].text)
    assert not hall.case(phone).narrative


def test_a_side_is_heard_once(hall: Hall) -> None:
    phone = hall.ring()
    first, second = (side(hall, phone, Talk(Side.CALLER, 1, 0)) for _ in range(2))

    async def listen_twice() -> None:
        await first.dial()
        await second.dial()
        await second.closed.wait()
        assert not first.closed.is_set()
        first.hang_up()
        await first.closed.wait()

    asyncio.run(listen_twice())


def test_the_last_places_are_kept_for_conversations(hall: Hall) -> None:
    places = hall.office.settings.asr.streams
    room = places - places // 10
    phones = [hall.ring() for _ in range(room + 1)]
    listened = [side(hall, phone, Talk(Side.CALLER, 1, 0)) for phone in phones]

    async def fill() -> None:
        for one in listened:
            await one.dial(sends_audio=False)
        await listened[-1].closed.wait()
        assert not any(one.closed.is_set() for one in listened[:-1])
        for one in listened[:-1]:
            one.hang_up()
        for one in listened[:-1]:
            await one.closed.wait()

    asyncio.run(fill())


def test_two_sides_never_take_each_others_numbers(hall: Hall) -> None:
    phone = hall.ring()
    caller, human = talk_grants(hall.office, "twilio", phone.call_sid)

    assert caller.talk is not None and human.talk is not None
    assert (caller.talk.side, human.talk.side) == (Side.CALLER, Side.HUMAN)
    assert caller.talk.first == 1 and human.talk.first - caller.talk.first > 1000
