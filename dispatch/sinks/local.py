"""The embedded queue: a table of our own database, from which receiving organisations fetch over the API.

Its entries refer to the order; the caller is filled in when an organisation claims it.
"""

from dataclasses import dataclass

from sqlalchemy.exc import IntegrityError

from config.clock import Clock
from config.ids import new_id
from config.settings import Settings
from dispatch.order import Order
from dispatch.sinks.contract import Refused, Unavailable
from models.errors import DatabaseUnavailable
from models.inserting import insert_new
from models.order import QueueEntry
from models.session import Database


@dataclass(frozen=True, slots=True)
class LocalSink:
    database: Database
    clock: Clock

    def send(self, order: Order, dedupe_key: str) -> None:
        try:
            with self.database.transaction() as session:
                insert_new(
                    session,
                    QueueEntry,
                    id=new_id(),
                    order_id=order.order_id,
                    dedupe_key=dedupe_key,
                    organisation_code=order.organisation.code,
                    queued_at=self.clock.now(),
                )
        except IntegrityError:
            raise Refused("The queue knows no such order: it was never confirmed here.") from None
        except DatabaseUnavailable as error:
            raise Unavailable(f"The queue cannot be written now. {error}") from error

    def close(self) -> None:
        """The database belongs to whoever opened it."""


def open_local_sink(_settings: Settings, database: Database, clock: Clock) -> LocalSink:
    return LocalSink(database, clock)
