"""Canonicalisation: where two readings of the same octets, or two documents with the same canonical form, could hide."""

from functools import partial
from typing import Final

from tests.forgeries.case import (
    BODY,
    BY_C14N,
    SUBJECT,
    Case,
    Family,
    Refused,
    after,
    broken,
    mangled,
    signed,
    unverifiable,
)
from tests.forgeries.seal import c14n, seal, template
from tests.forgeries.transforms import BOGUS
from tests.xml.builders import C14N_10, C14N_11, ENVELOPED, EXCLUSIVE, sign_as, swap

XML: Final = 'xml:{}="{}"'
_INCLUSIVE: Final = f'<InclusiveNamespaces xmlns="{EXCLUSIVE}" PrefixList="{{}}"/>'
_STEP: Final = f'<Transform Algorithm="{EXCLUSIVE}"/>'
METHODS: Final = (
    "urn:c14n",
    "",
    f"{C14N_10} ",
    "http://www.w3.org/2010/xml-c14n2",
    "http://www.w3.org/TR/2000/CR-xml-c14n-20001026",
    "http://santuario.apache.org/c14n/physical",
    "http://www.w3.org/2000/09/xmldsig#minimal",
    ENVELOPED,
    EXCLUSIVE.upper(),
)
UNDECLARED: Final = ' xmlns=""'


def _prefixes(where: str, prefixes: str) -> bytes:
    """Signed without a list of prefixes; the list is put in afterwards."""
    inner = _INCLUSIVE.format(prefixes)
    if where == "Transform":
        return swap(signed(), _STEP, _STEP.replace("/>", f">{inner}</Transform>"))
    return swap(signed(), BY_C14N, BY_C14N.replace("/>", f">{inner}</CanonicalizationMethod>"))


def _list_ignored(prefixes: str) -> bytes:
    """SignedInfo names a list of prefixes, and the digest was taken without it."""
    return mangled(_STEP, _STEP.replace("/>", f">{_INCLUSIVE.format(prefixes)}</Transform>"), body=DECLARED)()


def _list_too_long() -> bytes:
    names = " ".join(f"p{n}" for n in range(33))
    return mangled(_STEP, _STEP.replace("/>", f">{_INCLUSIVE.format(names)}</Transform>"))()


DECLARED: Final = swap(BODY, "<edXML ", '<edXML xmlns:unused="urn:unused" ')


def _by_another_canonicalisation() -> bytes:
    """The digest of the inclusive form, said to be of the exclusive one; they differ by an unused prefix."""
    return seal(template(DECLARED), digested=lambda root: c14n(root, exclusive=False))


def _info_by_another() -> bytes:
    """SignedInfo signed as if exclusive, said to be inclusive, under a root that declares more."""
    return seal(template(DECLARED).replace(BY_C14N.encode(), BY_C14N.replace(EXCLUSIVE, C14N_10).encode()))


