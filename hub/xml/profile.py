"""The shape a Signature must have before any mathematics are done on it: an allow-list, element by element.

It proves nothing of attributes and texts that have no meaning here: the W3C schema, which the engine asks, does.
"""

from dataclasses import dataclass
from itertools import islice
from typing import Final

from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.asymmetric.types import PublicKeyTypes
from lxml import etree
from signxml.algorithms import DigestAlgorithm, SignatureMethod

from hub.domain.trust import Judgement
from hub.xml.algorithms import (
    BOGUS_C14N,
    C14N,
    C14N_10,
    C14N_EXCLUSIVE,
    DIGEST_OF,
    ECDSA,
    ENVELOPED,
    LEGACY_DIGESTS,
    LEGACY_METHODS,
    METHOD_OF,
)
from hub.xml.canonical import How, read_how
from hub.xml.certificates import decode
from hub.xml.names import EXC_C14N, dsig, local_name

CERTIFICATES_AT_MOST: Final = 5
_LOOKED_AT: Final = 500  # parts of X509Data: a document with more of them is refused for these
_PREFIXES_AT_MOST: Final = 32  # the gate allows no more namespaces in scope
_DESCRIPTIONS: Final = frozenset({dsig("X509SubjectName"), dsig("X509IssuerSerial")})
_PARTS: Final = [dsig("SignedInfo"), dsig("SignatureValue"), dsig("KeyInfo")]
_INFO: Final = [dsig("CanonicalizationMethod"), dsig("SignatureMethod"), dsig("Reference")]
_REFERENCE: Final = [dsig("Transforms"), dsig("DigestMethod"), dsig("DigestValue")]
_CERTIFICATE: Final = dsig("X509Certificate")
_INCLUSIVE: Final = f"{{{EXC_C14N}}}InclusiveNamespaces"


class Unfit(Exception):
    """The signature cannot be believed, or not be verified: which, why (a finding's code), and what was seen."""

    def __init__(self, reason: str, detail: str = "", judgement: Judgement = Judgement.BROKEN) -> None:
        """Keep the three."""
        super().__init__(reason)
        self.reason, self.detail, self.judgement = reason, detail, judgement


@dataclass(frozen=True, slots=True)
class Shape:
    """What a Signature of the right shape says."""

    method: SignatureMethod
    digest: DigestAlgorithm
    is_legacy: bool  # SHA-1 is in it
    certificates: tuple[bytes, ...]  # DER, in document order
    value: bytes  # the signature value
    stated: str  # the digest as written, base64
    how: How  # the document is canonicalised for its digest
    is_exact: bool = False  # known to fit the W3C schema
    info: bytes | None = None  # the canonical SignedInfo, where it came to hand

    @property
    def name(self) -> str:
        """The method's name, for people."""
        return self.method.name.replace("_", "-")

    def fits(self, key: PublicKeyTypes | None) -> bool:
        """Whether a key of this type can have made it; a key of no known type is left to its own fault."""
        is_elliptic = self.method in ECDSA or self.method is SignatureMethod.ECDSA_SHA1
        return key is None or isinstance(key, rsa.RSAPublicKey) != is_elliptic


def check_shape(signature: etree._Element) -> Shape:
    """Hold a ds:Signature against the allow-list; raises `Unfit`.

    What is structurally wrong is said first; what honest software writes and nobody can verify comes after it.
    """
    info, value, key_info = _parts(signature)
    method, reference = _info(info)
    digest, algorithms = _reference(reference)
    certificates = _key_info(key_info)
    try:
        signed = decode(value.text)
    except ValueError:
        raise Unfit("signature-invalid") from None
    if BOGUS_C14N in algorithms:
        raise Unfit("transform", BOGUS_C14N, Judgement.UNVERIFIABLE)
    canonical = info[0].get("Algorithm")
    if canonical == BOGUS_C14N:
        raise Unfit("c14n", BOGUS_C14N, Judgement.UNVERIFIABLE)
    return Shape(
        method,
        digest,
        is_legacy(method, digest),
        _read_certificates(certificates),
        signed,
        reference[2].text or "",
        _read_steps(reference[0]),
    )


def is_legacy(method: SignatureMethod, digest: DigestAlgorithm) -> bool:
    """Whether SHA-1 is in either."""
    return method in LEGACY_METHODS or digest in LEGACY_DIGESTS


def _read_steps(transforms: etree._Element) -> How:
    """How a Reference is canonicalised: by its second transform, else by Canonical XML 1.0 (XML Signature §4.4.3.2)."""
    return How(C14N_10) if len(transforms) == 1 else read_how(transforms[1])


