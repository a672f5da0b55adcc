"""Debian's chromium before real servers. Without it these tests are skipped with the command that brings it."""

import shutil
import socket
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Error, Page, Request, sync_playwright

from tests.browser.stage import Stage
from tests.town import Town

CHROMIUM = Path("/usr/bin/chromium")
FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--autoplay-policy=no-user-gesture-required",
)
EXPECTED = ("the server responded with a status of", "net::ERR_CONNECTION_REFUSED", "net::ERR_INCOMPLETE_CHUNKED_ENCODING")
"""What the console says of an answer that a test asks for, and of a live process that a test stopped."""


class Eyes:
    """What a page did that nobody should see: errors, refusals of the content policy, requests that leave the house."""

    def __init__(self, address: str, live_port: int) -> None:
        self._own = (address, f"http://127.0.0.1:{live_port}")
        self.complaints: list[str] = []
        self.strangers: list[str] = []

    def watch(self, page: Page) -> None:
        page.on("console", self._console)
        page.on("pageerror", self._error)
        page.on("request", self._request)

    def _console(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning") and not any(words in message.text for words in EXPECTED):
            self.complaints.append(message.text)

    def _error(self, error: Error) -> None:
        self.complaints.append(str(error))

    def _request(self, request: Request) -> None:
        if not request.url.startswith((*self._own, "data:")):
            self.strangers.append(request.url)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Closed with its module: while it is open its event loop runs in this thread, and other tests have loops of their own."""
    if not CHROMIUM.exists():
        pytest.skip("no chromium on this machine: `make parts` installs it")
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=str(CHROMIUM), args=list(FLAGS))
        yield opened
        opened.close()


@pytest.fixture(scope="session")
def furnished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with an empty, migrated database and its people."""
    folder = tmp_path_factory.mktemp("furnished")
    Town(folder).office.database.close()
    return folder


@pytest.fixture
def stage(tmp_path: Path, furnished: Path) -> Iterator[Stage]:
    shutil.copytree(furnished, tmp_path, dirs_exist_ok=True)
    opened = Stage(tmp_path, _free_ports())
    yield opened
    opened.close()


@pytest.fixture
def eyes(stage: Stage) -> Iterator[Eyes]:
    """Every test with a page ends by asking what the browser complained of."""
    looking = Eyes(stage.address, stage.settings.live_port)
    yield looking
    assert looking.complaints == []
    assert looking.strangers == []


@pytest.fixture
def sit_down(browser: Browser, stage: Stage, eyes: Eyes) -> Iterator[Callable[[str], Page]]:
    """A person, logged in, at a browser of their own, on the page where they begin."""
    contexts: list[BrowserContext] = []

    def _sit_down(name: str) -> Page:
        context = browser.new_context(viewport={"width": 1440, "height": 900}, locale="zh-CN")
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(15_000)
        eyes.watch(page)
        context.add_cookies([{"name": "hotline_session", "value": stage.cookie_of(name), "url": stage.address}])
        page.goto(stage.address)
        return page

    yield _sit_down
    for context in contexts:
        context.close()


def _free_ports() -> tuple[int, int, int]:
    sockets = [socket.socket() for _ in range(3)]
    for each in sockets:
        each.bind(("127.0.0.1", 0))
    first, second, third = (each.getsockname()[1] for each in sockets)
    for each in sockets:
        each.close()
    return first, second, third
