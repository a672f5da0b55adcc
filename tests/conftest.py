"""Which tests share a process: those of one file, and all that ask the same running system."""

import pytest


def pytest_itemcollected(item: pytest.Item) -> None:
    shares_system = isinstance(item, pytest.Function) and "system" in item.fixturenames
    item.add_marker(pytest.mark.xdist_group("the running system" if shares_system else item.nodeid.partition("::")[0]))
