"""Where the media process of this machine says which one it is, for whoever watches that it answers."""

from pathlib import Path

MEDIA_PID = Path("media.pid")
"""File in `var`."""
