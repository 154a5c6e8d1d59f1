"""Honest signatures in all the ways that honest software writes them: each must be valid."""

import base64
from functools import cache, partial
from itertools import permutations
from typing import Final

from hub.domain.envelope import Envelope
from hub.xml.sign import sign
from hub.xml.write import write_envelope
from tests.forgeries.canonicalisation import XML
from tests.forgeries.case import BODY, BY_C14N, SIGNER, SUBJECT, VALID, Case, Family, signed
from tests.forgeries.seal import c14n, revalue, seal, signed_large, template
from tests.pki import CA, Identity, Usage, issue
from tests.xml.builders import (
    C14N_10,
    C14N_11,
    ENC,
    ENVELOPED,
    EXCLUSIVE,
    MORE,
    ROOT,
    RSA_SHA256,
    SENDER,
    an_envelope,
    chain_of,
    pem_body,
    swap,
)

NEWER: Final = "http://www.w3.org/2007/05/xmldsig-more#"
SHA256: Final = f"{ENC}sha256"
SHA384: Final = f"{MORE}sha384"
SHA512: Final = f"{ENC}sha512"
SUB_CA: Final = issue(ROOT, "CA cấp dưới", "p-256", CA)
UNDER: Final = issue(SUB_CA, "Văn phòng dưới", "p-256")
INCLUSIVE: Final = f'<InclusiveNamespaces xmlns="{EXCLUSIVE}" PrefixList="{{}}"/>'
_STEP: Final = f'<Transform Algorithm="{EXCLUSIVE}"/>'
SIZES: Final = (1, 2, 3, 100, 12_287, 12_288, 12_289, 65_536, 1_000_000, 20_000_000)
"""Bytes of an attachment; contents of 16,384 letters, which 12,288 bytes make, go another way through the hub."""


@cache
def keyed(key_type: str) -> Identity:
    """A signer with such a key."""
    return issue(ROOT, f"Ký {key_type}", key_type)


def _bound(key_type: str) -> tuple[Identity, ...]:
    return (keyed(key_type),)


def _sender() -> tuple[Identity, ...]:
    return (SENDER,)


def _attached(*sizes: int) -> bytes:
    envelope: Envelope = an_envelope()
    return write_envelope(
        envelope, [(f"tep-{n}.bin", "application/octet-stream", b"\xa5" * size) for n, size in enumerate(sizes)]
    )


def _with_prefixes(where: str, prefixes: str) -> bytes:
    """Signed exclusively with a list of prefixes to treat inclusively, under a root with a prefix it does not use."""
    open_one = template(swap(BODY, "<edXML ", '<edXML xmlns:u="urn:u" '))
    names = prefixes.split()
    step, end = (_STEP, "Transform") if where == "Transform" else (BY_C14N, "CanonicalizationMethod")
    open_one = swap(open_one, step, step.replace("/>", f">{INCLUSIVE.format(prefixes)}</{end}>"))
    if where == "Transform":
        return seal(open_one, digested=partial(c14n, prefixes=names))
    return seal(open_one, info=partial(c14n, prefixes=names))


def _wrapped_base64(body: bytes, width: int, end: str) -> bytes:
    """The value and the certificate in lines, after signing: neither is signed."""
    for name in ("SignatureValue", "X509Certificate"):
        start = body.index(f"<{name}>".encode()) + len(name) + 2
        stop = body.index(b"<", start)
        text = body[start:stop].decode()
        lines = end.join(text[at : at + width] for at in range(0, len(text), width))
        body = body[:start] + f"{end}{lines}{end}".encode() + body[stop:]
    return body


def family() -> Family:
    """Every honest variant."""
    yield from _forms()
    yield from _keys()
    yield from _chains()
    yield from _documents()


