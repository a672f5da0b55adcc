"""A sink that keeps orders in memory: for trying out and for tests. It refuses and fails on request, as real ones do."""

from collections.abc import Callable
from dataclasses import dataclass, field

from dispatch.order import Order
from dispatch.sinks.contract import Refused, Unavailable


@dataclass(slots=True)
class MemorySink:
    refuses: Callable[[Order], bool] = lambda _order: False
    available: bool = True
    orders: dict[str, Order] = field(default_factory=dict)
    """What arrived, by dedupe key."""
    deliveries: list[str] = field(default_factory=list)
    """The dedupe key of every send that was taken, repetitions too."""

    def send(self, order: Order, dedupe_key: str) -> None:
        if not self.available:
            raise Unavailable("The sink in memory is switched off.")
        if self.refuses(order):
            raise Refused("The sink in memory does not take this order.")
        self.deliveries.append(dedupe_key)
        self.orders.setdefault(dedupe_key, order)

    def close(self) -> None:
        self.available = False
