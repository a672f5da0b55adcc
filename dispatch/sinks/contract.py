"""Where orders go: the seam of dispatch. One file for each sink, one row in `dispatch.sinks.registry`, one contract suite."""

from typing import Protocol

from config.errors import HotlineError
from dispatch.order import Order


class Refused(HotlineError):
    """The sink will never take this order. The text says why and holds nothing of the caller."""

    code = "sink_refused"


class Unavailable(HotlineError):
    """The sink takes nothing now, or cannot be reached; the same order may go through later."""

    code = "sink_unavailable"
    retryable = True


class Sink(Protocol):
    def send(self, order: Order, dedupe_key: str) -> None:
        """Returns when the other side has the order for good.

        The same `dedupe_key` may come again, also at the same time from another process: it is one order.
        Raises Refused or Unavailable.
        """

    def close(self) -> None: ...
