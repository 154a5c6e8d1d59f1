"""Where a webhook may lead the hub: nowhere inside, by no spelling, no redirect, no changing name, no false TLS."""

import asyncio
import ssl
from collections.abc import Iterable
from pathlib import Path

import httpcore
import pytest

from adapters.webhook import Webhook
from adapters.webhook.dialing import resolve
from hub.errors import HandoverFailed, PermanentFailure, TemporaryFailure
from tests.adapters.authority import Authority
from tests.adapters.parcels import SECRET, parcel
from tests.adapters.receiver import receiving

BAD_URLS = [
    "http://agency.example/",
    "ftp://agency.example/",
    "file:///etc/passwd",
    "gopher://agency.example/",
    "//agency.example/",
    "agency.example",
    "https://",
    "https:///path",
    "https://?q",
    "https://[::1",
    "https://agency.example:443:80/",
    "https://agency.example:99999/",
    "https://agency.example:0/",
    "https://agency.example:22/",
    "https://agency.example:25/",
    "https://user:password@agency.example/",
    "https://user@agency.example/",
    "https://:@agency.example/",
    "https://agency.example@127.0.0.1/",
    "https://agency.example\\@127.0.0.1/",
    "https://127.0.0.1#@agency.example/",
    "https://agency.example./",
    "https://a b.example/",
    "https://agency%2eexample/",
    "https://localhost/",
    "https://LOCALHOST/",
    "https://x.localhost/",
    "https://127.0.0.1/",
    "https://127.0.0.1:8443/",
    "https://127.1/",
    "https://127.0.1/",
    "https://2130706433/",
    "https://017700000001/",
    "https://0x7f000001/",
    "https://0x7f.0.0.1/",
    "https://0177.0.0.1/",
    "https://00000177.0.0.1/",
    "https://127.0.0.1./",
    "https://127。0。0。1/",
    "https://127．0．0．1/",
    "https://１２７.0.0.1/",
    "https://①②⑦.0.0.1/",
    "https://ⓛⓞⓒⓐⓛⓗⓞⓢⓣ/",
    "https://0.0.0.0/",
    "https://0/",
    "https://10.1.2.3/",
    "https://100.64.0.1/",
    "https://169.254.169.254/latest/meta-data/",
    "https://172.16.0.1/",
    "https://192.168.0.1/",
    "https://224.0.0.1/",
    "https://255.255.255.255/",
    "https://[::]/",
    "https://[::1]/",
    "https://[0:0:0:0:0:0:0:1]/",
    "https://[0000:0000:0000:0000:0000:0000:0000:0001]/",
    "https://[::ffff:127.0.0.1]/",
    "https://[::ffff:7f00:1]/",
    "https://[::127.0.0.1]/",
    "https://[64:ff9b::7f00:1]/",
    "https://[64:ff9b::127.0.0.1]/",
    "https://[2002:7f00:1::]/",
    "https://[2001:0:7f00:1::]/",
    "https://[fe80::1]/",
    "https://[fe80::1%25lo]/",
    "https://[fe80::1%lo]/",
    "https://[fc00::1]/",
    "https://[fd00:ec2::254]/",
    "https://[ff02::1]/",
    "https://[::1%25lo]/",
    "https://[v1.x]/",
    "https://agency.example\r\nX-Injected: 1/",
    "https://agency.example/\x00",
    "https://" + "a" * 70_000,
]
GOOD_URLS = [
    "https://agency.example/",
    "https://agency.example/hook?x=1",
    "https://agency.example:8443/",
    "HTTPS://Agency.Example/",
    "https://cơ-quan.vn/",
    "https://8.8.8.8/",
    "https://[2400:cb00::1]/",
]


class Unplugged(httpcore.AsyncNetworkBackend):
    """A network on which nobody answers; it remembers who was dialled."""

    def __init__(self) -> None:
        self.dialled: list[str] = []

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        self.dialled.append(host)
        raise httpcore.ConnectError("nobody there")


class Names:
    """A name server that gives its answers in turn, the last one for ever."""

    def __init__(self, *answers: list[str]) -> None:
        self.answers = list(answers)
        self.asked: list[str] = []

    async def __call__(self, host: str, port: int) -> list[str]:
        self.asked.append(host)
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]


async def attempt(network: Unplugged, names: Names, url: str = "https://agency.example/") -> Exception:
    """How one try ends on a network where it cannot succeed."""
    adapter = Webhook(network=network, resolve=names)
    with pytest.raises(HandoverFailed) as failure:
        await adapter.hand_over(parcel({"url": url, "secret": SECRET}))
    await adapter.close()
    return failure.value


@pytest.mark.parametrize("url", BAD_URLS, ids=lambda url: url[:60].encode("unicode_escape").decode())
async def test_a_url_that_leads_astray_is_refused_at_check_and_never_looked_up_or_dialled(url: str) -> None:
    network, names = Unplugged(), Names(["8.8.8.8"])

    failure = await attempt(network, names, url)

    assert Webhook().check({"url": url, "secret": SECRET})
    assert isinstance(failure, PermanentFailure)
    assert (network.dialled, names.asked) == ([], [])


@pytest.mark.parametrize("url", GOOD_URLS)
def test_a_url_on_the_public_internet_is_good(url: str) -> None:
    assert Webhook().check({"url": url, "secret": SECRET}) == []


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "127.8.8.8",
        "10.0.0.5",
        "172.20.0.1",
        "192.168.1.1",
        "169.254.169.254",
        "100.100.100.200",
        "0.0.0.0",  # noqa: S104
        "224.0.0.1",
        "255.255.255.255",
        "::1",
        "::",
        "::ffff:127.0.0.1",
        "::ffff:8.8.8.8",
        "64:ff9b::a00:5",
        "2002:a00:5::",
        "fd00:ec2::254",
        "fe80::1%eth0",
        "ff02::1",
    ],
)
async def test_a_name_that_leads_inside_is_refused_and_the_reason_does_not_say_where(address: str) -> None:
    network = Unplugged()

    failure = await attempt(network, Names([address]))

    assert isinstance(failure, TemporaryFailure)
    assert "not on the public internet" in str(failure)
    assert address not in str(failure)
    assert network.dialled == []


