"""Which tests share a process: those of one file, and all that ask the same running system."""

import pytest


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        shares_system = isinstance(item, pytest.Function) and "system" in item.fixturenames
        item.add_marker(pytest.mark.xdist_group("the running system" if shares_system else item.nodeid.partition("::")[0]))
