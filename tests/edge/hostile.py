"""E. XML that is none, or means harm: B101 to B132."""

from collections.abc import Callable

from tests.edge.hub import Edge
from tests.edge.rows import GOOD, Case, Heard, Refused, Rows, Taken, posted, put, rewritten
from tests.edge.wire import Answer

MALFORMED = Refused(400, "not-well-formed")
DTD = Refused(400, "dtd-forbidden")
FORBIDDEN = Refused(400, "forbidden-namespace")
LIMITS = Refused(400, "xml-limits")
ROOM = "</edXML:TraceHeaderList>"
"""Where an element of one's own is put."""
HEADER = "<edXML:edXMLHeader>"


def declared(dtd: str) -> Callable[[bytes], bytes]:
    """A DOCTYPE after the declaration."""
    return put("?>\n", f"?>\n<!DOCTYPE edXML {dtd}>\n")


def holding(text: str) -> Callable[[bytes], bytes]:
    """Something more in the header."""
    return put(ROOM, text + ROOM)


def cut_short(edge: Edge) -> Heard:
    """A document without its end; the answer says where it ends."""
    answer = edge.post(edge.good()[:-20])
    assert isinstance(answer, Answer)
    assert answer.json()["errors"][0]["line"] > 1
    return answer


def attributes(count: int) -> Callable[[bytes], bytes]:
    return put(HEADER, HEADER[:-1] + "".join(f' a{n}=""' for n in range(count)) + ">")


def namespaces(count: int) -> Callable[[bytes], bytes]:
    return put(HEADER, HEADER[:-1] + "".join(f' xmlns:n{n}="urn:{n}"' for n in range(count)) + ">")


