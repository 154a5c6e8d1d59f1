"""Who among people may do what: one table, everything not in it is denied."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final


class Role(StrEnum):
    """A person's role."""

    OPERATOR = "operator"
    OBSERVER = "observer"
    REGISTRAR = "registrar"
    AUDITOR = "auditor"
    ADMIN = "admin"


class Action(StrEnum):
    """What can be done by people."""

    WATCH = "watch"  # where documents are, alerts, search
    READ_DIRECTORY = "read the directory"
    CHANGE_DIRECTORY = "change the directory"
    REQUEUE = "requeue a dead letter"


_MAY: Final[dict[Action, frozenset[Role]]] = {
    Action.WATCH: frozenset({Role.OPERATOR, Role.OBSERVER, Role.AUDITOR, Role.ADMIN}),
    Action.READ_DIRECTORY: frozenset(Role),
    Action.CHANGE_DIRECTORY: frozenset({Role.REGISTRAR, Role.ADMIN}),
    Action.REQUEUE: frozenset({Role.OPERATOR, Role.ADMIN}),
}


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody with an account; `scope`, an agency's code, narrows what is seen to that agency."""

    name: str
    role: Role
    scope: str | None = None

    def may(self, action: Action) -> bool:
        """Whether the role allows it."""
        return self.role in _MAY[action]
