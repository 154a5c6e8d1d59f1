"""What software in the field writes in good faith where a signature should be, each by the name of what is wrong with it.

Such a signature is `unverifiable`, or `valid-legacy` under a dated policy: neither good nor bad, and counted by agency.
"""

from collections.abc import Iterable
from typing import Final

from hub.domain.trust import Judgement

LEGACY: Final[dict[str, str]] = {
    "signature-namespace": "sdk-namespace",  # Signature in the edXML namespace, as the VXP SDK writes it
    "transform": "made-up-transform",  # http://www.w3.org/TR/xml-exc-c14n#
    "c14n": "made-up-transform",
    "algorithm": "sha-1",
    "certificate": "certificate-stub",  # cut short: "MIIFqTCCBJG"
    "keyinfo": "no-certificate",
}
"""By the reason of an `unverifiable` verdict."""
SHA1_TAKEN: Final = "sha-1-by-policy"


def legacy_of(judgement: str, reason: str) -> str:
    """The name of what a verdict says of field software; "" when it says nothing of the kind."""
    if judgement == Judgement.VALID_LEGACY:
        return SHA1_TAKEN
    return LEGACY.get(reason, "") if judgement == Judgement.UNVERIFIABLE else ""


def counted(rows: Iterable[tuple[str, str, int]]) -> dict[str, dict[str, int]]:
    """(judgement, reason, number) folded into verdicts and legacy kinds."""
    verdicts: dict[str, int] = {}
    legacy: dict[str, int] = {}
    for judgement, reason, number in rows:
        verdicts[judgement] = verdicts.get(judgement, 0) + number
        if name := legacy_of(judgement, reason):
            legacy[name] = legacy.get(name, 0) + number
    return {"verdicts": verdicts, "legacy": legacy}
