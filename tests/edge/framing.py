"""A. The frame of a request: B001 to B030."""

from functools import partial

from tests.edge.hub import Edge
from tests.edge.rows import Act, Case, Heard, Refused, Rows, Silent, Taken
from tests.edge.wire import WITHIN, Line, chunked, head

FRAMING = Refused(400, "framing")
POST = "POST /v1/envelopes HTTP/1.1\r\nHost: hub\r\nAuthorization: Bearer {key}\r\nContent-Type: application/xml\r\n"
CHUNKED = POST + "Transfer-Encoding: chunked\r\n\r\n"


def raw(text: str) -> Act:
    """Say exactly this, as the sender."""
    return lambda edge: edge.ask(text.replace("{key}", edge.sender.key).encode("latin-1"))


def in_chunks(edge: Edge, before: bytes = b"", after: bytes = b"") -> Heard:
    """A good document in one chunk, with something beside it that should not be there."""
    whole = chunked(edge.good())
    frame = CHUNKED.replace("{key}", edge.sender.key).encode()
    first, _, rest = whole.partition(b"\r\n")
    return edge.ask(frame + first + before + b"\r\n" + rest[:-2] + after + b"\r\n")


def tiny_chunks(edge: Edge) -> Heard:
    """A good document of 20,000 bytes, byte by byte."""
    body = edge.good() + b" " * 20_000
    pieces = (bytes([byte]) for byte in body)
    return edge.ask(CHUNKED.replace("{key}", edge.sender.key).encode(), chunked(*pieces))


def drip_head(edge: Edge) -> list[Heard]:
    """A head that begins and does not go on; others are served meanwhile."""
    with Line(edge.port) as slow:
        slow.say(b"POST /v1/envelopes HTTP/1.1\r\nHost: h")
        assert edge.ask(head("GET", "/livez")) is not None
        return [slow.hear()]


def drip_body(edge: Edge) -> Heard:
    """A body of which only the beginning comes."""
    body = edge.good()
    with Line(edge.port) as slow:
        slow.say(head("POST", "/v1/envelopes", [*edge.headers(), ("Content-Length", str(len(body)))]) + body[:100])
        return slow.hear()


