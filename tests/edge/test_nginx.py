"""The hub behind nginx with the configuration of `deploy/nginx`: what nginx answers by itself, and what it passes on."""

import ssl
import tempfile
import time
from collections.abc import Callable, Iterator

import pytest

from hub.gateway.guards import GUARDS
from tests.edge import framing
from tests.edge.hub import MIB, Edge, running
from tests.edge.rows import Refused
from tests.edge.wire import Answer, Line, chunked, head
from tests.house.pages import ROOT
from tests.parts.nginx import Nginx, nginx
from tests.pki import Identity, issue, make_ca

pytestmark = pytest.mark.xdist_group("edge")
AUTHORITY = make_ca("Authority of the proxy")
CLIENTS = make_ca("Authority of the callers")
STRANGERS = make_ca("Authority of strangers")
CALLER = issue(CLIENTS, "Hệ thống của cơ quan", "p-256")
STRANGER = issue(STRANGERS, "Kẻ lạ", "p-256")
SERVER = issue(AUTHORITY, "localhost", "p-256")


class Front:
    """A proxy and the hub behind it."""

    def __init__(self, edge: Edge, proxy: Nginx) -> None:
        self.edge, self.proxy = edge, proxy

    def line(self, identity: Identity | None = None, version: ssl.TLSVersion | None = None) -> Line:
        """A TLS connection, with a client certificate where one is given."""
        context = ssl.create_default_context(cadata=AUTHORITY.certificate_pem.decode())
        context.check_hostname = False  # the tests' certificates name nobody's host
        if version:
            context.minimum_version = context.maximum_version = version
        if identity:
            with tempfile.NamedTemporaryFile("wb") as file:
                file.write(identity.certificate_pem + identity.key_pem)
                file.flush()
                context.load_cert_chain(file.name)
        return Line(self.proxy.port, context)

    def ask(self, *pieces: bytes, identity: Identity | None = None) -> Answer | None:
        """Say these bytes and hear the first answer."""
        with self.line(identity) as line:
            return line.say(*pieces).hear()

    def headers(self, **changed: str) -> list[tuple[str, str]]:
        """A good post's headers."""
        return [("Host", "localhost"), *self.edge.headers(**changed)]

    def post(self, body: bytes, *more: tuple[str, str]) -> Answer | None:
        """Post a document."""
        given = [*self.headers(), ("Content-Length", str(len(body))), *more]
        return self.ask(head("POST", "/v1/envelopes", given) + body)


@pytest.fixture(scope="module")
def front() -> Iterator[Front]:
    """One proxy for all; it waits a second where the real one waits longer."""
    sooner = {"client_header_timeout": "1s", "client_body_timeout": "1s", "limit_conn truc_callers": "20"}
    with (
        running({"H70": (CALLER,)}, TRUC_TRUSTED_PROXIES="127.0.0.1", TRUC_MAX_ENVELOPE_BYTES=str(100 * MIB)) as edge,
        nginx(edge.port, SERVER, CLIENTS, **sooner) as proxy,
    ):
        yield Front(edge, proxy)


def check_problem(answer: Answer | None, expected: Refused) -> None:
    """The proxy's own answers have the form of the hub's."""
    assert answer is not None
    assert (answer.status, answer.code) == (expected.status, expected.code), answer.body
    assert answer.headers["content-type"] == "application/problem+json"
    error = answer.json()["errors"][0]
    assert all(error["message"].values())
    assert all(error["fix"].values())
    assert b"nginx" not in answer.body
    check_guards(answer)


def check_guards(answer: Answer) -> None:
    for name, value in GUARDS:
        assert answer.headers[name.decode()] == value.decode()
    assert answer.headers["strict-transport-security"].startswith("max-age=31536000")
    assert answer.headers.get("server", "nginx") == "nginx"


def test_the_proxys_own_words_are_the_hubs() -> None:
    import runpy

    made = runpy.run_path(str(ROOT / "deploy" / "nginx" / "problems.py"))["config"]()

    assert (ROOT / "deploy" / "nginx" / "truc" / "problems.conf").read_text("utf-8") == made


def test_a_document_goes_through_and_comes_back_with_the_guards(front: Front) -> None:
    answer = front.post(front.edge.good())

    assert answer is not None
    assert answer.status == 202, answer.body
    check_guards(answer)


def test_a_refusal_of_the_hub_passes_unchanged(front: Front) -> None:
    answer = front.post(b"<edXML")

    check_problem(answer, Refused(400, "not-well-formed"))
    assert answer is not None
    assert answer.json()["errors"][0]["line"] == 1


