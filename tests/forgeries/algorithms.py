"""Algorithm confusion: weak ones, made-up ones, and right ones used with the wrong key, value or padding."""

import hashlib
import hmac
from collections.abc import Callable
from functools import cache, partial
from typing import Final

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_private_key

from tests.forgeries.case import ECDSA_SHA256, SIGNER, Case, Family, broken, mangled, put, signed, unverifiable
from tests.forgeries.seal import joined, numbers, revalue, seal
from tests.pki import Identity, issue
from tests.xml.builders import DS, ENC, MORE, ROOT, RSA_SHA256, SENDER

NEWER: Final = "http://www.w3.org/2007/05/xmldsig-more#"
DSIG11: Final = "http://www.w3.org/2009/xmldsig11#"
P256_ORDER: Final = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
METHODS: Final = (
    "none",
    "",
    "urn:x",
    f"{DS}hmac-sha1",
    f"{MORE}hmac-md5",
    f"{MORE}hmac-sha224",
    f"{MORE}hmac-sha256",
    f"{MORE}hmac-sha384",
    f"{MORE}hmac-sha512",
    f"{DS}dsa-sha1",
    f"{DSIG11}dsa-sha256",
    f"{MORE}rsa-md5",
    f"{MORE}rsa-ripemd160",
    f"{MORE}rsa-sha224",
    f"{NEWER}md5-rsa-MGF1",
    f"{NEWER}sha1-rsa-MGF1",
    f"{NEWER}sha224-rsa-MGF1",
    f"{NEWER}sha3-256-rsa-MGF1",
    f"{NEWER}rsa-pss",
    f"{MORE}ecdsa-sha224",
    f"{MORE}ecdsa-sha512",
    f"{NEWER}ecdsa-sha3-256",
    f"{NEWER}ecdsa-ripemd160",
    "http://www.w3.org/2021/04/xmldsig-more#eddsa-ed25519",
    "http://www.w3.org/2021/04/xmldsig-more#eddsa-ed448",
    f"{RSA_SHA256} ",
    RSA_SHA256.upper(),
    RSA_SHA256.replace("http:", "https:"),
    f"{ENC}sha256",
)
DIGESTS: Final = (
    f"{MORE}md5",
    f"{MORE}sha224",
    f"{ENC}ripemd160",
    f"{NEWER}sha3-256",
    f"{NEWER}whirlpool",
    "",
    "urn:x",
    f"{ENC}sha256 ",
    "SHA-256",
    RSA_SHA256,
)


@cache
def _rsa_key() -> rsa.RSAPrivateKey:
    key = load_pem_private_key(SENDER.key_pem, None)
    assert isinstance(key, rsa.RSAPrivateKey)
    return key


def _template(method: str, who: Identity) -> bytes:
    """The document with a Signature of `who` by `method`, its digest right, its value left out."""
    body = signed(who=who, method=method, mangle=put("VALUE<", "AA==<"))
    return body.replace(b"<SignatureValue>AA==<", b"<SignatureValue>VALUE<")


def _by_rsa(method: str, pad: padding.AsymmetricPadding, algorithm: hashes.HashAlgorithm) -> bytes:
    return seal(_template(method, SENDER), lambda data: _rsa_key().sign(data, pad, algorithm))


def _hmac(key: bytes, method: str = f"{MORE}hmac-sha256") -> bytes:
    return seal(_template(method, SIGNER), lambda data: hmac.new(key, data, hashlib.sha256).digest())


def _spki(form: Encoding, shape: PublicFormat = PublicFormat.SubjectPublicKeyInfo) -> bytes:
    return SIGNER.certificate.public_key().public_bytes(form, shape)


def _value(make: Callable[[bytes], bytes]) -> bytes:
    return revalue(signed(), make)


def _der(body: bytes) -> bytes:
    return encode_dss_signature(int.from_bytes(body[:32], "big"), int.from_bytes(body[32:], "big"))


def _other_half(data: bytes) -> bytes:
    """The other s that fits (malleability): it is a genuine signature of the same bytes."""
    r, s = numbers(SIGNER, data)
    return joined(r, P256_ORDER - s)


