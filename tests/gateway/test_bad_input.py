"""Every bad input gets its own clear answer and leaves nothing behind. Ids are those of the hub's checklist (docs)."""

import gzip
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime

import pytest

from hub.domain.envelope import Address
from hub.store.directory import registry, succession
from tests.gateway.asking import HANGS_UP, SILENCE, Answer, ask
from tests.offices import Office, document, promulgated
from tests.town import Town

Change = Callable[[bytes], bytes]


@dataclass(frozen=True)
class Bad:
    """One bad request: what is changed about a good one, and what must be answered."""

    id: str
    status: int
    code: str
    headers: dict[str, str] = field(default_factory=dict)
    change: Change = lambda body: body
    query: str = ""
    envelope: dict[str, object] = field(default_factory=dict)
    unsigned: bool = False


def put(old: str, new: str) -> Change:
    def change(body: bytes) -> bytes:
        assert old.encode() in body, f"{old} is not in the document"
        return body.replace(old.encode(), new.encode(), 1)

    return change


def before(text: str) -> Change:
    return lambda body: text.encode() + body


def after_declaration(text: str) -> Change:
    return lambda body: body.replace(b"?>\n", b"?>\n" + text.encode(), 1)


FORM = [
    Bad("B005 no length", 411, "length-required", {"content-length": "(none)"}),
    Bad("B004 a length that is no number", 400, "framing", {"content-length": "+5"}),
    Bad("B023 an unknown expectation", 417, "expectation-failed", {"expect": "a-miracle"}),
    Bad("B031 no media type", 415, "unsupported-media-type", {"content-type": "(none)"}),
    Bad("B032 xml called json", 415, "unsupported-media-type", {"content-type": "application/json"}),
    Bad("B033 utf-16 declared outside", 415, "charset", {"content-type": "text/xml; charset=utf-16"}),
    Bad("B034 windows-1258 declared", 415, "charset", {"content-type": "application/xml; charset=windows-1258"}),
    Bad("B035 gzip", 415, "content-coding", {"content-encoding": "gzip"}, gzip.compress),
    Bad("B036 several codings", 415, "content-coding", {"content-encoding": "gzip, gzip"}),
    Bad("B036 brotli", 415, "content-coding", {"content-encoding": "br"}),
    Bad("B038 an empty body", 400, "empty-body", change=lambda _: b""),
    Bad("B039 white space only", 400, "not-well-formed", change=lambda _: b"  \n "),
    Bad("B040 announced too large", 413, "too-large", {"content-length": "200001"}),
    Bad(
        "B041 grows too large",
        413,
        "too-large",
        {"content-length": "(none)", "transfer-encoding": "chunked"},
        lambda body: body + b" " * 200_001,
    ),
    Bad(
        "B046 UTF-16 with BOM", 400, "encoding", change=lambda b: b.decode().replace("UTF-8", "UTF-16").encode("utf-16")
    ),
    Bad("B047 UTF-32", 400, "encoding", change=lambda b: b.decode().encode("utf-32")),
    Bad("B048 UTF-7 declared", 400, "encoding", change=put("UTF-8", "UTF-7")),
    Bad("B049 EBCDIC", 400, "encoding", change=lambda b: b.decode().encode("cp037", "replace")),
    Bad("B050 ISO-8859-1 declared", 400, "encoding", change=put("UTF-8", "ISO-8859-1")),
    Bad("B051 GBK declared", 400, "encoding", change=put("UTF-8", "GBK")),
    Bad("B052 a byte that is no UTF-8", 400, "encoding", change=lambda b: b.replace(b"V/v", b"V\xffv", 1)),
    Bad("B053 an overlong form", 400, "encoding", change=lambda b: b.replace(b"V/v", b"V\xc0\xafv", 1)),
    Bad("B054 a surrogate", 400, "encoding", change=lambda b: b.replace(b"V/v", b"V\xed\xa0\x80v", 1)),
    Bad("B055 a NUL", 400, "encoding", change=lambda b: b.replace(b"V/v", b"V\x00v", 1)),
    Bad("B056 TCVN3 bytes", 400, "encoding", change=lambda b: b.replace(b"V/v", b"V\xb5v", 1)),
    Bad("B100 recipients in the query", 422, "invalid-parameter", query="?to=H53"),
    Bad("a dry_run that is no boolean", 422, "invalid-parameter", query="?dry_run=perhaps"),
    Bad(
        "B085 a digest of other bytes",
        400,
        "content-digest-mismatch",
        {"content-digest": "sha-256=:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=:"},
    ),
    Bad("B079 no credentials", 401, "unauthenticated", {"authorization": "(none)"}),
    Bad("B080 an unknown key", 401, "unauthenticated", {"authorization": "Bearer trk_nobody_nothing"}),
    Bad("B081 a wrong scheme", 401, "unauthenticated", {"authorization": "Basic YTpi"}),
    Bad("an endless credential", 401, "unauthenticated", {"authorization": "Bearer " + "x" * 5000}),
]
HOSTILE = [
    Bad("B101 cut short", 400, "not-well-formed", change=lambda b: b[:-20]),
    Bad("B102 two document elements", 400, "not-well-formed", change=lambda b: b + b"<edXML/>"),
    Bad("B103 bytes after the root", 400, "not-well-formed", change=lambda b: b + b"stray"),
    Bad("B104 white space before the declaration", 400, "not-well-formed", change=before(" ")),
    Bad("D1 stray bytes before the declaration", 400, "not-well-formed", change=before("1212")),
    Bad("B105 XML 1.1", 400, "xml-version", change=put('version="1.0"', 'version="1.1"')),
    Bad(
        "B107 an undeclared prefix",
        400,
        "not-well-formed",
        change=put("<edXML:edXMLHeader>", '<edXML:edXMLHeader xlink:href="x">'),
    ),
    Bad(
        "B108 an attribute twice",
        400,
        "not-well-formed",
        change=put("<edXML:edXMLHeader>", '<edXML:edXMLHeader a="1" a="2">'),
    ),
    Bad("B110 a control character", 400, "not-well-formed", change=put("V/v", "V&#1;v")),
    Bad("B111 a bare ampersand", 400, "not-well-formed", change=put("V/v", "V&v")),
    Bad("B112 an open comment", 400, "not-well-formed", change=put("<edXML:edXMLHeader>", "<edXML:edXMLHeader><!-- ")),
    Bad("B113 an empty DOCTYPE", 400, "dtd-forbidden", change=after_declaration("<!DOCTYPE edXML>")),
    Bad(
        "B114 an internal entity", 400, "dtd-forbidden", change=after_declaration('<!DOCTYPE edXML [<!ENTITY a "b">]>')
    ),
    Bad(
        "B115 a file entity",
        400,
        "dtd-forbidden",
        change=after_declaration('<!DOCTYPE edXML [<!ENTITY a SYSTEM "file:///etc/passwd">]>'),
    ),
    Bad(
        "B118 a billion laughs",
        400,
        "dtd-forbidden",
        change=after_declaration('<!DOCTYPE edXML [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;">]>'),
    ),
    Bad(
        "B123 a processing instruction",
        400,
        "processing-instruction",
        change=after_declaration('<?xml-stylesheet href="x"?>'),
    ),
    Bad(
        "B125 too deep",
        400,
        "xml-limits",
        change=put("</edXML:edXMLHeader>", "<a>" * 70 + "</a>" * 70 + "</edXML:edXMLHeader>"),
    ),
    Bad(
        "B127 too many attributes",
        400,
        "xml-limits",
        change=put("<edXML:edXMLHeader>", "<edXML:edXMLHeader " + " ".join(f'a{n}=""' for n in range(65)) + ">"),
    ),
    Bad(
        "B128 too many namespaces in scope",
        400,
        "xml-limits",
        change=put(
            "<edXML:edXMLHeader>", "<edXML:edXMLHeader " + " ".join(f'xmlns:n{n}="urn:{n}"' for n in range(33)) + ">"
        ),
    ),
]
CONTENT = [
    Bad("B133 another root", 422, "schema", change=lambda _: b'<?xml version="1.0"?><note xmlns="urn:x"/>'),
    Bad(
        "B133 the eDoc namespace of 2014",
        422,
        "old-namespace",
        change=lambda _: b'<?xml version="1.0"?><edXML xmlns="http://www.e-doc.vn/Schema/"/>',
    ),
    Bad(
        "B134 no subject",
        422,
        "missing-element",
        unsigned=True,
        change=lambda b: b.replace(b"<edXML:Subject>", b"<!--").replace(b"</edXML:Subject>", b"-->"),
    ),
    Bad("B138 an unknown recipient", 422, "unknown-recipient", envelope={"recipients": (Address("Z99.99"),)}),
    Bad("B093 somebody else's From", 403, "sender-mismatch", envelope={"sender": Address("H53")}),
    Bad("B139 a look-alike letter", 422, "unknown-recipient", envelope={"recipients": (Address("Н53"),)}),
    Bad("B144 a recipient split in two", 422, "recipient-closed", envelope={"recipients": (Address("H63"),)}),
    Bad(
        "B147 a month thirteen",
        422,
        "date",
        unsigned=True,
        change=promulgated("2026/13/45"),
    ),
    Bad("B146 an empty DocumentId", 422, "empty-element", envelope={"document_id": " "}),
    Bad("B153 an empty subject", 422, "empty-element", envelope={"subject": " "}),
    Bad("B180 no signature", 422, "signature-missing", unsigned=True),
    Bad("B205 changed after signing", 422, "digest-mismatch", change=put("V/v rà soát", "V/v bỏ qua")),
    Bad(
        "B182 two signatures",
        422,
        "signature-count",
        change=lambda b: b.replace(
            b"</edXML:edXMLHeader>",
            b[b.index(b"<Signature") : b.index(b"</Signature>") + 12] + b"</edXML:edXMLHeader>",
            1,
        ),
    ),
    Bad("B152 a state secret", 422, "classified-not-allowed", envelope={"subject": "TUYỆT MẬT"}),
    Bad("B165 broken base64", 422, "base64", unsigned=True, change=lambda b: b.replace(b"JVBERi0", b"J!!ERi0", 1)),
]


