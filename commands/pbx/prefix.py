"""Where Asterisk is installed, and how a program of it is started there: with its own loader and libraries."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from config.errors import HotlineError
from config.settings import ROOT, Settings

PLACES = (ROOT / ".asterisk", Path("/opt/hotline-asterisk"))
"""Where deploy/asterisk/install.sh puts it: an ordinary user's `make pbx`, and `make parts` as root."""


class NoAsterisk(HotlineError):
    """There is no Asterisk 22 on this machine: run deploy/asterisk/install.sh (or `make pbx`, which does)."""

    code = "no_asterisk"

    def __init__(self) -> None:
        super().__init__(type(self).__doc__)


@dataclass(frozen=True, slots=True)
class Prefix:
    """`root` holds usr/sbin/asterisk and everything that it needs, its C library included."""

    root: Path
    libraries: Path

    @property
    def modules(self) -> Path:
        return self.libraries / "asterisk" / "modules"

    def command(self, arguments: Sequence[str]) -> list[str]:
        library_path = ":".join(str(self.libraries / name) for name in ("", "asterisk", "pulseaudio"))
        loader = next(iter(sorted(self.libraries.glob("ld-linux*.so.*"))))
        return [str(loader), "--library-path", library_path, str(self.root / "usr/sbin/asterisk"), *arguments]


def find_prefix(settings: Settings) -> Prefix:
    """Raises NoAsterisk."""
    places = (Path(settings.sip.prefix),) if settings.sip.prefix else PLACES
    for place in places:
        for root in (place / "prefix", place):
            if (root / "usr/sbin/asterisk").is_file():
                found = [modules.parents[1] for modules in root.glob("usr/lib/*/asterisk/modules")]
                if found:
                    return Prefix(root.resolve(), found[0].resolve())
    raise NoAsterisk
