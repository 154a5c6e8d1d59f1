"""Several signatures, signatures in the wrong place, and signatures that were taken away or only look like one."""

from functools import partial

from hub.domain.trust import Judgement
from tests.forgeries.case import (
    BODY,
    VALUE,
    Case,
    Family,
    Judged,
    Refused,
    after,
    broken,
    mangled,
    signed,
    unverifiable,
)
from tests.pki import issue, make_ca
from tests.xml.builders import DS, swap

STRANGER = issue(make_ca("Root of strangers", "p-256"), "Kẻ lạ", "p-256")
PLACES = {
    "Subject": "</edXML:Subject>",
    "From": "</edXML:From>",
    "MessageHeader": "</edXML:MessageHeader>",
    "TraceHeaderList": "</edXML:TraceHeaderList>",
    "edXMLEnvelope": "</edXML:edXMLEnvelope>",
    "edXMLBody": "</edXML:edXMLBody>",
    "edXMLManifest": "</edXML:edXMLManifest>",
    "Attachment": "</Attachment>",
    "ContentTransferEncoded": "</edXML:ContentTransferEncoded>",
    "AttachmentEncoded": "</AttachmentEncoded>",
}
DECOYS = {
    "an empty ds:Signature": f'<Signature xmlns="{DS}"/>',
    "an edXML Signature": "<Signature/>",
    "a Signature in no namespace": '<Signature xmlns=""/>',
    "a Signature in another namespace": '<Signature xmlns="urn:x"/>',
}


def _place(end: str) -> bytes:
    body = BODY if end in BODY.decode() else BODY.replace(b"</ContentTransferEncoded>", end.encode())
    return signed(body, before=end)


def _twice_by(*, first: bool) -> bytes:
    """A stranger's signature beside the genuine one, before or after it."""
    genuine = signed()
    other = signed(BODY, STRANGER)
    start, end = other.index(b"<Signature "), other.index(b"</Signature>") + len(b"</Signature>")
    place = "<Signature " if first else "</Signature>"
    text = other[start:end].decode()
    return swap(genuine, place, text + place if first else place + text)


def _stripped(body: bytes) -> bytes:
    return body[: body.index(b"<Signature ")] + body[body.index(b"</Signature>") + len(b"</Signature>") :]


def _commented(body: bytes) -> bytes:
    return body.replace(b"<Signature ", b"<!--<Signature ").replace(b"</Signature>", b"</Signature>-->")


def _as_text(body: bytes) -> bytes:
    return body.replace(b"<Signature ", b"<![CDATA[<Signature ").replace(b"</Signature>", b"</Signature>]]>")


