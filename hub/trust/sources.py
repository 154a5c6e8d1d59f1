"""Where a certificate says that fresh word of it is found: its CA's lists, its responders, its CA's own certificate."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding, pkcs7
from cryptography.x509.oid import AuthorityInformationAccessOID

from hub.errors import rejected
from hub.trust.authorities import Authority, read_authorities
from hub.trust.reading import UNREADABLE

_URL_AT_MOST: Final = 2000  # characters
_URLS_AT_MOST: Final = 8  # of one kind in one certificate


@dataclass(frozen=True, slots=True)
class Source:
    """Where something is fetched. `kind`: crl, ocsp, ca.

    `certificate` is the fingerprint of the CA whose list it is, of whom a responder is asked about, or of whose CA's
    certificate it is; "" where a registrar named the URL.
    """

    kind: str
    url: str
    certificate: str = ""


def sources_of(der: bytes, issuer: str) -> list[Source]:
    """Read the sources a certificate (DER) names; `issuer`: the fingerprint of its CA, "" while that is not known."""
    try:
        certificate = x509.load_der_x509_certificate(der)
        extensions = certificate.extensions
    except UNREADABLE:
        return []  # the judge says what is wrong with it
    mark = certificate.fingerprint(hashes.SHA256()).hex()
    lists: list[str] = []
    responders: list[str] = []
    cas: list[str] = []
    for extension in extensions:
        value = extension.value
        if isinstance(value, x509.CRLDistributionPoints):
            lists += _urls(name for point in value for name in point.full_name or () if not point.crl_issuer)
        if isinstance(value, x509.AuthorityInformationAccess):
            oid = AuthorityInformationAccessOID
            responders += _urls(each.access_location for each in value if each.access_method == oid.OCSP)
            cas += _urls(each.access_location for each in value if each.access_method == oid.CA_ISSUERS)
    if not issuer:
        return [Source("ca", url, mark) for url in cas[:_URLS_AT_MOST]]
    return [
        *(Source("crl", url, issuer) for url in lists[:_URLS_AT_MOST]),
        *(Source("ocsp", url, mark) for url in responders[:_URLS_AT_MOST]),
    ]


def _urls(names: Iterable[x509.GeneralName]) -> Iterator[str]:
    for name in names:
        if isinstance(name, x509.UniformResourceIdentifier):
            url = str(name.value)
            if len(url) <= _URL_AT_MOST and url.lower().startswith(("http://", "https://")):
                yield url


def issuer_among(der: bytes, authorities: Iterable[bytes]) -> bytes | None:
    """Find the CA (DER) that issued a certificate (DER), by its signature."""
    certificate = x509.load_der_x509_certificate(der)
    for each in authorities:
        ca = x509.load_der_x509_certificate(each)
        if ca.subject == certificate.issuer and is_issued_by(certificate, ca):
            return each
    return None


def is_issued_by(certificate: x509.Certificate, ca: x509.Certificate) -> bool:
    """Whether a CA's key has signed a certificate."""
    try:
        certificate.verify_directly_issued_by(ca)
    except (*UNREADABLE, InvalidSignature):
        return False
    return True


def read_issuer(content: bytes, below: bytes) -> Authority:
    """Read the CA that issued `below` (DER) out of what its `caIssuers` URL gave: DER, PEM or PKCS #7.

    A root is never taken from the network: `Rejected`, as for whatever is not the issuer.
    """
    certificate = x509.load_der_x509_certificate(below)
    for authority in read_authorities(_unpacked(content)):
        ca = x509.load_der_x509_certificate(authority.der)
        if is_issued_by(certificate, ca):
            if authority.kind == "root":
                raise rejected("fetched-root", subject=authority.subject)
            return authority
    raise rejected(
        "not-a-certificate",
        problem=(
            "CA trong tệp không phải bên cấp chứng thư",
            "The CA in the file is not the issuer of the certificate",
        ),
    )


def _unpacked(content: bytes) -> bytes:
    try:
        found = pkcs7.load_der_pkcs7_certificates(content)
    except UNREADABLE:
        return content
    return b"".join(each.public_bytes(Encoding.PEM) for each in found)
