"""Changes of the directory that have a day: what can change, what must be said for it, and who has to agree.

A change is planned, approved, made when its day has come, or withdrawn before. What it does to codes is in
`hub.domain.routing`; that a merged body keeps one code and the others are closed: QĐ 09/2025/QĐ-TTg.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time
from enum import StrEnum
from typing import Any, Final

from hub.domain.agency import Agency, Level, SignaturePolicy
from hub.domain.deadline import LOCAL
from hub.findings import Finding, finding
from hub.urls import without_secrets

SPLIT_AT_LEAST: Final = 2
_CONTACT_AT_MOST: Final = 10
_LINE_AT_MOST: Final = 500  # characters
_FIRST_DAY: Final = date(1900, 1, 1)
_LAST_DAY: Final = date(2999, 12, 31)  # with its days of grace still a day
OF_LEVEL: Final = "level="
"""Before a level's name, in the place of a code: every agency of that level that is open on the day."""
UP: Final = "up"
"""In the place of a code: the body above the one that ends."""
TEXT_AT_MOST: Final = 2_000  # characters of a reason or a decree
_GSO: Final = re.compile(r"\d{2}|\d{3}|\d{5}")  # province, district (until 2025), commune: QĐ 124/2004, QĐ 19/2025
_TOP: Final = frozenset({Level.CENTRAL, Level.PROVINCE})


class ChangeKind(StrEnum):
    """What can happen to agencies."""

    RENAME = "rename"
    MERGE = "merge"
    SPLIT = "split"
    CLOSE = "close"
    RE_PARENT = "re-parent"
    RECODE = "recode"
    LEVEL = "level"
    SYSTEM = "system"
    GSO = "gso"
    CHANNEL = "channel"
    CONTACT = "contact"
    POLICY = "policy"


class Standing(StrEnum):
    """How far a change has come."""

    PLANNED = "planned"  # waits for a second person
    APPROVED = "approved"  # will hold from its day
    MADE = "made"  # holds
    WITHDRAWN = "withdrawn"


class Fact(StrEnum):
    """What about an agency has days of its own, besides its name and its code."""

    PARENT = "parent"
    LEVEL = "level"
    SYSTEM = "system"
    GSO = "gso"
    CONTINUES = "continues"
    CHANNEL = "channel"
    CONTACT = "contact"
    SIGNATURE = "signature"


REACH: Final = frozenset({Fact.CHANNEL, Fact.CONTACT, Fact.SIGNATURE})
"""The facts that say how an agency is reached and believed, rather than who it is."""
_SHOWN_SETTINGS: Final = frozenset({"url", "path", "folder"})  # of a channel; every other may be a secret
_NEEDS_TO: Final = frozenset({ChangeKind.RENAME, ChangeKind.RECODE, ChangeKind.LEVEL, ChangeKind.CHANNEL})
_OF_MANY: Final = frozenset(
    {
        ChangeKind.MERGE,
        ChangeKind.CLOSE,
        ChangeKind.RE_PARENT,
        ChangeKind.LEVEL,
        ChangeKind.SYSTEM,
        ChangeKind.POLICY,
    }
)
ENDING: Final = frozenset({ChangeKind.MERGE, ChangeKind.SPLIT, ChangeKind.CLOSE, ChangeKind.RECODE})
"""The kinds that close codes."""
BEREAVING: Final = frozenset({ChangeKind.CLOSE, ChangeKind.SPLIT})
"""Those of them after which somebody has to be named for whom was below; else they stay where they are."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A change as somebody asks for it; codes may be any of the agencies' codes.

    `to` is the one thing the kind needs besides `into`: the new name, code, parent, level, system, GSO code, channel or
    policy; empty where from then on there is none (parent, system, GSO code, policy). For `close` and `split`: whom those
    below come under, a code or `UP`; empty: the one successor, or they stay. `settings`: of a channel, or the contact.
    """

    kind: ChangeKind
    agencies: tuple[str, ...]
    on: date
    into: tuple[str, ...] = ()
    to: str = ""
    grace_days: int = 0
    reason: str = ""
    decree: str = ""
    settings: Mapping[str, str] = field(default_factory=dict)

    def told(self) -> dict[str, Any]:
        """The part that depends on the kind, as people and logs may see it: without what may be secret."""
        kept = self.what()
        return kept | {"settings": shown_settings(self.settings)} if self.kind is ChangeKind.CHANNEL else kept

    def what(self) -> dict[str, Any]:
        """The part that depends on the kind, as it is kept."""
        if self.kind is ChangeKind.CHANNEL:
            return {"to": self.to, "settings": dict(self.settings)}
        if self.kind is ChangeKind.CONTACT:
            return {"settings": dict(self.settings)}
        if self.kind in BEREAVING:
            return {"into": list(self.into), "to": self.to, "grace_days": self.grace_days}
        if self.kind is ChangeKind.MERGE:
            return {"into": list(self.into), "grace_days": self.grace_days}
        if self.kind is ChangeKind.RECODE:
            return {"to": self.to, "grace_days": self.grace_days}
        return {"to": self.to}

    def faults(self) -> list[Finding]:
        """What can be said against it without looking into the directory."""
        found = []
        if not _FIRST_DAY <= self.on <= _LAST_DAY:
            found.append(finding("invalid-parameter", "on", name="on", problem=f"{_FIRST_DAY} … {_LAST_DAY}"))
        if self.settings and self.kind not in (ChangeKind.CHANNEL, ChangeKind.CONTACT):
            found.append(finding("invalid-parameter", "settings", name="settings", problem="channel | contact"))
        if not self.agencies:
            found.append(finding("change-incomplete", "agencies", kind=self.kind.value, lacks="agencies"))
        if self.kind is ChangeKind.MERGE and len(set(self.into)) != 1:
            found.append(finding("change-incomplete", "into", kind=self.kind.value, lacks="into (1)"))
        if self.kind is ChangeKind.SPLIT and len({code.upper() for code in self.into}) < SPLIT_AT_LEAST:
            found.append(finding("successors-few", "into"))
        if self.kind in _NEEDS_TO and not self.to.strip():
            found.append(finding("change-incomplete", "to", kind=self.kind.value, lacks="to"))
        if self.kind not in _OF_MANY and len(self.agencies) > 1:
            found.append(finding("change-incomplete", "agencies", kind=self.kind.value, lacks="agencies (1)"))
        if self.kind is ChangeKind.CONTACT:
            found += contact_faults(self.settings)
        return found + self._faults_of_to()

    def _faults_of_to(self) -> list[Finding]:
        found = []
        if self.kind is ChangeKind.LEVEL and self.to and self.to not in [*Level]:
            found.append(finding("csv-value", "to", column="to", allowed=", ".join(Level), found=self.to))
        if self.kind is ChangeKind.POLICY and self.to and self.to not in [*SignaturePolicy]:
            found.append(finding("csv-value", "to", column="to", allowed=", ".join(SignaturePolicy), found=self.to))
        if self.kind is ChangeKind.GSO and self.to and not is_gso(self.to):
            found.append(finding("gso-impossible", "to", found=self.to))
        return found


