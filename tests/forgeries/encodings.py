"""Encodings and XML versions: the same document in bytes that two readers could read differently."""

from collections.abc import Callable
from functools import partial
from typing import Final

from tests.forgeries.case import BODY, SUBJECT, Case, Family, Refused, after, broken, signed
from tests.xml.builders import swap

DECLARED: Final = (
    "UTF-16",
    "utf-16le",
    "UTF-32",
    "ISO-8859-1",
    "us-ascii",
    "windows-1258",
    "GBK",
    "UTF-7",
    "x-unknown",
    "EBCDIC-CP-US",
    "UTF-8-BOM",
    "UCS-2",
)
RECODED: Final = ("utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-le", "utf-32-be", "utf-7", "cp1258", "cp500")
PIECES: Final[dict[str, bytes]] = {
    "an overlong slash": b"\xc0\xaf",
    "an overlong less-than": b"\xe0\x80\xbc",
    "a surrogate": b"\xed\xa0\x80",
    "a pair of surrogates": b"\xed\xa0\xbd\xed\xb8\x80",
    "beyond Unicode": b"\xf4\x90\x80\x80",
    "a lonely continuation": b"\x80",
    "a cut sequence": b"\xe1\xba",
    "latin-1": b"\xe9",
    "a control character": b"\x01",
    "a form feed": b"\x0c",
    "U+FFFE": b"\xef\xbf\xbe",
}
CHARACTERS: Final = ("a control character", "a form feed", "U+FFFE")
"""Those of the pieces that are UTF-8, of characters that XML does not have."""
REFERENCES: Final = ("&#0;", "&#1;", "&#xFFFE;", "&#xD800;", "&#x110000;", "&#xFFFFFFFFF;", "&nbsp;", "&#;", "&")


def _insert(piece: bytes) -> Callable[[bytes], bytes]:
    return lambda body: body.replace(SUBJECT.encode(), SUBJECT.encode() + piece, 1)


def _recoded(encoding: str, body: bytes) -> bytes:
    return body.decode().replace("UTF-8", encoding.upper()).encode(encoding, "replace")


def family() -> Family:
    """Every wrong encoding, of a document that was rightly signed."""
    encoding, malformed = Refused("encoding"), Refused("not-well-formed")
    for name in DECLARED:
        yield Case(f"said to be {name}", after(lambda b, n=name: swap(b, "UTF-8", n)), encoding)
    for name in RECODED:
        yield Case(f"made {name}", after(partial(_recoded, name)), encoding)
    for name, piece in PIECES.items():
        yield Case(name, after(_insert(piece)), malformed if name in CHARACTERS else encoding)
    yield Case("NUL", after(_insert(b"\0")), encoding)
    for reference in REFERENCES:
        yield Case(f"the reference {reference}", after(_insert(reference.encode())), malformed)
    yield Case("XML 1.1", after(lambda b: swap(b, 'version="1.0"', 'version="1.1"')), Refused("xml-version"))
    yield Case(
        "XML 1.1, signed so", partial(signed, swap(BODY, 'version="1.0"', 'version="1.1"')), Refused("xml-version")
    )
    yield Case("XML 2.0", after(lambda b: swap(b, 'version="1.0"', 'version="2.0"')), Refused("xml-version"))
    yield Case("a second byte order mark", after(lambda b: b"\xef\xbb\xbf" * 2 + b), malformed)
    yield Case("a byte order mark inside", after(_insert(b"\xef\xbb\xbf")), broken("digest-mismatch"))
    yield Case("a byte order mark of UTF-16", after(lambda b: b"\xff\xfe" + b), encoding)
    yield Case("text before the declaration", after(lambda b: b"x" + b), malformed)
    yield Case("text after the root", after(lambda b: b + b"x"), malformed)
    yield Case(
        "a second declaration", after(lambda b: b[: b.index(b"\n") + 1] * 2 + b[b.index(b"\n") + 1 :]), malformed
    )
    yield Case("cut short", after(lambda b: b[:-20]), malformed)
    yield Case("nothing", lambda: b"", Refused("empty-body"))
    yield Case("a zero-width space added", after(_insert("\u200b".encode())), broken("digest-mismatch"))
    yield Case(
        "a look-alike letter",
        after(lambda b: swap(b, "<edXML:OrganId>H53.13<", "<edXML:OrganId>Н53.13<")),
        broken("digest-mismatch"),
    )
    yield Case(
        "an attribute twice",
        after(lambda b: swap(b, "<edXML:edXMLManifest version=", '<edXML:edXMLManifest version="1" version=')),
        malformed,
    )
    yield Case("a tag that does not close", after(lambda b: swap(b, "</edXML:Subject>", "")), malformed)
    yield Case("]]> in text", after(_insert(b"]]>")), malformed)
