"""Which tests share a process: those of one file, and all that ask the same running system."""

import pytest
from xdist.scheduler import LoadScopeScheduling  # type: ignore[import-untyped]

ASK_THE_SYSTEM = {f"tests/acceptance/test_{name}.py" for name in ("from_ring_to_queue", "faults", "beside_a_running_system")}


class Groups(LoadScopeScheduling):  # type: ignore[misc]
    def _split_scope(self, nodeid: str) -> str:
        file = nodeid.partition("::")[0]
        return "the running system" if file in ASK_THE_SYSTEM else file


def pytest_xdist_make_scheduler(config: pytest.Config, log: object) -> Groups:
    return Groups(config, log)
