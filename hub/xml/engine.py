"""signxml, with its canonicalisation mended and, for the one shape of reference that is allowed, without its copies.

`Arbiter` is signxml as it comes plus the mend: lxml prints a spurious `xmlns=""` when it canonicalises a node below
its root inclusively, which makes signxml refuse every prefix-less Signature (its issues #193, #197, #275); putting the
node at the root of a document of its own first gives the right bytes. `Engine` adds speed: it works on the tree that
was parsed once, removes the Signature from it, and canonicalises that once. The tests hold the two to the same word
on every document.
"""

import hashlib
import hmac
from typing import Any, cast

from lxml import etree
from signxml.algorithms import CanonicalizationMethod, DigestAlgorithm
from signxml.exceptions import InvalidDigest
from signxml.verifier import VerifyResult, XMLVerifier

from hub.xml.algorithms import C14N_10, C14N_EXCLUSIVE, ENVELOPED, HASH_OF
from hub.xml.certificates import decode
from hub.xml.names import EXC_C14N, dsig


class Arbiter(XMLVerifier):
    """Stock signxml with the canonicalisation of inner nodes mended; one object per document."""

    def _c14n(
        self, nodes: Any, algorithm: CanonicalizationMethod, inclusive_ns_prefixes: list[str] | None = None
    ) -> bytes:
        if isinstance(nodes, etree._Element) and nodes.getparent() is not None:  # noqa: SLF001
            nodes = self._fromstring(etree.tostring(nodes, with_tail=False))  # type: ignore[no-untyped-call]
        return cast(bytes, super()._c14n(nodes, algorithm, inclusive_ns_prefixes))  # type: ignore[no-untyped-call]


class Engine(Arbiter):
    """Verify one Signature, already found and already checked for its shape, in the tree it was parsed in.

    Afterwards the tree is without it: what is read next is what was signed.
    """

    def __init__(self, root: etree._Element, signature: etree._Element) -> None:
        """Take the tree and the one Signature in it."""
        self._root = root
        self._found = signature

    def get_root(self, data: Any) -> etree._Element:
        """The tree given at the start; `data` is not looked at."""
        del data
        return self._root

    def _get_signature(self, root: etree._Element) -> etree._Element:
        del root
        return self._found

    def _verify_reference(  # noqa: PLR0913, PLR0917
        self,
        reference: etree._Element,
        index: int,
        root: etree._Element,
        uri_resolver: Any,
        c14n_algorithm: CanonicalizationMethod,
        signature: etree._Element,
        signature_key_used: Any,
    ) -> VerifyResult:
        del uri_resolver, c14n_algorithm, signature_key_used
        uri = reference.findtext(dsig("DigestValue"))
        method = reference.find(dsig("DigestMethod"))
        assert method is not None  # noqa: S101  the schema requires it
        algorithm = DigestAlgorithm(method.get("Algorithm"))
        self.check_digest_alg_expected(algorithm)  # type: ignore[no-untyped-call]
        exclusive, prefixes = _how(reference)
        detach(self._found)
        signed = etree.tostring(
            root, method="c14n", exclusive=exclusive, with_comments=False, inclusive_ns_prefixes=prefixes
        )
        if not hmac.compare_digest(hashlib.new(HASH_OF[algorithm.value], signed).digest(), decode(uri)):
            message = f"digest of reference {index}"
            raise InvalidDigest(message)
        return VerifyResult(signed, None, signature, b"")


def _how(reference: etree._Element) -> tuple[bool, list[str] | None]:
    """Whether the reference canonicalises exclusively, and with which inclusive prefixes.

    Without a second transform it is Canonical XML 1.0 (XML Signature §4.4.3.2).
    """
    algorithm, prefixes = C14N_10, None
    for transform in reference.iter(dsig("Transform")):
        name = transform.get("Algorithm")
        if name != ENVELOPED:
            algorithm = str(name)
            inclusive = transform.find(f"{{{EXC_C14N}}}InclusiveNamespaces")
            prefixes = None if inclusive is None else (inclusive.get("PrefixList") or "").split()
    return algorithm == C14N_EXCLUSIVE, prefixes


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
