"""signxml, with its canonicalisation mended and, for the one shape of signature that is allowed, without its copies.

`Arbiter` is signxml as it comes plus the mend: lxml prints a spurious `xmlns=""` when it canonicalises a node below
its root inclusively, which makes signxml refuse every prefix-less Signature (its issues #193, #197, #275); putting the
node at the root of a document of its own first gives the right bytes. `Engine` adds speed: schema and signature value
are checked by signxml's own methods, but on the tree that was parsed once; the Signature is then taken out of that
tree and the rest canonicalised once. The tests hold the two to the same word on every document.
"""

import hashlib
import hmac
from typing import Any, Final, cast

import cryptography.exceptions
from cryptography import x509
from lxml import etree
from signxml.algorithms import CanonicalizationMethod, SignatureMethod
from signxml.exceptions import InvalidSignature
from signxml.verifier import SignatureConfiguration, XMLVerifier

from hub.xml.algorithms import (
    C14N_10,
    C14N_EXCLUSIVE,
    DIGESTS,
    ENVELOPED,
    HASH_OF,
    LEGACY_DIGESTS,
    LEGACY_METHODS,
    METHODS,
)
from hub.xml.certificates import decode
from hub.xml.names import EXC_C14N

MODERN: Final = SignatureConfiguration(signature_methods=METHODS, digest_algorithms=DIGESTS)
LEGACY: Final = SignatureConfiguration(
    signature_methods=METHODS | LEGACY_METHODS, digest_algorithms=DIGESTS | LEGACY_DIGESTS
)


class Arbiter(XMLVerifier):
    """Stock signxml with the canonicalisation of inner nodes mended; one object per document."""

    def _c14n(
        self, nodes: Any, algorithm: CanonicalizationMethod, inclusive_ns_prefixes: list[str] | None = None
    ) -> bytes:
        if isinstance(nodes, etree._Element) and nodes.getparent() is not None:  # noqa: SLF001
            nodes = self._fromstring(etree.tostring(nodes, with_tail=False))  # type: ignore[no-untyped-call]
        return cast("bytes", super()._c14n(nodes, algorithm, inclusive_ns_prefixes))


class Engine(Arbiter):
    """Verify one Signature that was already found and held against `profile`, in the tree it was parsed in."""

    def check(
        self, root: etree._Element, signature: etree._Element, certificate: x509.Certificate, *, is_legacy: bool
    ) -> str:
        """Say why the mathematics do not hold, by a finding's code; "" when they do.

        Afterwards `root` is without the Signature, and is what was signed. Raises whatever lxml, signxml and
        cryptography raise on input they cannot take: none of it is a valid signature.
        """
        self.config = LEGACY if is_legacy else MODERN
        self.validate_schema(signature)  # type: ignore[no-untyped-call]
        info = etree.fromstring(etree.tostring(signature[0], with_tail=False), self._parser_of_parts())
        method = SignatureMethod(info[1].get("Algorithm"))
        self.check_signature_alg_expected(method)  # type: ignore[no-untyped-call]
        try:
            self._verify_signature_with_pubkey(
                signed_info_c14n=_canonical(info, *_how(info[0])),
                raw_signature=decode(signature[1].text),
                signature_alg=method,
                signing_certificate=certificate,
            )
        except (cryptography.exceptions.InvalidSignature, InvalidSignature):
            return "signature-invalid"
        reference = info[2]
        detach(signature)
        signed = _canonical(root, *_how_referenced(reference))
        digest = hashlib.new(HASH_OF[str(reference[1].get("Algorithm"))], signed).digest()
        return "" if hmac.compare_digest(digest, decode(reference[2].text)) else "digest-mismatch"

    @staticmethod
    def _parser_of_parts() -> etree.XMLParser:
        return etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=True, collect_ids=False)


def _canonical(node: etree._Element, algorithm: str, prefixes: list[str] | None) -> bytes:
    """Canonicalise a document by its root, without comments."""
    return etree.tostring(
        node,
        method="c14n",
        exclusive=algorithm == C14N_EXCLUSIVE,
        with_comments=False,
        inclusive_ns_prefixes=prefixes,
    )


def _how(method: etree._Element) -> tuple[str, list[str] | None]:
    """Read the algorithm of a CanonicalizationMethod or Transform, and its inclusive prefixes."""
    inclusive = method.find(f"{{{EXC_C14N}}}InclusiveNamespaces") if len(method) else None
    prefixes = None if inclusive is None else (inclusive.get("PrefixList") or "").split()
    return str(method.get("Algorithm")), prefixes


def _how_referenced(reference: etree._Element) -> tuple[str, list[str] | None]:
    """How a Reference is canonicalised: by its second transform, else by Canonical XML 1.0 (XML Signature §4.4.3.2)."""
    step = reference[0][-1]
    return (C14N_10, None) if step.get("Algorithm") == ENVELOPED else _how(step)


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
