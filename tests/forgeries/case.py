"""What a forgery is, how it is made and what must be said of it."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Final

from hub.domain.trust import Judgement
from hub.errors import Rejected
from tests.pki import Identity, issue
from tests.xml.builders import EXCLUSIVE, MORE, ROOT, a_body, open_as, sign_as

ECDSA_SHA256: Final = f"{MORE}ecdsa-sha256"
SIGNER: Final = issue(ROOT, "Văn phòng ký", "p-256")
"""The certificate bound to the calling agency: elliptic, because several hundred documents are signed with it."""

BODY: Final = a_body()
SUBJECT: Final = "<edXML:Subject>"
VALUE: Final = "<SignatureValue>VALUE</SignatureValue>"
DIGEST: Final = "<DigestValue>DIGEST</DigestValue>"
BY_C14N: Final = f'<CanonicalizationMethod Algorithm="{EXCLUSIVE}"/>'


@dataclass(frozen=True, slots=True)
class Refused:
    """The document is not taken in at all; `code` leads the findings."""

    code: str

    def __str__(self) -> str:
        return f"refused {self.code}"


@dataclass(frozen=True, slots=True)
class Judged:
    """The document can be read, and this is what its signature is worth."""

    judgement: Judgement
    reason: str = ""

    def __str__(self) -> str:
        return f"{self.judgement} {self.reason}".strip()


Outcome = Refused | Judged
VALID: Final = Judged(Judgement.VALID)


def broken(reason: str) -> Judged:
    """Judged broken, for this reason."""
    return Judged(Judgement.BROKEN, reason)


def unverifiable(reason: str) -> Judged:
    """Judged unverifiable, for this reason."""
    return Judged(Judgement.UNVERIFIABLE, reason)


@dataclass(frozen=True, slots=True)
class Case:
    """One document, made when it is asked for, and its expected outcome for an agency with these certificates."""

    name: str
    make: Callable[[], bytes]
    outcome: Outcome
    bound: Callable[[], tuple[Identity, ...]] = lambda: (SIGNER,)


Family = Iterator[Case]


def outcome_of(body: bytes, bound: tuple[Identity, ...] = (SIGNER,)) -> Outcome:
    """Open `body` and say what came of it; anything but a message or a refusal comes out as it is."""
    try:
        verdict = open_as(body, *bound).verdict
    except Rejected as refusal:
        return Refused(refusal.code)
    return Judged(verdict.judgement, verdict.reason)


def signed(body: bytes = BODY, who: Identity = SIGNER, **how: Any) -> bytes:
    """Sign as `sign_as` does, by default with the elliptic signer."""
    return sign_as(body, who, **{"method": ECDSA_SHA256, **how})


def put(old: str, new: str, count: int = 1) -> Callable[[str], str]:
    """Make a mangler that changes `old`, which must be there, to `new`."""

    def mangle(signature: str) -> str:
        assert old in signature, old
        return signature.replace(old, new, count)

    return mangle


def mangled(old: str, new: str, **how: Any) -> Callable[[], bytes]:
    """Make a maker: sign with a Signature in which `old` was made `new` beforehand."""
    return lambda: signed(mangle=put(old, new), **how)


def after(change: Callable[[bytes], bytes], **how: Any) -> Callable[[], bytes]:
    """Make a maker: sign, then change the bytes."""
    return lambda: change(signed(**how))
