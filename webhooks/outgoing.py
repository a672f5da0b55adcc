"""Asking over HTTP from here: an egress proxy of the machine serves for the outside, never for this machine itself."""

from urllib.parse import urlsplit

import requests

_LOOPBACK = {"127.0.0.1", "localhost", "::1"}


def open_session(address: str) -> requests.Session:
    """A session for questions to `address`'s host."""
    session = requests.Session()
    session.trust_env = urlsplit(address).hostname not in _LOOPBACK
    return session