def _parts(signature: etree._Element) -> tuple[etree._Element, etree._Element, etree._Element | None]:
    parts = list(signature)
    tags = [part.tag for part in parts]
    if tags == _PARTS:
        return parts[0], parts[1], parts[2]
    if tags == _PARTS[:2]:
        return parts[0], parts[1], None
    raise Unfit("signature-structure", _names(parts))


def _info(info: etree._Element) -> tuple[SignatureMethod, etree._Element]:
    parts = list(info)
    tags = [part.tag for part in parts]
    if tags[:2] != _INFO[:2] or any(tag != _INFO[2] for tag in tags[2:]):
        raise Unfit("signature-structure", _names(parts))
    if len(parts) != len(_INFO):
        raise Unfit("reference-count", str(len(parts) - 2))
    canonical = parts[0].get("Algorithm") or ""
    if canonical not in C14N and canonical != BOGUS_C14N:
        raise Unfit("c14n", canonical)
    _check_parameters(parts[0], canonical, "c14n")
    name = parts[1].get("Algorithm") or ""
    if name not in METHOD_OF or len(parts[1]):
        raise Unfit("algorithm", name)
    return METHOD_OF[name], parts[2]


def _reference(reference: etree._Element) -> tuple[DigestAlgorithm, list[str]]:
    if reference.get("URI") != "":
        raise Unfit("reference-uri", str(reference.get("URI")))
    parts = list(reference)
    tags = [part.tag for part in parts]
    if tags == _REFERENCE[1:]:
        raise Unfit("transform", "no enveloped-signature")
    if tags != _REFERENCE or reference.get("Type") is not None:
        raise Unfit("signature-structure", _names(parts))
    algorithms = _transforms(parts[0])
    name = parts[1].get("Algorithm") or ""
    if name not in DIGEST_OF or len(parts[1]):
        raise Unfit("algorithm", name)
    return DIGEST_OF[name], algorithms


def _transforms(transforms: etree._Element) -> list[str]:
    steps = list(transforms)
    algorithms = [step.get("Algorithm") or "" for step in steps]
    shown = " ".join(algorithms[:3])
    if any(step.tag != dsig("Transform") for step in steps) or algorithms[:1] != [ENVELOPED] or len(steps) > 2:  # noqa: PLR2004
        raise Unfit("transform", shown)
    if any(algorithm.endswith("#WithComments") for algorithm in algorithms[1:]):
        raise Unfit("c14n", shown)
    if not C14N.issuperset(algorithms[1:]) and algorithms[1] != BOGUS_C14N:
        raise Unfit("transform", shown)
    for step, algorithm in zip(steps, algorithms, strict=True):
        _check_parameters(step, algorithm, "transform")
    return algorithms


def _check_parameters(method: etree._Element, algorithm: str, reason: str) -> None:
    """Only exclusive canonicalisation has a parameter: a list of prefixes."""
    if not len(method):
        return
    fits = algorithm == C14N_EXCLUSIVE and len(method) == 1 and method[0].tag == _INCLUSIVE and not len(method[0])
    if not fits or len((method[0].get("PrefixList") or "").split()) > _PREFIXES_AT_MOST:
        raise Unfit(reason, _names(list(method)))


def _key_info(key_info: etree._Element | None) -> list[etree._Element]:
    parts = [] if key_info is None else list(key_info)
    data = [part for part in parts if part.tag == dsig("X509Data")]
    if not data:
        raise Unfit("keyinfo", _names(parts), Judgement.UNVERIFIABLE)
    if len(data) > 1:
        raise Unfit("signature-structure", _names(parts))
    inner = list(islice(data[0], _LOOKED_AT))
    certificates = [part for part in inner if part.tag == _CERTIFICATE]
    others = {part.tag for part in inner} - {_CERTIFICATE}
    if len(parts) > 1 or not others <= _DESCRIPTIONS:
        raise Unfit("keyinfo", _names(parts + inner))
    if not certificates:
        raise Unfit("keyinfo", _names(inner), Judgement.UNVERIFIABLE)
    if len(certificates) > CERTIFICATES_AT_MOST:
        raise Unfit("certificate-chain", str(len(certificates) + max(len(data[0]) - _LOOKED_AT, 0)))
    return certificates


def _read_certificates(elements: list[etree._Element]) -> tuple[bytes, ...]:
    try:
        return tuple(decode(element.text) for element in elements)
    except ValueError:
        raise Unfit("certificate", "base64", Judgement.UNVERIFIABLE) from None


def _names(elements: list[etree._Element]) -> str:
    return ", ".join(local_name(str(element.tag)) for element in elements[:10])
