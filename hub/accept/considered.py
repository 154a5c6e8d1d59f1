"""What passes between deciding and committing."""

from dataclasses import dataclass

from hub.domain.change import GIVES_UP, Asking
from hub.domain.trust import Verdict
from hub.findings import Finding
from hub.settings import Settings
from hub.spool import Body
from hub.store.database import Database
from hub.store.directory.memory import Directory
from hub.store.road.accepting import NewEnvelope
from hub.store.road.originals import ObjectStore
from hub.store.watching.calendar import Calendars
from hub.trust.seal import Seal


@dataclass(slots=True)
class Tools:
    """What the room works with."""

    database: Database
    directory: Directory
    originals: ObjectStore
    seal: Seal
    settings: Settings
    calendars: Calendars


@dataclass(frozen=True, slots=True)
class Considered:
    """An envelope ready to be committed, with what it asks about other documents and what it is related to."""

    row: NewEnvelope
    verdict: Verdict
    warnings: tuple[Finding, ...]
    body: Body
    asks: tuple[Asking, ...] = ()
    relations: tuple[tuple[str, str], ...] = ()  # (our id of the other document, kind)
    notices: tuple[NewEnvelope, ...] = ()  # 13, for who is taken off a document's list and is not addressed otherwise

    @property
    def withdraws(self) -> bool:
        """Whether somebody has to give a document up: then some of its own deliveries may be settled at once."""
        return any(asking.kind in GIVES_UP for asking in self.asks)


@dataclass(frozen=True, slots=True)
class Accepted:
    """What is on record: the id, and whether this call put it there."""

    id: str
    is_new: bool