async def settled(town: Town) -> Office:
    """A sender, a recipient, and a code that was split in two."""
    sender = await town.settle("G22")
    await town.settle("H53")
    for code in ("H38", "H60", "H63"):
        await town.settle(code)

    async with town.hub.database.write() as conn:
        await succession.close_agency(
            conn, "H63", succession.Closing(date(2025, 7, 1), ("H38", "H60")), datetime.now(UTC)
        )
    await town.hub.directory.refresh()
    return sender


async def send_bad(town: Town, sender: Office, bad: Bad) -> Answer:
    envelope = replace(document("G22", ["H53"]), **bad.envelope)  # type: ignore[arg-type]
    body = bad.change(sender.written(envelope, signed=not bad.unsigned))
    headers = {
        "authorization": f"Bearer {sender.key}",
        "content-type": "application/xml",
        "content-length": str(len(body)),
        **bad.headers,
    }
    answer = await ask(town, "POST", f"/v1/envelopes{bad.query}", list(headers.items()), [body])
    assert answer is not None
    return answer


@pytest.mark.parametrize("bad", [*FORM, *HOSTILE, *CONTENT], ids=lambda bad: bad.id)
async def test_a_bad_request_gets_its_own_answer_and_leaves_nothing(town: Town, bad: Bad) -> None:
    sender = await settled(town)

    answer = await send_bad(town, sender, bad)

    problem = answer.json()
    assert (answer.status, problem["code"]) == (bad.status, bad.code), problem
    assert answer.headers["content-type"] == "application/problem+json"
    for error in problem["errors"]:
        assert all(error["message"].values()), error
        assert all(error["fix"].values()), error
    assert "Traceback" not in answer.body.decode()
    assert "/hub/" not in answer.body.decode()
    assert set((await town.counts()).values()) == {0}
    assert not town.files()
    good = await sender.post(sender.written(document("G22", ["H53"])))
    assert good.status_code == 202, good.text


