"""Who people are to the hub: a role, and how far it reaches. What follows from it is in `hub.domain.access` alone."""

from dataclasses import dataclass
from enum import StrEnum


class Role(StrEnum):
    """A person's role."""

    OPERATOR = "operator"
    OBSERVER = "observer"
    REGISTRAR = "registrar"
    AUDITOR = "auditor"
    ADMIN = "admin"
    OFFICER = "officer"  # of an agency


class Reach(StrEnum):
    """How far a person sees from the agency of the scope."""

    AGENCY = "agency"
    SUBTREE = "subtree"  # it, and all below it in the directory
    PROVINCE = "province"  # the province it belongs to, and all below that
    NATION = "nation"


@dataclass(frozen=True, slots=True)
class Sight:
    """The agencies somebody sees: the one at the root, and with `below` all under it.

    `also`: the other codes that the one at the root has had, or will have.
    """

    root: str
    below: bool = False
    also: tuple[str, ...] = ()

    @property
    def roots(self) -> tuple[str, ...]:
        """Every code of the one at the root."""
        return (self.root, *self.also)

    def covers(self, lineage: tuple[str, ...]) -> bool:
        """Whether an agency is among them. `lineage`: its code, then the codes of those above it."""
        return any(root in lineage if self.below else lineage[:1] == (root,) for root in self.roots)


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody with an account; a `scope`, an agency's code, narrows what is seen to as far as `reach` goes from it."""

    name: str
    role: Role
    scope: str | None = None
    reach: Reach = Reach.AGENCY
    root: str | None = None  # of what is seen, where that is not the scope: the province
    reads: bool = False  # granted: what documents say, not only where they are
    also: tuple[str, ...] = ()  # other codes of the agency at the root of what is seen

    @property
    def sight(self) -> Sight | None:
        """The agencies whose traffic is seen; None for all of them."""
        if self.scope is None or self.reach is Reach.NATION:
            return None
        return Sight(self.root or self.scope, self.reach is not Reach.AGENCY, self.also)