def cut_in_the_middle(edge: Edge) -> Heard:
    """The cable is pulled when half the body is there."""
    body = edge.good()
    line = Line(edge.port)
    line.say(
        head("POST", "/v1/envelopes", [*edge.headers(), ("Content-Length", str(len(body)))]) + body[: len(body) // 2]
    )
    line.cut()
    edge.ask(head("GET", "/livez"))
    return None


def cut_before_the_answer(edge: Edge) -> Heard:
    """The cable is pulled after the last byte; who sends again gets the receipt of the first."""
    body = edge.good()
    with Line(edge.port) as line:
        line.say(head("POST", "/v1/envelopes", [*edge.headers(), ("Content-Length", str(len(body)))]) + body)
        line.cut()
    first, again = edge.post(body), edge.post(body)
    assert first is not None
    assert again is not None
    assert first.json()["receipt"] == again.json()["receipt"]
    assert again.status == 200
    return again


def pipelined(edge: Edge) -> list[Heard]:
    """Two posts said in one breath."""
    bodies = [edge.good(), edge.good()]
    with Line(edge.port) as line:
        line.say(
            b"".join(
                head("POST", "/v1/envelopes", [*edge.headers(), ("Content-Length", str(len(body)))]) + body
                for body in bodies
            )
        )
        return [line.hear(), line.hear()]


def whole_then_noise(edge: Edge) -> list[Heard]:
    """A good post with bytes after it that begin no request: it is answered, then they are."""
    body = edge.good()
    with Line(edge.port) as line:
        frame = head("POST", "/v1/envelopes", [*edge.headers(), ("Content-Length", str(len(body)))])
        line.say(frame + body + b"\1\2\3 noise\r\n\r\n")
        first, second = line.hear(), line.hear()
    assert first is not None
    assert first.status == 202
    return [second]


def endless_head(edge: Edge) -> Heard:
    """A header that never ends, for as long as anybody listens."""
    with Line(edge.port) as line:
        line.say(b"GET /livez HTTP/1.1\r\nHost: hub\r\nX-A: ", *[b"y" * 50_000] * 40)
        return line.hear()


def silence(edge: Edge) -> Heard:
    """A connection on which nothing is said."""
    with Line(edge.port) as line:
        line.socket.settimeout(WITHIN)
        assert line.is_over()
    return None


def rows() -> Rows:  # noqa: PLR0915 - a table
    """Every case."""
    yield Case(
        "B001",
        "a length and chunks",
        raw(POST + "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
        FRAMING,
    )
    yield Case(
        "B001",
        "chunks and a length",
        raw(POST + "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n"),
        FRAMING,
    )
    yield Case(
        "B002", "two lengths that differ", raw(POST + "Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello!"), FRAMING
    )
    yield Case("B003", "a list of lengths", raw(POST + "Content-Length: 5, 5\r\n\r\nhello"), FRAMING)
    yield Case(
        "B003", "the same length twice", raw(POST + "Content-Length: 5\r\nContent-Length: 5\r\n\r\nhello"), FRAMING
    )
    for length in ("+5", "-1", "0x5", "9" * 23, "5 5", ""):
        yield Case("B004", f"a length of '{length}'", raw(f"{POST}Content-Length: {length}\r\n\r\nhello"), FRAMING)
    yield Case("B005", "neither a length nor chunks", raw(POST + "\r\n"), Refused(411, "length-required"))
    for row, coding in (
        ("B006", "xchunked"),
        ("B007", "chunked, identity"),
        ("B007", "gzip, chunked"),
        ("B007", "identity"),
    ):
        yield Case(row, f"coded as {coding}", raw(f"{POST}Transfer-Encoding: {coding}\r\n\r\n0\r\n\r\n"), FRAMING)
    yield Case("B008", "chunks over HTTP/1.0", raw(CHUNKED.replace("HTTP/1.1", "HTTP/1.0") + "0\r\n\r\n"), FRAMING)
    yield Case("B009", "a space before the colon", raw(POST + "Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n"), FRAMING)
    yield Case("B010", "a folded header", raw(POST + "X-A: b\r\n c\r\nContent-Length: 5\r\n\r\nhello"), FRAMING)
    yield Case("B011", "line feeds alone", raw(POST.replace("\r", "") + "Content-Length: 5\n\nhello"), FRAMING)
    yield Case(
        "B011", "a carriage return alone", raw(POST + "X-A: b\rX-B: c\r\nContent-Length: 5\r\n\r\nhello"), FRAMING
    )
    yield Case("B012", "a NUL in a header", raw(POST + "X-A: b\0c\r\nContent-Length: 5\r\n\r\nhello"), FRAMING)
    for size in ("-1", "0x5", "g", "", "ffffffffffffffffff"):
        yield Case("B013", f"a chunk of '{size}' bytes", raw(f"{CHUNKED}{size}\r\nhello\r\n0\r\n\r\n"), FRAMING)
    yield Case("B014", "a chunk longer than it says", raw(CHUNKED + "3\r\nabcdef\r\n0\r\n\r\n"), FRAMING)
    yield Case("B015", "an extension of two kilobytes", partial(in_chunks, before=b";a=" + b"x" * 2000), FRAMING)
    yield Case("B015", "a document in chunks of a byte", tiny_chunks, FRAMING)
    for name in ("Content-Length: 5", "Host: other", "Transfer-Encoding: chunked", "Authorization: Bearer x"):
        yield Case("B016", f"a trailer {name}", partial(in_chunks, after=name.encode() + b"\r\n"), FRAMING)
    yield Case("B016", "trailers of two kilobytes", partial(in_chunks, after=b"X-A: " + b"x" * 2000 + b"\r\n"), FRAMING)
    yield Case("B016", "a harmless trailer", partial(in_chunks, after=b"X-Checked: yes\r\n"), Taken())
    yield Case("B017", "no host", raw(POST.replace("Host: hub\r\n", "") + "Content-Length: 5\r\n\r\nhello"), FRAMING)
    yield Case("B018", "two hosts", raw(POST + "Host: other\r\nContent-Length: 5\r\n\r\nhello"), FRAMING)
    yield Case(
        "B018", "two credentials", raw(POST + "Authorization: Bearer x\r\nContent-Length: 5\r\n\r\nhello"), FRAMING
    )
    yield Case(
        "B018", "two media types", raw(POST + "Content-Type: text/plain\r\nContent-Length: 5\r\n\r\nhello"), FRAMING
    )
    for target in ("http://other/livez", "https://hub.evil/livez", "http://hub@evil/livez", "ftp://h/livez"):
        request = head("GET", target).decode()
        yield Case("B019", f"a target of {target}", raw(request), Refused(421, "misdirected"))
    yield Case("B019", "a target of this host", lambda e: e.ask(head("GET", "http://HUB/livez")), Taken(status=200))
    yield Case(
        "B020", "a target of nine kilobytes", raw(head("GET", "/" + "x" * 9000).decode()), Refused(414, "uri-too-long")
    )
    yield Case(
        "B020",
        "a query of nine kilobytes",
        raw(head("GET", "/livez?" + "x" * 9000).decode()),
        Refused(414, "uri-too-long"),
    )
    too_large = Refused(431, "headers-too-large")
    yield Case("B021", "a header of 70 kB", raw(head("GET", "/livez", [("X-A", "y" * 70_000)]).decode()), too_large)
    yield Case("B021", "two thousand headers", raw(head("GET", "/livez", [("X-A", "y")] * 2000).decode()), too_large)
    yield Case("B021", "a header without end", endless_head, too_large)
    yield Case("B022", "a line of HTTP/0.9", raw("GET /livez\r\n\r\n"), FRAMING)
    yield Case("B022", "a line of HTTP/0.9 and no more", raw("GET /livez\r\n"), Refused(408, "request-timeout"))
    yield Case("B022", "the preface of HTTP/2", raw("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"), FRAMING)
    yield Case("B022", "a TLS greeting", raw("\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"), FRAMING)
    for wish in ("a-miracle", "100-continue, more"):
        expecting = raw(f"{POST}Expect: {wish}\r\nContent-Length: 5\r\n\r\nhello")
        yield Case("B023", f"expecting {wish}", expecting, Refused(417, "expectation-failed"))
    yield Case("B024", "a head that drips", drip_head, Refused(408, "request-timeout"))
    yield Case("B024", "nothing at all is said", silence, Silent())
    yield Case("B025", "a body that drips", drip_body, Refused(408, "request-timeout"))
    yield Case("B026", "cut after half the body", cut_in_the_middle, Silent())
    yield Case("B027", "cut before the answer", cut_before_the_answer, Taken(status=200))
    yield Case("B028", "two posts in one breath", pipelined, Taken())
    yield Case("B028", "a post and noise", whole_then_noise, FRAMING)
    for method in ("TRACE", "PUT", "DELETE", "PATCH"):
        refused = Refused(405, "method-not-allowed")
        yield Case("B029", method, lambda e, m=method: e.ask(head(m, "/v1/envelopes", e.headers())), refused)
    yield Case(
        "B029", "CONNECT", raw("CONNECT hub:443 HTTP/1.1\r\nHost: hub:443\r\n\r\n"), Refused(405, "method-not-allowed")
    )
    yield Case(
        "B030",
        "GET where status reports are posted",
        raw(head("GET", "/v1/status-reports").decode()),
        Refused(405, "method-not-allowed"),
    )