async def test_a_body_that_stops_coming_times_out_and_leaves_nothing(town: Town) -> None:
    sender = await settled(town)
    headers = [("authorization", f"Bearer {sender.key}"), ("content-type", "text/xml"), ("content-length", "5000")]

    answer = await ask(town, "POST", "/v1/envelopes", headers, [b"<?xml", SILENCE])

    assert answer is not None
    assert (answer.status, answer.json()["code"]) == (408, "request-timeout")
    assert set((await town.counts()).values()) == {0}


async def test_a_caller_that_hangs_up_in_the_middle_leaves_nothing(town: Town) -> None:
    sender = await settled(town)
    headers = [("authorization", f"Bearer {sender.key}"), ("content-type", "text/xml"), ("content-length", "5000")]

    answer = await ask(town, "POST", "/v1/envelopes", headers, [b"<?xml", HANGS_UP])

    assert answer is None
    assert set((await town.counts()).values()) == {0}


async def test_more_bytes_at_once_than_the_hub_holds_are_asked_to_come_back(town: Town) -> None:
    sender = await settled(town)
    town.app.post.scales._left = 1000

    answer = await sender.post(sender.written(document("G22", ["H53"])))

    assert answer.status_code == 503
    assert int(answer.headers["retry-after"]) >= 1
    assert town.app.post.scales._left == 1000


