"""A dispatcher for the kill test, run as a process of its own: it sends one order, says so, and never comes to settle it.

Arguments: the database's address, the data key, the time. Prints the dedupe key once the queue has the order.
"""

import sys
import time
from dataclasses import dataclass
from datetime import datetime

from config.clock import FixedClock
from dispatch.order import Order
from dispatch.sinks.local import LocalSink
from models.sealed import Sealer
from models.session import Database
from tests.integration.dispatch.desk import Desk


@dataclass(frozen=True, slots=True)
class StallingSink:
    queue: LocalSink

    def send(self, order: Order, dedupe_key: str) -> None:
        self.queue.send(order, dedupe_key)
        print(dedupe_key, flush=True)
        time.sleep(120)

    def close(self) -> None: ...


def main(url: str, key: str, now: str) -> None:
    desk = Desk(Database(url), FixedClock(datetime.fromisoformat(now)), Sealer([key], "secret"))
    desk.relay(StallingSink(LocalSink(desk.database, desk.clock))).run_once()


main(*sys.argv[1:])