FAULTS = {
    "a length and chunks": (framing.POST + "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400),
    "two lengths": (framing.POST + "Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello!", 400),
    "a signed length": (framing.POST + "Content-Length: +5\r\n\r\nhello", 400),
    "an unknown coding": (framing.POST + "Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n", 400),
    "a list of codings": (framing.POST + "Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n", 400),
    "a space before the colon": (framing.POST + "Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n", 400),
    "a NUL in a header": (framing.POST + "X-A: b\0c\r\n\r\n", 400),
    "no host": (framing.POST.replace("Host: hub\r\n", "") + "Content-Length: 5\r\n\r\nhello", 400),
    "two hosts": (framing.POST + "Host: other\r\nContent-Length: 5\r\n\r\nhello", 400),
    "a chunk that is none": (framing.CHUNKED + "zz\r\n\r\n", 400),
    "the preface of HTTP/2": ("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 400),
}


@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_of_framing_never_reaches_the_hub(front: Front, name: str) -> None:
    text, status = FAULTS[name]

    answer = front.ask(text.replace("hub", "localhost").replace("{key}", front.edge.sender.key).encode("latin-1"))

    check_problem(answer, Refused(status, "framing"))
    check_problem(front.post(b""), Refused(400, "empty-body"))


def large(name: str, count: int, size: int) -> bytes:
    return head("GET", "/livez", [("Host", "localhost"), *[(f"{name}-{n}", "y" * size) for n in range(count)]])


LIMITS: dict[str, tuple[Callable[[Front], bytes], Refused]] = {
    "a target of nine kilobytes": (
        lambda _: head("GET", "/" + "x" * 9000, [("Host", "localhost")]),
        Refused(414, "uri-too-long"),
    ),
    "a header of nine kilobytes": (lambda _: large("X-A", 1, 9000), Refused(431, "headers-too-large")),
    "a head of forty kilobytes": (lambda _: large("X-A", 8, 5000), Refused(431, "headers-too-large")),
    "a body of 101 megabytes": (
        lambda f: head("POST", "/v1/envelopes", [*f.headers(), ("Content-Length", str(101 * MIB))]),
        Refused(413, "too-large"),
    ),
    "another host": (lambda _: head("GET", "/livez", [("Host", "evil.example")]), Refused(421, "misdirected")),
    "another host in the target": (
        lambda _: head("GET", "https://evil.example/livez", [("Host", "localhost")]),
        Refused(421, "misdirected"),
    ),
    "another host beside the target": (
        lambda _: head("GET", "https://localhost/livez", [("Host", "evil.example")]),
        Refused(421, "misdirected"),
    ),
    "TRACE": (lambda _: head("TRACE", "/livez", [("Host", "localhost")]), Refused(405, "method-not-allowed")),
    "the figures": (lambda _: head("GET", "/metrics", [("Host", "localhost")]), Refused(404, "not-found")),
}


@pytest.mark.parametrize("name", LIMITS)
def test_what_is_beyond_a_limit_is_answered_by_the_proxy_in_the_hubs_form(front: Front, name: str) -> None:
    make, expected = LIMITS[name]

    check_problem(front.ask(make(front)), expected)


def test_a_head_that_drips_is_let_go(front: Front) -> None:
    with front.line() as slow:
        slow.say(b"POST /v1/envelopes HTTP/1.1\r\nHost: localh")
        assert slow.hear() is None


def test_a_body_that_drips_is_let_go_and_never_reaches_the_hub(front: Front) -> None:
    before = front.edge.at_rest()
    with front.line() as slow:
        slow.say(head("POST", "/v1/envelopes", [*front.headers(), ("Content-Length", "5000")]) + b"<edXML")
        answer = slow.hear()
    assert answer is None or answer.status == 408
    assert front.edge.at_rest() == before


def test_chunks_are_put_together_before_the_hub_sees_them(front: Front) -> None:
    body = front.edge.good()
    request = head("POST", "/v1/envelopes", [*front.headers(), ("Transfer-Encoding", "chunked")])

    answer = front.ask(request, chunked(*(bytes([byte]) for byte in body)))

    assert answer is not None
    assert answer.status == 202, "chunks of a byte each are the proxy's to put together"


def test_a_second_request_hidden_in_a_body_is_a_part_of_the_body(front: Front) -> None:
    hidden = head("GET", "/livez", [("Host", "localhost")])
    with front.line() as line:
        line.say(head("POST", "/v1/envelopes", [*front.headers(), ("Content-Length", str(len(hidden)))]) + hidden)
        check_problem(line.hear(), Refused(400, "not-well-formed"))
        line.say(head("GET", "/livez", [("Host", "localhost")]))
        answer = line.hear()
        assert answer is not None
        assert answer.json() == {"status": "ok"}


def test_plain_http_on_the_tls_port_is_told_to_use_tls(front: Front) -> None:
    with Line(front.proxy.port) as line:
        check_problem(line.say(head("GET", "/livez")).hear(), Refused(400, "tls-required"))


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_1])
@pytest.mark.filterwarnings("ignore:ssl.TLSVersion")
def test_old_tls_is_refused(front: Front, version: ssl.TLSVersion) -> None:
    with pytest.raises((ssl.SSLError, ConnectionResetError)):
        front.line(version=version)


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def test_today_s_tls_is_spoken(front: Front, version: ssl.TLSVersion) -> None:
    with front.line(version=version) as line:
        answer = line.say(head("GET", "/livez", [("Host", "localhost")])).hear()
    assert answer is not None
    assert answer.status == 200


