"""`flask bench`: every figure that the documents quote is printed by one of these."""

import json
import logging
from collections.abc import Callable
from dataclasses import asdict, dataclass
from time import perf_counter

import click

from config.loading import load

BENCHES = {
    "asr": "commands.bench_asr:run",
    "media": "commands.bench_media:run",
    "propose": "commands.bench_propose:run",
    "intake": "commands.bench_intake:run",
}
_LONG = {"asr-calls": "commands.bench_asr:run_calls", "media-soak": "commands.bench_soak:run"}
"""Only by name."""


@dataclass(frozen=True, slots=True)
class Row:
    """One figure: what was measured, its value with unit, and the target it is held against (empty where there is none)."""

    figure: str
    value: str
    target: str = ""


@dataclass(frozen=True, slots=True)
class BenchReport:
    title: str
    rows: tuple[Row, ...]


@click.command()
@click.argument("names", nargs=-1, type=click.Choice([*BENCHES, *_LONG]))
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line.")
def bench(names: tuple[str, ...], as_json: bool) -> None:
    """Measure and print; nothing is asserted. Without NAMES every benchmark runs in its short form."""
    # It tells of every connection, and a benchmark makes thousands.
    logging.getLogger("picows").setLevel(logging.ERROR)
    for name in names or tuple(BENCHES):
        started = perf_counter()
        run: Callable[[], BenchReport] = load((BENCHES | _LONG)[name])
        report = run()
        if as_json:
            click.echo(json.dumps({"bench": name, **asdict(report)}, ensure_ascii=False))
        else:
            _print(report, perf_counter() - started)


def _print(report: BenchReport, seconds: float) -> None:
    click.secho(f"\n{report.title}  ({seconds:.0f} s)", bold=True)
    wide = max((len(row.figure) for row in report.rows), default=0)
    tall = max((len(row.value) for row in report.rows), default=0)
    for row in report.rows:
        target = f"   target {row.target}" if row.target else ""
        click.echo(f"  {row.figure:<{wide}}  {row.value:>{tall}}{target}")
