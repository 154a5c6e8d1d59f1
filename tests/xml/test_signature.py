"""What is believed of a signature, and what is not."""

# ruff: noqa: E501  a case is a line, so that the tables can be read

import base64
from collections.abc import Callable
from datetime import timedelta

import pytest

from hub.domain.trust import Judgement
from hub.xml.write import sign
from tests.pki import CA, NOW, Identity, Usage, issue, make_ca
from tests.xml.builders import (
    C14N_10,
    C14N_11,
    DS,
    ENC,
    ENVELOPED,
    EXCLUSIVE,
    MORE,
    ROOT,
    SENDER,
    SHA256,
    a_body,
    chain_of,
    codes_in,
    open_as,
    pem_body,
    sign_as,
    swap,
    verdict_on,
)

PSS = "http://www.w3.org/2007/05/xmldsig-more#{}-rsa-MGF1"
BODY = a_body()
P256 = issue(ROOT, "P-256", "p-256")
P384 = issue(ROOT, "P-384", "p-384")
RSA3072 = issue(ROOT, "RSA-3072", "rsa-3072")
OTHER = issue(make_ca("Another Root"), "Cơ quan khác")

HONEST: dict[str, Callable[[], tuple[bytes, Identity]]] = {
    "without a prefix, exclusive": lambda: (sign_as(BODY), SENDER),
    "without a prefix, C14N 1.0": lambda: (sign_as(BODY, c14n=C14N_10, transforms=(ENVELOPED, C14N_10)), SENDER),
    "without a prefix, C14N 1.1": lambda: (sign_as(BODY, c14n=C14N_11, transforms=(ENVELOPED, C14N_11)), SENDER),
    "with the prefix ds": lambda: (sign_as(BODY, prefix="ds"), SENDER),
    "with a prefix and C14N 1.0": lambda: (sign_as(BODY, prefix="sig", c14n=C14N_10), SENDER),
    "enveloped alone": lambda: (sign_as(BODY, c14n=C14N_10, transforms=(ENVELOPED,)), SENDER),
    "indented": lambda: (sign_as(BODY, gap="\n      "), SENDER),
    "indented, C14N 1.0": lambda: (sign_as(BODY, gap="\r\n\t", c14n=C14N_10), SENDER),
    "at the root": lambda: (sign_as(BODY, before="</edXML>"), SENDER),
    "CRLF line ends": lambda: (sign_as(BODY.replace(b"\n", b"\r\n")), SENDER),
    "a byte order mark": lambda: (sign_as(b"\xef\xbb\xbf" + BODY), SENDER),
    "comments outside the signature": lambda: (sign_as(swap(BODY, "<edXML:To>", "<!-- x --><edXML:To>")), SENDER),
    "decomposed letters": lambda: (sign_as(swap(BODY, "Công văn", "Co\u0302ng văn")), SENDER),
    "an empty CDATA": lambda: (sign_as(swap(BODY, "Công văn", "Công<![CDATA[ ]]>văn")), SENDER),
    "SHA-512": lambda: (sign_as(BODY, method=f"{MORE}rsa-sha512", digest=f"{ENC}sha512"), SENDER),
    "SHA-384": lambda: (sign_as(BODY, method=f"{MORE}rsa-sha384", digest=f"{MORE}sha384"), SENDER),
    "PSS SHA-256": lambda: (sign_as(BODY, method=PSS.format("sha256")), SENDER),
    "PSS SHA-512": lambda: (sign_as(BODY, method=PSS.format("sha512")), SENDER),
    "RSA-3072": lambda: (sign_as(BODY, RSA3072), RSA3072),
    "ECDSA P-256": lambda: (sign_as(BODY, P256, method=f"{MORE}ecdsa-sha256"), P256),
    "ECDSA P-384": lambda: (sign_as(BODY, P384, method=f"{MORE}ecdsa-sha384", c14n=C14N_10), P384),
    "a chain, leaf first": lambda: (sign_as(BODY, key_info=chain_of(SENDER, ROOT)), SENDER),
    "a chain, leaf last": lambda: (sign_as(BODY, key_info=chain_of(ROOT, SENDER)), SENDER),
    "a subject name beside the certificate": lambda: (
        sign_as(
            BODY,
            key_info=chain_of(SENDER).replace("<X509Data>", "<X509Data><X509SubjectName>CN=x</X509SubjectName>"),
        ),
        SENDER,
    ),
    "an Id on the signature": lambda: (
        sign_as(BODY, mangle=lambda s: s.replace("<Signature ", '<Signature Id="s" ')),
        SENDER,
    ),
    "inclusive prefixes": lambda: (
        sign_as(
            BODY,
            c14n=C14N_10,
            transforms=(ENVELOPED, EXCLUSIVE),
            mangle=lambda s: s.replace(
                f'<CanonicalizationMethod Algorithm="{C14N_10}"/>',
                f'<CanonicalizationMethod Algorithm="{C14N_10}"></CanonicalizationMethod>',
            ),
        ),
        SENDER,
    ),
    "nonRepudiation alone": lambda: _with(issue(ROOT, "NR", usage=Usage(("content_commitment",)))),
    "no key usage at all": lambda: _with(issue(ROOT, "No usage", usage=Usage(None))),
    "e-mail protection": lambda: _with(
        issue(ROOT, "Mail", usage=Usage(extended=("1.3.6.1.5.5.7.3.1", "1.3.6.1.5.5.7.3.4")))
    ),
    "document signing": lambda: _with(issue(ROOT, "Documents", usage=Usage(extended=("1.3.6.1.5.5.7.3.36",)))),
    "the hub's own signer, RSA": lambda: (sign(BODY, SENDER.certificate_pem, SENDER.key_pem), SENDER),
    "the hub's own signer, ECDSA": lambda: (sign(BODY, P384.certificate_pem, P384.key_pem), P384),
}


