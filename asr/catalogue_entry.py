"""What the catalogue knows of one model."""

from dataclasses import dataclass
from enum import StrEnum


class Live(StrEnum):
    """What a model is for."""

    streaming = "streaming"
    """Text while the caller speaks."""
    recordings = "recordings"
    """Whole utterances: recordings, the second pass."""


@dataclass(frozen=True, slots=True)
class ModelFile:
    """Something to be fetched: an archive or one of a model's files. `size` in bytes; None: not known."""

    name: str
    address: str
    size: int | None
    sha256: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class CatalogueModel:
    """`size` (bytes) and `sha256` are those of the archive; None where nobody can be trusted about them."""

    name: str
    engine: str
    live: Live
    address: str
    """Of the archive; of the folder where the model comes in single files."""
    about_mb: int
    licence: str
    memory_mb: int
    """What a decoder worker with it needs: its publisher's word, else twice the weights and the worker's own."""
    cores: int
    """From so many on it makes sense."""
    error_rates: str
    """As published, in percent of characters."""
    source: str
    """Of the error rates."""
    advice: str
    size: int | None = None
    sha256: str | None = None
    sample_rate: int = 16000
    tried: bool = False
    """Whether it has been run by this project with its real weights; the others' code was run on tiny models only."""
    files: tuple[ModelFile, ...] = ()
    """Where the model comes in single files."""

    @property
    def downloads(self) -> tuple[ModelFile, ...]:
        return self.files or (ModelFile(self.archive, self.address, self.size, self.sha256),)

    @property
    def archive(self) -> str:
        """Name of the file that `flask models import` takes."""
        return self.address.rpartition("/")[2]
