"""What the gate lets through and what it stops, with the code a sender is told."""

# ruff: noqa: E501  a case is a line, so that the tables can be read

from collections.abc import Callable

import pytest

from hub.errors import Rejected
from hub.xml.gate import Limits, is_crowded, scan
from hub.xml.names import EDXML
from hub.xml.open import open_document
from tests.pki import NOW
from tests.xml.builders import a_body, codes_in, findings_in, swap

BODY = a_body()
HEAD = '<?xml version="1.0" encoding="UTF-8"?>'
SUBJECT = "<edXML:Subject>"


def _text(extra: str) -> bytes:
    return swap(BODY, SUBJECT, SUBJECT + extra)


def _declared(encoding: str) -> bytes:
    return swap(BODY, "UTF-8", encoding)


def _doctype(inner: str) -> bytes:
    return swap(BODY, HEAD, f"{HEAD}<!DOCTYPE edXML {inner}>")


def _attributes(count: int) -> bytes:
    return swap(BODY, SUBJECT, "<edXML:Subject " + " ".join(f'a{n}="x"' for n in range(count)) + ">")


def _namespaces(count: int) -> bytes:
    return swap(BODY, SUBJECT, "<edXML:Subject " + " ".join(f'xmlns:n{n}="urn:n{n}"' for n in range(count)) + ">")


def _deep(count: int) -> bytes:
    return f"{'<a>' * count}{'</a>' * count}".encode()


