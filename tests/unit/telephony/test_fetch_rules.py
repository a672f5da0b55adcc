import pytest

from intake.fetching import is_ours_to_ask

API = "https://api.twilio.com"


@pytest.mark.parametrize(
    "address",
    [
        "https://api.twilio.com/2010-04-01/Accounts/AC1/Recordings/RE1",
        "https://api.twilio.com:443/x.wav",
        "https://API.twilio.com/x",
    ],
)
def test_the_carriers_own_api_is_asked(address: str) -> None:
    assert is_ours_to_ask(address, API)


@pytest.mark.parametrize(
    "address",
    [
        "",
        "http://api.twilio.com/x",
        "https://api.twilio.com:8443/x",
        "https://api.twilio.com.evil.cn/x",
        "https://evil.cn/api.twilio.com",
        "https://api.twilio.com@evil.cn/x",
        "https://user@api.twilio.com/x",
        "https://evil.cn\\@api.twilio.com/x",
        "//api.twilio.com/x",
        "file:///etc/passwd",
        "https://[::1/x",
        "https://api.twilio.com:port/x",
        "https://169.254.169.254/latest",
    ],
)
def test_nobody_else_is_shown_the_accounts_token(address: str) -> None:
    assert not is_ours_to_ask(address, API)


def test_a_port_of_the_simulated_carrier_is_that_one_alone() -> None:
    assert is_ours_to_ask("http://127.0.0.1:8003/x", "http://127.0.0.1:8003")
    assert not is_ours_to_ask("http://127.0.0.1:8000/x", "http://127.0.0.1:8003")
    assert not is_ours_to_ask("http://localhost:8003/x", "http://127.0.0.1:8003")