def _with(who: Identity) -> tuple[bytes, Identity]:
    return sign_as(BODY, who), who


@pytest.mark.parametrize("variant", HONEST)
def test_an_honest_signature_is_valid_however_it_is_written(variant: str) -> None:
    body, who = HONEST[variant]()

    verdict = verdict_on(body, who)

    assert (verdict.judgement, verdict.reason) == (Judgement.VALID, "")
    assert verdict.fingerprint == who.fingerprint


def _drop(text: str) -> Callable[[str], str]:
    return lambda signature: signature.replace(text, "")


def _put(old: str, new: str) -> Callable[[str], str]:
    def mangle(signature: str) -> str:
        assert old in signature
        return signature.replace(old, new, 1)

    return mangle


VALUE = "<SignatureValue>VALUE</SignatureValue>"
SHA1 = f"{DS}sha1"
STUB = "<X509Data><X509Certificate>MIIFqTCCBJG</X509Certificate></X509Data>"
BOGUS = "http://www.w3.org/TR/xml-exc-c14n#"
WITH_COMMENTS = f"{C14N_10}#WithComments"
KEY_VALUE = "<KeyValue><RSAKeyValue><Modulus>AQAB</Modulus><Exponent>AQAB</Exponent></RSAKeyValue></KeyValue>"
REFERENCE = f'<Reference URI=""><DigestMethod Algorithm="{SHA256}"/><DigestValue>AA==</DigestValue></Reference>'
HMAC = f"{MORE}hmac-sha256"
RSA1024 = issue(ROOT, "RSA-1024", "rsa-1024")
P521 = issue(ROOT, "P-521", "p-521")
TLS_SERVER = issue(ROOT, "TLS", usage=Usage(extended=("1.3.6.1.5.5.7.3.1",)))
OCSP = issue(ROOT, "OCSP", usage=Usage(extended=("1.3.6.1.5.5.7.3.9",)))
ENCIPHERMENT = issue(ROOT, "Encipherment", usage=Usage(("key_encipherment",)))
SUB_CA = issue(ROOT, "Sub CA", usage=CA)
EXPIRED = issue(ROOT, "Expired", valid_to=NOW - timedelta(days=1))
FUTURE = issue(ROOT, "Future", valid_from=NOW + timedelta(days=1))
SELF_SIGNED = issue(None, "Self")

