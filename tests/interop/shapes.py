"""The shapes in which other programs are asked to sign: what is in use, each at least once."""

from dataclasses import dataclass
from typing import Final

from tests.pki import Identity, issue
from tests.xml.builders import C14N_10, C14N_11, ENC, EXCLUSIVE, MORE, ROOT, RSA_SHA256, SENDER, SHA256, a_body, swap

P256: Final = issue(ROOT, "Khác: P-256", "p-256")
P384: Final = issue(ROOT, "Khác: P-384", "p-384")
PSS: Final = "http://www.w3.org/2007/05/xmldsig-more#sha256-rsa-MGF1"


_BODY: Final = a_body()
_MAZE: Final = (
    '<edXML:X xmlns:a="urn:a" xmlns:m="urn:n" m:z="1" a:b="&#9;&#10;&lt;&quot;\'\t&#xD;" c="2">&gt;&amp;&#xD;'
    '<y xmlns="" xmlns:b="urn:a"><z xmlns="urn:z" xmlns:a="urn:b" a:q="2" b:q="3"><m:w/></z></y> <y xmlns=""/></edXML:X>'
)
BODIES: Final = {
    "a plain document": _BODY,
    "a maze of namespaces": swap(
        swap(_BODY, "</edXML:MessageHeader>", f"{_MAZE}</edXML:MessageHeader>"),
        "<edXML ",
        '<edXML xmlns:m="urn:m" xmlns:xs="http://www.w3.org/2001/XMLSchema" ',
    ),
    "xml:lang and xml:space above the signature": swap(
        swap(_BODY, "<edXML ", '<edXML xml:lang="vi" '),
        "<edXML:edXMLHeader>",
        '<edXML:edXMLHeader xml:space="default">',
    ),
    "xml:base above the signature": swap(
        _BODY, "<edXML:edXMLHeader>", '<edXML:edXMLHeader xml:base="http://mau.vn/a/">'
    ),
}
"""What is signed in all these shapes: SignedInfo and document are canonicalised in surroundings that matter."""


@dataclass(frozen=True, slots=True)
class Shape:
    """How to sign: who, with which algorithms, under which prefix ("" for none), into which element."""

    name: str
    who: Identity = SENDER
    method: str = RSA_SHA256
    digest: str = SHA256
    info: str = C14N_10  # canonicalisation of SignedInfo
    document: str = ""  # canonicalisation named as a transform; "" for none, which means C14N 1.0
    prefix: str = ""
    place: str = "edXMLHeader"
    prefixes: str | None = None  # list of prefixes that exclusive canonicalisations treat inclusively


SHAPES: Final = (
    Shape("prefix-less, C14N 1.0"),
    Shape("prefixed, C14N 1.0", prefix="ds"),
    Shape("prefix-less, C14N 1.0 as a transform", document=C14N_10),
    Shape("prefix-less, C14N 1.1", info=C14N_11, document=C14N_11),
    Shape("prefix-less, exclusive", info=EXCLUSIVE, document=EXCLUSIVE),
    Shape("prefixed, exclusive", info=EXCLUSIVE, document=EXCLUSIVE, prefix="dsig"),
    Shape("mixed canonicalisations", info=EXCLUSIVE, document=C14N_10, prefix="ds"),
    Shape("RSA-SHA512", method=f"{MORE}rsa-sha512", digest=f"{ENC}sha512"),
    Shape("RSA-SHA384", method=f"{MORE}rsa-sha384", digest=f"{MORE}sha384", info=EXCLUSIVE),
    Shape("ECDSA P-256", P256, f"{MORE}ecdsa-sha256"),
    Shape(
        "ECDSA P-256, prefixed, exclusive", P256, f"{MORE}ecdsa-sha256", info=EXCLUSIVE, document=EXCLUSIVE, prefix="ds"
    ),
    Shape("ECDSA P-384", P384, f"{MORE}ecdsa-sha384", f"{MORE}sha384"),
    Shape("at the root", place="edXML"),
    Shape("a list of prefixes", P256, f"{MORE}ecdsa-sha256", info=EXCLUSIVE, document=EXCLUSIVE, prefixes="edXML m"),
    Shape(
        "the default as prefix", P256, f"{MORE}ecdsa-sha256", info=EXCLUSIVE, document=EXCLUSIVE, prefixes="#default"
    ),
    Shape(
        "prefixed, the default among the prefixes",
        P256,
        f"{MORE}ecdsa-sha256",
        info=EXCLUSIVE,
        document=EXCLUSIVE,
        prefix="ds",
        prefixes="#default xs",
    ),
    Shape("prefixed, C14N 1.1", info=C14N_11, document=C14N_11, prefix="ds"),
    Shape(
        "prefixed, a list of prefixes",
        P256,
        f"{MORE}ecdsa-sha256",
        info=EXCLUSIVE,
        document=EXCLUSIVE,
        prefix="ds",
        prefixes="m xs edXML",
    ),
)
PSS_SHAPE: Final = Shape("RSA-PSS", method=PSS)
"""The JDK has it; the xmlsec1 of Debian 12 has not."""
