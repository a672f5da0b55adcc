"""`flask recordings`: what a carrier recorded while this system was away."""

from datetime import datetime, timedelta

import click
from flask import current_app

from config.errors import HotlineError
from config.settings import Settings
from intake.importing import import_recording, is_known_recording
from intake.office import Office, build_office
from webhooks.twilio.rest import TwilioRest


@click.group()
def recordings() -> None:
    """Recordings that a carrier made."""


@recordings.command("import")
@click.option("--days", type=click.IntRange(1, 400), default=7, show_default=True, help="How far back to look.")
def import_recordings(days: int) -> None:
    """Ask the carrier for its recordings and make a case of each that is not known. Safe to repeat."""
    settings: Settings = current_app.extensions["settings"]
    office = build_office(settings)
    since = office.clock.now() - timedelta(days=days)
    try:
        cases = import_all(office, TwilioRest(settings), since)
    except HotlineError as error:
        raise click.ClickException(f"{error} Nothing is lost: run it again.") from None
    for case_no in cases:
        click.echo(f"  case {case_no}")
    told = "They are fetched within a minute while the system runs." if cases else ""
    click.echo(f"{len(cases)} new recordings since {since:%Y-%m-%d}. {told}".strip())


def import_all(office: Office, carrier: TwilioRest, since: datetime) -> list[str]:
    """Numbers of the cases whose recordings were not known. Raises CarrierUnavailable, DatabaseUnavailable."""
    cases = []
    for found in carrier.recordings_since(since):
        announced = found.announced
        if not is_known_recording(office, announced.carrier_recording_id):
            made_at = found.made_at or office.clock.now()
            cases.append(import_recording(office, announced, carrier.find_call, made_at))
    return cases
