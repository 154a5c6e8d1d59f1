"""Mutants of signed documents, and what they may come to.

A mutant is valid only if two parsers find in it, outside the Signature, exactly what was signed. And where nothing
that matters was changed it must be valid, or there is a plain reason why not. Anything that comes out of the hub but a
message or a refusal is a failure.

`python -m tests.forgeries.fuzz --mutants 10000 --seed 7` prints what came of that many, as JSON.
"""

import argparse
import base64
import json
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from random import Random
from typing import Any, Final
from xml.etree import ElementTree as ET

from lxml import etree

from hub.domain.envelope import Message
from hub.domain.trust import Judgement
from hub.errors import Rejected
from hub.xml.gate import scan
from hub.xml.open import open_document
from tests.forgeries.case import BODY, SIGNER, signed
from tests.forgeries.mutations import MUTATIONS
from tests.pki import NOW
from tests.xml.builders import (
    C14N_10,
    C14N_11,
    DS,
    ENVELOPED,
    EXCLUSIVE,
    RSA_SHA256,
    SENDER,
    swap,
    without_lines,
    without_signature,
)
from tests.xml.test_status import BODY as STATUS

_SIGNATURE: Final = f"{{{DS}}}Signature"
_MAZE: Final = swap(
    BODY,
    "</edXML:MessageHeader>",
    '<edXML:X xmlns:a="urn:a" a:b="&#9;&lt;"><y xmlns=""><z xmlns="urn:z" xmlns:a="urn:b" a:q="2"/></y></edXML:X>'
    "</edXML:MessageHeader>",
)
EXPLAINED: Final = frozenset(
    {
        "duplicate-id",
        "dtd-forbidden",
        "processing-instruction",
        "xml-limits",
        "xml-version",
        "encoding",
        "forbidden-namespace",
        "namespace",
        "not-well-formed",  # lxml is more patient than expat and lxml together
    }
)
"""Refusals by the gate, which looks at more than what is signed."""


@dataclass(frozen=True, slots=True)
class Seed:
    """A valid document and what was signed in it."""

    name: str
    body: bytes
    algorithm: str  # of the canonicalisation for the digest
    canonical: bytes
    content: tuple[Any, ...]
    message: Message


@cache
def seeds() -> tuple[Seed, ...]:
    """Documents of several forms, all valid."""
    made = {
        "exclusive": (signed(), EXCLUSIVE),
        "C14N 1.0, prefixed": (signed(prefix="ds", c14n=C14N_10, transforms=(ENVELOPED, C14N_10)), C14N_10),
        "C14N 1.1 at the root": (signed(c14n=C14N_11, transforms=(ENVELOPED, C14N_11), before="</edXML>"), C14N_11),
        "enveloped alone, indented": (signed(transforms=(ENVELOPED,), gap="\n  "), C14N_10),
        "RSA": (signed(who=SENDER, method=RSA_SHA256), EXCLUSIVE),
        "a status message": (signed(STATUS), EXCLUSIVE),
        "namespaces redeclared": (signed(_MAZE, c14n=C14N_10), EXCLUSIVE),
        "a long attachment": (signed(BODY.replace(b"JVBERi", b"JVBERi" + b"AAAA" * 5000)), EXCLUSIVE),
    }
    return tuple(_seed(name, body, algorithm) for name, (body, algorithm) in made.items())


def _seed(name: str, body: bytes, algorithm: str) -> Seed:
    opened = open_document(body, (SIGNER.bound, SENDER.bound), NOW)
    assert opened.verdict.judgement is Judgement.VALID, name
    return Seed(name, body, algorithm, canonical_of(body, algorithm), content_of(body), without_lines(opened.message))


def canonical_of(body: bytes, algorithm: str) -> bytes:
    """The canonical form of the document without its Signature, by libxml2."""
    root = without_signature(body)
    return etree.tostring(root, method="c14n", exclusive=algorithm == EXCLUSIVE, with_comments=False)


def content_of(body: bytes) -> tuple[Any, ...]:
    """Names, attributes and texts of the document without its Signature, by expat."""
    root = ET.fromstring(body)
    for above in root.iter():
        parts = list(above)
        for at, part in enumerate(parts):
            if part.tag == _SIGNATURE:
                tail = part.tail or ""
                if at:
                    parts[at - 1].tail = (parts[at - 1].tail or "") + tail
                else:
                    above.text = (above.text or "") + tail
                above.remove(part)
                break
    return tuple((one.tag, tuple(sorted(one.attrib.items())), one.text or "", one.tail or "") for one in root.iter())


