"""Figures for Prometheus: counted in the database, so that every web process tells the same. No label names a caller."""

import logging
import resource
from collections.abc import Iterable, Iterator

from prometheus_client import Metric
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.registry import Collector

from config.errors import HotlineError
from intake.office import Office
from intake.vitals import Counts, Figures, read_figures
from webhooks.media_health import MediaHealth, MediaState

log = logging.getLogger(__name__)


class Figurehead(Collector):
    """Asked at each scrape. With the database away the rest is told all the same."""

    def __init__(self, office: Office, media: MediaHealth) -> None:
        self._office = office
        self._media = media

    def describe(self) -> Iterable[Metric]:
        # Registering must not ask the database.
        return ()

    def collect(self) -> Iterator[Metric]:
        yield from _of_media(self._media.ask())
        usage = resource.getrusage(resource.RUSAGE_SELF)
        yield CounterMetricFamily("process_cpu_seconds", "CPU of this web process.", usage.ru_utime + usage.ru_stime)
        yield GaugeMetricFamily("process_max_resident_bytes", "Most memory of this web process.", usage.ru_maxrss * 1024)
        try:
            figures = read_figures(self._office)
        except HotlineError as error:
            log.warning("metrics without the database", extra={"code": error.code})
            yield GaugeMetricFamily("hotline_database_up", "1 while the database answers.", 0)
            return
        yield GaugeMetricFamily("hotline_database_up", "1 while the database answers.", 1)
        yield from _of_database(figures)


def _of_media(state: MediaState) -> Iterator[Metric]:
    yield GaugeMetricFamily("hotline_media_up", "1 while the media process answers.", int(state.is_up))
    yield GaugeMetricFamily("hotline_media_accepting", "1 while it takes new calls.", int(state.accepts))
    yield GaugeMetricFamily("hotline_media_calls", "Calls that it holds.", state.calls)
    yield GaugeMetricFamily("hotline_media_capacity", "Calls that it can hold.", state.capacity)


def _of_database(figures: Figures) -> Iterator[Metric]:
    yield _by_state("hotline_calls", "Calls by state.", figures.calls)
    yield _by_state("hotline_cases", "Cases by state.", figures.cases)
    yield _by_state("hotline_outbox", "Orders on their way by state.", figures.orders)
    yield _by_state("hotline_recordings", "Recordings by state.", figures.recordings)
    yield CounterMetricFamily("hotline_events", "Events ever logged.", figures.events)


def _by_state(name: str, text: str, counts: Counts) -> GaugeMetricFamily:
    family = GaugeMetricFamily(name, text, labels=["state"])
    for state, count in counts.items():
        family.add_metric([state], count)
    return family
