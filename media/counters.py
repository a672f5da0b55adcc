"""What the media process counts, and how it tells: figures for /healthz and /metrics."""

from collections import Counter
from dataclasses import dataclass, field

LATE_MS = 100.0


@dataclass(slots=True)
class Counters:
    """Counts since the start; `worst_*` are maxima since then, in ms."""

    calls: int = 0
    frames: int = 0
    late_frames: int = 0
    """Frames that came more than 100 ms later than the promptest of their call."""
    worst_frame_lateness_ms: float = 0.0
    worst_recognition_lag_ms: int = 0
    worst_loop_lag_ms: float = 0.0
    """How late the event loop's own timer was."""
    listeners: int = 0
    """Sides of talks between callers and humans that were heard."""
    prompts: int = 0
    lost_marks: int = 0
    stops: int = 0
    """Prompts that a caller's voice or key stopped."""
    worst_stop_ms: float = 0.0
    """From our noticing to the carrier's word that the prompt has stopped."""
    refused: Counter[str] = field(default_factory=Counter)
    endings: Counter[str] = field(default_factory=Counter)
    second_passes: Counter[str] = field(default_factory=Counter)
    """Utterances by what a second engine made of them: done, empty, failed, or left out: behind, full."""

    def frame(self, lateness_ms: float) -> None:
        self.frames += 1
        self.late_frames += lateness_ms > LATE_MS
        self.worst_frame_lateness_ms = max(self.worst_frame_lateness_ms, lateness_ms)

    def loop_lag(self, lag_ms: float) -> None:
        self.worst_loop_lag_ms = max(self.worst_loop_lag_ms, lag_ms)

    def recognition_lag(self, lag_ms: int) -> None:
        self.worst_recognition_lag_ms = max(self.worst_recognition_lag_ms, lag_ms)

    def stop(self, stop_ms: float) -> None:
        self.stops += 1
        self.worst_stop_ms = max(self.worst_stop_ms, stop_ms)


@dataclass(frozen=True, slots=True)
class Backlog:
    """What waits or was given up behind the loop, at this moment."""

    clerk_jobs: int
    spooled: int
    lost_jobs: int
    lost_blocks: int


def render_metrics(counters: Counters, backlog: Backlog, calls_now: int, capacity: int, accepting: bool) -> str:
    """Prometheus text."""
    lines = [
        _line("calls_now", calls_now, "gauge"),
        _line("capacity", capacity, "gauge"),
        _line("accepting", int(accepting), "gauge"),
        _line("calls_total", counters.calls, "counter"),
        _line("frames_total", counters.frames, "counter"),
        _line("late_frames_total", counters.late_frames, "counter"),
        _line("worst_frame_lateness_ms", round(counters.worst_frame_lateness_ms), "gauge"),
        _line("worst_recognition_lag_ms", counters.worst_recognition_lag_ms, "gauge"),
        _line("worst_loop_lag_ms", round(counters.worst_loop_lag_ms), "gauge"),
        _line("talk_sides_total", counters.listeners, "counter"),
        _line("prompts_total", counters.prompts, "counter"),
        _line("lost_marks_total", counters.lost_marks, "counter"),
        _line("prompt_stops_total", counters.stops, "counter"),
        _line("worst_prompt_stop_ms", round(counters.worst_stop_ms), "gauge"),
        _line("clerk_jobs", backlog.clerk_jobs, "gauge"),
        _line("spooled_total", backlog.spooled, "counter"),
        _line("lost_jobs_total", backlog.lost_jobs, "counter"),
        _line("lost_recording_blocks_total", backlog.lost_blocks, "counter"),
        _labelled("streams_refused_total", "reason", counters.refused),
        _labelled("second_passes_total", "outcome", counters.second_passes),
        _labelled("conversations_total", "ending", counters.endings),
    ]
    return "".join(lines)


def _line(name: str, value: int, kind: str) -> str:
    return f"# TYPE hotline_media_{name} {kind}\nhotline_media_{name} {value}\n"


def _labelled(name: str, label: str, counts: "Counter[str]") -> str:
    lines = [f'hotline_media_{name}{{{label}="{value}"}} {count}\n' for value, count in sorted(counts.items())]
    return f"# TYPE hotline_media_{name} counter\n" + "".join(lines)
