"""The speech models that we know: where they come from and what they are. They live in `var/models/NAME`."""

from dataclasses import dataclass

from asr.contract import SpeechError

DEFAULT_MODEL = "vosk-model-small-cn-0.22"


class UnknownModel(SpeechError):
    code = "unknown_model"


@dataclass(frozen=True, slots=True)
class CatalogueModel:
    """`size` (bytes) and `sha256` are those of the archive; None where the publisher names none."""

    name: str
    engine: str
    address: str
    size: int | None
    about_mb: int
    sha256: str | None
    licence: str
    sample_rate: int
    memory_mb: int
    """The most that a decoder worker with it takes, by its publisher's word."""
    error_rates: str
    """As published, in percent of characters."""
    advice: str


_VOSK = "https://alphacephei.com/vosk/models/"

# Best first: `auto` takes the first that is installed.
CATALOGUE: tuple[CatalogueModel, ...] = (
    CatalogueModel(
        name="vosk-model-cn-0.22",
        engine="vosk",
        address=f"{_VOSK}vosk-model-cn-0.22.zip",
        size=None,
        about_mb=1300,
        sha256=None,
        licence="Apache-2.0",
        sample_rate=16000,
        memory_mb=16000,
        error_rates="13.98 SpeechIO-02, 27.30 SpeechIO-06, 7.43 THCHS",
        advice="servers with 16 GB and more",
    ),
    CatalogueModel(
        name="vosk-model-cn-kaldi-multicn-0.15",
        engine="vosk",
        address=f"{_VOSK}vosk-model-cn-kaldi-multicn-0.15.zip",
        size=None,
        about_mb=1500,
        sha256=None,
        licence="Apache-2.0",
        sample_rate=16000,
        memory_mb=16000,
        error_rates="17.44 SpeechIO-02, 9.56 THCHS",
        advice="older than cn-0.22, kept for comparison",
    ),
    CatalogueModel(
        name=DEFAULT_MODEL,
        engine="vosk",
        address=f"{_VOSK}{DEFAULT_MODEL}.zip",
        size=43_898_754,
        about_mb=42,
        sha256="3af8b0e7e0f835ae9d414ce5df580237a3cfb08d586c9fbbb0f7ff29ad5b14ba",
        licence="Apache-2.0",
        sample_rate=16000,
        memory_mb=300,
        error_rates="23.54 SpeechIO-02, 38.29 SpeechIO-06, 17.15 THCHS",
        advice="the default: any machine",
    ),
)


def find(name: str, models: tuple[CatalogueModel, ...] = CATALOGUE) -> CatalogueModel:
    """Raises UnknownModel with the names that there are."""
    for model in models:
        if model.name == name:
            return model
    raise UnknownModel(f"{name} is not in the catalogue: choose one of {', '.join(model.name for model in models)}")


def rank(name: str) -> int:
    """Place in the catalogue, best first; a city's own model stands before all of ours."""
    return next((place for place, model in enumerate(CATALOGUE) if model.name == name), -1)
