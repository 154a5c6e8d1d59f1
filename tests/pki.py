"""A small public key infrastructure for tests: certificate authorities and what they issue, all as PEM."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Final

from asn1crypto import x509 as asn1_x509
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import dsa, ec, ed25519, padding, rsa
from cryptography.hazmat.primitives.asymmetric.types import CertificateIssuerPrivateKeyTypes
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)
from cryptography.x509 import ocsp
from cryptography.x509.oid import AuthorityInformationAccessOID, NameOID

from hub.domain.agency import BoundCertificate

NOW: Final = datetime.now(UTC).replace(minute=0, second=0, microsecond=0)
"""The moment the tests' certificates are valid around: the hour they began in, so that none ever ends."""

KEY_TYPES: Final = ("rsa-1024", "rsa-2048", "rsa-3072", "p-256", "p-384", "p-521", "ed25519", "dsa-2048")


@dataclass(frozen=True, slots=True)
class Identity:
    """A certificate with its private key."""

    certificate_pem: bytes
    key_pem: bytes

    @property
    def certificate(self) -> x509.Certificate:
        """The certificate, parsed."""
        return x509.load_pem_x509_certificate(self.certificate_pem)

    @property
    def der(self) -> bytes:
        """The certificate's DER."""
        return self.certificate.public_bytes(Encoding.DER)

    @property
    def fingerprint(self) -> str:
        """SHA-256 of the DER, lower-case hex."""
        return self.certificate.fingerprint(hashes.SHA256()).hex()

    @property
    def bound(self) -> BoundCertificate:
        """The certificate as the directory binds it to an agency."""
        return BoundCertificate(self.fingerprint, self.der)


@dataclass(frozen=True, slots=True)
class Usage:
    """What an issued certificate says it is for; None leaves the extension out."""

    key_usage: tuple[str, ...] | None = ("digital_signature", "content_commitment")
    extended: tuple[str, ...] | None = None  # dotted OIDs
    is_ca: bool = False
    path_length: int | None = None
    critical: bool = field(default=True)


SIGNER: Final = Usage()
CA: Final = Usage(("key_cert_sign", "crl_sign"), None, is_ca=True)
_USAGES: Final = (
    "digital_signature",
    "content_commitment",
    "key_encipherment",
    "data_encipherment",
    "key_agreement",
    "key_cert_sign",
    "crl_sign",
    "encipher_only",
    "decipher_only",
)


def make_key(key_type: str) -> CertificateIssuerPrivateKeyTypes:
    """Generate a private key of one of `KEY_TYPES`."""
    kind, _, size = key_type.partition("-")
    if kind == "rsa":
        return rsa.generate_private_key(65537, int(size))
    if kind == "p":
        curves: dict[str, ec.EllipticCurve] = {"256": ec.SECP256R1(), "384": ec.SECP384R1(), "521": ec.SECP521R1()}
        return ec.generate_private_key(curves[size])
    return dsa.generate_private_key(int(size)) if kind == "dsa" else ed25519.Ed25519PrivateKey.generate()


@cache
def key_of(key_type: str, name: str) -> bytes:
    """A private key (PEM), made once for each name, and kept: two certificates of one name must have one key."""
    del name
    return make_key(key_type).private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def make_ca(
    name: str = "Test Root CA",
    key_type: str = "p-256",
    above: Identity | None = None,
    usage: Usage = CA,
    valid_from: datetime = NOW - timedelta(days=3650),
    valid_to: datetime = NOW + timedelta(days=3650),
    extra: Iterable[x509.ExtensionType] = (),
) -> Identity:
    """Make a root, or an intermediate under the CA `above`; `extra`: further extensions, not critical."""
    return _issue(above, name, key_type, usage, valid_from, valid_to, extra)


def make_crl(
    ca: Identity,
    revoked: Iterable[Identity] = (),
    number: int | None = 1,
    this_update: datetime = NOW - timedelta(days=1),
    next_update: datetime = NOW + timedelta(days=6),
    revoked_at: datetime = NOW - timedelta(days=2),
    extra: Iterable[x509.ExtensionType] = (),
) -> bytes:
    """A revocation list (DER) of a CA; `extra`: further critical extensions."""
    builder = (
        x509.CertificateRevocationListBuilder()
        .issuer_name(ca.certificate.subject)
        .last_update(this_update)
        .next_update(next_update)
    )
    if number is not None:
        builder = builder.add_extension(x509.CRLNumber(number), critical=False)
    for extension in extra:
        builder = builder.add_extension(extension, critical=True)
    for each in revoked:
        serial = each.certificate.serial_number
        entry = x509.RevokedCertificateBuilder().serial_number(serial).revocation_date(revoked_at).build()
        builder = builder.add_revoked_certificate(entry)
    key = load_pem_private_key(ca.key_pem, None)
    return builder.sign(key, hashes.SHA256()).public_bytes(Encoding.DER)  # type: ignore[arg-type]


