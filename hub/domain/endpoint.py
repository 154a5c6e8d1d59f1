"""Where the hub may be sent calling: rules against an agency's URL that points into the hub's own network.

An allow-list by nature: of IPv6 only global unicast is public, and what carries an IPv4 address inside (mapped, NAT64,
6to4, Teredo) is not, whatever it carries. Nothing is resolved here; the caller judges every address a name leads to,
and then connects to that very address.

Sources: the IANA special-purpose address registries (RFC 6890, RFC 8190), RFC 6761 for `localhost`.
"""

import ipaddress
import re
from typing import Final

from hub.findings.text import Pair

Address = ipaddress.IPv4Address | ipaddress.IPv6Address

HTTPS_PORT: Final = 443
FIRST_FREE_PORT: Final = 1024  # below it live other protocols (mail, SSH, directories) that a POST must not reach
LAST_PORT: Final = 65535

_SPECIAL_V4: Final = tuple(
    ipaddress.IPv4Network(text)
    for text in (
        "0.0.0.0/8",  # this network; 0.0.0.0 reaches the host itself
        "10.0.0.0/8",
        "100.64.0.0/10",  # carrier-grade NAT, and the metadata address of one cloud
        "127.0.0.0/8",
        "168.63.129.16/32",  # the platform channel of another cloud, on a public-looking address
        "169.254.0.0/16",  # link-local, and the metadata address of most clouds
        "172.16.0.0/12",
        "192.0.0.0/24",
        "192.0.2.0/24",
        "192.88.99.0/24",
        "192.168.0.0/16",
        "198.18.0.0/15",
        "198.51.100.0/24",
        "203.0.113.0/24",
        "224.0.0.0/3",  # multicast, reserved, broadcast
    )
)
_GLOBAL_V6: Final = ipaddress.IPv6Network("2000::/3")
_SPECIAL_V6: Final = tuple(
    ipaddress.IPv6Network(text)
    for text in (
        "2001::/23",  # protocol assignments: Teredo, ORCHID, benchmarking
        "2001:db8::/32",
        "2002::/16",  # 6to4
        "3fff::/20",
    )
)
_PRIVATE: Final = tuple(  # what a test installation may open, and nothing else
    ipaddress.ip_network(text)
    for text in ("10.0.0.0/8", "127.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "::1/128", "fc00::/7")
)
_METADATA_V6: Final = tuple(  # metadata addresses of clouds, among the private ones
    ipaddress.IPv6Network(text) for text in ("fd00:ec2::/32", "fd20:ce::/32")
)
_NAME: Final = re.compile(r"(?=.{1,253}\Z)[a-z0-9_]([a-z0-9_-]{0,62})(\.[a-z0-9_]([a-z0-9_-]{0,62}))*", re.ASCII)
_NUMBER: Final = re.compile(r"(0x[0-9a-f]*|[0-9]+)", re.ASCII)

_CREDENTIALS: Final = (
    "Địa chỉ không được chứa tên người dùng hay mật khẩu.",
    "The address must not carry a user name or a password.",
)
_NOT_PUBLIC: Final = ("Địa chỉ không thuộc internet công cộng.", "The address is not on the public internet.")
_NO_HOST: Final = ("Địa chỉ không có tên máy chủ dùng được.", "The address has no usable host name.")
_ODD_NUMBERS: Final = (
    "Địa chỉ IP phải viết bằng bốn số thập phân.",
    "An IP address must be written as four decimal numbers.",
)


def is_public(address: Address) -> bool:
    """Whether an address lies on the open internet, reached as itself."""
    if isinstance(address, ipaddress.IPv4Address):
        return not any(address in network for network in _SPECIAL_V4)
    return address in _GLOBAL_V6 and not any(address in network for network in _SPECIAL_V6)


def may_call(address: Address, *, allow_private: bool = False) -> bool:
    """Whether the hub may connect there. `allow_private` adds loopback and private networks, never metadata."""
    if is_public(address):
        return True
    if not allow_private or any(address in network for network in _METADATA_V6):
        return False
    return any(address in network for network in _PRIVATE)


def faults(
    scheme: str, host: str, port: int | None, *, has_credentials: bool, allow_private: bool = False
) -> list[Pair]:
    """Say what is wrong with the parts of a URL, one sentence each, (vi, en); [] when it may be tried.

    `host` as it will be used: lower case, ASCII, an IPv6 address without brackets. An address is judged here already,
    a name only for its form: where it leads is judged when it is called.
    """
    found = []
    if scheme != "https" and not (allow_private and scheme == "http"):
        found.append(("Địa chỉ phải bắt đầu bằng https://.", "The address must begin with https://."))
    if has_credentials:
        found.append(_CREDENTIALS)
    if port is not None and not _may_use(port, allow_private=allow_private):
        found.append(_port_fault(port))
    if fault := _host_fault(host, allow_private=allow_private):
        found.append(fault)
    return found


def _may_use(port: int, *, allow_private: bool) -> bool:
    return port == HTTPS_PORT or FIRST_FREE_PORT <= port <= LAST_PORT or (allow_private and 0 < port <= LAST_PORT)


def _port_fault(port: int) -> Pair:
    return (
        f"Không được dùng cổng {port}: dùng {HTTPS_PORT}, hoặc từ {FIRST_FREE_PORT} đến {LAST_PORT}.",
        f"Port {port} is not allowed: use {HTTPS_PORT}, or one from {FIRST_FREE_PORT} to {LAST_PORT}.",
    )


def _host_fault(host: str, *, allow_private: bool) -> Pair | None:
    address = parse(host)
    if address is not None:
        return None if may_call(address, allow_private=allow_private) else _NOT_PUBLIC
    if not _NAME.fullmatch(host):
        return _NO_HOST
    last = host.rpartition(".")[2]
    if _NUMBER.fullmatch(last):  # 2130706433, 0x7f.1, 127.1: resolvers read them as addresses
        return _ODD_NUMBERS
    if last == "localhost" and not allow_private:
        return _NOT_PUBLIC
    return None


def parse(text: str) -> Address | None:
    """Read an address in its plain form, or None. A zone (`%eth0`) is part of no address the hub may call."""
    if "%" in text:
        return None
    try:
        return ipaddress.ip_address(text)
    except ValueError:
        return None