def what_came_of(seed: Seed, body: bytes) -> tuple[str, str]:
    """Open a mutant: what the hub says, and what is wrong with that ("" when nothing is)."""
    try:
        opened = open_document(body, (SIGNER.bound, SENDER.bound), NOW)
    except Rejected as refusal:
        said = f"refused {refusal.code}"
        is_explained = refusal.code in EXPLAINED or _is_comment(refusal)
        return said, "" if is_explained or not _is_untouched(seed, body) else "refused for no reason"
    except Exception as error:  # noqa: BLE001  this is what is looked for
        return f"raised {type(error).__name__}", "raised"
    if not _passes_the_scan(body):
        return "opened", "past the gate"
    verdict = opened.verdict
    said = f"{verdict.judgement} {verdict.reason}".strip()
    if verdict.judgement is not Judgement.VALID:
        return said, "not valid for no reason" if _is_untouched(seed, body) else ""
    same = canonical_of(body, seed.algorithm) == seed.canonical and content_of(body) == seed.content
    read = without_lines(opened.message) == seed.message
    return said, "" if same and read else "accepted though changed"


def _passes_the_scan(body: bytes) -> bool:
    """Whether the whole scan, too, has nothing against what may have been let by after a glance."""
    try:
        scan(body)
    except Rejected:
        return False
    return True


def _is_comment(refusal: Rejected) -> bool:
    return refusal.code == "signature-structure" and "Signature" in refusal.findings[0].path


def _is_untouched(seed: Seed, body: bytes) -> bool:
    """Whether neither what was signed nor the Signature changed, as canonicalisation sees it."""
    try:
        if canonical_of(body, C14N_10) != canonical_of(seed.body, C14N_10):
            return False
        return _signature(body) == _signature(seed.body)
    except (etree.LxmlError, StopIteration, AssertionError):
        return False


def _signature(body: bytes) -> bytes:
    found = next(etree.fromstring(body).iter(_SIGNATURE))
    place = "/".join(str(above.tag) for above in found.iterancestors())
    alone = etree.fromstring(etree.tostring(found, with_tail=False))
    return place.encode() + etree.tostring(alone, method="c14n", with_comments=False)


def mutate(body: bytes, rng: Random) -> tuple[bytes, list[str]]:
    """Make one to three changes and name them."""
    kinds = [rng.choice(list(MUTATIONS)) for _ in range(rng.choice((1, 1, 1, 2, 3)))]
    for kind in kinds:
        body = MUTATIONS[kind](body, rng)
    return body, kinds


@dataclass(slots=True)
class Figures:
    """What came of many mutants."""

    mutants: int = 0
    unchanged: int = 0
    said: Counter[str] = field(default_factory=Counter)
    kinds: Counter[str] = field(default_factory=Counter)
    faults: list[dict[str, str]] = field(default_factory=list)

    def shown(self) -> dict[str, Any]:
        """As JSON."""
        return {
            "mutants": self.mutants,
            "byte for byte the original": self.unchanged,
            "changes": dict(self.kinds.most_common()),
            "said": dict(self.said.most_common()),
            "faults": self.faults,
        }


def mutants(seed: int) -> Iterator[tuple[Seed, bytes, list[str]]]:
    """Mutants without end, the same for the same seed but for keys and signatures, which are new each time."""
    rng = Random(seed)
    while True:
        original = rng.choice(seeds())
        yield original, *mutate(original.body, rng)


def run(count: int, seed: int) -> Figures:
    """Judge `count` mutants."""
    figures = Figures()
    for original, body, kinds in mutants(seed):
        if figures.mutants == count:
            break
        figures.mutants += 1
        figures.unchanged += body == original.body
        figures.kinds.update(kinds)
        said, fault = what_came_of(original, body)
        figures.said[said] += 1
        if fault:
            document = base64.b64encode(body).decode()
            changes = " ".join(kinds)
            figures.faults.append(
                {"seed": original.name, "fault": fault, "said": said, "changes": changes, "document": document}
            )
    return figures


def main() -> None:
    """Run, print the figures, and fail if there is a fault."""
    parser = argparse.ArgumentParser(description="Judge mutants of signed documents.")
    parser.add_argument("--mutants", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=7)
    asked = parser.parse_args()
    figures = run(asked.mutants, asked.seed)
    sys.stdout.write(json.dumps(figures.shown(), ensure_ascii=False, indent=1) + "\n")
    sys.exit(bool(figures.faults))


if __name__ == "__main__":
    main()
