import ipaddress

import pytest

from hub.domain import endpoint
from hub.findings.text import Pair

PUBLIC = [
    "8.8.8.8",
    "1.1.1.1",
    "203.162.0.1",
    "223.255.255.254",
    "172.15.255.255",
    "172.32.0.1",
    "2400:cb00::1",
    "2001:4860:4860::8888",
]
PRIVATE = [
    "10.0.0.1",
    "127.0.0.1",
    "127.255.255.254",
    "172.16.0.1",
    "172.31.255.255",
    "192.168.1.1",
    "::1",
    "fc00::1",
    "fdff::1",
]
NEVER = [
    "0.0.0.0",  # noqa: S104
    "0.1.2.3",
    "100.64.0.1",
    "100.100.100.200",
    "168.63.129.16",
    "169.254.1.1",
    "169.254.169.254",
    "192.0.0.170",
    "192.0.2.1",
    "192.88.99.1",
    "198.18.0.1",
    "198.51.100.1",
    "203.0.113.1",
    "224.0.0.1",
    "239.255.255.255",
    "240.0.0.1",
    "255.255.255.255",
    "::",
    "::127.0.0.1",
    "::ffff:127.0.0.1",
    "::ffff:8.8.8.8",
    "::ffff:0:127.0.0.1",
    "64:ff9b::7f00:1",
    "64:ff9b::808:808",
    "64:ff9b:1::7f00:1",
    "100::1",
    "2001::1",
    "2001:0:7f00:1::",
    "2001:20::1",
    "2001:db8::1",
    "2002:7f00:1::",
    "2002:808:808::1",
    "3fff::1",
    "4000::1",
    "5f00::1",
    "fd00:ec2::254",
    "fd20:ce::254",
    "fe80::1",
    "fe80::1%eth0",
    "fec0::1",
    "ff02::1",
    "ff0e::1",
]


@pytest.mark.parametrize("text", PUBLIC)
def test_a_public_address_may_be_called(text: str) -> None:
    assert endpoint.may_call(ipaddress.ip_address(text))


@pytest.mark.parametrize("text", PRIVATE)
def test_a_private_address_may_be_called_only_where_that_is_allowed(text: str) -> None:
    address = ipaddress.ip_address(text)

    assert not endpoint.may_call(address)
    assert endpoint.may_call(address, allow_private=True)


@pytest.mark.parametrize("text", NEVER)
def test_an_address_that_is_neither_public_nor_private_is_never_called(text: str) -> None:
    address = ipaddress.ip_address(text)

    assert not endpoint.may_call(address)
    assert not endpoint.may_call(address, allow_private=True)


@pytest.mark.parametrize("text", PRIVATE + PUBLIC + NEVER)
def test_what_python_takes_for_special_is_not_public_for_the_hub_either(text: str) -> None:
    address = ipaddress.ip_address(text)

    assert address.is_global or not endpoint.is_public(address)


def faults(host: str, port: int | None = None, scheme: str = "https", *, allow_private: bool = False) -> list[Pair]:
    return endpoint.faults(scheme, host, port, has_credentials=False, allow_private=allow_private)


@pytest.mark.parametrize(
    "host", ["agency.example", "a", "x_y.gov.vn", "xn--v-d-rma6749a.vn", "8.8.8.8", "2400:cb00::1", "1.vn"]
)
@pytest.mark.parametrize("port", [None, 443, 1024, 8443, 65535])
def test_a_name_or_a_public_address_on_a_usable_port_is_faultless(host: str, port: int | None) -> None:
    assert faults(host, port) == []


@pytest.mark.parametrize(
    "host",
    ["", ".", "a..b", "-a.vn", "a b", "a%20b", "fe80::1%25eth0", "a.vn.", "a" * 64, "a." * 127 + "vn", "Đ.vn", "a\n"],
)
def test_what_is_not_a_host_name_is_refused(host: str) -> None:
    assert len(faults(host)) == 1


@pytest.mark.parametrize(
    "host",
    ["2130706433", "0x7f000001", "0x7f.1", "127.1", "0177.0.0.1", "127.0.0.1.1", "1.2.3.0x4", "256.1.1.1", "08.8.8.8"],
)
def test_a_number_that_a_resolver_might_take_for_an_address_is_refused(host: str) -> None:
    assert len(faults(host, allow_private=True)) == 1


@pytest.mark.parametrize("host", ["localhost", "db.localhost", *PRIVATE])
def test_what_is_private_by_its_name_is_refused_before_any_call(host: str) -> None:
    assert len(faults(host)) == 1
    assert faults(host, allow_private=True) == []


@pytest.mark.parametrize("port", [-1, 0, 22, 25, 80, 389, 1023, 65536])
def test_ports_of_other_protocols_are_refused(port: int) -> None:
    assert len(faults("agency.example", port)) == 1


@pytest.mark.parametrize("scheme", ["", "http", "ftp", "file", "gopher", "unix"])
def test_nothing_but_https_is_called(scheme: str) -> None:
    assert len(faults("agency.example", scheme=scheme)) == 1


def test_plain_http_is_for_test_installations() -> None:
    assert faults("127.0.0.1", 80, "http", allow_private=True) == []


def test_every_fault_is_named_at_once() -> None:
    assert len(endpoint.faults("ftp", "10.0.0.1", 21, has_credentials=True)) == 4
