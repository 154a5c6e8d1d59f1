"""The Signature as nearly everybody writes it, recognised at one glance and proved fit by that glance.

The element is canonicalised, exclusively, and held against one pattern. The pattern has no slack: each element in its
place, no attribute but those named, nothing but white space between, base64 of the schema's own form (RFC 4648 §3.5:
the unused bits are zero). What fits it has the shape that `profile` demands and the form that the W3C schema
demands, so neither is asked; what does not is no worse for it, and goes the long way. The tests hold the two ways to
the same answer.

From the same bytes comes the canonical SignedInfo, where it is to be canonicalised exclusively without prefixes: all
its elements have the Signature's prefix and its attributes have none, so the one declaration that was written on the
Signature is written on SignedInfo instead, and nothing else changes (Exclusive XML Canonicalization §3).
"""

import re
from typing import Final

from lxml import etree

from hub.xml.algorithms import C14N, C14N_10, C14N_EXCLUSIVE, DIGEST_OF, ENVELOPED, METHOD_OF
from hub.xml.canonical import How, canonical
from hub.xml.certificates import decode
from hub.xml.names import DSIG
from hub.xml.profile import Shape, is_legacy

_PARTS: Final = 3  # of a Signature, and of SignedInfo
_EXCLUSIVE: Final = How(C14N_EXCLUSIVE)
_EXCLUSIVELY: Final = C14N_EXCLUSIVE.encode()
_BASE64: Final = r"[A-Za-z0-9+/\s]++(?:(?<=[AQgw])==|(?<=[AEIMQUYcgkosw048])=)?+\s*+"  # nothing is tried twice


def _pattern(prefix: str) -> re.Pattern[bytes]:
    """Make the pattern for the elements of one prefix, the colon included."""

    def around(name: str, inner: str, attributes: str = "") -> str:
        return rf"<{prefix}{name}{attributes}>\s*+{inner}</{prefix}{name}>\s*+"

    def one_of(name: str, group: str, algorithms: frozenset[str]) -> str:
        listed = "|".join(map(re.escape, sorted(algorithms)))
        return around(name, "", f' Algorithm="(?P<{group}>{listed})"')

    def value(name: str, group: str) -> str:
        return rf"<{prefix}{name}>(?P<{group}>{_BASE64})</{prefix}{name}>\s*+"

    transforms = one_of("Transform", "first", frozenset({ENVELOPED})) + f"(?:{one_of('Transform', 'second', C14N)})?"
    reference = (
        around("Transforms", transforms)
        + one_of("DigestMethod", "digest", frozenset(DIGEST_OF))
        + value("DigestValue", "stated")
    )
    info = (
        one_of("CanonicalizationMethod", "how", C14N)
        + one_of("SignatureMethod", "method", frozenset(METHOD_OF))
        + around("Reference", reference, ' URI=""')
    )
    key = around("KeyInfo", around("X509Data", value("X509Certificate", "certificate")))
    declared = rf" xmlns{':' if prefix else ''}{prefix[:-1]}=\"{re.escape(DSIG)}\""
    inner = rf"<{prefix}SignedInfo(?P<info>>\s*+{info}</{prefix}SignedInfo>)\s*+{value('SignatureValue', 'value')}{key}"
    return re.compile(around("Signature", inner, f"(?P<declared>{declared})").encode())


_PATTERNS: Final = {None: _pattern(""), "ds": _pattern("ds:")}


def _has_few(signature: etree._Element) -> bool:
    """Whether no part has more parts than in the plain form: thousands are not canonicalised only to be seen."""
    if len(signature) != _PARTS or len(signature[0]) != _PARTS:
        return False
    return len(signature[2]) == 1 and len(signature[2][0]) == 1


def read_plain(signature: etree._Element) -> Shape | None:
    """Read the shape of a ds:Signature of the plain form; None for any other, right or wrong."""
    pattern = _PATTERNS.get(signature.prefix)
    if pattern is None or not _has_few(signature):
        return None
    if (found := pattern.fullmatch(canonical(signature, _EXCLUSIVE))) is None:
        return None
    try:
        value, certificate = decode(found["value"].decode()), decode(found["certificate"].decode())
        stated = found["stated"].decode()
        decode(stated)
    except ValueError:
        return None
    method, digest = METHOD_OF[found["method"].decode()], DIGEST_OF[found["digest"].decode()]
    info = None
    if found["how"] == _EXCLUSIVELY:
        start = b"<SignedInfo" if signature.prefix is None else b"<ds:SignedInfo"
        info = start + found["declared"] + found["info"]
    second = found["second"]
    return Shape(
        method,
        digest,
        is_legacy(method, digest),
        (certificate,),
        value,
        stated,
        How(second.decode() if second else C14N_10),
        is_exact=True,
        info=info,
    )
