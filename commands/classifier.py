"""`flask classifier`: versions of the trained model of matters, and learning from what operators confirmed."""

from collections.abc import Iterator

import click
from flask import current_app

from classifier.build import calibration_calls, small_talk
from classifier.corpus import Corpus, Labelled, corpus_of
from classifier.learning import FEWEST_HELD_OUT, Quality, labelled, quality
from classifier.model import MatterModel
from classifier.pipeline import Understanding
from classifier.stored import Card, Stored
from classifier.versions import Versions, model_in_use
from config.errors import HotlineError
from intake.actors import machine
from intake.office import Office, build_office
from intake.queries_learning import ConfirmedCall, confirmed_calls, note_version
from intake.understanding import versions_in

ACTOR = machine("flask classifier")


@click.group()
def classifier() -> None:
    """Versions of what the machine knows of matters."""


@classifier.command("list")
def list_() -> None:
    """Every version with its figures; a star stands before the one in use."""
    versions = _versions(_office())
    in_use = versions.in_use()
    click.echo(_line("base", in_use, "made from the taxonomy by set-up"))
    for card in versions.cards():
        if isinstance(card, Card):
            figures = ", ".join(f"{name} {value:.3f}" for name, value in card.figures.items())
            click.echo(_line(card.name, in_use, f"{card.made_at}  {card.confirmed} confirmed calls  {figures}"))
        else:
            click.echo(_line("?", in_use, card))


@classifier.command()
@click.option("--keep", is_flag=True, help="Keep the new version without promoting it, however good it is.")
def train(keep: bool) -> None:
    """Make a version from the taxonomy and all confirmed calls, and promote it if it is better than the one in use.

    Takes minutes. Both are measured on confirmed calls that no version is trained on.
    """
    try:
        for sentence in train_version(_office(), is_kept_only=keep):
            click.echo(sentence)
    except HotlineError as error:
        raise click.ClickException(str(error)) from None


@classifier.command()
def evaluate() -> None:
    """How good the version in use is on the confirmed calls that no version is trained on."""
    office = _office()
    try:
        _, held_out = _confirmed(office, Understanding(office.taxonomy(), office.places()))
    except HotlineError as error:
        raise click.ClickException(str(error)) from None
    stored = model_in_use(_versions(office), office.taxonomy())
    click.echo(_sentence(stored.card.name, quality(stored.model, office.taxonomy(), held_out)))


@classifier.command()
@click.argument("name")
def promote(name: str) -> None:
    """Use the version NAME from now on; running processes take it within seconds."""
    office = _office()
    try:
        _versions(office).promote(name, office.taxonomy())
        note_version(office, ACTOR, "classifier.promoted", name)
    except HotlineError as error:
        raise click.ClickException(str(error)) from None
    click.echo(f"Version {name} is in use; running processes take it within seconds.")


@classifier.command()
def rollback() -> None:
    """Go back to the version that was in use before the last promotion."""
    office = _office()
    name = _versions(office).roll_back()
    note_version(office, ACTOR, "classifier.rolled_back", name)
    click.echo(f"Version {name} is in use again; running processes take it within seconds.")


def train_version(
    office: Office,
    *,
    is_kept_only: bool = False,
    fewest: int = FEWEST_HELD_OUT,
    understanding: Understanding | None = None,
) -> Iterator[str]:
    """Says what it does, sentence by sentence. `fewest`: held-out calls below which nothing is promoted. `understanding`: takes
    places and names out of the texts; made here if none is given."""
    from classifier.training import train as train_model  # noqa: PLC0415 - brings scikit-learn

    versions, taxonomy = _versions(office), office.taxonomy()
    learnt, held_out = _confirmed(office, understanding or Understanding(taxonomy, office.places()))
    yield f"{len(learnt)} confirmed calls to learn from, {len(held_out)} held out."
    corpus = corpus_of(taxonomy, learnt)
    model = train_model(corpus, small_talk(), lambda step: click.echo(step, err=True), calibration_calls())
    new, old = quality(model, taxonomy, held_out), quality(model_in_use(versions, taxonomy).model, taxonomy, held_out)
    name = versions.add(_stored(office, corpus, model, learnt=len(learnt), found=new))
    yield _sentence(versions.in_use(), old)
    yield _sentence(name, new)
    if is_kept_only:
        yield f"Version {name} is kept; `flask classifier promote {name}` uses it."
    elif new.calls < fewest:
        yield (
            f"Version {name} is kept and not used: {new.calls} held-out calls tell too little, {fewest} are the least. "
            f"`flask classifier promote {name}` uses it all the same."
        )
    elif new.is_better_than(old):
        versions.promote(name, taxonomy)
        note_version(office, ACTOR, "classifier.promoted", name)
        yield f"Version {name} is better and in use; `flask classifier rollback` takes it back."
    else:
        yield f"Version {name} is no better and not used."


def _stored(office: Office, corpus: Corpus, model: MatterModel, *, learnt: int, found: Quality) -> Stored:
    card = Card(
        name="",
        taxonomy=office.taxonomy().version,
        made_at=office.clock.now().isoformat(timespec="seconds"),
        leaves=len(corpus.codes),
        texts=len(corpus.texts),
        confirmed=learnt,
        figures={"first": found.first, "five": found.five, "held_out": float(found.calls)},
    )
    return Stored(card, model)


def _confirmed(office: Office, understanding: Understanding) -> tuple[list[Labelled], list[Labelled]]:
    """To learn from, and held out."""
    calls = confirmed_calls(office, ACTOR)
    return (
        labelled([_pair(call) for call in calls if not call.is_held_out], understanding.matter_text),
        labelled([_pair(call) for call in calls if call.is_held_out], understanding.matter_text),
    )


def _pair(call: ConfirmedCall) -> tuple[str, str]:
    return call.text, call.category_code


def _sentence(name: str, found: Quality) -> str:
    return (
        f"Version {name}: {found.first:.1%} first, {found.five:.1%} among five, calibration error {found.calibration:.3f} "
        f"on {found.calls} held-out calls."
    )


def _line(name: str, in_use: str, words: str) -> str:
    return f"{'*' if name == in_use else ' '} {name:<6} {words}"


def _versions(office: Office) -> Versions:
    return versions_in(office.var)


def _office() -> Office:
    return build_office(current_app.extensions["settings"])