async def test_everything_wrong_is_said_at_once(town: Town) -> None:
    sender = await settled(town)
    envelope = document("G22", ["Z1", "H63", "Z2"], subject=" ", document_id=" ")

    problem = (await sender.post(sender.written(envelope, signed=False))).json()

    said = [error["code"] for error in problem["errors"]]
    assert said[:2] == ["empty-element"] * 2
    assert sorted(said[2:]) == ["recipient-closed", "signature-missing", "unknown-recipient", "unknown-recipient"]
    addressed = document("G22", ["Z1", "H63", "Z2"])
    found = (await sender.post(sender.written(addressed))).json()["errors"]
    assert [(error["code"], error["path"][-14:]) for error in found] == [
        ("unknown-recipient", "/To[1]/OrganId"),
        ("recipient-closed", "/To[2]/OrganId"),
        ("unknown-recipient", "/To[3]/OrganId"),
    ]
    assert all(error["line"] for error in found)


@pytest.mark.parametrize(
    ("method", "target", "headers", "status", "code"),
    [
        ("TRACE", "/v1/envelopes", [], 405, "method-not-allowed"),
        ("PUT", "/v1/envelopes", [], 405, "method-not-allowed"),
        ("GET", "/v1/envelopes?" + "x" * 9000, [], 414, "uri-too-long"),
        ("GET", "/livez", [("x-a", "y" * 40_000)], 431, "headers-too-large"),
        ("GET", "/livez", [(f"x-{n}", "y") for n in range(200)], 431, "headers-too-large"),
        ("GET", "/livez", [("host", "a"), ("host", "b")], 400, "framing"),
        ("GET", "/nowhere", [], 404, "not-found"),
        ("GET", "/v1/inbox", [], 401, "unauthenticated"),
    ],
)
async def test_a_request_out_of_form_is_answered_in_form(
    town: Town, method: str, target: str, headers: list[tuple[str, str]], status: int, code: str
) -> None:
    answer = await ask(town, method, target, headers)

    assert answer is not None
    assert (answer.status, answer.json()["code"]) == (status, code)
    if status == 405:
        assert answer.headers["allow"] == "GET, POST"
    if status == 401:
        assert answer.headers["www-authenticate"].startswith("Bearer")


async def test_a_suspended_agency_is_told_so(town: Town) -> None:

    sender = await settled(town)
    async with town.hub.database.write() as conn:
        await registry.suspend(conn, "G22", datetime.now(UTC))
    await town.hub.directory.refresh()

    answer = await sender.post(sender.written(document("G22", ["H53"])))

    assert (answer.status_code, answer.json()["code"]) == (403, "agency-suspended")


async def test_a_problem_speaks_english_and_xml_to_who_asks(town: Town) -> None:
    answer = await ask(town, "GET", "/v1/inbox", [("accept-language", "en"), ("accept", "application/problem+xml")])

    assert answer is not None
    assert answer.headers["content-type"].startswith("application/problem+xml")
    assert b"<title>The caller is not known</title>" in answer.body
