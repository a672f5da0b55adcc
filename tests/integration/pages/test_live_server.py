"""The live process: one reader, many pages; tickets that serve once; slow pages that harm nobody."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

from aiohttp import ClientResponse, ClientSession, web
from sqlalchemy import event

from config.live_ticket import LiveTicket, make_live_ticket
from console.hub import WAITING_LIMIT
from console.live import LiveServer
from tests.town import Town


def ticket(town: Town) -> str:
    secret = town.settings.secret_key.get_secret_value()
    return make_live_ticket(secret, LiveTicket("account", "operator"), town.office.clock.now())


@asynccontextmanager
async def served(town: Town) -> AsyncIterator[tuple[ClientSession, str]]:
    runner = web.AppRunner(LiveServer(town.settings, town.office).application(), shutdown_timeout=1.0)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    assert site._server is not None
    port = site._server.sockets[0].getsockname()[1]  # type: ignore[attr-defined]
    async with ClientSession() as session:
        address = f"http://127.0.0.1:{port}"
        while (await session.get(f"{address}/healthz")).status != 200:
            await asyncio.sleep(0.02)
        yield session, address
    await runner.cleanup()


async def next_event(answer: ClientResponse, name: str) -> tuple[str, Any]:
    """Id and data of the next event of this name."""
    found: dict[str, str] = {}
    async with asyncio.timeout(20):
        async for line in answer.content:
            text = line.decode().rstrip("\n")
            if not text:
                if found.get("event") == name:
                    return found.get("id", ""), json.loads(found["data"])
                found = {}
            else:
                key, _, value = text.partition(": ")
                found[key] = value
    raise AssertionError("the stream ended")


def run(scene: Coroutine[Any, Any, None]) -> None:
    asyncio.run(scene)


def watch(session: ClientSession, address: str, town: Town, **more: str) -> Any:
    return session.get(f"{address}/live/events", params={"ticket": ticket(town), "topic": "cases", **more})


def test_fifty_pages_hear_of_a_call_from_one_reading(town: Town) -> None:
    async def scene() -> None:
        async with served(town) as (session, address), AsyncExitStack() as pages:
            open_pages = [await pages.enter_async_context(watch(session, address, town)) for _ in range(60)]
            for page in open_pages:
                await next_event(page, "hello")
            statements: list[str] = []
            count: Callable[..., None] = lambda *given: statements.append(given[2])  # noqa: E731
            caller = await asyncio.to_thread(town.ring)
            event.listen(town.office.database.engine, "before_cursor_execute", count)
            for page in open_pages:
                _, told = await next_event(page, "case")
                assert told["case_no"] == caller.case_no
            # What 60 pages cost is what one costs: a few questions to the database, however many look.
            assert len(statements) < 60
            health = await (await session.get(f"{address}/healthz")).json()
            assert (health["status"], health["pages"]) == ("ok", 60)

    run(scene())


def test_a_ticket_serves_once(town: Town) -> None:
    async def scene() -> None:
        async with served(town) as (session, address):
            once = ticket(town)
            async with session.get(f"{address}/live/events", params={"ticket": once}) as first:
                assert first.status == 200
            assert (await session.get(f"{address}/live/events", params={"ticket": once})).status == 403
            for forged in ("", "x.y", once[:-1] + ("0" if once[-1] != "0" else "1")):
                assert (await session.get(f"{address}/live/events", params={"ticket": forged})).status == 403

    run(scene())


def test_an_old_ticket_is_refused(town: Town) -> None:
    from datetime import timedelta

    async def scene() -> None:
        async with served(town) as (session, address):
            old = ticket(town)
            town.office.clock.advance(timedelta(seconds=31))  # type: ignore[attr-defined]
            assert (await session.get(f"{address}/live/events", params={"ticket": old})).status == 403

    run(scene())


def test_pages_of_other_sites_are_refused(town: Town) -> None:
    async def scene() -> None:
        async with served(town) as (session, address):
            foreign = {"Origin": "https://evil.example"}
            params = {"ticket": ticket(town)}
            assert (await session.get(f"{address}/live/events", params=params, headers=foreign)).status == 403
            own = {"Origin": town.settings.public_url}
            async with session.get(f"{address}/live/events", params=params, headers=own) as answer:
                assert answer.headers["Access-Control-Allow-Origin"] == town.settings.public_url

    run(scene())


def test_a_page_that_returns_hears_what_it_missed(town: Town) -> None:
    async def scene() -> None:
        async with served(town) as (session, address):
            first = await asyncio.to_thread(town.ring)
            async with watch(session, address, town, after="0") as page:
                position, told = await next_event(page, "case")
                assert told["case_no"] == first.case_no
            second = await asyncio.to_thread(town.ring, "+8613900001111")
            async with session.get(
                f"{address}/live/events",
                params={"ticket": ticket(town), "topic": "cases"},
                headers={"Last-Event-ID": position},
            ) as page:
                while told["case_no"] != second.case_no:
                    _, told = await next_event(page, "case")

    run(scene())


def test_a_page_of_one_case_hears_of_that_case_only(town: Town) -> None:
    async def scene() -> None:
        async with served(town) as (session, address):
            mine = await asyncio.to_thread(town.ring)
            params = {"ticket": ticket(town), "topic": f"case:{mine.case_no}"}
            async with session.get(f"{address}/live/events", params=params) as page:
                await next_event(page, "hello")
                await asyncio.to_thread(town.ring, "+8613900001111")
                await asyncio.to_thread(town.hang_up, mine)
                _, told = await next_event(page, "case")
                assert told["case_no"] == mine.case_no

    run(scene())


def test_the_board_comes_with_its_age(town: Town) -> None:
    async def scene() -> None:
        async with served(town) as (session, address):
            params = {"ticket": ticket(town), "topic": "board"}
            async with session.get(f"{address}/live/events", params=params) as page:
                await next_event(page, "hello")
                await asyncio.to_thread(town.ring)
                from datetime import timedelta

                town.office.clock.advance(timedelta(seconds=2))  # type: ignore[attr-defined]
                _, told = await next_event(page, "board")
                while told["calls_now"] == 0:
                    town.office.clock.advance(timedelta(seconds=2))  # type: ignore[attr-defined]
                    _, told = await next_event(page, "board")
                assert told["calls_today"] == 1
                assert told["as_of"].startswith("2026-01-05")

    run(scene())


def test_what_pages_are_told_holds_no_number(town: Town) -> None:
    async def scene() -> None:
        async with served(town) as (session, address), watch(session, address, town) as page:
            await next_event(page, "hello")
            await asyncio.to_thread(town.cold_flat)
            _, told = await next_event(page, "case")
            assert "13800138000" not in json.dumps(told)

    run(scene())


def test_the_waiting_limit_bounds_what_a_slow_page_costs() -> None:
    # 300 rows of about 600 bytes: 4,000 pages that all stopped reading cost less than a gigabyte.
    assert WAITING_LIMIT * 600 * 4000 < 1_000_000_000
