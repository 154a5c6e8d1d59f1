"""Agencies, the codes they are known by, and how a code as written is matched to one.

A code's grammar says nothing certain (domain: `vxp.saas.03` is a real sender; level cannot be computed from a code),
so matching is: normalise outer noise, then look the key up exactly. The directory decides.
Sources: QCVN 102:2016/BTTTT; QĐ 20/2020/QĐ-TTg Art 4-7.
"""

import re
import unicodedata
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Final

from hub.domain.binding import BoundBy

CODE_AT_MOST: Final = 35  # characters, QCVN 102:2016 amendment 1:2022
_INVISIBLE: Final = dict.fromkeys(map(ord, "\u00ad\u200b\u200c\u200d\u200e\u200f\u2060\ufeff\u00a0\u202f\u3000"))
_QCVN102: Final = re.compile(r"\d{3}\.\d{2}\.\d{2}\.[A-Z]\d{2}")
_ENTERPRISE: Final = re.compile(r"\d{10}(-\d{3})?|\d{12,13}")
_GATEWAY: Final = re.compile(r"(\d{3}\.)?\d{2}\.\d{2}\.W\d{2}")
_QD20: Final = re.compile(r"[A-Z]\d{2}(\.[A-Z0-9]{1,10})*")


class Level(StrEnum):
    """Administrative level: data in the directory, never computed from a code. Each has its own topic."""

    CENTRAL = "central"
    PROVINCE = "province"
    DISTRICT = "district"
    COMMUNE = "commune"


class Kind(StrEnum):
    """What sort of body an agency is."""

    GOVERNMENT = "government"
    PARTY = "party"
    ENTERPRISE = "enterprise"
    GATEWAY = "gateway"
    OTHER = "other"


class SignaturePolicy(StrEnum):
    """What the hub does with the verdict on a sender's signature."""

    REQUIRED = "required"
    VERIFY_IF_PRESENT = "verify-if-present"
    REPORT_ONLY = "report-only"


@dataclass(frozen=True, slots=True)
class BoundCertificate:
    """A signing certificate bound to one agency in the directory, or one that is to come (`der` empty)."""

    fingerprint: str  # SHA-256 of the DER, lower-case hex; of one to come: its `match`
    der: bytes
    pinned: bool = False
    valid_from: datetime | None = None  # of the binding, not of the certificate
    valid_to: datetime | None = None
    revoked_at: datetime | None = None  # by the registrar, effective at once
    bound_by: BoundBy = BoundBy.CERTIFICATE
    match: str = ""  # `key_mark`; of one to come that is bound by its number: `number_mark`

    def covers(self, marks: Collection[str]) -> bool:
        """Whether a certificate with these marks, itself not on record, counts by this binding."""
        return self.match in marks and (self.bound_by is BoundBy.KEY or not self.der)

    def holds(self, now: datetime) -> bool:
        """Whether the binding counts at `now`."""
        return (
            (self.valid_from is None or self.valid_from <= now)
            and (self.valid_to is None or now < self.valid_to)
            and (self.revoked_at is None or now < self.revoked_at)
        )


@dataclass(frozen=True, slots=True)
class Agency:
    """One entry of the directory, as it stands now."""

    code: str
    name: str
    level: Level
    kind: Kind = Kind.GOVERNMENT
    parent: str | None = None
    aliases: tuple[str, ...] = ()
    channel: str = "inbox"
    signature: SignaturePolicy | None = None
    valid_from: date | None = None
    valid_to: date | None = None  # the first day on which the code is closed
    grace_days: int = 0  # days after valid_to in which it may still send
    successors: tuple[str, ...] = ()
    suspended: bool = False
    contact: dict[str, str] = field(default_factory=dict)
    certificates: tuple[BoundCertificate, ...] = ()
    accept_sha1_until: date | None = None
    system: str | None = None  # the id of the system that serves it, where that is not its own
    gso: str | None = None  # its code in the list of administrative units; never derived, and no code to write to
    continues: str | None = None  # the code that the same body had before this one
    recoded: tuple[str, ...] = ()  # every code the body has, had and will have, in that order; () for this one alone

    @property
    def codes(self) -> tuple[str, ...]:
        """Every code of the same body: what came to any of them, or was sent under it, is its own."""
        return self.recoded or (self.code,)

    @property
    def later(self) -> tuple[str, ...]:
        """Those of them that it has, or will have, after this one."""
        return self.codes[self.codes.index(self.code) + 1 :]

    @property
    def policy(self) -> SignaturePolicy:
        """The policy in force: the one set, else `required` once a certificate is bound."""
        if self.signature:
            return self.signature
        return SignaturePolicy.REQUIRED if self.certificates else SignaturePolicy.VERIFY_IF_PRESENT

    def has_begun(self, today: date) -> bool:
        """Whether the code is in force yet on `today`."""
        return self.valid_from is None or self.valid_from <= today

    def is_closed(self, today: date) -> bool:
        """Whether the code no longer receives on `today`."""
        return self.valid_to is not None and today >= self.valid_to

    def standing(self, today: date) -> str:
        """For people and answers: closed, to come, suspended or active on `today`."""
        if self.is_closed(today):
            return "closed"
        if not self.has_begun(today):
            return "to come"
        return "suspended" if self.suspended else "active"

    def is_open(self, day: date) -> bool:
        """Whether the code is in force on `day`: it has begun and is not closed."""
        return self.has_begun(day) and not self.is_closed(day)

    def is_active(self, today: date) -> bool:
        """Whether the code takes part on `today`: it is open, and nobody suspended it."""
        return not self.suspended and self.is_open(today)

    def may_send(self, today: date) -> bool:
        """Whether the code may send on `today`: from its first day, its days of grace included."""
        return self.has_begun(today) and (
            self.valid_to is None or today < self.valid_to + timedelta(days=self.grace_days)
        )


def code_cleaned(written: str) -> str:
    """The code without outer white space and invisible characters, full-width forms folded."""
    if written.isascii():
        return written.strip()
    return unicodedata.normalize("NFKC", written.translate(_INVISIBLE)).strip()


def code_key(written: str) -> str:
    """The key a code is matched by: cleaned, in upper case.

    Inner spaces and look-alike letters stay, and so stay unknown.
    """
    return code_cleaned(written).upper()


def code_scheme(code: str) -> str:
    """Which published grammar a code follows: qcvn102, qd20, enterprise, gateway, other. For people, not for logic."""
    key = code_key(code)
    for scheme, grammar in (("gateway", _GATEWAY), ("qcvn102", _QCVN102), ("enterprise", _ENTERPRISE), ("qd20", _QD20)):
        if grammar.fullmatch(key):
            return scheme
    return "other"
