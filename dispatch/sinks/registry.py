"""Which sink the city has chosen (HOTLINE_DISPATCH__SINK)."""

from collections.abc import Callable

from config.clock import Clock
from config.loading import load
from config.settings import Settings
from dispatch.sinks.contract import Sink
from models.session import Database

Opener = Callable[[Settings, Database, Clock], Sink]

SINKS = {"local": "dispatch.sinks.local:open_local_sink"}
"""Name of the setting and the function that opens it; a sink's libraries are imported only when it is chosen.

The sink in memory has no row: an order that only it has is lost with the process.
"""


def open_sink(settings: Settings, database: Database, clock: Clock) -> Sink:
    opener: Opener = load(SINKS[settings.dispatch.sink])
    return opener(settings, database, clock)
