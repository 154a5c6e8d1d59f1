"""References to less than everything, to something else, to nothing, or of a wrong form."""

from collections.abc import Callable
from functools import partial

from lxml import etree

from hub.xml.names import EDXML
from tests.forgeries.case import BODY, DIGEST, Case, Family, broken, mangled, put, signed
from tests.xml.builders import DS, ENC, SHA256, swap

PARTS = (
    "edXMLHeader",
    "edXMLBody",
    "MessageHeader",
    "TraceHeaderList",
    "edXMLManifest",
    "From",
    "To",
    "Subject",
)
URIS = (
    "#doc",
    "#",
    "##doc",
    "#xpointer(/)",
    "#xpointer(id('doc'))",
    "#/",
    "#element(/1)",
    "http://example.vn/x.xml",
    "https://example.vn/",
    "file:///etc/passwd",
    "ftp://example.vn/x",
    "cid:1",
    "data:text/plain,x",
    "urn:x",
    "x.xml",
    "?",
    ".",
    " ",
    "&#10;",
    "&#x200B;",
)
EMPTY = f'<Reference URI=""><DigestMethod Algorithm="{SHA256}"/><DigestValue>AA==</DigestValue></Reference>'


def _part(name: str) -> bytes:
    body = swap(BODY, f"<edXML:{name}", f'<edXML:{name} Id="part"')
    find: Callable[[etree._Element], etree._Element] = lambda root: next(root.iter(f"{{{EDXML}}}{name}"))  # noqa: E731
    return signed(body, uri="#part", target=find)


def _part_called_whole(name: str) -> bytes:
    """The digest is of a part, the reference says the whole."""
    find: Callable[[etree._Element], etree._Element] = lambda root: next(root.iter(f"{{{EDXML}}}{name}"))  # noqa: E731
    return signed(target=find)


def _references(signature: str) -> str:
    return signature[: signature.index("<Reference")] + signature[signature.index("</SignedInfo>") :]


def _whole_and(count: int) -> bytes:
    return signed(mangle=put("</SignedInfo>", EMPTY * count + "</SignedInfo>"))


def family() -> Family:
    """Every wrong Reference."""
    uri = broken("reference-uri")
    count = broken("reference-count")
    structure = broken("signature-structure")
    for name in PARTS:
        yield Case(f"only {name} is signed", partial(_part, name), uri)
    for name in PARTS[:3]:
        yield Case(
            f"only {name} is digested, and called the whole",
            partial(_part_called_whole, name),
            broken("digest-mismatch"),
        )
    for text in URIS:
        yield Case(f"URI {text!r}", partial(signed, uri=text), uri)
    yield Case("no URI", partial(signed, uri=None), uri)
    yield Case("URI in a namespace", mangled(' URI=""', f' xmlns:d="{DS}" d:URI=""'), uri)
    yield Case("uri in small letters", mangled(' URI=""', ' uri=""'), uri)
    yield Case("no Reference", partial(signed, mangle=_references), count)
    for more in (1, 2, 29, 2000):
        yield Case(f"{more} more References", partial(_whole_and, more), count)
    yield Case(
        "the right Reference second",
        mangled("<Reference ", EMPTY.replace('URI=""', 'URI="#x"') + "<Reference "),
        count,
    )
    for kind in ("Manifest", "Object", "SignatureProperties"):
        yield Case(f"Type {kind}", mangled('URI=""', f'URI="" Type="{DS}{kind}"'), structure)
    yield Case("an empty Type", mangled('URI=""', 'URI="" Type=""'), structure)
    yield Case(
        "a Manifest in an Object",
        mangled("</Signature>", f"<Object><Manifest>{EMPTY}</Manifest></Object></Signature>"),
        structure,
    )
    yield Case(
        "a Manifest in SignedInfo", mangled("</SignedInfo>", f"<Manifest>{EMPTY}</Manifest></SignedInfo>"), structure
    )
    yield Case("a Reference in a Reference", mangled("</Reference>", f"{EMPTY}</Reference>"), structure)
    yield Case("a Reference outside SignedInfo", mangled("</SignedInfo>", f"</SignedInfo>{EMPTY}"), structure)
    yield Case("two DigestValues", mangled(DIGEST, f"<DigestValue>AA==</DigestValue>{DIGEST}"), structure)
    yield Case(
        "two DigestMethods",
        mangled("<DigestMethod", f'<DigestMethod Algorithm="{ENC}sha512"/><DigestMethod'),
        structure,
    )
    yield Case("no DigestValue", mangled(DIGEST, ""), structure)
    yield Case("an empty DigestValue", mangled(DIGEST, "<DigestValue/>"), structure)
    yield Case("a DigestValue of another length", mangled("DIGEST<", "47DEQpj8HBSa<"), broken("digest-mismatch"))
    yield Case(
        "the digest of nothing",
        mangled("DIGEST<", "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=<"),
        broken("digest-mismatch"),
    )
    yield Case("an element in DigestValue", mangled("DIGEST<", "<x xmlns='urn:x'/>DIGEST<"), structure)
    yield Case("DigestValue in another namespace", mangled("<DigestValue>", '<DigestValue xmlns="urn:x">'), structure)
    yield Case("Reference in another namespace", mangled("<Reference ", '<Reference xmlns="urn:x" '), structure)
