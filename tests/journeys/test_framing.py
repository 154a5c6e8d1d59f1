"""Faults in HTTP's framing, as a socket sees them: a clear 4xx or a closed door, and the next request is served."""

import asyncio
from pathlib import Path

from tests.journeys.shapes import embedded
from tests.offices import document

HOST = "Host: hub\r\n"
FAULTS = {
    "B001 length and chunked": (
        "POST /v1/envelopes HTTP/1.1\r\n{host}Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"
    ),
    "B002 two lengths": "POST /v1/envelopes HTTP/1.1\r\n{host}Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello",
    "B003 a list of lengths": "POST /v1/envelopes HTTP/1.1\r\n{host}Content-Length: 5, 5\r\n\r\nhello",
    "B004 a signed length": "POST /v1/envelopes HTTP/1.1\r\n{host}Content-Length: +5\r\n\r\nhello",
    "B004 a negative length": "POST /v1/envelopes HTTP/1.1\r\n{host}Content-Length: -1\r\n\r\n",
    "B004 an endless length": "POST /v1/envelopes HTTP/1.1\r\n{host}Content-Length: 99999999999999999999999\r\n\r\n",
    "B005 no length": "POST /v1/envelopes HTTP/1.1\r\n{host}\r\n",
    "B006 an unknown coding": "POST /v1/envelopes HTTP/1.1\r\n{host}Transfer-Encoding: xchunked\r\n\r\n",
    "B009 a space before the colon": "POST /v1/envelopes HTTP/1.1\r\n{host}Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n",
    "B010 a folded header": "GET /livez HTTP/1.1\r\n{host}X-A: b\r\n c\r\n\r\n",
    "B012 a NUL in a header": "GET /livez HTTP/1.1\r\n{host}X-A: b\0c\r\n\r\n",
    "B013 a negative chunk": "POST /v1/envelopes HTTP/1.1\r\n{host}Transfer-Encoding: chunked\r\n\r\n-1\r\n\r\n",
    "B014 a chunk without its end": "POST /v1/envelopes HTTP/1.1\r\n{host}Transfer-Encoding: chunked\r\n\r\n3\r\nabcdef\r\n",
    "B017 no host": "GET /livez HTTP/1.1\r\n\r\n",
    "B018 two hosts": "GET /livez HTTP/1.1\r\n{host}Host: other\r\n\r\n",
    "B020 an endless target": "GET /" + "x" * 9000 + " HTTP/1.1\r\n{host}\r\n",
    "B021 endless headers": "GET /livez HTTP/1.1\r\n{host}X-A: " + "y" * 40_000 + "\r\n\r\n",
    # B022, an HTTP/0.9 line: the server waits for the rest of it; the proxy's time-out in front ends that
    "B029 TRACE": "TRACE /v1/envelopes HTTP/1.1\r\n{host}\r\n",
    "no HTTP at all": "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
}
WITHIN = 30  # seconds; nothing here should take a tenth of one


async def said(port: int, request: str) -> bytes:
    """What the server answers to these bytes."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(request.replace("{host}", HOST).encode("latin-1"))
    await writer.drain()
    try:
        async with asyncio.timeout(WITHIN):
            return await reader.read(65_536)
    except ConnectionError:
        return b""
    except TimeoutError:
        return b"(silence)"
    finally:
        writer.close()


async def test_framing_faults_get_a_clear_refusal_and_spoil_nothing(tmp_path: Path) -> None:
    async with embedded(tmp_path) as shape:
        port = int(shape.processes["hub"].url.rsplit(":", 1)[1])
        sender = await shape.settle("G22")
        await shape.settle("H53")
        wrong = {}
        for name, request in FAULTS.items():
            answer = await said(port, request)
            if answer and not answer.startswith((b"HTTP/1.1 4", b"HTTP/1.0 4")):
                wrong[name] = answer[:80]
        assert not wrong

        body = sender.written(document("G22", ["H53"]))
        head = (
            f"POST /v1/envelopes HTTP/1.1\r\n{HOST}Authorization: Bearer {sender.key}\r\n"
            f"Content-Type: application/xml\r\nContent-Length: {len(body)}\r\n\r\n"
        ).encode()
        # B027: the line is cut after the last byte, before the answer; the retry gets the same receipt
        _, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(head + body)
        await writer.drain()
        writer.transport.abort()
        kept = await sender.post(body)
        again = await sender.post(body)
        assert {kept.status_code, again.status_code} <= {200, 202}
        assert kept.json()["receipt"] == again.json()["receipt"]
        # B028: two pipelined posts on one connection are both answered, in order
        bodies = [sender.written(document("G22", ["H53"])) for _ in range(2)]
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        for each in bodies:
            writer.write(head.replace(str(len(body)).encode() + b"\r\n\r\n", b"%d\r\n\r\n" % len(each)) + each)
        await writer.drain()
        async with asyncio.timeout(WITHIN):
            answers = [await one_answer(reader) for _ in bodies]
        writer.close()
        assert [answer[9:12] for answer in answers] == [b"202", b"202"]


async def test_an_offer_to_go_on_in_http2_is_passed_over_and_the_body_taken(tmp_path: Path) -> None:
    async with embedded(tmp_path) as shape:
        port = int(shape.processes["hub"].url.rsplit(":", 1)[1])
        sender = await shape.settle("G22")
        await shape.settle("H53")
        for offer in ("Upgrade: h2c", "upgrade:h2c"):  # Java's default client, over plain HTTP
            body = sender.written(document("G22", ["H53"]))
            head = (
                f"POST /v1/envelopes HTTP/1.1\r\nConnection: Upgrade, HTTP2-Settings\r\nContent-Length: {len(body)}\r\n{HOST}"
                f"HTTP2-Settings: AAEAAEAAAAIAAAABAAMAAABkAAQBAAAAAAUAAEAA\r\n{offer}\r\n"
                f"Authorization: Bearer {sender.key}\r\nContent-Type: application/xml\r\n\r\n"
            )
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(head.encode() + body)
            async with asyncio.timeout(WITHIN):
                answer = await one_answer(reader)
            writer.close()
            assert answer.startswith(b"HTTP/1.1 202")


async def one_answer(reader: asyncio.StreamReader) -> bytes:
    head = await reader.readuntil(b"\r\n\r\n")
    length = next(
        int(line.split(b":")[1]) for line in head.lower().split(b"\r\n") if line.startswith(b"content-length")
    )
    return head + await reader.readexactly(length)
