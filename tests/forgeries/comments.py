"""Comments, processing instructions, document types and CDATA: what some parsers see and others do not."""

from functools import partial
from typing import Final

from tests.forgeries.case import BODY, SUBJECT, VALID, Case, Family, Refused, after, broken, signed
from tests.xml.builders import swap

COMMENT: Final = "<!-- x -->"
INSTRUCTION: Final = "<?x y?>"
INSIDE: Final = (
    "<SignedInfo>",
    "<Transforms>",
    "<DigestValue>",
    "</DigestValue>",
    "</SignedInfo>",
    "<SignatureValue>",
    "</SignatureValue>",
    "<KeyInfo>",
    "<X509Data>",
    "<X509Certificate>",
)
OUTSIDE: Final = ("<edXML:OrganId>", "<edXML:Subject>", "<edXML:To>", "</edXML:edXMLHeader>", "<AttachmentEncoded>")
HEAD: Final = '<?xml version="1.0" encoding="UTF-8"?>'
DOCTYPES: Final = {
    "an empty DTD": "<!DOCTYPE edXML>",
    "an external DTD": '<!DOCTYPE edXML SYSTEM "http://example.vn/x.dtd">',
    "a public DTD": '<!DOCTYPE edXML PUBLIC "-//x//x" "http://example.vn/x.dtd">',
    "an internal entity": '<!DOCTYPE edXML [<!ENTITY e "x">]>',
    "an external entity": '<!DOCTYPE edXML [<!ENTITY e SYSTEM "file:///etc/passwd">]>',
    "a parameter entity": '<!DOCTYPE edXML [<!ENTITY % e SYSTEM "http://example.vn/x"> %e;]>',
    "a default attribute": '<!DOCTYPE edXML [<!ATTLIST edXML Id CDATA "doc">]>',
    "an ID attribute": "<!DOCTYPE edXML [<!ATTLIST edXML x ID #IMPLIED>]>",
    "a billion laughs": "<!DOCTYPE edXML [<!ENTITY a0 'ha'>"
    + "".join(f"<!ENTITY a{n} '{f'&a{n - 1};' * 10}'>" for n in range(1, 10))
    + "]>",
    "a doctype of another root": "<!DOCTYPE html>",
}


def family() -> Family:
    """Every such thing in every place that matters, put in after signing, and where it matters before."""
    for place in INSIDE:
        yield Case(
            f"a comment at {place}", after(lambda b, p=place: swap(b, p, p + COMMENT)), Refused("signature-structure")
        )
        yield Case(
            f"an instruction at {place}",
            after(lambda b, p=place: swap(b, p, p + INSTRUCTION)),
            Refused("processing-instruction"),
        )
    for place in OUTSIDE:
        yield Case(
            f"an instruction at {place}, signed",
            partial(lambda p: signed(swap(BODY, p, p + INSTRUCTION)), place),
            Refused("processing-instruction"),
        )
        yield Case(
            f"an instruction at {place}, added",
            after(lambda b, p=place: swap(b, p, p + INSTRUCTION)),
            Refused("processing-instruction"),
        )
        yield Case(
            f"a comment at {place}, added: nothing signed changes",
            after(lambda b, p=place: swap(b, p, p + COMMENT)),
            VALID,
        )
    yield Case(
        "an instruction before the root",
        after(lambda b: swap(b, "<edXML ", f"{INSTRUCTION}<edXML ")),
        Refused("processing-instruction"),
    )
    yield Case(
        "a stylesheet instruction",
        after(lambda b: swap(b, "<edXML ", '<?xml-stylesheet href="x.xsl"?><edXML ')),
        Refused("processing-instruction"),
    )
    yield Case(
        "an instruction after the root", after(lambda b: b + INSTRUCTION.encode()), Refused("processing-instruction")
    )
    for name, doctype in DOCTYPES.items():
        yield Case(name, after(lambda b, d=doctype: swap(b, HEAD, HEAD + d)), Refused("dtd-forbidden"))
    yield Case(
        "an entity nobody declared", after(lambda b: swap(b, SUBJECT, f"{SUBJECT}&e;")), Refused("not-well-formed")
    )
    yield Case(
        "a value hidden in a comment",
        after(lambda b: swap(b, "<edXML:OrganId>G22<", "<edXML:OrganId><!--G22-->G01<")),
        broken("digest-mismatch"),
    )
    yield Case("a comment uncommented", partial(_uncommented), broken("digest-mismatch"))
    yield Case(
        "markup made text by CDATA",
        after(lambda b: swap(swap(b, SUBJECT, SUBJECT + "<![CDATA["), "</edXML:Subject>", "]]></edXML:Subject>")),
        VALID,
    )
    yield Case(
        "an element swallowed by CDATA",
        after(
            lambda b: swap(swap(b, "<edXML:Place>", "<![CDATA[<edXML:Place>"), "</edXML:Place>", "</edXML:Place>]]>")
        ),
        broken("digest-mismatch"),
    )
    yield Case(
        "CDATA in DigestValue: nothing signed changes",
        after(lambda b: swap(b, "<DigestValue>", "<DigestValue><![CDATA[]]>")),
        VALID,
    )


def _uncommented() -> bytes:
    hidden = "<edXML:To><edXML:OrganId>G01</edXML:OrganId></edXML:To>"
    return swap(signed(swap(BODY, "<edXML:To>", f"<!--{hidden}--><edXML:To>")), f"<!--{hidden}-->", hidden)