def test_a_client_certificate_is_handed_on_and_tells_who_calls(front: Front) -> None:
    request = head("GET", "/v1/inbox", [("Host", "localhost")])

    answer = front.ask(request, identity=CALLER)

    assert answer is not None
    assert answer.status == 200, answer.body


def test_a_client_certificate_of_another_authority_is_refused_in_the_hubs_words(front: Front) -> None:
    request = head("GET", "/v1/inbox", [("Host", "localhost")])

    check_problem(front.ask(request, identity=STRANGER), Refused(401, "unauthenticated"))


@pytest.mark.parametrize(
    "name", ["X-Client-Cert", "x-client-cert", "X-SSL-Client-Cert", "X_Client_Cert", "Client-Cert"]
)
def test_a_certificate_in_a_header_of_the_callers_own_making_is_dropped(front: Front, name: str) -> None:
    pem = "".join(f"%{byte:02x}" for byte in CALLER.certificate_pem)

    answer = front.ask(head("GET", "/v1/inbox", [("Host", "localhost"), (name, pem)]))

    check_problem(answer, Refused(401, "unauthenticated"))


def test_the_stream_of_events_is_not_held_back(front: Front) -> None:
    request = head(
        "GET", "/v1/inbox/stream", [("Host", "localhost"), ("Authorization", f"Bearer {front.edge.offices['H53'].key}")]
    )
    with front.line() as line:
        line.say(request)
        heard = b""
        while b"retry: 2000" not in heard:
            heard += line.socket.recv(65_536)
        sent = front.post(front.edge.good())
        assert sent is not None
        assert sent.status == 202
        document = sent.json()["document_id"].encode()
        while document not in heard:
            piece = line.socket.recv(65_536)
            assert piece, heard
            heard += piece
    assert b"text/event-stream" in heard


def test_too_many_connections_from_one_address_are_asked_to_come_back(front: Front) -> None:
    key = front.edge.offices["H38"].key
    poll = head("GET", "/v1/inbox?wait=5", [("Host", "localhost"), ("Authorization", f"Bearer {key}")])
    lines = [front.line().say(poll) for _ in range(20)]
    try:
        answers = [front.ask(head("GET", "/livez", [("Host", "localhost")])) for _ in range(3)]
    finally:
        for line in lines:
            line.socket.close()
    busy = [answer for answer in answers if answer and answer.status == 503]
    assert busy
    check_problem(busy[0], Refused(503, "busy"))
    assert int(busy[0].headers["retry-after"]) >= 1


def test_without_a_gateway_the_caller_is_told_to_send_the_same_again() -> None:
    with nginx(1, SERVER) as proxy:
        front = Front.__new__(Front)
        front.proxy = proxy
        answer = front.ask(head("POST", "/v1/envelopes", [("Host", "localhost"), ("Content-Length", "1")]) + b"x")

    check_problem(answer, Refused(504, "no-answer"))
    assert answer is not None
    assert int(answer.headers["retry-after"]) >= 1


def test_what_comes_of_an_upload_reaches_the_gateway_before_it_is_whole(front: Front) -> None:
    begin = [("Content-Length", "0"), ("Upload-Complete", "?0"), *front.headers()]
    made = front.ask(head("POST", "/v1/uploads", begin))
    assert made is not None
    place = made.headers["location"]
    given = [
        *front.headers(content_type="application/partial-upload"),
        ("Content-Length", str(30 * MIB)),
        ("Upload-Offset", "0"),
        ("Upload-Complete", "?0"),
    ]
    with front.line() as line:  # and it says no more
        line.say(head("PATCH", place, given), b"x" * (10 * MIB))
        ends = time.monotonic() + 60
        stands = 0
        while stands < 8 * MIB:
            assert time.monotonic() < ends, (stands, front.proxy.log)
            answer = front.edge.ask(head("GET", place, front.headers(content_type="(none)")))
            assert answer is not None
            stands = int(answer.headers["upload-offset"])
        line.cut()
