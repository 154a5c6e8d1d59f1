"""How a client of the national axis signs a call, and how a call is believed.

The client sends every parameter `<name>` as a header `XroadVnpt-<name>`, all of them once more as one JSON object in
`XroadVnpt-sign-header`, and HMAC-SHA256 over that text in `XroadVnpt-hash-header`. So the bytes of the text are what is
checked, whatever order and escapes they have; then the text must say what the headers say. Only what was signed counts.
There is no nonce, and the timestamp is frozen when the client's object is made: neither is looked at here.
"""

import hashlib
import hmac
import json
import re
import secrets
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from hub.errors import rejected

PREFIX: Final = "XroadVnpt-"
_LOWER: Final = b"xroadvnpt-"
_TEXT, _MAC, _NAMES, _SYSTEM = b"sign-header", b"hash-header", b"sign-header-key", b"systemid"
_UNSIGNED: Final = frozenset({_TEXT, _MAC, _NAMES, b"version"})
_PLAIN: Final = re.compile(rb"[\x20-\x7e\t]*")
_NOBODY: Final = secrets.token_urlsafe(32)  # the secret of systems there are not: checked in the same time


@dataclass(frozen=True, slots=True)
class Signed:
    """The headers of a call, not believed yet. `fields`: (name in lower case without prefix, value as it came)."""

    systemid: str
    text: bytes
    mac: str
    names: str
    fields: tuple[tuple[bytes, bytes], ...]

    def parameters(self, secret: str | None) -> "Parameters":
        """What was signed with `secret` (None: there is no such system); `Rejected` tells why it is not believed."""
        expected = hmac.new((secret or _NOBODY).encode(), self.text, hashlib.sha256).hexdigest()
        if not hmac.compare_digest(expected, self.mac) or secret is None:
            if name := self._name_of_what_is_lost():
                raise rejected("vxp-non-ascii-header", name, name=name)
            raise rejected("vxp-unauthenticated")
        pairs = self._pairs()
        self._same_as_headers(pairs)
        return Parameters(tuple((name[len(PREFIX) :], value) for name, value in pairs))

    def _name_of_what_is_lost(self) -> str:
        """A header the client's HTTP library has destroyed: each character cut to its low byte after it was signed."""
        for name, value in self.fields:
            if name not in _UNSIGNED and not _PLAIN.fullmatch(value):
                return PREFIX + name.decode("ascii", "replace")
        return "" if _PLAIN.fullmatch(self.text) else f"{PREFIX}sign-header"

    def _pairs(self) -> list[tuple[str, str]]:
        try:
            pairs = json.loads(self.text, strict=False, object_pairs_hook=_Pairs)
        except (ValueError, RecursionError):
            pairs = None
        if not isinstance(pairs, _Pairs) or not all(
            isinstance(value, str) and name.lower().startswith(PREFIX.lower()) for name, value in pairs
        ):
            raise rejected("vxp-headers-changed", f"{PREFIX}sign-header", name=f"{PREFIX}sign-header")
        return list(pairs)

    def _same_as_headers(self, pairs: list[tuple[str, str]]) -> None:
        came = Counter((name, value.strip()) for name, value in self.fields)
        for name, value in pairs:
            field = (_bytes(name[len(PREFIX) :].lower()), _bytes(value.strip()))
            if came[field] < 1:
                raise rejected("vxp-headers-changed", name, name=name)
            came[field] -= 1
        listed = Counter(name.strip().lower() for name in self.names.split(";") if name.strip())
        if listed != Counter(name[len(PREFIX) :].lower() for name, _ in pairs):
            raise rejected("vxp-headers-changed", f"{PREFIX}sign-header-key", name=f"{PREFIX}sign-header-key")
        if not any(name.lower() == f"{PREFIX}systemid".lower() for name, _ in pairs):
            raise rejected("vxp-headers-changed", f"{PREFIX}systemid", name=f"{PREFIX}systemid")


def _bytes(text: str) -> bytes:
    """As UTF-8; half a surrogate pair, which JSON can spell, becomes what no header holds."""
    return text.encode("utf-8", "surrogatepass")


class _Pairs(list[tuple[str, str]]):
    """The members of a JSON object, doubled names kept."""


@dataclass(frozen=True, slots=True)
class Parameters:
    """What a call says, as it was signed. The client never clears them: an operation takes only those it knows."""

    pairs: tuple[tuple[str, str], ...]

    def one(self, *names: str) -> str:
        """The first of these that is there, in exactly this spelling, else in any; "" when none is."""
        for name in names:
            for written, value in self.pairs:
                if written == name:
                    return value.strip()
        for name in names:
            for written, value in self.pairs:
                if written.lower() == name.lower():
                    return value.strip()
        return ""


def read(headers: Iterable[tuple[bytes, bytes]]) -> Signed:
    """Find the signature in a request's headers (names in lower case); `Rejected` when there is none."""
    fields = tuple((name[len(_LOWER) :], value) for name, value in headers if name.startswith(_LOWER))
    once = {}
    for wanted in (_TEXT, _MAC, _NAMES, _SYSTEM):
        found = [value for name, value in fields if name == wanted]
        if len(found) != 1:
            raise rejected("vxp-unauthenticated")
        once[wanted] = found[0]
    systemid = once[_SYSTEM].decode("latin-1").strip()
    mac = once[_MAC].decode("latin-1").strip().lower()
    return Signed(systemid, once[_TEXT], mac if mac.isascii() else "", once[_NAMES].decode("latin-1"), fields)


def is_hash_of(stated: str, digest: str) -> bool:
    """Whether a hash-file is this SHA-256 (hex): in full, or as the client writes it, each byte without its zero."""
    stated = stated.lower()
    return stated in (digest, "".join(f"{byte:x}" for byte in bytes.fromhex(digest)))
