"""The hub's own key, and the receipts it signs: compact JWS (RFC 7515) by Ed25519 (RFC 8037, RFC 9864).

The key is made on first start in TRUC_HOME, readable by its owner alone. Every process of a hub shares it: copy the
file, or mount it, before a second gateway starts. The public half lies beside it, and at `/.well-known/jwks.json`.
"""

import base64
import os
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any, Final

import orjson
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import OKPKey

from hub.domain.trust import Verdict
from hub.errors import rejected
from hub.findings import Finding

ALGORITHM: Final = "Ed25519"
PRIVATE: Final = "hub-key.json"
PUBLIC: Final = "hub-key.pub.json"
RETIRED: Final = "hub-key.retired.json"
ACCEPTED: Final = "truc-receipt+jws"
REFUSED: Final = "truc-refusal+jws"
ATTESTED: Final = "truc-delivery+jws"
HEAD: Final = "truc-head+jws"
"""What a signed text is (`typ` of its header), so that none can be taken for another."""
_SIGNATURE: Final = "Signature"  # the path of what is found about it


class NotOurs(Exception):
    """A receipt that this key did not sign, or that was changed afterwards."""


@dataclass(frozen=True, slots=True)
class Seal:
    """The hub's key. `kid` is the RFC 7638 thumbprint of its public half."""

    key: OKPKey
    kid: str
    _private: Ed25519PrivateKey = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Take the private half out of the JWK once."""
        private = self.key.get_op_key("sign")
        if not isinstance(private, Ed25519PrivateKey):
            raise ValueError(f"no key for {ALGORITHM}")  # noqa: TRY004 - a key file that says so is damaged
        object.__setattr__(self, "_private", private)

    def sign(self, claims: dict[str, Any], typ: str = ACCEPTED) -> str:
        """A compact JWS over `claims`: RFC 7515 §3.1, put together here since a library takes as long as the signature."""
        signed = b".".join((_header(self.kid, typ), _encoded(orjson.dumps(claims))))
        return b".".join((signed, _encoded(self._private.sign(signed)))).decode()

    @property
    def public(self) -> dict[str, Any]:
        """The public half as a JWK."""
        return {**self.key.as_dict(private=False), "kid": self.kid, "use": "sig", "alg": ALGORITHM}


@cache
def _header(kid: str, typ: str) -> bytes:
    return _encoded(orjson.dumps({"alg": ALGORITHM, "kid": kid, "typ": typ}))


def _encoded(data: bytes) -> bytes:
    return base64.urlsafe_b64encode(data).rstrip(b"=")


def receipt_claims(  # noqa: PLR0913
    identity: str,
    sender: str,
    document_id: str,
    kind: str,
    sha256: str,
    size: int,
    now: datetime,
    verdict: Verdict,
    recipients: Sequence[str],
    warnings: Sequence[Finding] = (),
) -> dict[str, Any]:
    """What a receipt says: which bytes, of whom, for whom, when, and what the hub thought of the signature.

    Of the warnings those about the signature are in it: that its certificate ends soon was said, and when.
    """
    vi_en = [(w.code, *w.message) for w in warnings if w.path == _SIGNATURE]
    told = [{"code": code, "message": {"vi": vi, "en": en}} for code, vi, en in vi_en]
    return {
        "id": identity,
        "document_id": document_id,
        "sender": sender,
        "kind": str(kind),
        "sha256": sha256,
        "size": size,
        "received_at": now.isoformat(),
        "verdict": verdict.judgement.value,
        "recipients": list(recipients),
        **({"warnings": told} if told else {}),
    }


@dataclass(frozen=True, slots=True)
class Signed:
    """A signed text that one of the given keys signed: what it is, by which key, and what it says."""

    typ: str
    kid: str
    claims: dict[str, Any]


def read(text: str, keys: Sequence[dict[str, Any]]) -> Signed:
    """Check a compact JWS by the key that it names, which must be among `keys` (JWKs); raises `NotOurs`."""
    try:
        head = text.strip().split(".")[0]
        header = orjson.loads(base64.urlsafe_b64decode(head + "=" * (-len(head) % 4)))
        kid, typ = str(header["kid"]), str(header["typ"])
    except (ValueError, KeyError, TypeError) as error:
        message = f"not a signed text: {error}"
        raise NotOurs(message) from error
    for key in keys:
        if thumbprint(key) == kid:
            return Signed(typ, kid, verify(text, key))
    message = f"signed by the key {kid}, which is none of those given"
    raise NotOurs(message)


def thumbprint(public: dict[str, Any]) -> str:
    """The RFC 7638 thumbprint of a JWK, whatever its own `kid` says; "" when it is no key of our kind."""
    try:
        return OKPKey.import_key({k: v for k, v in public.items() if k in ("kty", "crv", "x")}).thumbprint()
    except (JoseError, ValueError, KeyError, TypeError):
        return ""


def verify(receipt: str, public: dict[str, Any]) -> dict[str, Any]:
    """The claims of a receipt that `public` (a JWK) signed; raises `NotOurs`."""
    try:
        key = OKPKey.import_key({k: v for k, v in public.items() if k in ("kty", "crv", "x")})
        signed = jws.deserialize_compact(receipt.strip(), key, algorithms=[ALGORITHM])
        claims = orjson.loads(signed.payload)
    except (JoseError, ValueError, KeyError, TypeError) as error:
        message = f"not a receipt of this hub: {error}"
        raise NotOurs(message) from error
    if not isinstance(claims, dict):
        message = "not a receipt: its payload is no object"
        raise NotOurs(message)
    return claims


def claims_of(receipt: str) -> dict[str, Any]:
    """What a receipt of our own database says, its signature not looked at again."""
    payload = receipt.split(".")[1]
    claims: dict[str, Any] = orjson.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    return claims


def load_or_make(home: Path) -> Seal:
    """The key in `home`, made there when it is the first start; two processes starting at once end with one key."""
    home.mkdir(parents=True, exist_ok=True)
    path = home / PRIVATE
    if not path.exists():
        _make(home, path)
    try:
        key = OKPKey.import_key(orjson.loads(path.read_bytes()))
        seal = Seal(key, key.thumbprint())
    except (ValueError, TypeError, JoseError) as error:
        raise rejected("hub-key-damaged", file=path, reason=error) from error
    public = home / PUBLIC
    if not public.exists():
        public.write_bytes(orjson.dumps(seal.public, option=orjson.OPT_INDENT_2) + b"\n")
    return seal


def _make(home: Path, path: Path) -> None:
    key = OKPKey.generate_key("Ed25519", private=True)
    temporary = home / f".{PRIVATE}.{os.getpid()}"
    handle = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "wb") as file:
        file.write(orjson.dumps(key.as_dict(private=True), option=orjson.OPT_INDENT_2) + b"\n")
        file.flush()
        os.fsync(file.fileno())
    try:
        os.link(temporary, path)  # fails when another process was first, and then theirs is the key
    except FileExistsError:
        pass
    finally:
        temporary.unlink()


def load_keys(path: Path) -> list[dict[str, Any]]:
    """The keys of a public key file: a JWK, or a JWK set such as `/.well-known/jwks.json`."""
    data = orjson.loads(path.read_bytes())
    return [dict(key) for key in data["keys"]] if "keys" in data else [dict(data)]


def published(home: Path) -> list[dict[str, Any]]:
    """The public keys in `home`: the present one, and those it used before."""
    return [key for name in (PUBLIC, RETIRED) if (home / name).exists() for key in load_keys(home / name)]


def rotate(home: Path) -> Seal:
    """Begin to sign with a fresh key. The old one's public half is kept, for what it signed; its private half is not.

    Running processes go on with the key they know: hand the folder's files to every machine, and start them again.
    """
    old = load_or_make(home)
    retired = load_keys(home / RETIRED) if (home / RETIRED).exists() else []
    _replace(home / RETIRED, {"keys": [old.public, *(key for key in retired if key.get("kid") != old.kid)]})
    fresh = OKPKey.generate_key("Ed25519", private=True)
    seal = Seal(fresh, fresh.thumbprint())
    _replace(home / PRIVATE, fresh.as_dict(private=True), 0o600)
    _replace(home / PUBLIC, seal.public)
    return seal


def _replace(path: Path, value: dict[str, Any], mode: int = 0o644) -> None:
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    handle = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode)
    with os.fdopen(handle, "wb") as file:
        file.write(orjson.dumps(value, option=orjson.OPT_INDENT_2) + b"\n")
        file.flush()
        os.fsync(file.fileno())
    temporary.replace(path)
