"""A request by which an agency replaces its own certificate: signed with the new key, and that with the old one.

As in ACME's key change (RFC 8555 §7.3.5): the inner JWS proves that the new key is in the agency's hands, the outer one
that whoever held the old key wants it. Both name their certificate by `x5t#S256` (RFC 7515 §4.1.8).
"""

import base64
import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import orjson
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_private_key
from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, RSAKey

from hub.errors import Rejected, rejected
from hub.trust.reading import UNREADABLE

TYPE: Final = "truc-rotation+jws"
AT_MOST: Final = 64 * 1024  # characters of a request
GOOD_FOR: Final = timedelta(days=7)
"""How long after it was made a request may be handed in: it is made where the keys are, which may be far from a line."""

_AHEAD: Final = timedelta(minutes=5)
_ALGORITHMS: Final = ("PS256", "PS384", "PS512", "RS256", "RS384", "RS512", "ES256", "ES384")


@dataclass(frozen=True, slots=True)
class Rotation:
    """What a request that was verified says. `sha256` is of the whole text; `old`: fingerprint of who asked."""

    agency: str
    certificate: bytes  # DER
    old: str
    made_at: datetime
    sha256: str


def make(
    agency: str, old_certificate: bytes, old_key: bytes, new_certificate: bytes, new_key: bytes, now: datetime
) -> str:
    """Make a request; all but the agency's code are PEM, the keys unencrypted. Raises ValueError when they do not fit."""
    claims = {
        "agency": agency,
        "certificate": new_certificate.decode("ascii"),
        "iat": int(now.timestamp()),
    }
    inner = _sign(orjson.dumps(claims), new_certificate, new_key)
    return _sign(inner.encode(), old_certificate, old_key)


def _sign(payload: bytes, certificate_pem: bytes, key_pem: bytes) -> str:
    certificate = x509.load_pem_x509_certificate(certificate_pem)
    private = load_pem_private_key(key_pem, None)
    if private.public_key() != certificate.public_key():
        message = f"the key does not belong to {certificate.subject.rfc4514_string()}"
        raise ValueError(message)
    key, algorithm = _key(key_pem, certificate.public_key())
    header = {"alg": algorithm, "typ": TYPE, "x5t#S256": _thumbprint(certificate)}
    return jws.serialize_compact(header, payload, key, algorithms=[algorithm])


def signer_of(request: str) -> str:
    """Whose certificate the request says has signed it: its fingerprint, lower-case hex. Nothing is believed yet."""
    if len(request) > AT_MOST:
        raise _refused("Yêu cầu quá dài", "The request is too long")
    return _header(request)[0]


def verify(request: str, old_certificate: bytes, now: datetime) -> Rotation:
    """Verify a request against the certificate (DER) that its signer names; `Rejected` says what is wrong with it."""
    old = x509.load_der_x509_certificate(old_certificate)
    if _header(request)[0] != old.fingerprint(hashes.SHA256()).hex():
        raise _refused("Yêu cầu do chứng thư khác ký", "Another certificate has signed the request")
    try:
        inner = _opened(request, old).decode("ascii")
        claims = orjson.loads(jws.extract_compact(inner.encode()).payload)
        new = x509.load_pem_x509_certificate(str(claims["certificate"]).encode())
        if _header(inner)[0] != new.fingerprint(hashes.SHA256()).hex():
            raise _refused(
                "Phần trong không do chứng thư mới ký", "The inner part is not signed with the new certificate"
            )
        _opened(inner, new)
        made_at = datetime.fromtimestamp(int(claims["iat"]), UTC)
        agency = str(claims["agency"])
    except (*UNREADABLE, JoseError, KeyError, OverflowError) as error:
        raise _refused(
            f"Chữ ký hoặc nội dung sai ({type(error).__name__})", f"A signature or a part is wrong ({error})"
        ) from None
    if not now - GOOD_FOR <= made_at <= now + _AHEAD:
        raise _refused(
            f"Yêu cầu lập lúc {made_at.isoformat()}, chỉ có giá trị 7 ngày",
            f"It was made at {made_at.isoformat()} and is good for seven days",
        )
    sha256 = hashlib.sha256(request.encode()).hexdigest()
    return Rotation(agency, new.public_bytes(Encoding.DER), old.fingerprint(hashes.SHA256()).hex(), made_at, sha256)


def _header(request: str) -> tuple[str, dict[str, Any]]:
    try:
        header = jws.extract_compact(request.strip().encode("ascii")).headers()
        named = str(header["x5t#S256"])
        thumbprint = base64.urlsafe_b64decode(named + "=" * (-len(named) % 4)).hex()
    except (JoseError, ValueError, KeyError, TypeError):
        raise _refused("Đây không phải JWS nêu chứng thư ký", "It is no JWS that names its certificate") from None
    if header.get("typ") != TYPE:
        raise _refused(f"typ phải là {TYPE}", f"Its typ must be {TYPE}")
    return thumbprint, header


def _opened(text: str, certificate: x509.Certificate) -> bytes:
    public = certificate.public_key()
    pem = public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    key, _ = _key(pem, public)
    payload: bytes = jws.deserialize_compact(text.strip(), key, algorithms=list(_ALGORITHMS)).payload
    return payload


def _key(pem: bytes, public: Any) -> tuple[Any, str]:
    if isinstance(public, rsa.RSAPublicKey):
        return RSAKey.import_key(pem), "PS256"
    if isinstance(public, ec.EllipticCurvePublicKey) and isinstance(public.curve, ec.SECP256R1 | ec.SECP384R1):
        return ECKey.import_key(pem), "ES256" if isinstance(public.curve, ec.SECP256R1) else "ES384"
    message = "only RSA, ECDSA P-256 and P-384 keys are taken"
    raise ValueError(message)


def _thumbprint(certificate: x509.Certificate) -> str:
    return base64.urlsafe_b64encode(certificate.fingerprint(hashes.SHA256())).decode().rstrip("=")


def _refused(vi: str, en: str) -> Rejected:
    return rejected("not-a-rotation", problem=(vi, en))