def rows() -> Rows:  # noqa: C901 - a table
    """Every case."""
    yield Case("B101", "cut short", cut_short, MALFORMED)
    yield Case("B102", "two documents in one", posted(lambda b: b + b"<edXML/>"), MALFORMED)
    yield Case("B103", "bytes after the end", posted(lambda b: b + b"stray"), MALFORMED)
    yield Case("B104", "white space before the declaration", posted(lambda b: b" " + b), MALFORMED)
    yield Case("B104", "stray bytes before the declaration", posted(lambda b: b"1212" + b), MALFORMED)
    yield Case("B105", "XML 1.1", posted(put('version="1.0"', 'version="1.1"')), Refused(400, "xml-version"))
    yield Case("B106", "standalone perhaps", posted(put('"UTF-8"', '"UTF-8" standalone="maybe"')), MALFORMED)
    yield Case("B107", "a prefix nobody declared", posted(put(HEADER, HEADER[:-1] + ' xlink:href="x">')), MALFORMED)
    yield Case("B107", "an element of a prefix nobody declared", posted(holding("<x:y/>")), MALFORMED)
    yield Case("B108", "an attribute twice", posted(put(HEADER, HEADER[:-1] + ' a="1" a="2">')), MALFORMED)
    double = ' xmlns:p="urn:x" xmlns:q="urn:x" p:a="1" q:a="2">'
    yield Case("B109", "an attribute by two prefixes", posted(put(HEADER, HEADER[:-1] + double)), MALFORMED)
    for letter in ("&#1;", "&#xFFFE;", "&#0;", "&#xD800;", "\x01"):
        yield Case("B110", f"a letter {letter!r}", posted(put(GOOD, GOOD + letter)), MALFORMED)
    for letter in ("&", "<", "& ", "&nosuch;"):
        yield Case("B111", f"a bare {letter!r}", posted(put(GOOD, GOOD + letter)), MALFORMED)
    for opening in ("<!-- ", "<![CDATA[", "<!-- a -- b -->", "<edXML:x"):
        yield Case("B112", f"{opening!r} without an end", posted(holding(opening)), MALFORMED)
    laughs = '<!ENTITY a0 "ha">' + "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 10))
    for row, what, dtd in (
        ("B113", "an empty DOCTYPE", ""),
        ("B113", "a DOCTYPE with an empty subset", "[]"),
        ("B114", "an entity", '[<!ENTITY a "b">]'),
        ("B115", "an entity of a file", '[<!ENTITY a SYSTEM "file:///etc/passwd">]'),
        ("B116", "an entity of a host", '[<!ENTITY a SYSTEM "http://127.0.0.1:9/a">]'),
        ("B117", "an entity of parameters", '[<!ENTITY % a SYSTEM "file:///etc/hosts"> %a;]'),
        ("B117", "a DTD elsewhere", 'SYSTEM "http://127.0.0.1:9/a.dtd"'),
        ("B117", "a public DTD", 'PUBLIC "-//X//Y" "http://127.0.0.1:9/a.dtd"'),
        ("B118", "laughs by the billion", f"[{laughs}]"),
        ("B118", "laughs in an attribute", f"[{laughs}<!ATTLIST edXML x CDATA '&a9;'>]"),
        ("B119", "one long entity, often", f'[<!ENTITY a "{"x" * 100_000}">]'),
        ("B120", "an Id by default", '[<!ATTLIST edXML Id ID "x">]'),
    ):
        yield Case(row, what, posted(declared(dtd)), DTD)
    yield Case("B118", "laughs that are used", posted(lambda b: put(GOOD, "&a9;")(declared(f"[{laughs}]")(b))), DTD)
    include = '<xi:include xmlns:xi="http://www.w3.org/2001/XInclude" href="file:///etc/passwd" parse="text"/>'
    yield Case("B121", "an inclusion", posted(holding(include)), FORBIDDEN)
    for hint in (
        'schemaLocation="urn:x http://127.0.0.1:9/x.xsd"',
        'type="x"',
        'nil="true"',
        'noNamespaceSchemaLocation="x"',
    ):
        xsi = f'<edXML:x xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:{hint}/>'
        yield Case("B122", f"xsi:{hint}", posted(holding(xsi)), FORBIDDEN)
    pi = Refused(400, "processing-instruction")
    for instruction in ('<?xml-stylesheet href="http://127.0.0.1:9/"?>', "<?php echo 1 ?>", "<?x?>"):
        yield Case("B123", instruction, posted(holding(instruction)), pi)
    yield Case(
        "B124",
        "a comment in the signature",
        posted(put("<SignatureValue>", "<SignatureValue><!-- x -->")),
        Refused(422, "signature-structure"),
    )
    for depth in (65, 300, 100_000):
        yield Case("B125", f"{depth} deep", posted(holding("<edXML:x>" * depth + "</edXML:x>" * depth)), LIMITS)
    for count in (100_001, 300_000):
        yield Case("B126", f"{count} elements", posted(holding("<edXML:x/>" * count)), LIMITS)
    for count in (65, 100_000):
        yield Case("B127", f"{count} attributes", posted(attributes(count)), LIMITS)
    for count in (33, 65, 20_000):
        yield Case("B128", f"{count} namespaces", posted(namespaces(count)), LIMITS)
    yield Case(
        "B129",
        "a namespace that is a number",
        posted(put(HEADER, HEADER[:-1] + ' xmlns:r="1">')),
        Refused(400, "namespace"),
    )
    yield Case(
        "B130", "a value of five megabytes", posted(put(HEADER, f'{HEADER[:-1]} a="{"x" * 5_000_000}">')), LIMITS
    )
    yield Case("B130", "a name of 200 kB", posted(holding(f"<edXML:{'x' * 200_000}/>")), LIMITS)
    yield Case(
        "B131", "a subject of eleven megabytes", posted(put(GOOD, "x" * 11_000_000)), Refused(422, "field-too-long")
    )
    yield Case(
        "B132",
        "a script written as text",
        rewritten(put(GOOD, "&amp;lt;script&amp;gt;alert(1)&lt;/script&gt;")),
        Taken(),
    )
