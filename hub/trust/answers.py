"""Asking an OCSP responder about one certificate (RFC 6960), and reading what it answers.

An answer is taken when it is about this certificate of this CA, signed by the CA itself or by a responder the CA named,
with SHA-2, and not from the future. Whether it still holds is for the judge, who looks at every chain anew.
"""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import new as new_hash
from typing import Final

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509 import ocsp
from cryptography.x509.oid import ExtendedKeyUsageOID

from hub.errors import Rejected, rejected
from hub.trust.algorithms import HASHES
from hub.trust.reading import UNREADABLE

SKEW: Final = timedelta(minutes=5)
"""How far a responder's clock may be ahead of the hub's; what it says counts only from its own time on."""

_UNSAID_HOLDS: Final = timedelta(minutes=30)  # as pyhanko-certvalidator takes an answer without nextUpdate
_NONCE_BYTES: Final = 32
_STATUS: Final = {
    ocsp.OCSPCertStatus.GOOD: "good",
    ocsp.OCSPCertStatus.REVOKED: "revoked",
    ocsp.OCSPCertStatus.UNKNOWN: "unknown",
}


@dataclass(frozen=True, slots=True)
class Question:
    """What is sent to a responder; `nonce` must come back in an answer that carries one."""

    der: bytes
    nonce: bytes


@dataclass(frozen=True, slots=True)
class Answer:
    """What a responder said of the certificate with the fingerprint `certificate`; `status`: good, revoked, unknown."""

    fingerprint: str  # SHA-256 of the DER, lower-case hex
    certificate: str
    der: bytes
    status: str
    this_update: datetime
    next_update: datetime


def question(certificate: bytes, issuer: bytes) -> Question:
    """Ask about a certificate of a CA (DER both). SHA-1 here only names the CA; responders know no other name for it."""
    nonce = secrets.token_bytes(_NONCE_BYTES)
    builder = ocsp.OCSPRequestBuilder().add_certificate(
        x509.load_der_x509_certificate(certificate),
        x509.load_der_x509_certificate(issuer),
        hashes.SHA1(),  # noqa: S303
    )
    built = builder.add_extension(x509.OCSPNonce(nonce), critical=False).build()
    return Question(built.public_bytes(Encoding.DER), nonce)


def read_answer(content: bytes, certificate: bytes, issuer: bytes, now: datetime, nonce: bytes = b"") -> Answer:
    """Read an answer about a certificate of a CA (DER both); `Rejected` says why it proves nothing."""
    try:
        answer = ocsp.load_der_ocsp_response(content)
        if answer.response_status is not ocsp.OCSPResponseStatus.SUCCESSFUL:
            raise _refused("Máy chủ OCSP từ chối trả lời", f"The responder says {answer.response_status.name.lower()}")
        about, ca = x509.load_der_x509_certificate(certificate), x509.load_der_x509_certificate(issuer)
        _check_nonce(answer, nonce)
        _check_signature(answer, ca, now)
        return _facts(answer, about, ca, now)
    except UNREADABLE as error:
        raise _refused(f"Không đọc được ({error})", f"It cannot be read ({error})") from None


def _check_nonce(answer: ocsp.OCSPResponse, nonce: bytes) -> None:
    try:
        came_back = answer.extensions.get_extension_for_class(x509.OCSPNonce).value.nonce
    except x509.ExtensionNotFound:
        return  # answers made in advance carry none
    if nonce and came_back != nonce:
        raise _refused("Đây là trả lời cho câu hỏi khác", "It answers somebody else's question (nonce)")


def _facts(answer: ocsp.OCSPResponse, about: x509.Certificate, ca: x509.Certificate, now: datetime) -> Answer:
    single = next((each for each in answer.responses if _is_about(each, about, ca)), None)
    if single is None or len(list(answer.responses)) != 1:
        raise _refused("Trả lời không nói về riêng chứng thư này", "It is not about this certificate alone")
    start = single.this_update_utc
    if start > now + SKEW:
        raise _refused(f"Trả lời chưa có hiệu lực (từ {start})", f"It does not hold before {start}")
    digest = hashes.Hash(hashes.SHA256())
    digest.update(answer.public_bytes(Encoding.DER))
    return Answer(
        digest.finalize().hex(),
        about.fingerprint(hashes.SHA256()).hex(),
        answer.public_bytes(Encoding.DER),
        _STATUS[single.certificate_status],
        start,
        single.next_update_utc or start + _UNSAID_HOLDS,
    )


def _is_about(single: ocsp.OCSPSingleResponse, about: x509.Certificate, ca: x509.Certificate) -> bool:
    name = single.hash_algorithm.name
    return (
        single.serial_number == about.serial_number
        and single.issuer_name_hash == new_hash(name, ca.subject.public_bytes()).digest()
        and single.issuer_key_hash == new_hash(name, _key_bits(ca)).digest()
    )


def _key_bits(ca: x509.Certificate) -> bytes:
    """The bits of the public key without what says which kind it is: what responders hash (RFC 6960 §4.1.1)."""
    key = ca.public_key()
    if isinstance(key, rsa.RSAPublicKey):
        return key.public_bytes(Encoding.DER, PublicFormat.PKCS1)
    if isinstance(key, ec.EllipticCurvePublicKey):
        return key.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    raise _refused("Khóa của CA không được hỗ trợ", "The CA's key is of an unsupported kind")


def _check_signature(answer: ocsp.OCSPResponse, ca: x509.Certificate, now: datetime) -> None:
    algorithm = answer.signature_hash_algorithm
    if algorithm is None or algorithm.name not in HASHES:
        raise _refused("Thuật toán ký của trả lời quá yếu", "The answer is signed with a weak algorithm")
    if any(_has_signed(signer, answer) for signer in (ca, *answer.certificates) if _may_answer(signer, ca, now)):
        return
    raise _refused(
        "Trả lời không do CA hoặc máy chủ được CA ủy quyền ký",
        "Neither the CA nor a responder that it named has signed it",
    )


def _may_answer(signer: x509.Certificate, ca: x509.Certificate, now: datetime) -> bool:
    if signer == ca:
        return True
    if not signer.not_valid_before_utc <= now <= signer.not_valid_after_utc:
        return False
    try:
        signer.verify_directly_issued_by(ca)
        usages = signer.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    except (*UNREADABLE, InvalidSignature, x509.ExtensionNotFound):
        return False
    return ExtendedKeyUsageOID.OCSP_SIGNING in usages


def _has_signed(signer: x509.Certificate, answer: ocsp.OCSPResponse) -> bool:
    key, algorithm = signer.public_key(), answer.signature_hash_algorithm
    if algorithm is None:
        return False
    try:
        if isinstance(key, rsa.RSAPublicKey):
            key.verify(answer.signature, answer.tbs_response_bytes, padding.PKCS1v15(), algorithm)
        elif isinstance(key, ec.EllipticCurvePublicKey):
            key.verify(answer.signature, answer.tbs_response_bytes, ec.ECDSA(algorithm))
        else:
            return False
    except InvalidSignature:
        return False
    return True


def _refused(vi: str, en: str) -> Rejected:
    return rejected("not-an-answer", problem=(vi, en))
