"""The menu: every page a person may see, in three groups, and the one that is open."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from hub.console.speech import Speech
from hub.domain.access import Action, allowed
from hub.domain.roles import Person


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the menu."""

    word: str
    icon: str
    address: str
    is_open: bool


@dataclass(frozen=True, slots=True)
class Group:
    """Lines under one heading."""

    word: str
    entries: tuple[Entry, ...]


_ENTRIES: Final[dict[str, tuple[tuple[str, str, str, Action], ...]]] = {
    "group_operating": (
        ("overview", "gauge", "/", Action.WATCH),
        ("nav_documents", "search", "/documents", Action.WATCH),
        ("nav_live", "pulse", "/live", Action.WATCH),
        ("nav_queues", "inbox", "/queues", Action.WATCH),
        ("nav_failures", "alert", "/failures", Action.WATCH),
    ),
    "group_watching": (
        ("nav_alerts", "bell", "/alerts", Action.WATCH),
        ("nav_board", "chart", "/board", Action.WATCH),
        ("nav_flow", "map", "/flow", Action.WATCH),
        ("nav_progress", "layers", "/progress", Action.WATCH),
        ("nav_trends", "trend", "/trends", Action.WATCH),
        ("nav_reports", "book", "/reports", Action.WATCH),
    ),
    "group_keeping": (
        ("nav_mine", "person", "/mine", Action.RECOVER),
        ("nav_agencies", "building", "/agencies", Action.CONNECTIONS),
        ("nav_certificates", "shield", "/certificates", Action.READ_TRUST),
        ("nav_system", "gear", "/system", Action.SYSTEM),
        ("nav_audit", "book", "/audit", Action.READ_AUDIT),
    ),
}


def menu(person: Person | None, speech: Speech, path: str) -> Sequence[Group]:
    """The menu of a person who is at `path`; nothing for nobody."""
    if person is None:
        return ()
    groups = []
    for heading, lines in _ENTRIES.items():
        entries = tuple(
            Entry(speech(word), icon, address, _is_at(path, address))
            for word, icon, address, action in lines
            if allowed(person, action)
        )
        if entries:
            groups.append(Group(speech(heading), entries))
    return groups


def _is_at(path: str, address: str) -> bool:
    return path == address or (address != "/" and path.startswith(f"{address}/"))
