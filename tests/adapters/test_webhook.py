"""What the answers of a webhook mean, and that none of them can hold or flood the hub."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime

import pytest

from adapters.webhook import Webhook
from hub.errors import HandoverFailed, PermanentFailure, TemporaryFailure
from tests.adapters.parcels import SECRET, parcel
from tests.adapters.receiver import answer, receiving

NOON = datetime(2026, 11, 25, 12, 0, tzinfo=UTC)
HEAD = b"HTTP/1.1 200 OK\r\n"


async def outcome(reply: bytes | None, *, verifies: bool = True, **settings: object) -> str:
    """What handing over to an endpoint with this answer comes to."""
    async with receiving({"/": reply}, verifies=verifies) as receiver:
        adapter = Webhook(allow_private=True, **settings)  # type: ignore[arg-type]
        try:
            return (await adapter.hand_over(parcel({"url": receiver.url(), "secret": SECRET}))).detail
        finally:
            await adapter.close()


@pytest.mark.parametrize("status", ["200 OK", "201 Created", "202 Accepted", "204 No Content"])
async def test_any_2xx_means_handed_over_and_the_detail_says_how_long_it_took(status: str) -> None:
    reply = f"HTTP/1.1 {status}\r\n\r\n".encode() if status[:3] == "204" else answer(status)

    detail = await outcome(reply)

    assert detail.startswith(f"{status[:3]} in ")
    assert detail.endswith(" ms")


async def test_the_call_is_thin_whatever_the_document_weighs() -> None:
    def pieces() -> AsyncIterator[bytes]:
        raise AssertionError("a webhook carries no document")

    async with receiving({"/": answer("200 OK")}) as receiver:
        adapter = Webhook(allow_private=True)
        try:
            large = parcel({"url": receiver.url(), "secret": SECRET}, size=100 * 1024 * 1024, pieces=pieces)
            assert (await adapter.hand_over(large)).detail.startswith("200")
        finally:
            await adapter.close()


@pytest.mark.parametrize(
    "status", ["400 Bad", "401 Who", "403 No", "404 Where", "409 Twice", "500 Oh", "502 Oh", "599 Oh"]
)
async def test_any_other_refusal_is_temporary_and_says_its_status(status: str) -> None:
    with pytest.raises(TemporaryFailure, match=f"^{status[:3]} in") as failure:
        await outcome(answer(status, "Retry-After: 9"))

    assert failure.value.retry_after is None


async def test_gone_is_permanent() -> None:
    with pytest.raises(PermanentFailure, match=r"^410 in"):
        await outcome(answer("410 Gone"))


@pytest.mark.parametrize("status", ["429 Too Many Requests", "503 Service Unavailable"])
@pytest.mark.parametrize(
    ("said", "understood"),
    [
        ("120", 120),
        ("0", 0),
        (" 7 ", 7),
        ("Wed, 25 Nov 2026 12:01:30 GMT", 90),
        ("Wed, 25 Nov 2026 11:00:00 GMT", 0),
        ("-5", None),
        ("1e3", None),
        ("soon", None),
        ("", None),
        ("9" * 150, float("9" * 150)),
    ],
)
async def test_what_a_busy_endpoint_asks_for_is_passed_on(status: str, said: str, understood: float | None) -> None:
    with pytest.raises(TemporaryFailure) as failure:
        await outcome(answer(status, f"Retry-After: {said}"), now=lambda: NOON, verifies=False)

    assert failure.value.retry_after == understood


@pytest.mark.parametrize("status", ["301 Moved", "302 Found", "303 See", "307 Temporary", "308 Permanent"])
async def test_redirects_are_not_followed(status: str) -> None:
    async with receiving() as elsewhere, receiving({"/": answer(status, f"Location: {elsewhere.url()}")}) as receiver:
        with pytest.raises(TemporaryFailure, match="redirects are not followed"):
            await Webhook(allow_private=True).hand_over(parcel({"url": receiver.url(), "secret": SECRET}))

    assert elsewhere.calls == []


async def test_an_endpoint_that_never_answers_is_a_temporary_failure() -> None:
    with pytest.raises(TemporaryFailure, match="no answer in time"):
        await outcome(None, answer_within=0.05)


async def test_an_endpoint_that_drips_a_header_for_ever_is_cut_off() -> None:
    async def drip(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nX-Slow: ")
        while not reader.at_eof():  # each piece well inside the time-out of one read
            writer.write(b"a")
            await asyncio.wait([asyncio.ensure_future(reader.read(65536))], timeout=0.01)
        writer.close()

    server = await asyncio.start_server(drip, "127.0.0.1", 0)
    url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/"
    async with server:
        adapter = Webhook(allow_private=True, connect_within=0.1, answer_within=0.2)
        with pytest.raises(TemporaryFailure, match="no answer in time"):
            await adapter.hand_over(parcel({"url": url, "secret": SECRET}))


async def test_an_endless_answer_is_read_only_a_little_and_counts_by_its_status() -> None:
    async with receiving({"/": HEAD + b"X-Body: for ever\r\n\r\n"}) as receiver:
        adapter = Webhook(allow_private=True)
        handover = await adapter.hand_over(parcel({"url": receiver.url(), "secret": SECRET}))
        await adapter.close()

    assert handover.detail.startswith("200 in ")
    assert receiver.sent < 64 * 1024 * 1024  # what the sockets' buffers took, not what it had to give


async def test_a_compressed_answer_is_not_inflated() -> None:
    reply = HEAD + b"Content-Encoding: gzip\r\nContent-Length: 8\r\n\r\nnot gzip"

    assert (await outcome(reply)).startswith("200 in ")


async def test_an_answer_whose_body_breaks_off_counts_by_its_status() -> None:
    with pytest.raises(PermanentFailure, match=r"^410"):
        await outcome(b"HTTP/1.1 410 Gone\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n")


@pytest.mark.parametrize(
    "reply", [b"SSH-2.0-OpenSSH_9.6\r\n\r\n", b"\x00" * 64 + b"\r\n\r\n", HEAD + b"X: " + b"a" * 200_000]
)
async def test_what_is_not_http_is_a_temporary_failure(reply: bytes) -> None:
    with pytest.raises(TemporaryFailure, match=r"\w"):
        await outcome(reply, answer_within=1.0)


async def test_an_endpoint_that_is_not_there_is_a_temporary_failure() -> None:
    async with receiving() as receiver:
        url = receiver.url()

    with pytest.raises(TemporaryFailure, match="refused"):
        await Webhook(allow_private=True).hand_over(parcel({"url": url, "secret": SECRET}))


async def test_one_agency_that_never_answers_holds_up_no_other() -> None:
    async with receiving({"/silent": None}) as receiver:
        adapter = Webhook(allow_private=True)
        silent = [
            asyncio.create_task(adapter.hand_over(parcel({"url": receiver.url("/silent"), "secret": SECRET}, number)))
            for number in range(1, 61)
        ]
        handover = await adapter.hand_over(parcel({"url": receiver.url(), "secret": SECRET}, 61))
        for task in silent:
            task.cancel()
        await asyncio.gather(*silent, return_exceptions=True)
        await adapter.close()

    assert handover.detail.startswith("200")


async def test_cookies_of_an_answer_are_not_kept() -> None:
    async with receiving({"/": answer("200 OK", "Set-Cookie: session=of-agency-a; Path=/")}) as receiver:
        adapter = Webhook(allow_private=True)
        for number in (1, 2):
            await adapter.hand_over(parcel({"url": receiver.url(), "secret": SECRET}, number))
        await adapter.close()

    assert [call for call in receiver.calls if "cookie" in call.headers] == []


async def test_a_proxy_in_the_environment_is_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    async with receiving() as proxy, receiving() as receiver:
        for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
            monkeypatch.setenv(name, proxy.url())
        await Webhook(allow_private=True).hand_over(parcel({"url": receiver.url(), "secret": SECRET}))

    assert (len(receiver.calls), proxy.calls) == (1, [])


async def test_one_connection_serves_many_calls_in_turn() -> None:
    async with receiving() as receiver:
        adapter = Webhook(allow_private=True)
        for number in (1, 2, 3):
            await adapter.hand_over(parcel({"url": receiver.url(), "secret": SECRET}, number))
        await adapter.close()

    assert receiver.connections == 1


async def test_no_reason_repeats_the_secret_or_the_path_of_the_url() -> None:
    async with receiving({"/t0ken": answer("500 t0ken")}) as receiver:
        url = receiver.url("/t0ken")
        for settings in ({"url": url, "secret": SECRET}, {"url": url, "secret": "whsec_t0ken"}, {"url": "ftp://t0ken"}):
            with pytest.raises(HandoverFailed) as failure:
                await Webhook(allow_private=True).hand_over(parcel(settings))

            assert "t0ken" not in str(failure.value)
            assert SECRET not in str(failure.value)
