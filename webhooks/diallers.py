"""Who places calls: the exchange for operators at a seat; for the others the public carrier, where the city has a number."""

from dataclasses import dataclass

from config.settings import Settings
from intake.call_backs import Dialler
from webhooks.sip.ari import Ari
from webhooks.sip.dialler import SipDialler
from webhooks.twilio.rest import TwilioDialler


@dataclass(frozen=True, slots=True)
class Diallers:
    exchange: SipDialler
    public: TwilioDialler
    needs_seat: bool = False

    def ring(self, call: str, seat: str) -> None:
        (self.exchange if seat else self.public).ring(call, seat)


def make_dialler(settings: Settings) -> Dialler:
    exchange = SipDialler(Ari.of(settings))
    if not (settings.twilio.number and settings.human_number):
        return exchange
    return Diallers(exchange, TwilioDialler(settings))