BILLION = (
    '[<!ENTITY a "aaaaaaaaaa">'
    + "".join(f'<!ENTITY {b} "{f"&{a};" * 10}">' for a, b in zip("abcdefg", "bcdefgh", strict=True))
    + "]"
)
STOPPED: list[tuple[str, Callable[[], bytes], str]] = [
    ("B038 nothing", lambda: b"", "empty-body"),
    ("B039 white space", lambda: b" \n ", "not-well-formed"),
    ("B046 UTF-16", lambda: BODY.decode().encode("utf-16"), "encoding"),
    ("B046 UTF-16 without a mark", lambda: BODY.decode().encode("utf-16-le"), "encoding"),
    ("B047 UTF-32", lambda: BODY.decode().encode("utf-32"), "encoding"),
    ("B048 UTF-7", lambda: _declared("UTF-7"), "encoding"),
    ("B049 EBCDIC", lambda: '<?xml version="1.0"?><a/>'.encode("cp037"), "encoding"),
    ("B050 ISO-8859-1", lambda: _declared("ISO-8859-1"), "encoding"),
    ("B051 GBK", lambda: _declared("GBK"), "encoding"),
    ("B051 windows-1258", lambda: _declared("windows-1258"), "encoding"),
    ("B052 0xFF", lambda: BODY.replace(b"Subject>V", b"Subject>\xff", 1), "encoding"),
    ("B053 overlong", lambda: BODY.replace(b"Subject>V", b"Subject>\xc0\xaf", 1), "encoding"),
    ("B054 surrogate", lambda: BODY.replace(b"Subject>V", b"Subject>\xed\xa0\x80", 1), "encoding"),
    ("B055 NUL", lambda: BODY.replace(b"Subject>V", b"Subject>\0", 1), "encoding"),
    ("B056 TCVN3", lambda: BODY.replace(b"Subject>V", b"Subject>C\xab\xb7", 1), "encoding"),
    ("B101 truncated", lambda: BODY[:-20], "not-well-formed"),
    ("B102 two roots", lambda: BODY + b"<a/>", "not-well-formed"),
    ("B103 bytes after", lambda: BODY + b"x", "not-well-formed"),
    ("B104 white space before", lambda: b" " + BODY, "not-well-formed"),
    ("D1 bytes before", lambda: b"1212" + BODY, "not-well-formed"),
    ("B105 XML 1.1", lambda: swap(BODY, '"1.0"', '"1.1"'), "xml-version"),
    ("B106 standalone", lambda: swap(BODY, '"UTF-8"', '"UTF-8" standalone="maybe"'), "not-well-formed"),
    ("B107 undeclared prefix", lambda: swap(BODY, "<edXML:Reference>", '<edXML:Reference xlink:href="">'), "not-well-formed"),
    ("B107 undeclared element prefix", lambda: swap(BODY, "<AttachmentEncoded>", "<edXML:X/><AttachmentEncoded>"), "not-well-formed"),
    ("B108 attribute twice", lambda: swap(BODY, SUBJECT, '<edXML:Subject a="1" a="2">'), "not-well-formed"),
    ("B109 attribute by two prefixes", lambda: swap(BODY, SUBJECT, '<edXML:Subject xmlns:p="urn:x" xmlns:q="urn:x" p:a="1" q:a="2">'), "not-well-formed"),
    ("B110 &#1;", lambda: _text("&#1;"), "not-well-formed"),
    ("B110 &#xFFFE;", lambda: _text("&#xFFFE;"), "not-well-formed"),
    ("B111 bare &", lambda: _text("A & B"), "not-well-formed"),
    ("B111 bare <", lambda: _text("1 < 2"), "not-well-formed"),
    ("B112 open CDATA", lambda: _text("<![CDATA["), "not-well-formed"),
    ("B112 open comment", lambda: _text("<!-- "), "not-well-formed"),
    ("an HTML entity", lambda: _text("&nbsp;"), "not-well-formed"),
    ("B113 empty DOCTYPE", lambda: _doctype(""), "dtd-forbidden"),
    ("B114 internal entity", lambda: _doctype('[<!ENTITY x "y">]'), "dtd-forbidden"),
    ("B115 file", lambda: _doctype('[<!ENTITY x SYSTEM "file:///etc/passwd">]'), "dtd-forbidden"),
    ("B116 http", lambda: _doctype('SYSTEM "http://127.0.0.1:9/x.dtd"'), "dtd-forbidden"),
    ("B117 parameter entity", lambda: _doctype('[<!ENTITY % x SYSTEM "http://127.0.0.1:9/"> %x;]'), "dtd-forbidden"),
    ("B118 billion laughs", lambda: _doctype(BILLION), "dtd-forbidden"),
    ("B120 ATTLIST", lambda: _doctype('[<!ATTLIST edXML Id ID "x">]'), "dtd-forbidden"),
    ("B121 XInclude", lambda: _text('<xi:include xmlns:xi="http://www.w3.org/2001/XInclude" href="/etc/passwd"/>'), "forbidden-namespace"),
    ("B122 schemaLocation", lambda: swap(BODY, "<edXML ", '<edXML xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:schemaLocation="a b" '), "forbidden-namespace"),
    ("B122 nil inside", lambda: swap(BODY, SUBJECT, '<edXML:Subject xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:nil="true">'), "forbidden-namespace"),
    ("XSLT", lambda: swap(BODY, "<edXML ", '<edXML xmlns:t="http://www.w3.org/1999/XSL/Transform" '), "forbidden-namespace"),
    ("B123 stylesheet", lambda: swap(BODY, HEAD, f"{HEAD}<?xml-stylesheet href='x'?>"), "processing-instruction"),
    ("B123 in a value", lambda: _text("<?php x?>"), "processing-instruction"),
    ("B125 depth 65", lambda: _deep(65), "xml-limits"),
    ("B125 depth 100,000", lambda: _deep(100_000), "xml-limits"),
    ("B126 300,000 elements", lambda: b"<a>" + b"<b/>" * 300_000 + b"</a>", "xml-limits"),
    ("B127 65 attributes", lambda: _attributes(65), "xml-limits"),
    ("B127 100,000 attributes", lambda: _attributes(100_000), "xml-limits"),
    ("B128 33 namespaces in scope", lambda: _namespaces(33), "xml-limits"),
    ("B128 20,000 namespaces", lambda: _namespaces(20_000), "xml-limits"),
    ("B128 5,001 namespaces", lambda: b"<a>" + b'<b xmlns="urn:x"/>' * 5_001 + b"</a>", "xml-limits"),
    ("B129 relative namespace", lambda: swap(BODY, "<edXML ", '<edXML xmlns:r="1" '), "namespace"),
    ("B129 relative default", lambda: _text('<x xmlns="../y"/>'), "namespace"),
    ("B130 attribute of 5 MB", lambda: swap(BODY, SUBJECT, f'<edXML:Subject a="{"x" * 5_000_000}">'), "xml-limits"),
    ("B130 name of 200 kB", lambda: _text(f"<{'x' * 200_000}/>"), "xml-limits"),
    ("10,001 comments", lambda: _text("<!-- x -->" * 10_001), "xml-limits"),
    ("a reference in every five bytes", lambda: BODY.replace(b"<AttachmentEncoded>", b"<AttachmentEncoded>" + b"&#65;" * 200_000, 1), "xml-limits"),
    ("100,000 attributes, some with signs in them", lambda: swap(BODY, "<edXML ", "<edXML " + "".join(f"""a{n}='>"' b{n}="'>" """ for n in range(50_000))), "xml-limits"),
    ("50,000 namespaces on one element", lambda: _namespaces(50_000), "xml-limits"),
    ("a tag of 3 MB that begins where a piece ends", lambda: BODY.replace(b"<AttachmentEncoded>", b"<AttachmentEncoded><!--" + b"x" * 1_030_000 + b"--><x " + b"".join(b'a%d="" ' % n for n in range(300_000)) + b"/>", 1), "xml-limits"),
    ("a tag of 5 MB of white space", lambda: _text(f"<x{' ' * 5_000_000}/>"), "xml-limits"),
    ("a comment of 5 MB", lambda: _text(f"<!--{'x' * 5_000_000}-->"), "xml-limits"),
    ("one Id twice", lambda: swap(swap(BODY, "<edXML:From>", '<edXML:From Id="x">'), "<edXML:To>", '<edXML:To ID="x">'), "duplicate-id"),
    ("one Id twice, prefixed", lambda: swap(swap(BODY, "<edXML:From>", '<edXML:From xml:id="x">'), "<edXML:To>", '<edXML:To id=" x ">'), "duplicate-id"),
]  # fmt: skip


