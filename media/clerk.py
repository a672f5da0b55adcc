"""The one who writes down what happens in calls: one thread, one bounded queue, in order.

While the database is away a job is tried again for some seconds, then goes to the spool, from where it is taken in afterwards.
"""

import logging
import queue
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from classifier.proposal import Proposal
from config.errors import HotlineError
from intake import calls, listening, recordings, revising, seat_calls, triage
from intake.errors import StreamTokenUsed
from intake.listening import HeardAgain, HeardUtterance
from intake.office import Office
from intake.outcome import Outcome
from intake.spool import SpooledOutcome, SpooledRecording, SpooledUtterance, spool
from media.recorder import Recorded

log = logging.getLogger(__name__)

MOST_JOBS: Final = 20_000
BUSY_JOBS: Final = 5_000
"""With this many waiting no new call is taken."""
_PROBE_S = 2.0
"""While the database is away, one job in this time tries it; the others go to the spool at once."""
_PAUSE_S = 0.1


@dataclass(frozen=True, slots=True)
class Registered:
    """Whether the call takes this stream, and what an earlier stream of it left."""

    is_refused: bool = False
    is_concluded: bool = False
    """The conversation has its outcome already."""
    waits: bool = False
    """It has, and the caller is back to wait for an operator."""
    conversation: Mapping[str, Any] | None = None
    heard: int = 0
    """Number of its last utterance."""


@dataclass(frozen=True, slots=True)
class _Job:
    """`keep` puts it into the spool, None where nothing is lost; `done` is told once, in the clerk's thread, if it is safe."""

    name: str
    work: Callable[[], object]
    keep: Callable[[], object] | None = None
    done: Callable[[bool], None] | None = None


