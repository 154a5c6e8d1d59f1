"""What can go wrong, as a tree that knows no HTTP.

    HubError
      Rejected            somebody must change something before trying again; carries every finding, not the first
        WrongOffset         ... where in an upload to go on
        OutOfRange          ... which bytes of a document are asked for
      OutOfTurn           an event a delivery cannot take in the state it is in
      HandoverFailed      an adapter could not hand a parcel over
        TemporaryFailure    try again later (the default)
        PermanentFailure    trying again cannot help: dead letter at once
      TooMany             this caller asks faster than it may; nothing was looked at
      Unavailable         the hub cannot answer just now; nothing was acknowledged
        StorageFull         ... because a disk is full
        RevocationUnavailable
                            ... because nobody has said lately whether a certificate is revoked

Which HTTP status a refusal becomes is decided by its leading finding's code, in `hub.gateway.problems` alone.
"""

from collections.abc import Iterable
from typing import Any

from hub.findings import Finding, finding


class HubError(Exception):
    """Anything the hub says no to on purpose."""


class Rejected(HubError):
    """The sender must change something; `findings` names everything that was wrong, most telling first."""

    def __init__(self, findings: Iterable[Finding]) -> None:
        """Keep the findings; at least one is needed."""
        self.findings = tuple(findings)
        super().__init__(", ".join(f.code for f in self.findings))

    @property
    def code(self) -> str:
        """The code of the leading finding: it names the whole refusal."""
        return self.findings[0].code


def rejected(code: str, path: str = "", line: int | None = None, **details: object) -> Rejected:
    """Build a refusal with one finding."""
    return Rejected([finding(code, path, line, **details)])


class WrongOffset(Rejected):
    """A part of an upload that does not begin where the upload stands."""

    def __init__(self, offset: int, given: int) -> None:
        """`offset`: where to go on."""
        super().__init__([finding("upload-offset", "Upload-Offset", expected=offset, found=given)])
        self.offset = offset


class OutOfRange(Rejected):
    """A range of bytes that are not there."""

    def __init__(self, size: int) -> None:
        """`size`: bytes there are."""
        super().__init__([finding("range-not-satisfiable")])
        self.size = size


class OutOfTurn(HubError):
    """A delivery cannot take this event in this state."""


class HandoverFailed(HubError):
    """A parcel did not reach the agency's system; the message is for operators."""


class TemporaryFailure(HandoverFailed):
    """It may work later."""

    def __init__(self, message: str, retry_after: float | None = None) -> None:
        """`retry_after`: seconds the other side asked us to wait, when it said so."""
        super().__init__(message)
        self.retry_after = retry_after


class PermanentFailure(HandoverFailed):
    """It will never work as it is; the delivery becomes a dead letter with this reason."""


class TooMany(HubError):
    """A caller asks faster than it may."""

    def __init__(self, message: str, retry_after: int, code: str = "rate-limited") -> None:
        """`retry_after`: seconds after which the next request may come; `code`: of the finding."""
        super().__init__(message)
        self.retry_after = retry_after
        self.code = code


class Unavailable(HubError):
    """The hub cannot do this now and has acknowledged nothing."""

    def __init__(self, message: str, retry_after: int = 5) -> None:
        """`retry_after`: seconds after which trying again makes sense."""
        super().__init__(message)
        self.retry_after = retry_after


class StorageFull(Unavailable):
    """There is no room to keep what was sent."""


class RevocationUnavailable(Unavailable):
    """No fresh revocation list covers the signer's chain, and policy is not to believe without one."""

    def __init__(self, message: str, line: int | None = None, verdict: Any = None) -> None:
        """`line`: where the signature stands. Waiting a minute makes sense: lists are brought in, not asked for.

        `verdict`: what the signature is worth but for that, so that its certificate can be put on record
        (`hub.domain.trust`): word of whom nobody has on record is not fetched.
        """
        super().__init__(message, retry_after=60)
        self.line, self.verdict = line, verdict
