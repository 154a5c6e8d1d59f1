from typing import Any

import pytest

from hub.errors import Rejected
from hub.gateway.proxies import Proxies

PEM = b"-----BEGIN%20CERTIFICATE-----"


def scope(peer: str, **headers: str) -> dict[str, Any]:
    lines = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
    return {"client": (peer, 1), "scheme": "http", "headers": lines}


def certificate(proxies: Proxies, asked: Any) -> bytes | None:
    return proxies.certificate(asked, dict(asked["headers"]))


@pytest.mark.parametrize(
    ("trusted", "peer", "believed"),
    [
        ("10.0.0.5", "10.0.0.5", True),
        ("10.0.0.0/24, ::1", "10.0.0.77", True),
        ("10.0.0.0/24, ::1", "::1", True),
        ("10.0.0.5", "10.0.0.6", False),
        ("10.0.0.5", "unix", False),
        ("", "127.0.0.1", False),
    ],
)
def test_a_certificate_is_taken_from_a_named_proxy_alone(trusted: str, peer: str, believed: bool) -> None:  # noqa: FBT001
    asked = scope(peer, x_client_cert=PEM.decode())

    assert (certificate(Proxies(trusted, "X-Client-Cert"), asked) is not None) == believed


def test_it_is_taken_though_the_proxy_also_names_who_called() -> None:
    proxies = Proxies("10.0.0.5", "X-Client-Cert")
    asked = scope("10.0.0.5", x_client_cert=PEM.decode(), x_forwarded_for="203.0.113.9", x_forwarded_proto="https")

    unwrapped = proxies.unwrapped(asked)

    assert (unwrapped["client"][0], unwrapped["scheme"]) == ("203.0.113.9", "https")
    assert certificate(proxies, unwrapped) == b"-----BEGIN CERTIFICATE-----"


def test_who_is_named_as_a_proxy_by_a_caller_is_not_one() -> None:
    proxies = Proxies("10.0.0.5", "X-Client-Cert")
    spoofed = scope("203.0.113.9", x_client_cert=PEM.decode(), x_forwarded_for="10.0.0.5")

    assert certificate(proxies, proxies.unwrapped(spoofed)) is None


def test_of_the_addresses_forwarded_the_last_that_is_no_proxy_counts() -> None:
    asked = scope("10.0.0.5", x_forwarded_for="1.1.1.1, 203.0.113.9, 10.0.0.6")

    assert Proxies("10.0.0.0/24", "X").unwrapped(asked)["client"][0] == "203.0.113.9"


def test_a_header_that_is_there_twice_is_refused() -> None:
    asked = scope("10.0.0.5", x_client_cert=PEM.decode())
    asked["headers"] *= 2

    with pytest.raises(Rejected) as refused:
        certificate(Proxies("10.0.0.5", "X-Client-Cert"), asked)

    assert refused.value.code == "client-certificate"


@pytest.mark.parametrize("empty", ["", "-"])
def test_a_caller_without_a_certificate_has_none(empty: str) -> None:
    assert certificate(Proxies("10.0.0.5", "X-Client-Cert"), scope("10.0.0.5", x_client_cert=empty)) is None
