"""What is known of a signature, and what policy makes of it.

Verification says what is (`Verdict`); policy says what follows (`refusal`). The two never mix.
"""

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import Final

from hub.domain.agency import SignaturePolicy

EXPIRY_TOLD: Final = timedelta(days=60)
"""How long before its end a certificate's senders are told so."""


class Judgement(StrEnum):
    """What can be said of an envelope's signature."""

    VALID = "valid"
    VALID_LEGACY = "valid-legacy"
    ABSENT = "absent"
    UNVERIFIABLE = "unverifiable"
    BROKEN = "broken"
    UNTRUSTED = "untrusted"
    EXPIRED = "expired"
    REVOKED = "revoked"


@dataclass(frozen=True, slots=True)
class Verdict:
    """The judgement, the code of the reason (a finding's code, "" when valid), and who signed."""

    judgement: Judgement
    reason: str = ""
    detail: str = ""
    signer: str = ""  # subject of the certificate, RFC 4514
    fingerprint: str = ""  # SHA-256 of the certificate's DER, hex; "" when there was none to read
    algorithm: str = ""
    line: int | None = None  # where the Signature stands
    marks: tuple[str, ...] = ()  # of a signer's certificate that is not on record (`hub.domain.binding`)
    unrecorded: bytes = b""  # that certificate (DER), where it counts by the key or the number that is bound

    def grounds(self, version: int | None) -> dict[str, str | int | None]:
        """What is kept of why it was believed: by which version of the directory, with which certificate."""
        return {"version": version, "certificate": self.fingerprint, "algorithm": self.algorithm}

    @property
    def is_provisional(self) -> bool:
        """Whether its certificate is to be looked at again: nobody could say whether it is revoked."""
        return self.reason == "revocation-unavailable" and bool(self.fingerprint)


_TAKEN: Final[dict[SignaturePolicy, frozenset[Judgement]]] = {
    SignaturePolicy.REQUIRED: frozenset({Judgement.VALID, Judgement.VALID_LEGACY}),
    SignaturePolicy.VERIFY_IF_PRESENT: frozenset(
        {Judgement.VALID, Judgement.VALID_LEGACY, Judgement.ABSENT, Judgement.UNVERIFIABLE}
    ),
    SignaturePolicy.REPORT_ONLY: frozenset(Judgement),
}


def is_taken(policy: SignaturePolicy, verdict: Verdict) -> bool:
    """Whether an envelope with this verdict is accepted under this policy.

    `valid-legacy` is only ever given by the verifier when the sender's dated policy allows SHA-1 by name.
    """
    return verdict.judgement in _TAKEN[policy]