WRONG: list[tuple[str, Callable[[], bytes], Judgement, str]] = [
    ("B180 none", lambda: BODY, Judgement.ABSENT, "signature-missing"),
    ("B180 commented out", lambda: sign_as(BODY).replace(b"<Signature xmlns", b"<!--<Signature xmlns").replace(b"</Signature>", b"</Signature>-->"), Judgement.ABSENT, "signature-missing"),
    ("B181 edXML namespace", lambda: sign_as(BODY).replace(f' xmlns="{DS}"'.encode(), b""), Judgement.UNVERIFIABLE, "signature-namespace"),
    ("a made-up namespace", lambda: sign_as(BODY).replace(f' xmlns="{DS}"'.encode(), b' xmlns="urn:x"'), Judgement.BROKEN, "signature-namespace"),
    ("B185 Object", lambda: sign_as(BODY, mangle=_put("</Signature>", "<Object>x</Object></Signature>")), Judgement.BROKEN, "signature-structure"),
    ("B186 two SignedInfo", lambda: sign_as(BODY, mangle=_put(VALUE, "<SignedInfo/>" + VALUE)), Judgement.BROKEN, "signature-structure"),
    ("B186 two values", lambda: sign_as(BODY, mangle=_put(VALUE, VALUE + "<SignatureValue>AA==</SignatureValue>")), Judgement.BROKEN, "signature-structure"),
    ("B186 two KeyInfo", lambda: sign_as(BODY, mangle=_put("<KeyInfo>", "<KeyInfo/><KeyInfo>")), Judgement.BROKEN, "signature-structure"),
    ("B186 two X509Data", lambda: sign_as(BODY, key_info=chain_of(SENDER) * 2), Judgement.BROKEN, "signature-structure"),
    ("parts out of order", lambda: sign_as(BODY, mangle=lambda s: s.replace(VALUE, "").replace("<SignedInfo>", VALUE + "<SignedInfo>")), Judgement.BROKEN, "signature-structure"),
    ("an attribute the schema does not know", lambda: sign_as(BODY, mangle=_put("<SignedInfo>", '<SignedInfo x="1">')), Judgement.BROKEN, "signature-structure"),
    ("B188 no Reference", lambda: sign_as(BODY, mangle=lambda s: s[: s.index("<Reference")] + s[s.index("</SignedInfo>") :]), Judgement.BROKEN, "reference-count"),
    ("B188 two References", lambda: sign_as(BODY, mangle=_put("</SignedInfo>", REFERENCE + "</SignedInfo>")), Judgement.BROKEN, "reference-count"),
    ("B188 2,000 References", lambda: sign_as(BODY, mangle=_put("</SignedInfo>", REFERENCE * 2000 + "</SignedInfo>")), Judgement.BROKEN, "reference-count"),
    *[
        (f"B189 URI {uri!r}", lambda uri=uri: sign_as(BODY, uri=uri), Judgement.BROKEN, "reference-uri")
        for uri in ("#id", "#", "##x", "#xpointer(/)", "http://example.vn/x", "file:///etc/passwd", "cid:1", None)
    ],
    ("a Type on the Reference", lambda: sign_as(BODY, mangle=_put('URI=""', f'URI="" Type="{DS}Manifest"')), Judgement.BROKEN, "signature-structure"),
    *[
        (f"B191 {name}", lambda steps=steps: sign_as(BODY, transforms=steps), Judgement.BROKEN, "transform")
        for name, steps in {
            "XPath": (ENVELOPED, "http://www.w3.org/TR/1999/REC-xpath-19991116"),
            "XSLT": (ENVELOPED, "http://www.w3.org/TR/1999/REC-xslt-19991116"),
            "base64": (ENVELOPED, f"{DS}base64"),
            "unknown": (ENVELOPED, "urn:unknown"),
            "wrong order": (EXCLUSIVE, ENVELOPED),
            "no enveloped": (EXCLUSIVE,),
            "enveloped twice": (ENVELOPED, ENVELOPED),
            "twenty": (ENVELOPED, *[EXCLUSIVE] * 20),
        }.items()
    ],
    ("no Transforms", lambda: sign_as(BODY, transforms=(), mangle=_drop("<Transforms></Transforms>")), Judgement.BROKEN, "transform"),
    ("D6 the SDK's transform", lambda: sign_as(BODY, transforms=(ENVELOPED, BOGUS)), Judgement.UNVERIFIABLE, "transform"),
    ("D6 the SDK's canonicalisation", lambda: sign_as(BODY, c14n=BOGUS), Judgement.UNVERIFIABLE, "c14n"),
    ("B192 with comments", lambda: sign_as(BODY, c14n=WITH_COMMENTS), Judgement.BROKEN, "c14n"),
    ("B192 transform with comments", lambda: sign_as(BODY, transforms=(ENVELOPED, WITH_COMMENTS)), Judgement.BROKEN, "c14n"),
    ("B192 unknown", lambda: sign_as(BODY, c14n="urn:c14n"), Judgement.BROKEN, "c14n"),
    ("B193 rsa-sha1", lambda: sign_as(BODY, method=f"{DS}rsa-sha1"), Judgement.UNVERIFIABLE, "algorithm"),
    ("B193 SHA-1 digest", lambda: sign_as(BODY, digest=SHA1), Judgement.UNVERIFIABLE, "algorithm"),
    ("B193 MD5 digest", lambda: sign_as(BODY, digest=f"{MORE}md5"), Judgement.BROKEN, "algorithm"),
    ("B193 rsa-md5", lambda: sign_as(BODY, method=f"{MORE}rsa-md5"), Judgement.BROKEN, "algorithm"),
    ("B194 HMAC", lambda: sign_as(BODY, method=HMAC), Judgement.BROKEN, "algorithm"),
    ("B194 HMAC truncated", lambda: sign_as(BODY, method=HMAC, mangle=_put(f'"{HMAC}"/>', f'"{HMAC}"><HMACOutputLength>8</HMACOutputLength></SignatureMethod>')), Judgement.BROKEN, "algorithm"),
    ("B195 DSA", lambda: sign_as(BODY, method="http://www.w3.org/2009/xmldsig11#dsa-sha256"), Judgement.BROKEN, "algorithm"),
    ("B195 none", lambda: sign_as(BODY, method="none"), Judgement.BROKEN, "algorithm"),
    ("ECDSA said of an RSA key", lambda: sign_as(BODY, method=f"{MORE}ecdsa-sha256"), Judgement.BROKEN, "algorithm"),
    ("RSA said of an EC key", lambda: sign_as(BODY, P256), Judgement.BROKEN, "algorithm"),
    ("B196 RSA-1024", lambda: sign_as(BODY, RSA1024), Judgement.BROKEN, "key-size"),
    ("P-521", lambda: sign_as(BODY, P521, method=f"{MORE}ecdsa-sha256"), Judgement.BROKEN, "key-size"),
    ("B197 KeyValue only", lambda: sign_as(BODY, key_info=KEY_VALUE), Judgement.UNVERIFIABLE, "keyinfo"),
    ("B197 KeyValue too", lambda: sign_as(BODY, key_info=KEY_VALUE + chain_of(SENDER)), Judgement.BROKEN, "keyinfo"),
    ("B197 KeyName only", lambda: sign_as(BODY, key_info="<KeyName>x</KeyName>"), Judgement.UNVERIFIABLE, "keyinfo"),
    ("B197 RetrievalMethod", lambda: sign_as(BODY, key_info='<RetrievalMethod URI="#x"/>'), Judgement.UNVERIFIABLE, "keyinfo"),
    ("B197 SubjectName only", lambda: sign_as(BODY, key_info="<X509Data><X509SubjectName>CN=x</X509SubjectName></X509Data>"), Judgement.UNVERIFIABLE, "keyinfo"),
    ("no KeyInfo", lambda: sign_as(BODY, mangle=lambda s: s[: s.index("<KeyInfo>")] + "</Signature>"), Judgement.UNVERIFIABLE, "keyinfo"),
    ("B198 a stub", lambda: sign_as(BODY, key_info=STUB), Judgement.UNVERIFIABLE, "certificate"),
    ("B198 not DER", lambda: sign_as(BODY, key_info=STUB.replace("MIIFqTCCBJG", "QUJDRA==")), Judgement.UNVERIFIABLE, "certificate"),
    ("B198 cut in half", lambda: sign_as(BODY, key_info=STUB.replace("MIIFqTCCBJG", pem_body(SENDER)[:400])), Judgement.UNVERIFIABLE, "certificate"),
    ("B199 self-signed", lambda: sign_as(BODY, SELF_SIGNED), Judgement.UNTRUSTED, "untrusted-certificate"),
    ("B199 another CA", lambda: sign_as(BODY, OTHER), Judgement.UNTRUSTED, "untrusted-certificate"),
    ("B204 50 certificates", lambda: sign_as(BODY, key_info=chain_of(*[SENDER] * 50)), Judgement.BROKEN, "certificate-chain"),
    ("B206 zeros", lambda: swap(sign_as(BODY), "<SignatureValue>", "<SignatureValue>AAAA"), Judgement.BROKEN, "signature-invalid"),
    ("B206 empty", lambda: sign_as(BODY, mangle=_put("VALUE<", "<")).replace(b"VALUE<", b"<"), Judgement.BROKEN, "signature-invalid"),
    ("B206 not base64", lambda: sign_as(BODY, mangle=_put("VALUE<", "*<")), Judgement.BROKEN, "signature-invalid"),
    ("B205 content changed", lambda: swap(sign_as(BODY), "Tỉnh Mẫu", "Tỉnh Khác"), Judgement.BROKEN, "digest-mismatch"),
    ("B205 attachment changed", lambda: swap(sign_as(BODY), "bao-cao.pdf</AttachmentName>", "bao-khac.pdf</AttachmentName>"), Judgement.BROKEN, "digest-mismatch"),
    ("B205 white space added", lambda: swap(sign_as(BODY), "<edXML:To>", " <edXML:To>"), Judgement.BROKEN, "digest-mismatch"),
    ("B205 NFC made of NFD", lambda: swap(sign_as(swap(BODY, "Công văn", "Co\u0302ng văn")), "Co\u0302ng", "Công"), Judgement.BROKEN, "digest-mismatch"),
    ("B205 a trace added", lambda: swap(sign_as(BODY), "<edXML:TraceHeaderList>", "<edXML:TraceHeaderList><edXML:TraceHeader><edXML:Timestamp>2026/11/20 08:00:00</edXML:Timestamp></edXML:TraceHeader>"), Judgement.BROKEN, "digest-mismatch"),
    ("the digest of nothing", lambda: sign_as(BODY, mangle=_put("DIGEST<", "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=<")), Judgement.BROKEN, "digest-mismatch"),
]  # fmt: skip


