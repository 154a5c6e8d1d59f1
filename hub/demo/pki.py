"""A small certificate authority for the demo. For trying things out only: its keys are born and die with the demo."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from hub.store.directory.certificates import Binding, binding
from hub.trust.certificates import describe

_KEY_BITS = 2048
_DAYS = 365


@dataclass(frozen=True, slots=True)
class Signer:
    """A certificate and its private key, both PEM."""

    certificate: bytes
    key: bytes

    def binding(self) -> Binding:
        """What the directory records of the certificate."""
        return binding(describe(self.certificate))


class Authority:
    """Issues signing certificates."""

    def __init__(self, name: str = "Trục demo CA") -> None:
        """Make the authority's own key and certificate."""
        self._key = rsa.generate_private_key(65537, _KEY_BITS)
        self._name = _named(name)
        self._certificate = (
            self._builder(self._name, self._key.public_key())
            .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
            .sign(self._key, hashes.SHA256())
        )

    def issue(self, organisation: str, code: str, *, elliptic: bool = False, days: int = _DAYS) -> Signer:
        """A document-signing certificate for an agency, good for `days`. `elliptic`: P-256, which is made at once."""
        key = ec.generate_private_key(ec.SECP256R1()) if elliptic else rsa.generate_private_key(65537, _KEY_BITS)
        usage = x509.KeyUsage(
            digital_signature=True,
            content_commitment=True,
            key_encipherment=False,
            data_encipherment=False,
            key_agreement=False,
            key_cert_sign=False,
            crl_sign=False,
            encipher_only=False,
            decipher_only=False,
        )
        certificate = (
            self._builder(_named(organisation, code), key.public_key(), days)
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .add_extension(usage, critical=True)
            .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.EMAIL_PROTECTION]), critical=False)
            .sign(self._key, hashes.SHA256())
        )
        return Signer(
            certificate.public_bytes(serialization.Encoding.PEM),
            key.private_bytes(
                serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
            ),
        )

    def _builder(
        self, subject: x509.Name, key: rsa.RSAPublicKey | ec.EllipticCurvePublicKey, days: int = _DAYS
    ) -> x509.CertificateBuilder:
        now = datetime.now(UTC)
        return (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(self._name)
            .public_key(key)
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - timedelta(hours=1))
            .not_valid_after(now + timedelta(days=days))
        )


def _named(organisation: str, code: str = "") -> x509.Name:
    parts = [
        x509.NameAttribute(NameOID.COUNTRY_NAME, "VN"),
        x509.NameAttribute(NameOID.ORGANIZATION_NAME, organisation[:64]),
        x509.NameAttribute(NameOID.COMMON_NAME, (code or organisation)[:64]),
    ]
    return x509.Name(parts)