@pytest.mark.parametrize(("make", "code"), [row[1:] for row in STOPPED], ids=[row[0] for row in STOPPED])
def test_what_could_hurt_or_mislead_is_stopped_before_it_is_parsed(make: Callable[[], bytes], code: str) -> None:
    assert codes_in(make()) == {code}


PASSED: list[tuple[str, Callable[[], bytes]]] = [
    ("as it is", lambda: BODY),
    ("B045 a byte order mark", lambda: b"\xef\xbb\xbf" + BODY),
    ("no declaration", lambda: swap(BODY, HEAD, "")),
    ("a declaration without encoding", lambda: swap(BODY, ' encoding="UTF-8"', "")),
    ("utf8 in small letters", lambda: _declared("utf-8")),
    ("D21 CRLF and tabs", lambda: BODY.replace(b"\n", b"\r\n\t")),
    ("B132 markup as text", lambda: _text("&amp;lt;script&amp;gt;")),
    (".NET's unused declarations", lambda: swap(BODY, "<edXML ", '<edXML xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xmlns:xsd="http://www.w3.org/2001/XMLSchema" ')),
    ("32 namespaces in scope", lambda: _namespaces(30)),
    ("63 attributes", lambda: _attributes(63)),
    ("an attachment of a megabyte of whose lines each ends in a reference, as Java writes them", lambda: BODY.replace(b"<AttachmentEncoded>", b"<AttachmentEncoded>" + (b"QUJD" * 16 + b"&#13;\n") * 15_000, 1)),
    ("a subject all in references", lambda: _text("".join(f"&#{ord(c)};" for c in "V/v rà soát việc gửi, nhận văn bản điện tử"))),
    ("characters beyond the basic plane", lambda: _text("\U0001f4e8")),
]  # fmt: skip