@pytest.mark.parametrize(("make", "judgement", "reason"), [row[1:] for row in WRONG], ids=[row[0] for row in WRONG])
def test_what_must_not_be_believed_is_not_and_the_verdict_says_why(
    make: Callable[[], bytes], judgement: Judgement, reason: str
) -> None:
    verdict = verdict_on(make())

    assert (verdict.judgement, verdict.reason) == (judgement, reason)


BOUND: list[tuple[str, Identity, Judgement, str]] = [
    ("B200 expired", EXPIRED, Judgement.EXPIRED, "certificate-time"),
    ("B200 not yet valid", FUTURE, Judgement.EXPIRED, "certificate-time"),
    ("B203 a TLS server's", TLS_SERVER, Judgement.BROKEN, "certificate-usage"),
    ("B203 an OCSP responder's", OCSP, Judgement.BROKEN, "certificate-usage"),
    ("B203 a CA's", SUB_CA, Judgement.BROKEN, "certificate-usage"),
    ("for encipherment only", ENCIPHERMENT, Judgement.BROKEN, "certificate-usage"),
    ("B196 RSA-1024", RSA1024, Judgement.BROKEN, "key-size"),
]


@pytest.mark.parametrize(("who", "judgement", "reason"), [row[1:] for row in BOUND], ids=[row[0] for row in BOUND])
def test_a_bound_certificate_must_be_fit_to_sign_and_valid_now(
    who: Identity, judgement: Judgement, reason: str
) -> None:
    verdict = verdict_on(sign_as(BODY, who), who)

    assert (verdict.judgement, verdict.reason) == (judgement, reason)


