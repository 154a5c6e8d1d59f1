"""Ids given twice, under any spelling, and games with namespaces and prefixes."""

# ruff: noqa: E501  a case is a line, so that the table can be read

from functools import partial
from itertools import combinations_with_replacement
from typing import Final

from hub.xml.names import EDXML
from tests.forgeries.case import BODY, SUBJECT, VALID, Case, Family, Outcome, Refused, after, broken, mangled, signed
from tests.xml.builders import DS, swap

SPELLINGS: Final = ("Id", "ID", "id", "iD", "xml:id")
FORBIDDEN: Final = {
    "XInclude": "http://www.w3.org/2001/XInclude",
    "the older XInclude": "http://www.w3.org/2003/XInclude",
    "XSLT": "http://www.w3.org/1999/XSL/Transform",
}
RELATIVE: Final = ("x", "../x", "//example.vn/x", "#x", "?x", "1urn:x")
_INSTANCE: Final = "http://www.w3.org/2001/XMLSchema-instance"


def _twice(first: str, second: str) -> bytes:
    body = signed(swap(BODY, "<edXML:From>", f'<edXML:From {first}="same">'))
    return swap(body, "<edXML:Subject>", f'<edXML:Subject {second}="same">')


def _spaced() -> bytes:
    body = swap(BODY, "<edXML:From>", '<edXML:From Id="same">')
    return signed(swap(body, "<edXML:Subject>", '<edXML:Subject Id=" same&#10;">'))


def _declare(place: str, name: str, uri: str) -> bytes:
    return swap(signed(), place, f'{place} xmlns:{name}="{uri}"')


def _games() -> dict[str, tuple[str, str, Outcome]]:
    digest, malformed = broken("digest-mismatch"), Refused("not-well-formed")
    return {
        "the edXML prefix bound to another namespace": (f'xmlns:edXML="{EDXML}"', 'xmlns:edXML="urn:x"', Refused("signature-location")),
        "the default namespace changed": (f'<edXML xmlns="{EDXML}"', '<edXML xmlns="urn:x"', Refused("schema")),
        "the namespace of the 2014 drafts": (f'<edXML xmlns="{EDXML}"', '<edXML xmlns="http://www.e-doc.vn/Schema/"', Refused("old-namespace")),
        "the namespace with a slash": (f'<edXML xmlns="{EDXML}"', f'<edXML xmlns="{EDXML}/"', Refused("schema")),
        "the namespace in small letters": (f'<edXML xmlns="{EDXML}"', f'<edXML xmlns="{EDXML.lower()}"', Refused("schema")),
        "no namespace": (f'<edXML xmlns="{EDXML}"', "<edXML", Refused("schema")),
        "a prefix nobody declared": (SUBJECT, "<x:y/>" + SUBJECT, malformed),
        "a prefix undeclared": (SUBJECT, '<edXML:Subject xmlns:edXML="">', malformed),
        "the prefix xml bound elsewhere": (SUBJECT, '<edXML:Subject xmlns:xml="urn:x">', malformed),
        "the prefix xmlns bound": (SUBJECT, '<edXML:Subject xmlns:xmlns="urn:x">', malformed),
        "the xml namespace under another prefix": (SUBJECT, '<edXML:Subject xmlns:x="http://www.w3.org/XML/1998/namespace">', malformed),
        "two colons in a name": (SUBJECT, "<edXML:a:b/>" + SUBJECT, malformed),
        "one attribute under two prefixes": (SUBJECT, '<edXML:Subject xmlns:a="urn:x" xmlns:b="urn:x" a:y="1" b:y="2">', malformed),
        "a Subject in another namespace": (SUBJECT, '<Subject xmlns="urn:x">Giả mạo</Subject>' + SUBJECT, digest),
        "a Subject in the dsig namespace": (SUBJECT, f'<Subject xmlns="{DS}">Giả mạo</Subject>' + SUBJECT, digest),
        "an attribute in a namespace": (SUBJECT, '<edXML:Subject xmlns:a="urn:x" a:b="c">', digest),
    }  # fmt: skip


def family() -> Family:
    """Every such game."""
    for first, second in combinations_with_replacement(SPELLINGS, 2):
        yield Case(f"{first} and {second} the same", partial(_twice, first, second), Refused("duplicate-id"))
    yield Case("the same Id but for white space", _spaced, Refused("duplicate-id"))
    yield Case(
        "an Id of the signature that the document has",
        mangled("<Signature ", '<Signature Id="same" ', body=swap(BODY, "<edXML:From>", '<edXML:From Id="same">')),
        Refused("duplicate-id"),
    )
    yield Case(
        "an Id added after signing",
        after(lambda b: swap(b, "<edXML:From>", '<edXML:From Id="x">')),
        broken("digest-mismatch"),
    )
    for name, uri in FORBIDDEN.items():
        for place in ("<edXML", "<edXML:Subject"):
            yield Case(
                f"{name} declared at {place}>", partial(_declare, place, "f", uri), Refused("forbidden-namespace")
            )
    yield Case(
        "XInclude used",
        partial(
            signed,
            swap(BODY, SUBJECT, f'<xi:include xmlns:xi="{FORBIDDEN["XInclude"]}" href="file:///etc/passwd"/>{SUBJECT}'),
        ),
        Refused("forbidden-namespace"),
    )
    yield Case(
        "a schema hint",
        partial(
            signed,
            swap(
                BODY, SUBJECT, f'<edXML:Subject xmlns:i="{_INSTANCE}" i:schemaLocation="urn:x http://example.vn/x.xsd">'
            ),
        ),
        Refused("forbidden-namespace"),
    )
    yield Case(
        "a type of the schema's",
        partial(signed, swap(BODY, SUBJECT, f'<edXML:Subject xmlns:i="{_INSTANCE}" i:type="x">')),
        Refused("forbidden-namespace"),
    )
    yield Case(
        "a value said to be nil",
        partial(signed, swap(BODY, SUBJECT, f'<edXML:Subject xmlns:i="{_INSTANCE}" i:nil="true">')),
        Refused("forbidden-namespace"),
    )
    for uri in RELATIVE:
        yield Case(f"a relative namespace {uri!r}", partial(_declare, "<edXML:Subject", "r", uri), Refused("namespace"))
    for name, (old, new, outcome) in _games().items():
        yield Case(f"{name}, after signing", after(lambda b, o=old, n=new: swap(b, o, n)), outcome)
    yield Case(
        "a prefix SignedInfo does not use: exclusive canonicalisation leaves it out",
        after(lambda b: swap(b, "<SignedInfo>", f'<SignedInfo xmlns="{DS}" xmlns:x="urn:x">')),
        VALID,
    )
    yield Case(
        "SignedInfo in the edXML namespace",
        after(lambda b: swap(b, "<SignedInfo>", f'<SignedInfo xmlns="{EDXML}">')),
        broken("signature-structure"),
    )
    yield Case(
        "SignatureValue in another namespace",
        mangled("<SignatureValue>", '<SignatureValue xmlns="urn:x">'),
        broken("signature-structure"),
    )
    yield Case(
        "KeyInfo in another namespace", mangled("<KeyInfo>", '<KeyInfo xmlns="urn:x">'), broken("signature-structure")
    )
