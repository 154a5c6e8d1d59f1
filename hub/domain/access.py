"""Who may do what: one table and one function over it. What is not in the table is denied.

A *caller* is an agency's system, a person, or nobody in particular. A *resource* is a document between its sender and
its recipients, or an agency. The matrix of `docs/reference/access.md` is printed from here.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from hub.domain.agency import Agency
from hub.domain.roles import Person, Role


class Action(StrEnum):
    """What can be done, in words that an answer may repeat."""

    PROBE = "ask how the hub is"
    LOG_IN = "log in"
    SEND = "send a document"
    RECEIVE = "collect and confirm"
    ANSWER = "report on a document"
    FEED = "follow what was sent"
    RENEW_KEY = "renew an API key"
    ROTATE = "replace a certificate"
    READ_DIRECTORY = "read the directory"
    TRACE = "see where a document is"
    READ_RECEIPT = "read a receipt"
    READ_SUBJECT = "read a subject"
    READ_CONTENT = "read a document"
    WATCH = "watch the traffic"
    ACKNOWLEDGE = "acknowledge an alert"
    SUBSCRIBE = "have reports mailed"
    REQUEUE = "requeue a dead letter"
    CHANGE_DIRECTORY = "change the directory"
    APPROVE_CHANGE = "approve another's change of the directory"
    READ_TRUST = "read the trust store"
    CHANGE_TRUST = "change the trust store"
    CHANGE_GROUPS = "change groups of recipients"
    READ_LEDGER = "read the ledger"
    READ_AUDIT = "read the audit log"
    CONNECTIONS = "see how agencies are connected"
    SYSTEM = "see how the hub runs"
    RECOVER = "have what was not collected sent again"


class Extent(StrEnum):
    """Of what."""

    EVERYTHING = "everything"
    WHOLE = "the whole"  # everything, for who sees everything: a person with a scope may not
    SIGHT = "sight"  # where the caller, or an agency in a person's sight, is the sender or a recipient
    SENT = "sent"  # the same, as the sender alone


class Who(StrEnum):
    """Callers that are no persons."""

    AGENCY = "agency"
    NOBODY = "nobody"


_WATCHERS: Final = (Role.OPERATOR, Role.OBSERVER, Role.AUDITOR, Role.ADMIN, Role.OFFICER)
_IN_SIGHT: Final[dict[Who | Role, Extent]] = dict.fromkeys(_WATCHERS, Extent.SIGHT)
_ANYBODY: Final[dict[Who | Role, Extent]] = dict.fromkeys((Who.NOBODY, Who.AGENCY, *Role), Extent.EVERYTHING)
_REGISTRARS: Final[dict[Who | Role, Extent]] = dict.fromkeys((Role.REGISTRAR, Role.ADMIN), Extent.SIGHT)

GRANTS: Final[dict[Action, dict[Who | Role, Extent]]] = {
    Action.PROBE: {**_ANYBODY},
    Action.LOG_IN: {**_ANYBODY},
    Action.SEND: {Who.AGENCY: Extent.SENT},
    Action.RECEIVE: {Who.AGENCY: Extent.SIGHT},
    Action.ANSWER: {Who.AGENCY: Extent.SIGHT},
    Action.FEED: {Who.AGENCY: Extent.SENT},
    Action.RENEW_KEY: {Who.AGENCY: Extent.SIGHT},
    Action.ROTATE: {Who.AGENCY: Extent.SIGHT},
    Action.READ_DIRECTORY: {Who.AGENCY: Extent.EVERYTHING, **dict.fromkeys(Role, Extent.EVERYTHING)},
    Action.TRACE: {Who.AGENCY: Extent.SIGHT, **_IN_SIGHT},
    Action.READ_RECEIPT: {Who.AGENCY: Extent.SENT, **_IN_SIGHT},
    Action.READ_SUBJECT: {Who.AGENCY: Extent.SIGHT, Role.OPERATOR: Extent.SIGHT, Role.OFFICER: Extent.SIGHT},
    Action.READ_CONTENT: {Who.AGENCY: Extent.SIGHT, Role.OFFICER: Extent.SIGHT},
    Action.WATCH: {**_IN_SIGHT},
    Action.ACKNOWLEDGE: dict.fromkeys((Role.OPERATOR, Role.OBSERVER, Role.OFFICER, Role.ADMIN), Extent.SIGHT),
    Action.SUBSCRIBE: dict.fromkeys((Role.OPERATOR, Role.OBSERVER, Role.OFFICER, Role.ADMIN), Extent.SIGHT),
    Action.REQUEUE: {Role.OPERATOR: Extent.SIGHT, Role.ADMIN: Extent.SIGHT},
    Action.CHANGE_DIRECTORY: {**_REGISTRARS},
    Action.APPROVE_CHANGE: {**_REGISTRARS},
    Action.READ_TRUST: dict.fromkeys((Role.REGISTRAR, Role.OPERATOR, Role.AUDITOR, Role.ADMIN), Extent.EVERYTHING),
    Action.CHANGE_TRUST: dict.fromkeys((Role.REGISTRAR, Role.ADMIN), Extent.WHOLE),
    Action.CHANGE_GROUPS: dict.fromkeys((Role.REGISTRAR, Role.ADMIN), Extent.WHOLE),
    Action.READ_LEDGER: {Who.AGENCY: Extent.SIGHT, **_IN_SIGHT},
    Action.READ_AUDIT: {Role.AUDITOR: Extent.EVERYTHING, Role.ADMIN: Extent.EVERYTHING},
    Action.CONNECTIONS: {**_IN_SIGHT, Role.REGISTRAR: Extent.SIGHT},
    Action.SYSTEM: dict.fromkeys(
        (Role.OPERATOR, Role.OBSERVER, Role.REGISTRAR, Role.AUDITOR, Role.ADMIN), Extent.EVERYTHING
    ),
    Action.RECOVER: {Role.OFFICER: Extent.SIGHT},
}
_BY_GRANT: Final = frozenset(
    {Action.READ_SUBJECT, Action.READ_CONTENT}
)  # what a person may be granted besides the role


@dataclass(frozen=True, slots=True)
class Resource:
    """What is acted on: the lineages (a code, then those above it) of who sent it and of whom it is for.

    An agency's own entry in the directory is a resource whose sender is that agency.
    """

    sender: tuple[str, ...]
    recipients: tuple[tuple[str, ...], ...] = ()


def allowed(caller: Agency | Person | None, action: Action, resource: Resource | None = None) -> bool:
    """Whether `caller` may do `action`: to `resource`, or, without one, to anything at all."""
    extent = extent_of(caller, action)
    if extent is None:
        return False
    if extent is Extent.WHOLE:
        return isinstance(caller, Person) and caller.sight is None
    if resource is None or extent is Extent.EVERYTHING:
        return True
    if is_party(caller, resource.sender):
        return True
    return extent is Extent.SIGHT and any(is_party(caller, recipient) for recipient in resource.recipients)


def extent_of(caller: Agency | Person | None, action: Action) -> Extent | None:
    """Of what `caller` may do `action`; None when of nothing."""
    granted = GRANTS.get(action, {})
    if not isinstance(caller, Person):
        return granted.get(Who.NOBODY if caller is None else Who.AGENCY)
    extent = granted.get(caller.role)
    if extent is None and caller.reads and action in _BY_GRANT and caller.role in _WATCHERS:
        return Extent.SIGHT
    return extent


def is_party(caller: Agency | Person | None, lineage: tuple[str, ...]) -> bool:
    """Whether an agency, by its lineage, is the caller's own: itself, or in the person's sight."""
    if isinstance(caller, Person):
        return caller.sight is None or caller.sight.covers(lineage)
    return caller is not None and bool(lineage) and lineage[0] in caller.codes


def actor(caller: Agency | Person | None) -> str:
    """How the audit log names a caller."""
    if isinstance(caller, Person):
        return f"person:{caller.name}"
    return f"agency:{caller.code}" if caller else "nobody"
