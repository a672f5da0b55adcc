"""How many files and sockets a process may have open: a call takes several, and 1,024 is what users get by default."""

import resource
from typing import Final

ENOUGH: Final = 65_536


def allow_many_open_files() -> None:
    """For this process and those that it starts from now on: as many as the machine lets an ordinary user have."""
    now, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = ENOUGH if most == resource.RLIM_INFINITY else min(ENOUGH, most)
    if now != resource.RLIM_INFINITY and now < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, most))