def family() -> Family:
    """Every wrong count and place."""
    absent = Judged(Judgement.ABSENT, "signature-missing")
    structure = broken("signature-structure")
    for name, end in PLACES.items():
        yield Case(f"the signature in {name}", partial(_place, end), Refused("signature-location"))
    for name, decoy in DECOYS.items():
        for place in ("<Signature ", "</edXML:edXMLHeader>", "</edXML>", "</edXML:Subject>"):
            yield Case(
                f"{name} before {place}",
                after(lambda body, decoy=decoy, place=place: swap(body, place, decoy + place)),
                Refused("signature-count"),
            )
    yield Case("a stranger's signature first", partial(_twice_by, first=True), Refused("signature-count"))
    yield Case("a stranger's signature second", partial(_twice_by, first=False), Refused("signature-count"))
    yield Case(
        "a signature in the signature",
        mangled("</KeyInfo>", f"</KeyInfo><Object>{DECOYS['an empty ds:Signature']}</Object>"),
        Refused("signature-count"),
    )
    yield Case("a signature in KeyInfo", mangled("<KeyInfo>", "<KeyInfo><Signature/>"), Refused("signature-count"))
    yield Case("the document is a Signature", f'<Signature xmlns="{DS}"/>'.encode, Refused("schema"))
    yield Case(
        "the document is a Signature with the edXML in it",
        lambda: (
            b'<Signature xmlns="%b"><Object>%b</Object></Signature>' % (DS.encode(), BODY[BODY.index(b"<edXML ") :])
        ),
        Refused("schema"),
    )
    yield Case("stripped", after(_stripped), absent)
    yield Case("commented out", after(_commented), absent)
    yield Case("made text by CDATA", after(_as_text), absent)
    yield Case(
        "renamed",
        after(lambda b: b.replace(b"<Signature ", b"<signature ").replace(b"</Signature>", b"</signature>")),
        Refused("unknown-element"),
    )
    yield Case(
        "moved to the edXML namespace",
        after(lambda b: b.replace(f' xmlns="{DS}"'.encode(), b"")),
        unverifiable("signature-namespace"),
    )
    for namespace in ("urn:x", DS.rstrip("#"), DS.replace("http:", "https:"), "http://www.w3.org/2009/xmldsig11#"):
        yield Case(
            f"moved to {namespace}",
            after(lambda b, n=namespace: b.replace(f' xmlns="{DS}"'.encode(), f' xmlns="{n}"'.encode())),
            broken("signature-namespace"),
        )
    yield Case(
        "moved to no namespace",
        after(lambda b: b.replace(f' xmlns="{DS}"'.encode(), b' xmlns=""')),
        broken("signature-namespace"),
    )
    yield Case(
        "emptied",
        after(
            lambda b: _stripped(b).replace(
                b"</edXML:edXMLHeader>", f'<Signature xmlns="{DS}"/></edXML:edXMLHeader>'.encode()
            )
        ),
        structure,
    )
    yield Case("an Object", mangled("</Signature>", "<Object>x</Object></Signature>"), structure)
    yield Case("an empty Object", mangled("</Signature>", "<Object/></Signature>"), structure)
    yield Case("two SignedInfo, the forged first", mangled("<SignedInfo>", "<SignedInfo/><SignedInfo>"), structure)
    yield Case("two SignedInfo, the forged second", mangled(VALUE, "<SignedInfo/>" + VALUE), structure)
    yield Case("two SignatureValues", mangled(VALUE, VALUE + "<SignatureValue>AA==</SignatureValue>"), structure)
    yield Case("two KeyInfo", mangled("<KeyInfo>", "<KeyInfo/><KeyInfo>"), structure)
    yield Case("no SignatureValue", mangled(VALUE, ""), structure)
    yield Case("an empty SignatureValue", mangled(VALUE, "<SignatureValue/>"), broken("signature-invalid"))
    yield Case("a foreign element", mangled("</Signature>", '<x xmlns="urn:x"/></Signature>'), structure)
    yield Case("a foreign attribute", mangled("<Signature ", '<Signature x="1" '), structure)
    yield Case("text between the parts", mangled(VALUE, "x" + VALUE), structure)
    yield Case(
        "parts out of order",
        partial(signed, mangle=lambda s: s.replace(VALUE, "").replace("<SignedInfo>", VALUE + "<SignedInfo>")),
        structure,
    )
    yield Case("the content changed", after(lambda b: swap(b, "Tỉnh Mẫu", "Tỉnh Khác")), broken("digest-mismatch"))
    yield Case(
        "the sender changed",
        after(lambda b: swap(b, "<edXML:OrganId>H53.13<", "<edXML:OrganId>G01<")),
        broken("digest-mismatch"),
    )
    yield Case(
        "a recipient added",
        after(lambda b: swap(b, "<edXML:To>", "<edXML:To><edXML:OrganId>G01</edXML:OrganId></edXML:To><edXML:To>")),
        broken("digest-mismatch"),
    )
    yield Case(
        "re-indented", after(lambda b: b.replace(b"</edXML:From>\n", b"</edXML:From>\n  ")), broken("digest-mismatch")
    )
    yield Case(
        "white space beside the signature",
        after(lambda b: swap(b, "<Signature ", " <Signature ")),
        broken("digest-mismatch"),
    )
    yield Case(
        "text moved across the signature",
        after(lambda b: swap(swap(b, "\n<Signature ", "<Signature "), "</Signature>", "</Signature> ")),
        broken("digest-mismatch"),
    )
