"""B. What the body is said to be, what it is, and how much of it: B031 to B056."""

import gzip
import io
import threading
import zlib
from collections.abc import Callable

from tests.edge.hub import MIB, Edge
from tests.edge.rows import GOOD, Case, Heard, Refused, Rows, Taken, posted, put
from tests.edge.wire import Answer, Line, chunked, head

TOO_LARGE = Refused(413, "too-large")
ENCODING = Refused(400, "encoding")
UNTAKEN = Refused(415, "unsupported-media-type")
CODED = Refused(415, "content-coding")
BOM = b"\xef\xbb\xbf"


def announced_too_large(edge: Edge) -> Heard:
    """One byte over the limit is announced; nothing of it is sent."""
    return edge.ask(head("POST", "/v1/envelopes", [*edge.headers(), ("Content-Length", str(16 * MIB + 1))]))


def grows_too_large(edge: Edge) -> Heard:
    """Chunks until the hub has had enough."""
    with Line(edge.port) as line:
        line.say(head("POST", "/v1/envelopes", [*edge.headers(), ("Transfer-Encoding", "chunked")]))
        line.say(*[b"%x\r\n%b\r\n" % (MIB, b" " * MIB)] * 17)
        return line.hear()


def longer_than_it_says(edge: Edge) -> list[Heard]:
    """More bytes than announced: the rest is looked at as a request of its own, and is none."""
    body = edge.good()
    with Line(edge.port) as line:
        line.say(head("POST", "/v1/envelopes", [*edge.headers(), ("Content-Length", str(len(body) - 5))]) + body)
        first, second = line.hear(), line.hear()
        assert line.is_over()
    assert first is not None
    assert (first.status, first.code) == (400, "not-well-formed")
    return [second]


def two_hundred_at_once(edge: Edge) -> Heard:
    """Two hundred bodies of the most that is taken: some are asked to come back, and memory stays where it was."""
    request = head("POST", "/v1/envelopes", [*edge.headers(), ("Content-Length", str(16 * MIB))])
    lines = [Line(edge.port) for _ in range(200)]
    heard: list[Answer] = []
    try:
        for line in lines:
            line.say(request)

        def listen(line: Line) -> None:
            if answer := line.hear():
                heard.append(answer)

        threads = [threading.Thread(target=listen, args=(line,)) for line in lines]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    finally:
        for line in lines:
            line.socket.close()
    assert {answer.status for answer in heard} <= {503, 408}
    busy = [answer for answer in heard if answer.status == 503]
    assert len(busy) >= 200 - 256 // 16
    assert all(int(answer.headers["retry-after"]) >= 1 for answer in busy)
    assert edge.resident_mib() < 600
    return busy[0]


def bomb(edge: Edge) -> Heard:
    """Ten megabytes that would be ten gigabytes: refused by its name, and hardly a moment is spent on it."""
    squeezed = io.BytesIO()
    with gzip.GzipFile(fileobj=squeezed, mode="wb", compresslevel=1) as file:
        for _ in range(64):
            file.write(bytes(16 * MIB))
    return edge.post(squeezed.getvalue()[: 10 * MIB], edge.headers(content_encoding="gzip"))


def recoded(name: str, change: Callable[[str], bytes]) -> Callable[[Edge], Heard]:
    """The document in other bytes, its declaration saying so."""
    return lambda edge: edge.post(change(edge.good().decode().replace("UTF-8", name)))


def spoiled(bad: bytes) -> Callable[[bytes], bytes]:
    """Bytes that are no UTF-8 in the subject."""
    return lambda body: body.replace(GOOD.encode(), GOOD.encode() + bad, 1)