@pytest.mark.parametrize("make", [row[1] for row in PASSED], ids=[row[0] for row in PASSED])
def test_what_is_merely_unusual_passes(make: Callable[[], bytes]) -> None:
    assert findings_in(make()) == ()


@pytest.mark.parametrize("prefix", ["xlink", "edXML"])
def test_an_undeclared_prefix_is_named_with_its_line(prefix: str) -> None:
    body = swap(BODY, "<AttachmentEncoded>", f"\n\n<AttachmentEncoded {prefix}:href=''>")

    [finding] = findings_in(body)

    assert f"“{prefix}:”" in finding.message[0]
    assert finding.line == body[: body.index(b"<AttachmentEncoded")].count(b"\n") + 1


def test_bytes_before_the_declaration_are_counted() -> None:
    assert "4 byte" in findings_in(b"1212" + BODY)[0].message[0]


def test_a_comment_in_the_signature_does_not_hide_that_the_document_is_not_well_formed() -> None:
    body = swap(
        BODY,
        "</edXML:edXMLHeader>",
        '<Signature xmlns="http://www.w3.org/2000/09/xmldsig#"><!-- --></Signature></edXML:edXMLHeader>',
    )

    assert codes_in(body) == {"signature-structure"}
    assert codes_in(body[:-10]) == {"not-well-formed"}


def test_exactly_the_limit_passes_and_one_more_does_not() -> None:
    limits = Limits(depth=3, elements=5)

    scan(b"<a><b><c/></b><b/><b/></a>", limits)

    with pytest.raises(Rejected):
        scan(b"<a><b><c/></b><b/><b/><b/></a>", limits)
    with pytest.raises(Rejected):
        scan(b"<a><b><c><d/></c></b></a>", limits)


def test_a_large_document_is_scanned_in_pieces_to_the_same_effect() -> None:
    filler = "A" * 3_000_000
    good = swap(BODY, "</edXML:ContentTransferEncoded>", filler + "</edXML:ContentTransferEncoded>")

    scan(good)

    with pytest.raises(Rejected):
        scan(good[:-3])


def test_old_edoc_namespaces_are_told_apart_from_other_documents() -> None:
    for namespace in ("http://www.e-doc.vn/Schema/", "http://www.go.vn/eDoc"):
        assert codes_in(BODY.replace(EDXML.encode(), namespace.encode())) == {"old-namespace"}
    assert codes_in(BODY.replace(EDXML.encode(), b"urn:other")) == {"schema"}
    assert codes_in(b"<html/>") == {"schema"}


def test_what_is_crowded_is_told_before_the_parser_sorts_its_attributes() -> None:
    crowded = _attributes(100_000)
    values = "".join(f'<x a="{n}" b="<!-- -->"/>'.replace("<!--", "&lt;!--") for n in range(5_000))

    assert is_crowded(crowded)
    assert not is_crowded(_text(values))  # many values, and none of it in one tag
    assert not is_crowded(_text("x" * 500_000))
    assert not is_crowded(swap(BODY, SUBJECT, f'<edXML:Subject a="{"x" * 60_000}">'))


def test_ten_thousand_comments_are_taken() -> None:
    assert codes_in(swap(BODY, "<edXML:TraceHeaderList>", "<edXML:TraceHeaderList>" + "<!-- x -->" * 9_000)) == set()


@pytest.mark.parametrize("unknown", [900, 1_500, 30_000])
def test_of_very_many_unknown_elements_a_hundred_are_named_and_all_are_counted(unknown: int) -> None:
    body = swap(BODY, "<edXML:TraceHeaderList>", "<edXML:TraceHeaderList>" + "<edXML:x/>" * unknown)

    told = open_document(body, (), NOW).warnings

    assert [w.code for w in told] == ["unknown-element-kept"] * 100 + ["more-findings"]
    assert str(unknown - 100) in told[-1].message[1]
    assert "TraceHeaderList/x" in told[0].path
