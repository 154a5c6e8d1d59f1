"""KeyInfo: keys that the sender would like believed instead of a certificate that the directory knows."""

from functools import partial
from typing import Final

from tests.forgeries.case import SIGNER, Case, Family, broken, mangled, signed, unverifiable
from tests.xml.builders import DS, ROOT, SENDER, chain_of, pem_body

DSIG11: Final = "http://www.w3.org/2009/xmldsig11#"
RSA_VALUE: Final = "<KeyValue><RSAKeyValue><Modulus>AQAB</Modulus><Exponent>AQAB</Exponent></RSAKeyValue></KeyValue>"
EC_VALUE: Final = (
    f'<KeyValue><ECKeyValue xmlns="{DSIG11}"><NamedCurve URI="urn:oid:1.2.840.10045.3.1.7"/>'
    "<PublicKey>BAAA</PublicKey></ECKeyValue></KeyValue>"
)
DSA_VALUE: Final = "<KeyValue><DSAKeyValue><Y>AQAB</Y></DSAKeyValue></KeyValue>"
SERIAL: Final = (
    "<X509IssuerSerial><X509IssuerName>CN=x</X509IssuerName><X509SerialNumber>1</X509SerialNumber></X509IssuerSerial>"
)
CHAIN: Final = chain_of(SIGNER)
BY_NAME: Final = {
    "KeyName": "<KeyName>x</KeyName>",
    "an RSA KeyValue": RSA_VALUE,
    "an elliptic KeyValue": EC_VALUE,
    "a DSA KeyValue": DSA_VALUE,
    "RetrievalMethod, here": '<RetrievalMethod URI="#x"/>',
    "RetrievalMethod, a file": '<RetrievalMethod URI="file:///etc/passwd"/>',
    "RetrievalMethod, elsewhere": f'<RetrievalMethod URI="http://example.vn/key" Type="{DS}X509Data"/>',
    "KeyInfoReference": f'<KeyInfoReference xmlns="{DSIG11}" URI="#x"/>',
    "DEREncodedKeyValue": f'<DEREncodedKeyValue xmlns="{DSIG11}">AQAB</DEREncodedKeyValue>',
    "PGPData": "<PGPData><PGPKeyID>AQAB</PGPKeyID></PGPData>",
    "MgmtData": "<MgmtData>x</MgmtData>",
    "a key of WS-Security": '<w:SecurityTokenReference xmlns:w="urn:w"/>',
}
IN_DATA: Final = {
    "X509SubjectName": "<X509SubjectName>CN=x</X509SubjectName>",
    "X509IssuerSerial": SERIAL,
    "X509SKI": "<X509SKI>AQAB</X509SKI>",
    "X509CRL": "<X509CRL>AQAB</X509CRL>",
    "X509Digest": f'<X509Digest xmlns="{DSIG11}" Algorithm="urn:x">AQAB</X509Digest>',
    "a foreign element": '<x xmlns="urn:x"/>',
}
KNOWN_DATA: Final = ("X509SubjectName", "X509IssuerSerial")
BASE64: Final = {
    "a stub": "MIIFqTCCBJG",
    "not DER": "QUJDRA==",
    "a DER sequence of nothing": "MAA=",
    "cut in half": pem_body(SIGNER)[:400],
    "with a byte behind it": "",
    "twice in one element": pem_body(SIGNER) * 2,
    "PEM with its lines": SIGNER.certificate_pem.decode().strip(),
    "in the other alphabet": pem_body(SIGNER).replace("+", "-").replace("/", "_") + "-_",
    "a star in it": "*" + pem_body(SIGNER),
    "a key instead": "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE" + "A" * 88,
    "empty": "",
    "white space": " \n ",
}


def _data(*inner: str) -> str:
    return f"<X509Data>{''.join(inner)}</X509Data>"


def _certificate(text: str) -> str:
    return _data(f"<X509Certificate>{text}</X509Certificate>")


def family() -> Family:
    """Every wrong KeyInfo."""
    missing = unverifiable("keyinfo")
    wrong = broken("keyinfo")
    structure = broken("signature-structure")
    for name, inner in BY_NAME.items():
        yield Case(f"{name} alone", partial(signed, key_info=inner), missing)
        yield Case(f"{name} and the certificate", partial(signed, key_info=inner + CHAIN), wrong)
    yield Case("the certificate and a KeyValue", partial(signed, key_info=CHAIN + EC_VALUE), wrong)
    yield Case("no KeyInfo", partial(signed, mangle=lambda s: s[: s.index("<KeyInfo>")] + "</Signature>"), missing)
    yield Case(
        "an empty KeyInfo",
        partial(signed, mangle=lambda s: s[: s.index("<KeyInfo>")] + "<KeyInfo/></Signature>"),
        missing,
    )
    yield Case("an empty X509Data", partial(signed, key_info="<X509Data/>"), missing)
    yield Case("two X509Data", partial(signed, key_info=CHAIN * 2), structure)
    yield Case("a certificate outside X509Data", partial(signed, key_info=CHAIN.replace("X509Data", "x")), missing)
    yield Case("X509Data in another namespace", mangled("<X509Data>", '<X509Data xmlns="urn:x">'), missing)
    yield Case(
        "the certificate in another namespace", mangled("<X509Certificate>", '<X509Certificate xmlns="urn:x">'), wrong
    )
    for name, inner in IN_DATA.items():
        certificate = f"<X509Certificate>{pem_body(SIGNER)}</X509Certificate>"
        yield Case(
            f"{name} instead of the certificate",
            partial(signed, key_info=_data(inner)),
            missing if name in KNOWN_DATA else wrong,
        )
        if name not in KNOWN_DATA:
            yield Case(f"{name} beside the certificate", partial(signed, key_info=_data(inner, certificate)), wrong)
    for name, text in BASE64.items():
        if name == "with a byte behind it":
            continue
        yield Case(f"certificate: {name}", partial(signed, key_info=_certificate(text)), unverifiable("certificate"))
    element = '<x xmlns="urn:x"/>'
    yield Case(
        "an element before the certificate's text",
        mangled("<X509Certificate>", f"<X509Certificate>{element}"),
        unverifiable("certificate"),
    )
    yield Case(
        "an element after the certificate's text",
        mangled("</X509Certificate>", f"{element}</X509Certificate>"),
        structure,
    )
    yield Case(
        "a key whose certificate belongs to RSA", partial(signed, key_info=chain_of(SENDER)), broken("algorithm")
    )
    yield Case(
        "the CA's certificate instead of the signer's",
        partial(signed, key_info=chain_of(ROOT)),
        broken("signature-invalid"),
    )
    yield Case(
        "EncryptedKey",
        partial(signed, key_info='<e:EncryptedKey xmlns:e="http://www.w3.org/2001/04/xmlenc#"/>' + CHAIN),
        wrong,
    )