async def test_one_bad_address_among_good_ones_condemns_the_name() -> None:
    network = Unplugged()

    await attempt(network, Names(["8.8.8.8", "127.0.0.1", "1.1.1.1"]))

    assert network.dialled == []


async def test_the_very_address_that_was_judged_is_dialled_though_the_name_has_changed_its_mind() -> None:
    network, names = Unplugged(), Names(["8.8.8.8"], ["127.0.0.1"])

    await attempt(network, names)

    assert network.dialled == ["8.8.8.8"]
    assert names.asked == ["agency.example"]


async def test_every_new_connection_is_judged_anew() -> None:
    network, names = Unplugged(), Names(["8.8.8.8"], ["127.0.0.1"])
    adapter = Webhook(network=network, resolve=names)

    for number in (1, 2):
        with pytest.raises(TemporaryFailure):
            await adapter.hand_over(parcel({"url": "https://agency.example/", "secret": SECRET}, number))

    assert network.dialled == ["8.8.8.8"]
    assert len(names.asked) == 2


async def test_the_addresses_of_a_name_are_tried_in_turn_but_not_without_end() -> None:
    network = Unplugged()

    await attempt(network, Names([f"8.8.8.{number}" for number in range(1, 100)]))

    assert network.dialled == ["8.8.8.1", "8.8.8.2", "8.8.8.3", "8.8.8.4"]


async def test_a_second_address_serves_when_the_first_does_not_answer() -> None:
    async with receiving() as receiver:
        adapter = Webhook(allow_private=True, resolve=Names(["127.0.0.2", "127.0.0.1"]))
        await adapter.hand_over(parcel({"url": receiver.url(host="agency.example"), "secret": SECRET}))

    assert len(receiver.calls) == 1


@pytest.mark.parametrize("answers", [[], ["nonsense"]])
async def test_a_name_without_a_usable_address_is_a_temporary_failure(answers: list[str]) -> None:
    failure = await attempt(Unplugged(), Names(answers))

    assert isinstance(failure, TemporaryFailure)
    assert "agency.example" in str(failure)


async def test_a_name_server_that_never_answers_is_a_temporary_failure() -> None:
    async def never(host: str, port: int) -> list[str]:
        await asyncio.Event().wait()
        return []

    adapter = Webhook(resolve=never, connect_within=0.05)
    with pytest.raises(TemporaryFailure, match="no answer in time"):
        await adapter.hand_over(parcel({"url": "https://agency.example/", "secret": SECRET}))


async def test_the_system_s_resolver_is_asked_when_no_other_is_given() -> None:
    assert set(await resolve("localhost", 443)) <= {"127.0.0.1", "::1"}


async def test_the_request_keeps_the_name_in_its_host_header_and_in_tls(tmp_path: Path) -> None:
    authority = Authority(tmp_path)
    seen: list[str | None] = []
    server = authority.server("agency.example")
    server.sni_callback = lambda _socket, name, _context: seen.append(name)
    async with receiving(tls=server) as receiver:
        adapter = Webhook(allow_private=True, trust=authority.trust(), resolve=Names(["127.0.0.1"]))
        url = receiver.url("/hook", host="agency.example", scheme="https")
        handover = await adapter.hand_over(parcel({"url": url, "secret": SECRET}))
        await adapter.close()

    assert handover.detail.startswith("200")
    assert seen == ["agency.example"]
    assert receiver.calls[0].headers["host"] == f"agency.example:{receiver.port}"
    assert receiver.calls[0].path == "/hook"


@pytest.mark.parametrize("case", ["self-signed", "another authority", "another name", "expired", "not TLS"])
async def test_a_server_that_cannot_prove_its_name_gets_nothing(tmp_path: Path, case: str) -> None:
    authority = Authority(tmp_path)
    servers: dict[str, ssl.SSLContext | None] = {
        "self-signed": authority.server("agency.example", is_self_signed=True),
        "another authority": Authority(tmp_path / "other").server("agency.example"),
        "another name": authority.server("other.example"),
        "expired": authority.server("agency.example", is_expired=True),
        "not TLS": None,
    }
    async with receiving(tls=servers[case]) as receiver:
        adapter = Webhook(allow_private=True, trust=authority.trust(), resolve=Names(["127.0.0.1"]), connect_within=0.5)
        url = receiver.url(host="agency.example", scheme="https")
        with pytest.raises(
            TemporaryFailure, match=r"certificate is not believed|TLS handshake failed|no answer in time"
        ):
            await adapter.hand_over(parcel({"url": url, "secret": SECRET}))
        await adapter.close()

    assert receiver.calls == []


async def test_two_names_on_one_address_do_not_share_a_connection(tmp_path: Path) -> None:
    authority = Authority(tmp_path)
    async with receiving(tls=authority.server("agency.example")) as receiver:
        adapter = Webhook(allow_private=True, trust=authority.trust(), resolve=Names(["127.0.0.1"]))
        mine = receiver.url(host="agency.example", scheme="https")
        other = receiver.url(host="other.example", scheme="https")
        await adapter.hand_over(parcel({"url": mine, "secret": SECRET}))
        with pytest.raises(TemporaryFailure, match="certificate is not believed"):
            await adapter.hand_over(parcel({"url": other, "secret": SECRET}, 2))
        await adapter.close()

    assert len(receiver.calls) == 1