def test_a_forgery_by_an_expired_certificate_is_broken_not_expired() -> None:
    body = swap(sign_as(BODY, EXPIRED), "Tỉnh Mẫu", "Tỉnh Khác")

    assert verdict_on(body, EXPIRED).judgement == Judgement.BROKEN


def test_the_signer_is_named_even_when_the_certificate_is_not_bound() -> None:
    verdict = verdict_on(sign_as(BODY, OTHER))

    assert verdict.fingerprint == OTHER.fingerprint
    assert "Cơ quan khác" in verdict.signer


def test_a_bound_certificate_put_beside_somebody_elses_signature_does_not_make_it_valid() -> None:
    body = sign_as(BODY, OTHER, key_info=chain_of(OTHER, SENDER))

    assert verdict_on(body).judgement == Judgement.BROKEN


@pytest.mark.parametrize(
    "knob", [{"method": f"{DS}rsa-sha1"}, {"digest": SHA1}, {"method": f"{DS}rsa-sha1", "digest": SHA1}]
)
def test_sha1_is_legacy_where_policy_takes_it_and_never_simply_valid(knob: dict[str, str]) -> None:
    body = sign_as(BODY, **knob)  # type: ignore[arg-type]

    assert verdict_on(body, accept_sha1=True).judgement == Judgement.VALID_LEGACY
    assert verdict_on(swap(body, "Tỉnh Mẫu", "Tỉnh Khác"), accept_sha1=True).judgement == Judgement.BROKEN
    assert verdict_on(sign_as(BODY, OTHER, **knob), accept_sha1=True).judgement == Judgement.UNTRUSTED  # type: ignore[arg-type]