def _forms() -> Family:
    for prefix in ("", "ds", "dsig", "sig", "edXMLds"):
        for algorithm in (C14N_10, C14N_11, EXCLUSIVE):
            name = f"prefix {prefix!r}, {algorithm.rpartition('/')[2]}"
            yield Case(name, partial(signed, prefix=prefix, c14n=algorithm, transforms=(ENVELOPED, algorithm)), VALID)
    for gap in ("\n", "\n    ", "\r\n\t", " \t \n\n"):
        for prefix in ("", "ds"):
            yield Case(
                f"indented by {gap!r}, prefix {prefix!r}", partial(signed, gap=gap, prefix=prefix, c14n=C14N_10), VALID
            )
    yield Case("enveloped alone", partial(signed, transforms=(ENVELOPED,)), VALID)
    yield Case("at the root", partial(signed, before="</edXML>"), VALID)
    yield Case("first in the header", partial(signed, before="<edXML:MessageHeader>"), VALID)
    yield Case("between the parts of the header", partial(signed, before="<edXML:TraceHeaderList>"), VALID)
    yield Case("first in the root", partial(signed, before="<edXML:edXMLEnvelope "), VALID)
    for where in ("Transform", "CanonicalizationMethod"):
        for prefixes in ("edXML", "u", "edXML u", "#default", "nowhere", ""):
            yield Case(f"PrefixList {prefixes!r} in {where}", partial(_with_prefixes, where, prefixes), VALID)
    for end in ("\n", "\r\n", "&#13;\n", " "):
        yield Case(f"base64 in lines ended by {end!r}", lambda e=end: _wrapped_base64(signed(), 64, e), VALID)
    yield Case("an Id on every element of the signature that may have one", partial(signed, mangle=_ids), VALID)


def _ids(signature: str) -> str:
    for name in ("Signature ", "SignedInfo", "Reference ", "SignatureValue", "KeyInfo"):
        bare = name.strip()
        signature = signature.replace(f"<{name}", f'<{bare} Id="id-{bare}"{" " if name.endswith(" ") else ""}', 1)
    return signature


def _keys() -> Family:
    for key_type in ("rsa-2048", "rsa-3072", "rsa-4096"):
        yield Case(key_type, partial(_by_key, key_type, RSA_SHA256), VALID, partial(_bound, key_type))
    for name, method, digest in (
        ("RSA-SHA384", f"{MORE}rsa-sha384", SHA384),
        ("RSA-SHA512", f"{MORE}rsa-sha512", SHA512),
        ("PSS-SHA256", f"{NEWER}sha256-rsa-MGF1", SHA256),
        ("PSS-SHA384", f"{NEWER}sha384-rsa-MGF1", SHA384),
        ("PSS-SHA512", f"{NEWER}sha512-rsa-MGF1", SHA512),
        ("RSA-SHA256 over a SHA-512 digest", RSA_SHA256, SHA512),
    ):
        yield Case(name, partial(signed, who=SENDER, method=method, digest=digest), VALID, _sender)
    for key_type in ("p-256", "p-384"):
        for size in ("256", "384"):
            yield Case(
                f"{key_type} with SHA-{size}",
                partial(_by_key, key_type, f"{MORE}ecdsa-sha{size}"),
                VALID,
                partial(_bound, key_type),
            )
    yield Case("the other s that fits the same bytes", lambda: revalue(signed(), _other_half), VALID)
    yield Case(
        "nonRepudiation alone",
        lambda: signed(who=_used(("content_commitment",))),
        VALID,
        lambda: (_used(("content_commitment",)),),
    )
    yield Case("no key usage", lambda: signed(who=_used(None)), VALID, lambda: (_used(None),))
    yield Case("the hub's own signer, RSA", lambda: sign(BODY, SENDER.certificate_pem, SENDER.key_pem), VALID, _sender)
    yield Case("the hub's own signer, P-256", lambda: sign(BODY, SIGNER.certificate_pem, SIGNER.key_pem), VALID)
    yield Case("one of two bound certificates", signed, VALID, lambda: (keyed("p-384"), SIGNER))


def _by_key(key_type: str, method: str) -> bytes:
    return signed(who=keyed(key_type), method=method)


_ORDER: Final = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551


def _other_half(value: bytes) -> bytes:
    return value[:32] + (_ORDER - int.from_bytes(value[32:], "big")).to_bytes(32, "big")


@cache
def _used(usage: tuple[str, ...] | None) -> Identity:
    return issue(ROOT, f"Ký {usage}", "p-256", Usage(usage))


