"""Requests signed by RFC 9421 with the key of a bound certificate: who signed, whether it holds, and only once.

`keyid` is the certificate's SHA-256. The signature must cover the method, the path, the query where there is one and,
with a body, `Content-Digest`; it must be fresh (`created`) and carry a `nonce` that was not there before. The body is
compared with its digest where it is read (`bodies.check_digest`).
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import http_sf
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from http_message_signatures import HTTPMessageVerifier, HTTPSignatureKeyResolver, algorithms
from http_message_signatures.exceptions import HTTPMessageSignaturesException

from hub.errors import Rejected, rejected
from hub.gateway.given import query_as_sent
from hub.gateway.proxies import Scope

TAG: Final = "truc"
"""Which of several signatures is ours to judge."""

_SKEW: Final = timedelta(seconds=60)  # a caller's clock may be ahead by that much
_NONCE: Final = range(8, 129)  # characters
_PATH: Final = frozenset({"@path", "@target-uri", "@request-target"})
_QUERY: Final = frozenset({"@query", "@target-uri", "@request-target"})
_RSA: Final = {"rsa-pss-sha512": algorithms.RSA_PSS_SHA512, "rsa-v1_5-sha256": algorithms.RSA_V1_5_SHA256}
_CURVES: Final = {"secp256r1": algorithms.ECDSA_P256_SHA256, "secp384r1": algorithms.ECDSA_P384_SHA384}


@dataclass(frozen=True, slots=True)
class Claim:
    """What a signed request says of itself; nothing is believed before `verify`."""

    keyid: str
    nonce: str
    created: datetime
    algorithm: str
    tag: str | None


class _Lines:
    def __init__(self, lines: list[tuple[str, str]]) -> None:
        self._lines = lines

    def items(self) -> list[tuple[str, str]]:
        """Every field line, in order."""
        return self._lines


class _Message:
    def __init__(self, scope: Scope, headers: dict[bytes, bytes]) -> None:
        target = (scope.get("raw_path") or scope["path"].encode()).decode("latin-1")
        query = query_as_sent(scope).decode("latin-1")
        host = headers.get(b"host", b"").decode("latin-1")
        self.method = scope["method"]
        self.url = f"{scope['scheme']}://{host}{target}" + (f"?{query}" if query else "")
        self.headers = _Lines([(n.decode("latin-1"), v.decode("latin-1")) for n, v in scope["headers"]])


class _Key(HTTPSignatureKeyResolver):
    def __init__(self, key: Any) -> None:
        self._key = key

    def resolve_public_key(self, key_id: str) -> Any:
        del key_id
        return self._key


class _Verifier(HTTPMessageVerifier):
    max_clock_skew = _SKEW


def claim(scope: Scope, headers: dict[bytes, bytes], now: datetime, window: timedelta) -> Claim:
    """Read what is claimed and refuse what no key could mend: form, coverage, time."""
    raw = b", ".join(value for name, value in scope["headers"] if name == b"signature-input")
    covered, said = _chosen(raw)
    has_body = headers.get(b"content-length", b"0") != b"0" or b"transfer-encoding" in headers
    missing = [] if "@method" in covered else ["@method"]
    missing += [] if covered & _PATH else ["@path"]
    missing += [] if not query_as_sent(scope) or covered & _QUERY else ["@query"]
    if has_body and not ("content-digest" in covered and b"sha-256=" in headers.get(b"content-digest", b"").lower()):
        missing.append("content-digest (sha-256)")
    if missing:
        raise rejected("insufficient-coverage", "Signature-Input", missing=", ".join(missing))
    keyid, nonce, created = said.get("keyid"), said.get("nonce"), said.get("created")
    if not isinstance(keyid, str) or not isinstance(nonce, str) or len(nonce) not in _NONCE:
        raise _wrong("thiếu keyid hoặc nonce (8–128 ký tự)", "keyid, or a nonce of 8 to 128 characters, is missing")
    moment = _moment(created)
    expires = _moment(said["expires"]) if "expires" in said else None
    if moment is None or not now - window <= moment <= now + _SKEW or (expires is not None and expires < now):
        raise rejected("stale-request", "Signature-Input", now=now.astimezone(UTC).isoformat(timespec="seconds"))
    algorithm, tag = said.get("alg", ""), said.get("tag")
    return Claim(keyid.lower().replace(":", ""), nonce, moment, str(algorithm), tag if isinstance(tag, str) else None)


def verify(scope: Scope, headers: dict[bytes, bytes], claimed: Claim, key: Any) -> None:
    """Refuse a request that was not signed with this public key."""
    verifier = _Verifier(signature_algorithm=_algorithm(claimed.algorithm, key), key_resolver=_Key(key))
    try:
        verifier.verify(_Message(scope, headers), max_age=None, expect_tag=claimed.tag)
    except (HTTPMessageSignaturesException, ValueError, KeyError) as error:
        detail = str(error)
        raise _wrong(detail, detail) from None


def _chosen(raw: bytes) -> tuple[set[str], dict[str, Any]]:
    """The names covered and the parameters of the one signature that counts."""
    try:
        found: Any = http_sf.parse(raw, tltype="dictionary")
        inputs = [
            ({str(name) for name, _ in items}, dict(parameters))
            for items, parameters in found.values()
            if isinstance(items, list)
        ]
    except Exception as error:  # noqa: BLE001 - whatever the parser trips over is the caller's header
        raise _wrong("Signature-Input không đọc được", f"Signature-Input cannot be read: {error}") from None
    ours = [each for each in inputs if len(inputs) == 1 or each[1].get("tag") == TAG]
    if len(ours) != 1:
        raise _wrong(f'cần đúng một chữ ký, hoặc đúng một có tag="{TAG}"', f'one signature, or one with tag="{TAG}"')
    return ours[0]


def _moment(said: object) -> datetime | None:
    if type(said) is not int:
        return None
    try:
        return datetime.fromtimestamp(said, UTC)
    except (ValueError, OverflowError, OSError):
        return None


def _algorithm(said: str, key: Any) -> Any:
    """The algorithm for a key: the key decides the family, `alg` among the family's. No HMAC, no `none`."""
    fitting: dict[str, Any] = {}
    if isinstance(key, rsa.RSAPublicKey):
        fitting = _RSA
    elif isinstance(key, ec.EllipticCurvePublicKey) and key.curve.name in _CURVES:
        one = _CURVES[key.curve.name]
        fitting = {one.algorithm_id: one}
    elif isinstance(key, ed25519.Ed25519PublicKey):
        fitting = {algorithms.ED25519.algorithm_id: algorithms.ED25519}
    chosen = fitting.get(said) if said else next(iter(fitting.values()), None)
    if chosen is None:
        names = ", ".join(fitting) or "—"
        raise _wrong(
            f"thuật toán {said!r} không hợp với khóa ({names})", f"alg {said!r} is none of this key's: {names}"
        )
    return chosen


def _wrong(vi: str, en: str) -> Rejected:
    return rejected("request-signature-invalid", "Signature", problem=(vi, en))