def family() -> Family:
    """Every wrong canonicalisation, and what canonicalisation must not hide."""
    wrong = broken("c14n")
    digest = broken("digest-mismatch")
    for name in METHODS:
        yield Case(f"SignedInfo by {name!r}", partial(sign_as, BODY, c14n=name), wrong)
    for name in (f"{C14N_10}#WithComments", f"{C14N_11}#WithComments", f"{EXCLUSIVE}WithComments"):
        yield Case(f"SignedInfo by {name}", partial(signed, c14n=name), wrong)
    yield Case("the SDK's own", partial(signed, c14n=BOGUS), unverifiable("c14n"))
    yield Case("none", mangled(BY_C14N, ""), broken("signature-structure"))
    yield Case("two", mangled(BY_C14N, BY_C14N * 2), broken("signature-structure"))
    yield Case("without Algorithm", mangled(BY_C14N, "<CanonicalizationMethod/>"), wrong)
    for where in ("Transform", "CanonicalizationMethod"):
        for prefixes in ("edXML", "#default", "", "xml", "nowhere", "edXML edXML", "#default edXML"):
            yield Case(
                f"PrefixList {prefixes!r} put into {where} after signing",
                partial(_prefixes, where, prefixes),
                broken("signature-invalid"),
            )
    yield Case("a PrefixList that was not used for the digest", partial(_list_ignored, "unused"), digest)
    yield Case("a PrefixList of 33", _list_too_long, broken("transform"))
    for algorithm in (C14N_10, C14N_11):
        inner = BY_C14N.replace(EXCLUSIVE, algorithm).replace(
            "/>", f">{_INCLUSIVE.format('x')}</CanonicalizationMethod>"
        )
        yield Case(f"a PrefixList for {algorithm}", mangled(BY_C14N, inner), wrong)
    two = BY_C14N.replace("/>", f">{_INCLUSIVE.format('x') * 2}</CanonicalizationMethod>")
    yield Case("two PrefixLists", mangled(BY_C14N, two), wrong)
    yield Case("the digest of another canonical form", _by_another_canonicalisation, digest)
    yield Case("SignedInfo in another canonical form", _info_by_another, broken("signature-invalid"))
    for place in ("<edXML:Subject>", "<edXML:Content>", "<edXML:OrganName>"):
        yield Case(
            f"{UNDECLARED!r} as text added to {place}", after(lambda b, p=place: swap(b, p, p + UNDECLARED)), digest
        )
        yield Case(f"{UNDECLARED!r} as text taken from {place}", partial(_undeclaring_text_removed, place), digest)
    yield Case(
        "the default namespace undeclared",
        after(lambda b: swap(b, "<AttachmentEncoded>", '<AttachmentEncoded xmlns="">')),
        Refused("unknown-element"),
    )
    for name, value in (("lang", "vi"), ("space", "preserve"), ("base", "http://example.vn/"), ("id", "x")):
        attribute = XML.format(name, value)
        for place in ("<edXML ", "<edXML:Subject"):
            yield Case(
                f"{attribute} added to {place} after signing",
                after(
                    lambda b, p=place, a=attribute: swap(
                        b, p, f"{p.strip()} {a} ".rstrip(" ") + (" " if p.endswith(" ") else "")
                    )
                ),
                digest,
            )
    yield Case(
        "xml:lang added to SignedInfo after signing",
        after(lambda b: swap(b, "<SignedInfo>", '<SignedInfo xml:lang="vi">')),
        broken("signature-structure"),
    )
    yield Case(
        "an unused prefix declared after signing, inclusive",
        after(lambda b: swap(b, "<edXML ", '<edXML xmlns:u="urn:u" '), c14n=C14N_10, transforms=(ENVELOPED, C14N_10)),
        broken("signature-invalid"),
    )
    yield Case(
        "an unused prefix declared after signing, digest inclusive",
        after(lambda b: swap(b, "<edXML ", '<edXML xmlns:u="urn:u" '), transforms=(ENVELOPED, C14N_10)),
        digest,
    )
    yield Case(
        "a prefix renamed after signing",
        after(
            lambda b: b.replace(b"edXML:Place>", b"e:Place>").replace(
                b"<edXML ", b'<edXML xmlns:e="http://www.mic.gov.vn/TBT/QCVN_102_2016" '
            )
        ),
        digest,
    )
    yield Case("a carriage return added as a reference", after(lambda b: swap(b, SUBJECT, f"{SUBJECT}&#13;")), digest)
    yield Case("a line feed added", after(lambda b: swap(b, SUBJECT, f"{SUBJECT}\n")), digest)
    yield Case("composed letters made of decomposed ones", partial(_composed), digest)
    yield Case("an attribute's tab made a space", partial(_tab), digest)


def _undeclaring_text_removed(place: str) -> bytes:
    return swap(signed(swap(BODY, place, place + UNDECLARED)), place + UNDECLARED, place)


def _composed() -> bytes:
    return swap(signed(swap(BODY, "Công văn", "Co\u0302ng văn")), "Co\u0302ng", "Công")


def _tab() -> bytes:
    body = swap(BODY, 'version="1.0">', 'version="1.0" x="a&#9;b">')
    return swap(signed(body), "a&#9;b", "a\tb")