def _beyond_the_order(data: bytes) -> bytes:
    """As long as it should be, with r beyond the order of the curve."""
    r, s = numbers(SIGNER, data)
    return joined((r + P256_ORDER) % (1 << 256), s)


VALUES: Final[dict[str, Callable[[bytes], bytes]]] = {
    "psychic: 0, 0": lambda _: bytes(64),
    "psychic: 0, 1": lambda _: joined(0, 1),
    "psychic: 1, 0": lambda _: joined(1, 0),
    "psychic: the order, the order": lambda _: joined(P256_ORDER, P256_ORDER),
    "psychic: the order, 1": lambda _: joined(P256_ORDER, 1),
    "the two numbers swapped": lambda v: v[32:] + v[:32],
    "in DER": _der,
    "one byte short": lambda v: v[:-1],
    "one byte long": lambda v: v + b"\0",
    "a zero before each number": lambda v: b"\0" + v[:32] + b"\0" + v[32:],
    "half": lambda v: v[:32],
    "twice": lambda v: v + v,
    "one byte": lambda _: b"\0",
    "as wide as P-384": lambda v: bytes(16) + v[:32] + bytes(16) + v[32:],
    "a megabyte": lambda _: bytes(1 << 20),
    "one bit changed": lambda v: bytes((v[0] ^ 1,)) + v[1:],
}  # fmt: skip
TEXTS: Final = ("*", "====", "AA=A", "A", "AA", "-_-_", "&#160;AA==", "0x00")


def _bound_rsa() -> tuple[Identity, ...]:
    return (SENDER,)


P384: Final = issue(ROOT, "Ký bằng P-384", "p-384")


