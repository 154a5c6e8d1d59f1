"""The mathematics of one Signature that was already found and held against the allow-list.

`Arbiter` is signxml as it comes, with its canonicalisation mended: lxml prints a spurious `xmlns=""` when it
canonicalises a node below its root inclusively, which makes signxml refuse every prefix-less Signature (its issues
#193, #197, #275); putting the node at the root of a document of its own first gives the right bytes. And the W3C schema
lets CanonicalizationMethod hold a list of prefixes and does not declare it. `check` comes to
the same word without signxml's copies: the tree was parsed once; the Signature is taken out of it and the rest
canonicalised once. The tests hold the two to each other on every document.
"""

import hmac
from copy import deepcopy
from functools import reduce
from typing import Any, Final, cast
from urllib.parse import urljoin

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from lxml import etree
from signxml.algorithms import CanonicalizationMethod, SignatureMethod
from signxml.verifier import XMLVerifier

from hub.xml.algorithms import C14N_10, C14N_11, C14N_EXCLUSIVE, ECDSA_OF, HASH_OF, RSA_OF
from hub.xml.canonical import DEFAULT, Contents, canonical, digest, know_default, read_how
from hub.xml.certificates import decode
from hub.xml.names import EXC_C14N, dsig
from hub.xml.profile import Shape

_METHOD: Final = f"{dsig('SignedInfo')}/{dsig('CanonicalizationMethod')}"
_PREFIXES: Final = f"{{{EXC_C14N}}}InclusiveNamespaces"
_XML: Final = "{http://www.w3.org/XML/1998/namespace}"
_BASE: Final = f"{_XML}base"
_SIMPLE: Final = frozenset({f"{_XML}lang", f"{_XML}space"})


class Arbiter(XMLVerifier):
    """Stock signxml with the canonicalisation of inner nodes mended; one object per document."""

    def _c14n(
        self, nodes: Any, algorithm: CanonicalizationMethod, inclusive_ns_prefixes: list[str] | None = None
    ) -> bytes:
        if isinstance(nodes, etree._Element) and nodes.getparent() is not None:  # noqa: SLF001
            nodes = self._fromstring(etree.tostring(nodes, with_tail=False))  # type: ignore[no-untyped-call]
        if inclusive_ns_prefixes and DEFAULT in inclusive_ns_prefixes:
            know_default()
        return cast("bytes", super()._c14n(nodes, algorithm, inclusive_ns_prefixes))

    def validate_schema(self, signature: etree._Element) -> None:
        """Hold `signature` against the W3C schema, but for a list of prefixes in CanonicalizationMethod."""
        if signature.find(f"{_METHOD}/{_PREFIXES}") is not None:
            signature = deepcopy(signature)
            for method in signature.iterfind(_METHOD):
                for prefixes in method.findall(_PREFIXES):
                    method.remove(prefixes)
        super().validate_schema(signature)  # type: ignore[no-untyped-call]


def check(
    root: etree._Element,
    signature: etree._Element,
    shape: Shape,
    key: rsa.RSAPublicKey | ec.EllipticCurvePublicKey,
    contents: Contents,
) -> str:
    """Say why the mathematics do not hold, by a finding's code; "" when they do.

    Afterwards `root` is without the Signature, and with `contents` is what was signed. Raises whatever lxml, signxml
    and cryptography raise on input they cannot take: none of it is a valid signature.
    """
    if not shape.is_exact:
        Arbiter().validate_schema(signature)
    info = _alone(signature[0]) if shape.info is None else shape.info
    try:
        _verify(key, shape.method, shape.value, info)
    except InvalidSignature:
        return "signature-invalid"
    detach(signature)
    taken = digest(root, contents, shape.how, HASH_OF[shape.digest])
    return "" if hmac.compare_digest(taken, decode(shape.stated)) else "digest-mismatch"


def _alone(info: etree._Element) -> bytes:
    """Canonicalise SignedInfo as the root of a document of its own, with what it inherits by the rules of its form.

    Canonical XML 1.0 (§2.4) writes the attributes xml:* of the elements above on it, 1.1 (§2.4) xml:lang, xml:space and
    what the xml:base of all of them come to. Stock signxml inherits nothing.
    """
    parser = etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=True, collect_ids=False)
    moved = etree.fromstring(etree.tostring(info, with_tail=False), parser)
    how = read_how(moved[0])
    if how.algorithm != C14N_EXCLUSIVE:
        for above in info.iterancestors():
            for name, value in above.items():
                is_inherited = name in _SIMPLE or (how.algorithm == C14N_10 and name.startswith(_XML))
                if is_inherited and name not in moved.attrib:
                    moved.set(name, value)
    if how.algorithm == C14N_11:
        bases = [above.get(_BASE) for above in reversed(list(info.iterancestors()))]
        if joined := reduce(urljoin, filter(None, bases), ""):
            moved.set(_BASE, joined)
    return canonical(moved, how)


def _verify(
    key: rsa.RSAPublicKey | ec.EllipticCurvePublicKey, method: SignatureMethod, value: bytes, data: bytes
) -> None:
    """Verify a signature value; raises InvalidSignature. That the method fits the key has been checked.

    An ECDSA value is two numbers one after the other, each as long as the order of the curve (RFC 4050 §3.3).
    """
    if isinstance(key, rsa.RSAPublicKey):
        key.verify(value, data, *RSA_OF[method])
        return
    width = (key.key_size + 7) // 8
    if len(value) != 2 * width:
        raise InvalidSignature
    numbers = int.from_bytes(value[:width], "big"), int.from_bytes(value[width:], "big")
    key.verify(encode_dss_signature(*numbers), data, ECDSA_OF[method])


def detach(signature: etree._Element) -> None:
    """Take the Signature out of its tree and leave the text after it in place; nothing happens the second time."""
    parent = signature.getparent()
    if parent is None:
        return
    if signature.tail:
        before = signature.getprevious()
        if before is None:
            parent.text = (parent.text or "") + signature.tail
        else:
            before.tail = (before.tail or "") + signature.tail
    parent.remove(signature)
