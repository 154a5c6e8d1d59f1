"""What a list's address asks for. A parameter that means nothing is as good as absent: people edit addresses."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Final
from urllib.parse import urlencode

from hub.console import words
from hub.domain.agency import CODE_AT_MOST
from hub.domain.deadline import LOCAL
from hub.domain.ids import is_id
from hub.store.columns import from_micros, to_micros
from hub.store.overview import Wanted

DEFAULT_PERIOD: Final = "month"
SPANS: Final = {"day": timedelta(days=1), "week": timedelta(days=7), "month": timedelta(days=30), "all": None}
_WORDS_AT_MOST: Final = 200  # characters
_STATES: Final = frozenset({*words.STATES, *words.GROUPS})


@dataclass(frozen=True, slots=True)
class Asked:
    """A list as its address says it; what is "" or the default is left out of addresses."""

    q: str = ""
    state: str = ""
    level: str = ""
    signature: str = ""
    period: str = DEFAULT_PERIOD
    after: str = ""
    refresh: str = ""
    sender: str = ""
    sent_from: str = ""
    to: str = ""
    step: str = ""
    since: str = ""

    @property
    def is_filtered(self) -> bool:
        """Whether this is less than the latest documents."""
        return self != Asked(refresh=self.refresh, after=self.after)

    @property
    def since_at(self) -> datetime | None:
        """The moment that `since` says."""
        return moment(self.since)

    def address(self, **changes: str) -> str:
        """The address of this list with some parameters changed; it begins anew unless `after` is among them."""
        changed = replace(self, **{"after": "", **changes})
        said = {name: getattr(changed, name) for name in Asked.__slots__}
        default = Asked()
        return "/documents?" + urlencode({k: v for k, v in said.items() if v and v != getattr(default, k)})

    def wanted(self, now: datetime) -> Wanted:
        """The question for the store."""
        span = SPANS[self.period]
        return Wanted(
            q=self.q,
            state=self.state,
            level=self.level,
            signature=self.signature,
            since=moment(self.since) or (now - span if span else None),
            before=place(self.after),
            sender=self.sender,
            sent_from=self.sent_from,
            recipient=self.to,
            step=self.step,
        )


def asked(query: Mapping[str, str]) -> Asked:
    """Read an address."""

    def one_of(name: str, known: object, default: str = "") -> str:
        value = query.get(name, "")
        return value if value in known else default  # type: ignore[operator]

    return Asked(
        q=" ".join(printable(query.get("q", "")[:_WORDS_AT_MOST]).split()),
        state=one_of("state", _STATES),
        level=one_of("level", words.LEVELS),
        signature=one_of("signature", ("valid", "other")),
        period=one_of("period", SPANS, DEFAULT_PERIOD),
        after=query.get("after", "") if place(query.get("after", "")) else "",
        refresh=one_of("refresh", ("1",)),
        sender=code_in(query, "sender"),
        sent_from=one_of("sent_from", words.LEVELS),
        to=code_in(query, "to"),
        step=one_of("step", words.STEPS),
        since=query.get("since", "") if moment(query.get("since", "")) else "",
    )


def code_in(query: Mapping[str, str], name: str) -> str:
    """An agency's code in an address; whether there is such an agency the list will show."""
    return printable(query.get(name, "")[:CODE_AT_MOST]).strip()


def moment(since: str) -> datetime | None:
    """A time in Vietnam, to the day or the hour (2026-11-25, 2026-11-25T09); None for anything else."""
    try:
        found = datetime.fromisoformat(since) if len(since) in (10, 13) else None
        return found.replace(tzinfo=LOCAL).astimezone(UTC) if found else None
    except (ValueError, OverflowError):
        return None


def printable(text: str) -> str:
    """The text without control characters, which no database needs to see."""
    return "".join(c if c.isprintable() else " " for c in text)


def place(after: str) -> tuple[datetime, str] | None:
    """Where a page begins: after this time and id."""
    micros, _, identity = after.partition("~")
    if not (micros.isascii() and micros.isdigit()) or not is_id(identity):
        return None
    try:
        return from_micros(int(micros)), identity
    except (ValueError, OverflowError, OSError):
        return None


def place_of(moment: datetime, identity: str) -> str:
    """The inverse of `place`."""
    return f"{to_micros(moment)}~{identity}"