def family() -> Family:
    """Every wrong algorithm and every wrong use of a right one."""
    algorithm = broken("algorithm")
    invalid = broken("signature-invalid")
    for name in METHODS:
        yield Case(f"method {name!r}", partial(signed, method=name), algorithm)
    for name in DIGESTS:
        yield Case(
            f"digest {name!r}",
            mangled(f'<DigestMethod Algorithm="{ENC}sha256"/>', f'<DigestMethod Algorithm="{name}"/>'),
            algorithm,
        )
    yield Case("rsa-sha1", partial(signed, who=SENDER, method=f"{DS}rsa-sha1"), unverifiable("algorithm"), _bound_rsa)
    yield Case("ecdsa-sha1", partial(signed, method=f"{MORE}ecdsa-sha1"), unverifiable("algorithm"))
    yield Case("a SHA-1 digest", partial(signed, digest=f"{DS}sha1"), unverifiable("algorithm"))
    yield Case(
        "a SHA-1 digest, content changed",
        lambda: signed(digest=f"{DS}sha1").replace(b"<edXML:Place>", b"<edXML:Place>x"),
        unverifiable("algorithm"),
    )
    yield Case("HMAC with the public key, PEM", lambda: _hmac(_spki(Encoding.PEM)), algorithm)
    yield Case("HMAC with the public key, DER", lambda: _hmac(_spki(Encoding.DER)), algorithm)
    yield Case("HMAC with the point", lambda: _hmac(_spki(Encoding.X962, PublicFormat.UncompressedPoint)), algorithm)
    yield Case("HMAC with the certificate", lambda: _hmac(SIGNER.der), algorithm)
    yield Case("HMAC with the certificate, PEM", lambda: _hmac(SIGNER.certificate_pem), algorithm)
    yield Case("HMAC with an empty key", lambda: _hmac(b""), algorithm)
    for length in (0, 1, 8, 80):
        yield Case(
            f"HMAC cut to {length} bits",
            partial(
                signed,
                method=f"{MORE}hmac-sha256",
                mangle=put(
                    'hmac-sha256"/>', f'hmac-sha256"><HMACOutputLength>{length}</HMACOutputLength></SignatureMethod>'
                ),
            ),
            algorithm,
        )
    yield Case(
        "HMACOutputLength for ECDSA",
        mangled(f'"{ECDSA_SHA256}"/>', f'"{ECDSA_SHA256}"><HMACOutputLength>8</HMACOutputLength></SignatureMethod>'),
        algorithm,
    )
    yield Case(
        "a parameter of the digest",
        mangled(f'"{ENC}sha256"/>', f'"{ENC}sha256"><x xmlns="urn:x"/></DigestMethod>'),
        algorithm,
    )
    yield Case(
        "no method", mangled(f'<SignatureMethod Algorithm="{ECDSA_SHA256}"/>', ""), broken("signature-structure")
    )
    yield Case(
        "a method without its name",
        mangled(f'<SignatureMethod Algorithm="{ECDSA_SHA256}"/>', "<SignatureMethod/>"),
        algorithm,
    )
    yield Case(
        "an HMAC called ECDSA",
        lambda: seal(
            _template(ECDSA_SHA256, SIGNER), lambda d: hmac.new(_spki(Encoding.DER), d, hashlib.sha512).digest()
        ),
        invalid,
    )
    yield Case("RSA said of an elliptic key", partial(signed, method=RSA_SHA256), algorithm)
    yield Case("PSS said of an elliptic key", partial(signed, method=f"{NEWER}sha256-rsa-MGF1"), algorithm)
    yield Case("ECDSA said of an RSA key", partial(signed, who=SENDER), algorithm, _bound_rsa)
    pss, pkcs = padding.PSS(padding.MGF1(hashes.SHA256()), 32), padding.PKCS1v15()
    sha256, sha512 = hashes.SHA256(), hashes.SHA512()
    mixed: tuple[tuple[str, str, padding.AsymmetricPadding, hashes.HashAlgorithm], ...] = (
        ("PSS called PKCS 1", RSA_SHA256, pss, sha256),
        ("PKCS 1 called PSS", f"{NEWER}sha256-rsa-MGF1", pkcs, sha256),
        ("SHA-512 called SHA-256", RSA_SHA256, pkcs, sha512),
        ("SHA-256 called SHA-512", f"{MORE}rsa-sha512", pkcs, sha256),
        ("SHA-1 called SHA-256", RSA_SHA256, pkcs, hashes.SHA1()),  # noqa: S303  weak on purpose
        ("PSS without salt", f"{NEWER}sha256-rsa-MGF1", padding.PSS(padding.MGF1(sha256), 0), sha256),
        (
            "PSS with the longest salt",
            f"{NEWER}sha256-rsa-MGF1",
            padding.PSS(padding.MGF1(sha256), padding.PSS.MAX_LENGTH),
            sha256,
        ),
        ("PSS with MGF1 over SHA-1", f"{NEWER}sha256-rsa-MGF1", padding.PSS(padding.MGF1(hashes.SHA1()), 32), sha256),  # noqa: S303  weak on purpose
    )
    for name, method, pad, hashing in mixed:
        yield Case(name, partial(_by_rsa, method, pad, hashing), invalid, _bound_rsa)
    for name, text in {"0": bytes(256), "1": bytes(255) + b"\1", "the signature short of a byte": bytes(255)}.items():
        yield Case(
            f"RSA value {name}", lambda t=text: seal(_template(RSA_SHA256, SENDER), lambda _: t), invalid, _bound_rsa
        )
    for name, change in VALUES.items():
        yield Case(f"ECDSA value {name}", partial(_value, change), invalid)
    yield Case("ECDSA r beyond the order", lambda: seal(_template(ECDSA_SHA256, SIGNER), _beyond_the_order), invalid)
    for text in TEXTS:
        yield Case(f"a value that reads {text!r}", mangled("VALUE<", f"{text}<"), invalid)
    yield Case("a P-384 value for a P-256 certificate", lambda: revalue(signed(), lambda _: bytes(95) + b"\1"), invalid)
    yield Case(
        "P-256's hash for a P-384 key, said to be SHA-384",
        lambda: signed(who=P384).replace(b"ecdsa-sha256", b"ecdsa-sha384"),
        invalid,
        lambda: (P384,),
    )