def _chains() -> Family:
    for order in permutations((0, 1, 2)):
        named = [("leaf", UNDER), ("intermediate", SUB_CA), ("root", ROOT)]
        name = ", ".join(named[at][0] for at in order)
        carried = chain_of(*(named[at][1] for at in order))
        yield Case(f"the chain {name}", partial(signed, who=UNDER, key_info=carried), VALID, lambda: (UNDER,))
    yield Case("the leaf twice", partial(signed, key_info=chain_of(SIGNER, SIGNER)), VALID)
    yield Case("five certificates", partial(signed, key_info=chain_of(ROOT, SUB_CA, SIGNER, UNDER, SENDER)), VALID)
    described = chain_of(SIGNER).replace("<X509Data>", "<X509Data><X509SubjectName>CN=x</X509SubjectName>")
    yield Case("a subject name beside the certificate", partial(signed, key_info=described), VALID)
    for name in ("X509Certificate", "X509Data"):
        spaced = chain_of(SIGNER).replace(f"<{name}>", f"<{name}>\n  ").replace(f"</{name}>", f"\n</{name}>")
        yield Case(f"white space in {name}", partial(signed, key_info=spaced), VALID)


def _documents() -> Family:
    yield Case("CRLF", lambda: signed(BODY.replace(b"\n", b"\r\n")), VALID)
    yield Case("CR alone", lambda: signed(BODY.replace(b"\n", b"\r")), VALID)
    yield Case(
        "CRLF made of LF after signing: XML says they are the same", lambda: signed().replace(b"\n", b"\r\n"), VALID
    )
    yield Case("a byte order mark", lambda: signed(b"\xef\xbb\xbf" + BODY), VALID)
    yield Case("no declaration", lambda: signed(BODY[BODY.index(b"<edXML ") :]), VALID)
    yield Case("white space after the root", lambda: signed(BODY + b" \n\t\n"), VALID)
    yield Case(
        "attributes in other quotes after signing", lambda: swap(signed(), 'version="1.0">', "version = '1.0' >"), VALID
    )
    yield Case(
        "an empty tag written out after signing",
        lambda: signed().replace(b'#sha256"/>', b'#sha256"></DigestMethod>', 1) if b'#sha256"/>' in signed() else b"",
        VALID,
    )
    yield Case("a character as a reference after signing", lambda: swap(signed(), "Tỉnh Mẫu", "T&#x1EC9;nh Mẫu"), VALID)
    yield Case("a text as CDATA after signing", lambda: swap(signed(), ">Tỉnh Mẫu<", "><![CDATA[Tỉnh Mẫu]]><"), VALID)
    yield Case("a comment in a value, signed", lambda: signed(swap(BODY, SUBJECT, f"{SUBJECT}<!-- x -->")), VALID)
    yield Case(
        "comments around the root",
        lambda: b"<!-- a -->" + signed(BODY[BODY.index(b"<edXML ") :]) + b"<!-- b -->",
        VALID,
    )
    yield Case("carriage returns in text", lambda: signed(swap(BODY, SUBJECT, f"{SUBJECT}a&#13;\nb")), VALID)
    yield Case("the text ' xmlns=\"\"' in Subject", lambda: signed(swap(BODY, SUBJECT, f'{SUBJECT} xmlns=""')), VALID)
    yield Case("decomposed letters", lambda: signed(swap(BODY, "Công văn", "Co\u0302ng văn")), VALID)
    yield Case("a letter beyond the first plane", lambda: signed(swap(BODY, SUBJECT, f"{SUBJECT}\U0001f3db")), VALID)
    yield Case(
        "thirty namespaces in scope",
        lambda: signed(swap(BODY, "<edXML ", "<edXML" + "".join(f' xmlns:n{n}="urn:n{n}"' for n in range(28)) + " ")),
        VALID,
    )
    for name, value in (("lang", "vi"), ("space", "preserve")):
        attribute = XML.format(name, value)
        yield Case(
            f"{attribute} on the root, exclusive",
            lambda a=attribute: signed(swap(BODY, "<edXML ", f"<edXML {a} ")),
            VALID,
        )
    for size in SIZES:
        yield Case(f"an attachment of {size} bytes", lambda s=size: signed_large(_attached(s)), VALID)
    yield Case(
        "a large attachment, C14N 1.0",
        lambda: signed(_attached(100_000), c14n=C14N_10, transforms=(ENVELOPED, C14N_10)),
        VALID,
    )
    yield Case("forty attachments, some large", lambda: signed(_attached(*range(1000, 41_000, 1000))), VALID)
    yield Case("the certificate in lines of base64", lambda: signed(key_info=_in_lines(SIGNER)), VALID)


def _in_lines(who: Identity) -> str:
    lines = base64.encodebytes(base64.b64decode(pem_body(who))).decode()
    return f"<X509Data><X509Certificate>{lines}</X509Certificate></X509Data>"