@dataclass(frozen=True, slots=True)
class Change:
    """A change on record."""

    id: int
    asked: Asked
    state: Standing
    planned_by: str
    planned_at: datetime
    approved_by: str | None = None
    approved_at: datetime | None = None
    made_at: datetime | None = None
    withdrawn_by: str | None = None
    withdrawn_at: datetime | None = None
    before: Mapping[str, Any] | None = None
    consequences: Mapping[str, Any] | None = None

    def shown(self) -> dict[str, Any]:
        """As answers and people see it."""
        asked = self.asked
        return {
            "id": self.id,
            "kind": asked.kind.value,
            "agencies": list(asked.agencies),
            **asked.told(),
            "on": asked.on.isoformat(),
            "reason": asked.reason,
            "decree": asked.decree,
            "state": self.state.value,
            "planned_by": self.planned_by,
            "planned_at": _local(self.planned_at),
            "approved_by": self.approved_by,
            "approved_at": _local(self.approved_at),
            "made_at": _local(self.made_at),
            "withdrawn_by": self.withdrawn_by,
            "withdrawn_at": _local(self.withdrawn_at),
            "consequences": dict(self.consequences or {}),
        }


def is_gso(text: str) -> bool:
    """Whether a text has the form of a statistical code. What it is of, only the published list says."""
    return _GSO.fullmatch(text) is not None


def contact_faults(contact: Mapping[str, str]) -> list[Finding]:
    """What is wrong with a contact: it is longer than one, or holds what no line of text holds."""
    found = []
    if len(contact) > _CONTACT_AT_MOST or any(len(k) + len(v) > _LINE_AT_MOST for k, v in contact.items()):
        problem = f"≤ {_CONTACT_AT_MOST} × {_LINE_AT_MOST}"
        found.append(finding("invalid-parameter", "contact", name="contact", problem=problem))
    found += [
        finding("invalid-parameter", "contact", name=name[:50], problem="ký tự điều khiển / a control character")
        for name, value in contact.items()
        if not (name + value).isprintable()
    ]
    return found


def shown_settings(settings: Mapping[str, str]) -> dict[str, str]:
    """The settings of a channel for people: where it leads, without user, password and query; the others are hidden."""
    return {name: without_secrets(value) if name in _SHOWN_SETTINGS else "••••••" for name, value in settings.items()}


def is_level_one(agency: Agency) -> bool:
    """Whether an agency is one of level 1: a ministry, a province, with nobody above it."""
    return agency.level in _TOP and not agency.parent


def needs_second(agencies: Iterable[Agency]) -> bool:
    """Whether a change of these agencies needs a second person: it touches level 1."""
    return any(map(is_level_one, agencies))


def beginning(day: date) -> datetime:
    """The moment a day begins in Vietnam."""
    return datetime.combine(max(day, date(1, 1, 2)), time(), LOCAL)


def _local(at: datetime | None) -> str | None:
    return at.astimezone(LOCAL).isoformat() if at else None


def is_alone(rule: str, on: date, today: date) -> bool:
    """Whether a change that is asked for to hold at once needs no second person. `rule`: the setting TWO_PERSONS."""
    return rule == "never" or (rule == "planned" and on <= today)