def rows() -> Rows:
    """Every case."""
    yield Case("B031", "no media type", posted(content_type="(none)"), UNTAKEN)
    for kind in (
        "application/json",
        "text/plain",
        "application/octet-stream",
        "multipart/form-data; boundary=x",
        "*/*",
    ):
        yield Case("B032", f"XML called {kind}", posted(content_type=kind), UNTAKEN)
    charset = Refused(415, "charset")
    yield Case("B033", "UTF-16 said, UTF-8 sent", posted(content_type="text/xml; charset=utf-16"), charset)
    for said in ("windows-1258", "iso-8859-1", "utf-7", '"gbk"'):
        yield Case("B034", f"{said} said", posted(content_type=f"application/xml; charset={said}"), charset)
    yield Case("B034", "UTF-8 said in quotes", posted(content_type='text/xml; charset="UTF-8"'), Taken())
    yield Case("B035", "gzip", posted(gzip.compress, content_encoding="gzip"), CODED)
    for coding, change in {"gzip, gzip": gzip.compress, "br": bytes, "zstd": bytes, "deflate": zlib.compress}.items():
        yield Case("B036", coding, posted(change, content_encoding=coding), CODED)
    yield Case("B037", "ten gigabytes in ten", bomb, CODED)
    yield Case("B038", "nothing", posted(lambda _: b""), Refused(400, "empty-body"))
    yield Case(
        "B038",
        "no chunk but the last",
        lambda e: e.ask(head("POST", "/v1/envelopes", [*e.headers(), ("Transfer-Encoding", "chunked")]) + chunked()),
        Refused(400, "empty-body"),
    )
    yield Case("B039", "white space", posted(lambda _: b" \r\n\t "), Refused(400, "not-well-formed"))
    yield Case("B040", "a byte too many is announced", announced_too_large, TOO_LARGE)
    yield Case("B041", "a byte too many comes", grows_too_large, TOO_LARGE)
    yield Case("B042", "more than was announced", longer_than_it_says, Refused(400, "framing"))
    yield Case("B043", "two hundred at once", two_hundred_at_once, Refused(503, "unavailable"))
    yield Case("B044", "only pictures are wanted", posted(accept="application/json;q=0, image/*"), Taken())
    yield Case(
        "B044", "only pictures, of a refusal", posted(lambda _: b"", accept="image/*"), Refused(400, "empty-body")
    )
    yield Case("B045", "a byte order mark of UTF-8", posted(lambda body: BOM + body), Taken())
    for order in ("utf-16", "utf-16-le", "utf-16-be"):
        yield Case("B046", order, recoded("UTF-16", lambda text, o=order: text.encode(o)), ENCODING)
    for order in ("utf-32", "utf-32-le", "utf-32-be"):
        yield Case("B047", order, recoded("UTF-32", lambda text, o=order: text.encode(o)), ENCODING)
    yield Case("B048", "UTF-7", posted(put("UTF-8", "UTF-7")), ENCODING)
    yield Case("B048", "UTF-7 by its mark", posted(lambda body: b"+/v8-" + body), ENCODING)
    yield Case("B049", "EBCDIC", recoded("cp037", lambda text: text.encode("cp037", "replace")), ENCODING)
    yield Case("B050", "ISO-8859-1 declared", posted(put("UTF-8", "ISO-8859-1")), ENCODING)
    for name in ("GBK", "Shift_JIS", "windows-1258", "x-viet-vni"):
        yield Case("B051", f"{name} declared", posted(put("UTF-8", name)), ENCODING)
    for row, what, bad in (
        ("B052", "a byte FF", b"\xff"),
        ("B053", "an overlong form", b"\xc0\xaf"),
        ("B054", "half of a surrogate pair", b"\xed\xa0\x80"),
        ("B054", "a letter beyond Unicode", b"\xf4\x90\x80\x80"),
        ("B055", "a NUL", b"\0"),
        ("B056", "a letter of TCVN3", b"\xb5"),
        ("B056", "letters of VNI", b"o\xe2\xf8"),
    ):
        yield Case(row, what, posted(spoiled(bad)), ENCODING)