def issue(
    ca: Identity | None,
    subject: str = "Văn phòng Test",
    key_type: str = "rsa-2048",
    usage: Usage = SIGNER,
    valid_from: datetime = NOW - timedelta(days=100),
    valid_to: datetime = NOW + timedelta(days=265),
    extra: Iterable[x509.ExtensionType] = (),
) -> Identity:
    """Issue a certificate under `ca`; without one it is self-signed. `extra`: further extensions, not critical."""
    return _issue(ca, subject, key_type, usage, valid_from, valid_to, extra)


def found_at(crl: str = "", ocsp: str = "", ca: str = "") -> list[x509.ExtensionType]:
    """The extensions that say where word of a certificate is found (URLs): CDP and AIA."""
    found: list[x509.ExtensionType] = []
    if crl:
        point = x509.DistributionPoint([x509.UniformResourceIdentifier(crl)], None, None, None)
        found.append(x509.CRLDistributionPoints([point]))
    oid = AuthorityInformationAccessOID
    named = [(oid.OCSP, ocsp), (oid.CA_ISSUERS, ca)]
    access = [x509.AccessDescription(kind, x509.UniformResourceIdentifier(url)) for kind, url in named if url]
    return [*found, x509.AuthorityInformationAccess(access)] if access else found


def make_ocsp(
    ca: Identity,
    about: Identity,
    revoked_at: datetime | None = None,
    this_update: datetime = NOW - timedelta(hours=1),
    next_update: datetime | None = NOW + timedelta(hours=23),
    signer: Identity | None = None,
    *,
    unknown: bool = False,
    nonce: bytes = b"",
) -> bytes:
    """An OCSP answer (DER) of a CA about a certificate, signed by itself or by a responder of its."""
    signer = signer or ca
    status = ocsp.OCSPCertStatus.REVOKED if revoked_at else ocsp.OCSPCertStatus.GOOD
    builder = ocsp.OCSPResponseBuilder().add_response(
        about.certificate,
        ca.certificate,
        hashes.SHA1(),  # noqa: S303 - names the CA, as everywhere
        ocsp.OCSPCertStatus.UNKNOWN if unknown else status,
        this_update,
        next_update,
        revoked_at,
        None,
    )
    builder = builder.responder_id(ocsp.OCSPResponderEncoding.HASH, signer.certificate)
    builder = builder.certificates([signer.certificate])
    if nonce:
        builder = builder.add_extension(x509.OCSPNonce(nonce), critical=False)
    key = load_pem_private_key(signer.key_pem, None)
    return builder.sign(key, hashes.SHA256()).public_bytes(Encoding.DER)  # type: ignore[arg-type]


def _issue(
    ca: Identity | None,
    subject: str,
    key_type: str,
    usage: Usage,
    valid_from: datetime,
    valid_to: datetime,
    extra: Iterable[x509.ExtensionType],
) -> Identity:
    key_pem = key_of(key_type, subject)
    key = load_pem_private_key(key_pem, None)
    name = x509.Name([x509.NameAttribute(NameOID.COUNTRY_NAME, "VN"), x509.NameAttribute(NameOID.COMMON_NAME, subject)])
    builder = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(ca.certificate.subject if ca else name)
        .public_key(key.public_key())  # type: ignore[arg-type]
        .serial_number(x509.random_serial_number())
        .not_valid_before(valid_from)
        .not_valid_after(valid_to)
        .add_extension(x509.BasicConstraints(ca=usage.is_ca, path_length=usage.path_length), critical=True)
    )
    if usage.key_usage is not None:
        flags = {flag: flag in usage.key_usage for flag in _USAGES}
        builder = builder.add_extension(x509.KeyUsage(**flags), critical=usage.critical)
    if usage.extended is not None:
        oids = [x509.ObjectIdentifier(oid) for oid in usage.extended]
        builder = builder.add_extension(x509.ExtendedKeyUsage(oids), critical=False)
    for extension in extra:
        builder = builder.add_extension(extension, critical=False)
    signing = load_pem_private_key(ca.key_pem, None) if ca else key
    algorithm = None if isinstance(signing, ed25519.Ed25519PrivateKey) else hashes.SHA256()
    certificate = builder.sign(signing, algorithm)  # type: ignore[arg-type]
    return Identity(certificate.public_bytes(Encoding.PEM), key_pem)


def signed_with_sha1(ca: Identity, subject: Identity) -> Identity:
    """The certificate of `subject` as an RSA `ca` would have signed it with SHA-1, which today's libraries refuse to do."""
    certificate = asn1_x509.Certificate.load(subject.der)
    to_sign = certificate["tbs_certificate"]
    to_sign["signature"] = certificate["signature_algorithm"] = {"algorithm": "sha1_rsa"}
    key = load_pem_private_key(ca.key_pem, None)
    certificate["signature_value"] = key.sign(to_sign.dump(force=True), padding.PKCS1v15(), hashes.SHA1())  # type: ignore[union-attr,call-arg,arg-type]  # noqa: S303
    pem = x509.load_der_x509_certificate(certificate.dump(force=True)).public_bytes(Encoding.PEM)
    return Identity(pem, subject.key_pem)
