"""Is that a voice? Silero's model (MIT), as the faster-whisper wheel brings it, run by onnxruntime alone.

Measured: 0.1 ms of one core for a window of 32 ms. The recurrent state belongs to one caller, so windows of several callers
cannot share a run (the model's graph fixes the batch at one); several windows of one caller can, and do.
"""

from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from asr.contract import EngineUnusable
from asr.resampling import Samples

_MODEL = "silero_vad_v6.onnx"
_CONTEXT = 64
"""Samples of the window before that the model wants to see again."""


class VoiceActivity:
    """The loaded model, shared by all callers of a worker. Raises EngineUnusable when it cannot be loaded."""

    def __init__(self) -> None:
        try:
            import onnxruntime  # noqa: PLC0415  # heavy and native: only where it runs
        except ImportError as error:
            raise EngineUnusable(f"onnxruntime cannot be loaded ({error}): install requirements.lock again") from error
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        options.enable_cpu_mem_arena = False
        options.log_severity_level = 4
        self._session = onnxruntime.InferenceSession(str(_model_file()), options, providers=["CPUExecutionProvider"])

    def run(
        self, windows: NDArray[np.float32], hidden: NDArray[np.float32], cell: NDArray[np.float32]
    ) -> tuple[NDArray[np.float32], NDArray[np.float32], NDArray[np.float32]]:
        probabilities, hidden, cell = self._session.run(None, {"input": windows, "h": hidden, "c": cell})
        return probabilities, hidden, cell


class VoiceTrack:
    """One caller."""

    def __init__(self, activity: VoiceActivity) -> None:
        self._activity = activity
        self._hidden = np.zeros((1, 1, 128), np.float32)
        self._cell = np.zeros((1, 1, 128), np.float32)
        self._context = np.zeros(_CONTEXT, np.float32)

    def probabilities(self, windows: Sequence[Samples]) -> list[float]:
        """For each window (512 samples at 16 kHz), in their order, how likely there is a voice in it, in [0, 1]."""
        if not windows:
            return []
        sound = np.stack(windows).astype(np.float32) / np.float32(32768)
        contexts = np.concatenate([self._context[None], sound[:-1, -_CONTEXT:]])
        self._context = sound[-1, -_CONTEXT:].copy()
        seen = np.concatenate([contexts, sound], axis=1)
        found, self._hidden, self._cell = self._activity.run(seen, self._hidden, self._cell)
        return [float(value) for value in found.reshape(-1)]


def _model_file() -> Path:
    # find_spec does not import the package, which would load ctranslate2 and 100 MB with it.
    spec = find_spec("faster_whisper")
    for folder in (spec.submodule_search_locations or []) if spec else []:
        file = Path(folder) / "assets" / _MODEL
        if file.exists():
            return file
    raise EngineUnusable(
        f"the voice-activity model {_MODEL} of the package faster-whisper is missing: install requirements.lock again"
    )