class Clerk:
    """`patience_s`: how long one job waits for a database that is away."""

    def __init__(self, office: Office, patience_s: float = 10.0) -> None:
        self._office = office
        self._patience_s = patience_s
        self._jobs: queue.Queue[_Job | None] = queue.Queue(MOST_JOBS)
        self._conversations: dict[str, tuple[Mapping[str, Any], int]] = {}
        self._lock = threading.Lock()
        self._thread = threading.Thread(target=self._run, name="clerk", daemon=True)
        self._is_stopping = False
        self._away_since: float | None = None
        self._probe_at = 0.0
        self.spooled = 0
        self.lost = 0
        """Jobs that could be written neither to the database nor to the spool."""

    @property
    def waiting(self) -> int:
        return self._jobs.qsize()

    def start(self) -> None:
        self._thread.start()

    def stop(self, timeout_s: float) -> None:
        """Write what is waiting, to the spool if need be."""
        self._is_stopping = True
        self._jobs.put(None)
        self._thread.join(timeout_s)

    def media_started(self, call_id: str, engine: str, nonce: str, done: Callable[[Registered], None]) -> None:
        """`done` is called once, in the clerk's thread, also when the database stays away."""
        found: list[Registered] = []

        def work() -> None:
            try:
                view = calls.media_started(self._office, call_id, engine, nonce)
            except StreamTokenUsed:
                found.append(Registered(is_refused=True))
            else:
                heard = listening.last_sequence(self._office, call_id) if view.streams else 0
                found.append(Registered(False, view.outcome is not None, view.waits_for_operator, view.conversation, heard))

        self._put(_Job("media_started", work, done=lambda _safe: done(found[0] if found else Registered())))

    def add_utterance(self, call_id: str, heard: HeardUtterance) -> None:
        self._put(
            _Job(
                "add_utterance",
                lambda: listening.add_utterance(self._office, call_id, heard),
                lambda: spool(self._office, SpooledUtterance(call_id, heard)),
            )
        )

    def revise_utterance(self, call_id: str, again: HeardAgain) -> None:
        # Lost with the database: the first text stands.
        self._put(_Job("revise_utterance", lambda: revising.revise_utterance(self._office, call_id, again)))

    def propose_case(self, call_id: str, proposal: Proposal, text: str) -> None:
        # Lost with the database it is made anew, of the utterances that are taken in.
        self._put(_Job("propose_case", lambda: triage.propose_case(self._office, call_id, proposal, text)))

    def understand(self, call_id: str) -> None:
        """The case's proposal is made anew of all that its caller has said."""
        self._put(_Job("understand", lambda: triage.retriage_call(self._office, call_id)))

    def save_conversation(self, call_id: str, state: Mapping[str, Any], lag_ms: int) -> None:
        """Only the newest state of a call is worth writing: those that wait are replaced."""
        with self._lock:
            waits = call_id in self._conversations
            self._conversations[call_id] = (state, lag_ms)
        if waits:
            return
        held: list[tuple[Mapping[str, Any], int]] = []

        def work() -> None:
            with self._lock:
                newest = self._conversations.pop(call_id, None)
            if newest is not None:
                held[:] = [newest]
            calls.save_conversation(self._office, call_id, *held[0])

        self._put(_Job("save_conversation", work))

    def conversation_ended(self, call_id: str, outcome: Outcome, done: Callable[[bool], None]) -> None:
        self._put(
            _Job(
                "conversation_ended",
                lambda: calls.conversation_ended(self._office, call_id, outcome),
                lambda: spool(self._office, SpooledOutcome(call_id, outcome)),
                done,
            )
        )

    def recording_stored(self, recorded: Recorded, path: str, tracks: str, done: Callable[[bool], None]) -> None:
        """`path`: relative to `var`."""
        self._put(
            _Job(
                "recording_stored",
                lambda: recordings.recording_stored(self._office, recorded.call_id, path, recorded.duration_ms, tracks),
                lambda: spool(self._office, SpooledRecording(recorded.call_id, path, recorded.duration_ms, tracks)),
                done,
            )
        )

    def decline_seat(self, call_id: str) -> None:
        self._put(_Job("decline_seat", lambda: seat_calls.decline_seat(self._office, call_id)))

    def sign_of_life(self, call_ids: Sequence[str]) -> None:
        self._put(_Job("sign_of_life", lambda: calls.sign_of_life(self._office, call_ids)))

    def _put(self, job: _Job) -> None:
        try:
            self._jobs.put_nowait(job)
        except queue.Full:
            self.lost += 1
            if job.done is not None:
                job.done(False)

    def _run(self) -> None:
        while (job := self._jobs.get()) is not None:
            is_safe = self._try(job)
            try:
                if job.done is not None:
                    job.done(is_safe)
            except Exception:
                log.exception("nobody could be told of a job", extra={"job": job.name})

    def _try(self, job: _Job) -> bool:
        """Whether the database or the spool has it."""
        try:
            return self._write(job) or self._spool(job)
        except HotlineError as error:
            log.warning("a job was refused", extra={"job": job.name, "why": error.code})
        except Exception:
            self.lost += 1
            log.exception("a job broke", extra={"job": job.name})
        return False

    def _write(self, job: _Job) -> bool:
        """False when the database stays away. Raises what the use case refuses."""
        if self._away_since is not None and time.monotonic() < self._probe_at:
            return False
        until = time.monotonic() + (0.0 if self._away_since is not None or self._is_stopping else self._patience_s)
        while True:
            try:
                job.work()
            except HotlineError as error:
                if not error.retryable:
                    raise
            else:
                self._away_since = None
                return True
            if time.monotonic() > until:
                self._note_away()
                return False
            time.sleep(_PAUSE_S)

    def _note_away(self) -> None:
        if self._away_since is None:
            self._away_since = time.monotonic()
            log.error("the database is away; what happens goes to the spool")
        self._probe_at = time.monotonic() + _PROBE_S

    def _spool(self, job: _Job) -> bool:
        if job.keep is None:
            return False
        job.keep()
        self.spooled += 1
        return True
