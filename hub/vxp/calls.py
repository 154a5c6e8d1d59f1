"""One call of a system: who it is, which agencies it may act for, and what it asked."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from hub.bodies import Receive, Scales
from hub.domain import deadline
from hub.domain.agency import Agency, Kind
from hub.errors import rejected
from hub.store.directory import systems
from hub.store.directory.systems import System
from hub.vxp.signing import Parameters
from hub.wiring import Hub

_ABOVE_AT_MOST: Final = 8  # commune, province, … : a longer line of parents is a loop


@dataclass(frozen=True, slots=True)
class Call:
    """A call that is believed."""

    hub: Hub
    scales: Scales
    system: System
    agency: Agency  # whose system it is
    said: Parameters
    headers: dict[bytes, bytes]
    receive: Receive
    now: datetime

    @property
    def root(self) -> str:
        """The agency below which a gateway acts: the one it stands under, else itself."""
        return self.agency.parent or self.agency.code

    async def acts_for(self, other: Agency) -> bool:
        """Whether the system speaks for an agency: its own, or one that the directory has it serve.

        A gateway also speaks for what is below it in the directory, unless another system is to serve that.
        """
        if other.code in self.agency.codes:
            return True
        if other.system or self.agency.kind is not Kind.GATEWAY:
            return other.system == self.system.systemid
        above: Agency | None = other
        for _ in range(_ABOVE_AT_MOST):
            if above is None:
                return False
            if above.code in (self.root, *self.agency.codes):
                return True
            if not above.parent:
                return False
            above = (await self.hub.directory.resolve([above.parent]))[above.parent]
        return False

    async def acting(self, written: str) -> Agency:
        """The agency of a code, if the system may act for it just now."""
        found = (await self.hub.directory.resolve([written]))[written]
        if found is None or not await self.acts_for(found):
            raise rejected("not-delegated", "from", agency=written, system=self.system.systemid)
        if found.suspended:
            raise rejected("agency-suspended")
        return found

    async def served(self) -> list[str]:
        """The canonical codes of the agencies whose documents the system collects."""
        today = self.now.astimezone(deadline.LOCAL).date()
        tops = (self.root, *self.agency.codes) if self.agency.kind is Kind.GATEWAY else ()
        async with self.hub.database.read() as conn:
            return await systems.served(conn, self.system.systemid, self.agency.codes, tops, today)

    def hear(self, recipients: Iterable[str]) -> None:
        """Note that these agencies' system asks what waits for them: they are not silent."""
        for code in recipients:
            self.hub.polls.note(code, self.now)

    def choice(self, name: str, *choices: str, default: str = "") -> str:
        """A parameter that has only these values, in whatever case."""
        written = self.said.one(name) or default
        for one in choices:
            if written.lower() == one.lower():
                return one
        raise rejected("invalid-parameter", name, name=name, problem=" | ".join(choices))


def shown(moment: datetime | None) -> str:
    """A time as the axis writes it: `dd/MM/yyyy HH:mm:ss` in Vietnam, "" for none."""
    return moment.astimezone(deadline.LOCAL).strftime("%d/%m/%Y %H:%M:%S") if moment else ""


def service(kind: str) -> dict[str, Any]:
    """The two members that say what an item is."""
    return {"serviceType": "eDoc", "messageType": "status" if kind == "status" else "edoc"}
