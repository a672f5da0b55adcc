"""Who fetches the recordings of which carrier: for the worker, which hands them to intake.fetching."""

from collections.abc import Mapping

from config.exchange import CALLS
from config.settings import Settings
from intake.fetching import Fetcher
from webhooks.sip import parse as sip
from webhooks.sip.folder import FolderFetcher
from webhooks.twilio import parse as twilio
from webhooks.twilio.download import TwilioFetcher


def make_fetchers(settings: Settings) -> Mapping[str, Fetcher]:
    """The PBX writes its files into a folder of `var`."""
    return {twilio.CARRIER: TwilioFetcher(settings), sip.CARRIER: FolderFetcher(settings.var / CALLS)}