def test_taking_sha1_does_not_weaken_a_modern_signature() -> None:
    assert verdict_on(sign_as(BODY), accept_sha1=True).judgement == Judgement.VALID


def test_an_ecdsa_value_in_der_is_refused() -> None:
    body = sign_as(BODY, P256, method=f"{MORE}ecdsa-sha256")
    start = body.index(b"<SignatureValue>") + len(b"<SignatureValue>")
    raw = base64.b64decode(body[start : body.index(b"<", start)])
    der = b"\x30\x44\x02\x20" + raw[:32] + b"\x02\x20" + raw[32:]
    body = body[:start] + base64.b64encode(der) + body[body.index(b"<", start) :]

    assert verdict_on(body, P256).reason == "signature-invalid"


PLACES = {
    "in Subject": "</edXML:Subject>",
    "in MessageHeader": "</edXML:MessageHeader>",
    "in the envelope": "</edXML:edXMLEnvelope>",
    "in the body": "</edXML:edXMLBody>",
    "in an attachment": "</Attachment>",
    "among the attachments": "</AttachmentEncoded>",
}


@pytest.mark.parametrize("place", PLACES)
def test_b183_a_signature_anywhere_else_is_refused(place: str) -> None:
    assert "signature-location" in codes_in(sign_as(BODY, before=PLACES[place]))


def test_b182_a_second_signature_is_refused_in_any_namespace() -> None:
    signed = sign_as(BODY)

    assert "signature-count" in codes_in(
        sign_as(BODY, mangle=lambda s: s + s.replace("DIGEST", "AA==").replace("VALUE", "AA=="))
    )
    assert "signature-count" in codes_in(swap(signed, "</edXML:edXMLHeader>", "<Signature/></edXML:edXMLHeader>"))
    assert "signature-count" in codes_in(swap(signed, "</edXML>", '<Signature xmlns="urn:x"/></edXML>'))


def test_b184_a_signature_as_the_document_element_is_not_an_envelope() -> None:
    assert codes_in(f'<Signature xmlns="{DS}"/>'.encode()) == {"schema"}


@pytest.mark.parametrize(
    "place", ["<SignedInfo>", "<DigestValue>", "<SignatureValue>", "<X509Certificate>", "<KeyInfo>"]
)
def test_b187_a_comment_inside_the_signature_is_refused(place: str) -> None:
    assert codes_in(swap(sign_as(BODY), place, f"{place}<!-- x -->")) == {"signature-structure"}


def test_findings_about_the_signature_and_the_content_come_together() -> None:
    body = sign_as(swap(BODY, "<edXML:CodeNumber>12</edXML:CodeNumber>", ""), before="</edXML:MessageHeader>")

    assert codes_in(body) == {"signature-location", "missing-element"}


def test_a_comment_cannot_cut_a_signed_value_short() -> None:
    body = sign_as(swap(BODY, "<edXML:OrganId>G22<", "<edXML:OrganId>G22.18<"))
    cut = swap(body, "G22.18", "G22<!-- -->.18")

    opened = open_as(cut)

    assert opened.verdict.judgement == Judgement.VALID
    assert opened.message.recipients[0].code == "G22.18"  # type: ignore[union-attr]


def test_thousands_of_certificates_are_counted_without_being_looked_at() -> None:
    many = "<X509Certificate>AAAA</X509Certificate>" * 5_000
    verdict = verdict_on(swap(sign_as(BODY), "</X509Data>", f"{many}</X509Data>"))

    assert (verdict.reason, verdict.detail) == ("certificate-chain", "5001")
