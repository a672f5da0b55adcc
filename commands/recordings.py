"""`flask recordings`: what a carrier recorded while this system was away."""

from datetime import timedelta

import click
from flask import current_app

from config.errors import HotlineError
from config.settings import Settings
from intake.importing import import_recording, is_known_recording
from intake.office import Office, build_office
from webhooks.twilio.rest import CarrierRecording, TwilioRest


@click.group()
def recordings() -> None:
    """Recordings that a carrier made."""


@recordings.command("import")
@click.option("--days", type=click.IntRange(1, 400), default=7, show_default=True, help="How far back to look.")
def import_recordings(days: int) -> None:
    """Ask the carrier for its recordings and make a case of each that is not known. Safe to repeat."""
    settings: Settings = current_app.extensions["settings"]
    office, carrier = build_office(settings), TwilioRest(settings)
    since = office.clock.now() - timedelta(days=days)
    try:
        new = [found for found in carrier.recordings_since(since) if not is_known_recording(office, _id(found))]
        for found in new:
            click.echo(f"  case {_take_in(office, carrier, found)}")
    except HotlineError as error:
        raise click.ClickException(f"{error} Nothing is lost: run it again.") from None
    told = "They are fetched within a minute while the system runs." if new else ""
    click.echo(f"{len(new)} new recordings since {since:%Y-%m-%d}. {told}".strip())


def _take_in(office: Office, carrier: TwilioRest, found: CarrierRecording) -> str:
    made_at = found.made_at or office.clock.now()
    return import_recording(office, found.announced, lambda: carrier.find_call(found.announced.carrier_call_id), made_at)


def _id(found: CarrierRecording) -> str:
    return found.announced.carrier_recording_id or ""
